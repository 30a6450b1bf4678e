"""Helpers for tests of jointre and of its plugins: toy data, a tiny encoder, and the contract checks.

>>> from jointre.testing import check_component
>>> check_component(FirstPooler())
"""

from jointre.testing.contracts import check_component
from jointre.testing.encoder import tiny_encoder_folder
from jointre.testing.fake_gpu import fake_gpu
from jointre.testing.overfit import check_model, train_toy
from jointre.testing.toy import toy_batch, toy_docs, toy_labels, toy_views

__all__ = [
    "check_component",
    "check_model",
    "fake_gpu",
    "tiny_encoder_folder",
    "toy_batch",
    "toy_docs",
    "toy_labels",
    "toy_views",
    "train_toy",
]
