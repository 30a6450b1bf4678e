"""What tests of jointre and of plugins need: toy data, a tiny encoder, and the contract checks."""

from jointre.testing.encoder import tiny_encoder_folder
from jointre.testing.toy import toy_batch, toy_docs, toy_labels

__all__ = ["tiny_encoder_folder", "toy_batch", "toy_docs", "toy_labels"]
