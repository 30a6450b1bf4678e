"""Pre-training on a GPU, which is pretended: the host never waits for it."""

from itertools import cycle, islice

import torch

from jointre.pretraining.evaluate import measure
from jointre.pretraining.setup import PretrainingSetup
from jointre.testing import fake_gpu


def test_an_update_never_waits(small):
    with fake_gpu() as gpu:
        setup = PretrainingSetup(small(system__device="cuda"))
        setup.build()
        batches = list(islice(setup.updater.batches(), 1))
        gpu.waits.clear()
        losses, *_ = setup.updater.update(cycle(batches))
        assert not gpu.waits, [*map(str, gpu.waits)]
        assert {loss.device for loss in losses.values()} == {torch.device("cuda:0")}
        assert set(measure(setup.updater, batches)) == set(losses) - {"loss"}
