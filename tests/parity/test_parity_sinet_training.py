"""Loss and gradients of jointre's SINET against the oracle, on the same samples."""

from pathlib import Path

import pytest
from compare import assert_same_step
from published_sinet import tiny_sinet

from jointre.importing import import_sinet
from jointre.importing.layouts import SINET


@pytest.mark.parametrize(("seed", "lengths"), [(0, [6]), (1, [1, 9]), (2, [14, 3, 12])])
def test_loss_and_all_gradients(tmp_path: Path, seed: int, lengths: list[int]):
    samples = assert_same_step(tmp_path, tiny_sinet(seed), import_sinet, SINET, seed, lengths)
    assert any(sample.pairs for sample in samples)
