"""What is asked of the machine and refused at the door."""

import pytest
import torch

from jointre import system
from jointre.config.schema import SystemSettings
from jointre.errors import UsageError
from jointre.testing import fake_gpu


@pytest.fixture(autouse=True)
def as_before():
    yield
    torch.use_deterministic_algorithms(False)


def test_compiling_without_a_compiler_is_refused(monkeypatch):
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match="C\\+\\+ compiler"):
        system.prepare(SystemSettings(device="cpu", compile=True))


def test_a_cpu_repeats_without_being_asked():
    system.prepare(SystemSettings(device="cpu"))
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    system.prepare(SystemSettings(device="cpu", deterministic=True))
    assert not torch.is_deterministic_algorithms_warn_only_enabled()


def test_fp16_on_a_cpu_is_refused():
    with pytest.raises(UsageError, match="fp16 needs a GPU"):
        system.prepare(SystemSettings(device="cpu", precision="fp16"))


def test_matrix_precision_is_that_of_the_config_on_a_gpu():
    try:
        with fake_gpu():
            system.prepare(SystemSettings(device="cuda", matmul_precision="high"))
            assert torch.get_float32_matmul_precision() == "high"
            system.prepare(SystemSettings(device="cuda"))
            assert torch.get_float32_matmul_precision() == "highest"
        torch.set_float32_matmul_precision("high")
        system.prepare(SystemSettings(device="cpu"))
        assert torch.get_float32_matmul_precision() == "high"  # a CPU is left alone
    finally:
        torch.set_float32_matmul_precision("highest")
