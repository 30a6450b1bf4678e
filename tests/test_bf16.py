"""Which CPUs are slow in bf16, and who is warned of it."""

import pytest
import torch

from jointre import bf16

CPU = torch.device("cpu")


@pytest.fixture
def machine(monkeypatch):
    """Makes this machine one of another kind."""

    def make(name="x86_64", kernels=True, avx512_bf16=False, amx=False, limit=None):
        monkeypatch.setattr(bf16.platform, "machine", lambda: name)
        monkeypatch.setattr(bf16, "has_no_kernels", lambda: not kernels)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512_bf16)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
        for variable in bf16.LIMITS:
            monkeypatch.delenv(variable, raising=False)
        if limit is not None:
            monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)

    return make


@pytest.mark.parametrize(
    ("kind", "slow"),
    [
        ({"kernels": False}, True),
        ({}, True),
        ({"avx512_bf16": True}, False),
        ({"amx": True}, False),
        ({"name": "AMD64", "amx": True}, False),
        ({"amx": True, "limit": "avx512_core"}, True),
        ({"amx": True, "limit": "AVX512_CORE_BF16"}, False),
        ({"name": "aarch64"}, False),
        ({"name": "aarch64", "kernels": False}, True),
        ({"name": "arm64"}, False),
    ],
)
def test_a_cpu_without_bf16_instructions_is_slow(machine, kind, slow):
    machine(**kind)
    assert bf16.is_slow() is slow


def test_the_warning_names_the_instructions_and_the_remedy(machine):
    machine()
    (warning,) = bf16.notices(CPU, "bf16")
    assert "AVX512-BF16 or AMX" in warning and 'system.precision = "fp32"' in warning
    assert bf16.notices(CPU, "fp32") == bf16.notices(torch.device("cuda"), "bf16") == []
    machine(avx512_bf16=True)
    assert bf16.notices(CPU, "bf16") == []


def test_this_machine_is_asked_without_an_error():
    assert isinstance(bf16.is_slow(), bool) and isinstance(bf16.has_no_kernels(), bool)


def test_torch_without_onednn_computes_by_itself(monkeypatch):
    monkeypatch.setattr(torch.ops, "mkldnn", object())
    assert not bf16.has_no_kernels()
