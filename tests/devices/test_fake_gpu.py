"""The pretended GPU finds what a GPU would refuse or wait for, and nothing else."""

import pickle

import numpy as np
import pytest
import torch
from torch import nn

from jointre.data.host_copies import HostCopies, read, upload
from jointre.testing import fake_gpu, toy_batch
from jointre.testing.fake_gpu import DeviceMixedError

GPU, CPU = torch.device("cuda:0"), torch.device("cpu")
MASK = torch.tensor([True, False, True, True])
WAITING = {
    "a value": lambda x: x.sum().item(),
    "a number": lambda x: float(x[0]),
    "a condition": lambda x: bool(x.any()),
    "a list": lambda x: x.tolist(),
    "a copy": lambda x: x.cpu(),
    "a mask": lambda x: x[x > 1],
    "a mask set to several values": lambda x: x.index_put_((x > 1,), torch.ones(2, device=x.device)),
    "places": lambda x: torch.nonzero(x),
    "where": lambda x: torch.where(x > 1),
    "unique": lambda x: torch.unique(x),
    "masked_select": lambda x: x.masked_select(x > 1),
    "bincount": lambda x: torch.bincount(x.long()),
    "isin": lambda x: torch.isin(x, x),
    "repeated": lambda x: torch.repeat_interleave(x, x.long()),
    "a list of rows": lambda x: x[[0, 1]],
    "an array": lambda x: x + torch.tensor(np.ones(4, dtype=np.float32), device=x.device),
    "pageable memory": lambda x: x + torch.ones(4).to(x.device, non_blocking=True),
    "a blocking copy": lambda x: x + torch.ones(4).pin_memory().to(x.device),
    "synchronize": lambda x: torch.cuda.synchronize(),
}
RUNNING = {
    "scalars": lambda x: (2 * x + torch.tensor(3.0)) / x.sum(),
    "a mask set to one value": lambda x: x.index_put_((x > 1,), torch.tensor(0.0)),
    "where with values": lambda x: torch.where(x > 1, x, 0.0),
    "repeated to a known size": lambda x: torch.repeat_interleave(x, x.long(), output_size=6),
    "rows": lambda x: x[torch.arange(3, device=x.device)],
    "made there": lambda x: torch.zeros_like(x) + x.new_ones(4) + torch.full((4,), 2.0, device=x.device),
    "pinned memory": lambda x: x + upload(torch.ones(4), GPU),
}


@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("what", WAITING)
def test_what_waits_is_recorded_once(what, inference):
    with fake_gpu() as gpu, torch.inference_mode(inference):
        x = upload(torch.arange(4.0), GPU)
        WAITING[what](x)
    assert len(gpu.waits) == 1, gpu.waits


@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("what", RUNNING)
def test_everything_else_runs_ahead_of_the_gpu(what, inference):
    with fake_gpu() as gpu, torch.inference_mode(inference):
        result = RUNNING[what](upload(torch.arange(4.0), GPU))
        assert result.device == GPU and result.is_cuda
    assert not gpu.waits


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: x + torch.ones(4),
        lambda x: torch.cat([x, torch.ones(4)]),
        lambda x: nn.Linear(4, 2)(x),
        lambda x: torch.ones(4).index_select(0, x.long()),
        lambda x: x.numpy(),
    ],
)
def test_mixed_devices_are_refused(mix):
    with fake_gpu():
        x = upload(torch.arange(4.0), GPU)
        with pytest.raises(DeviceMixedError):
            mix(x)


def test_gradients_and_optimizers_are_on_the_gpu():
    with fake_gpu() as gpu:
        layers = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 3)).to("cuda")
        gpu.waits.clear()
        optimizer = torch.optim.AdamW(layers.parameters(), fused=True)
        loss = nn.functional.cross_entropy(
            layers(upload(torch.ones(2, 4), GPU)), upload(torch.ones(2).long(), GPU)
        )
        loss.backward()
        assert all(parameter.grad.device == GPU for parameter in layers.parameters())
        nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
        optimizer.step()
    assert not gpu.waits
    assert loss.device == CPU  # when the context has ended


def test_several_tensors_are_read_at_once_and_never_again():
    values = [
        torch.arange(3),
        torch.tensor(True),
        torch.rand(2, 2),
        torch.zeros(0, 3),
        torch.rand(3, 2).double()[:, 0],
    ]
    with fake_gpu() as gpu:
        copies = HostCopies(GPU)
        there = [upload(value, GPU) for value in values]
        copies.announce(there[4])
        first = copies.to_host((*there[:3], None))
        assert len(gpu.waits) == 1
        rest = copies.to_host((*there[:3], there[4]))
        assert copies.known(there[4]) and not copies.known(there[3]) and len(gpu.waits) == 1
        rows = copies.to_device(torch.tensor([2, 0]))
        taken = copies.to_host(copies.take(there[0], rows))
        assert len(gpu.waits) == 1
        assert all(one.device == CPU for one in (*first[:3], *rest, taken))
        for one, value in zip(read(there), values, strict=True):
            assert torch.equal(one, value) and one.dtype == value.dtype
    assert first[3] is None and torch.equal(rest[3], values[4]) and taken.tolist() == [2, 0]
    assert all(torch.equal(one, value) for one, value in zip(first[:3], values[:3], strict=True))


def test_another_process_knows_nothing_of_copies():
    batch = pickle.loads(pickle.dumps(toy_batch()))
    assert torch.equal(batch.ids, toy_batch().ids) and batch.copies.device == CPU
    with fake_gpu():
        copies = HostCopies(GPU)
        there = copies.to_device(torch.ones(2))
        assert copies.known(there) and not pickle.loads(pickle.dumps(copies)).known(there)
