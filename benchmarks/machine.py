"""The properties of a machine that a measurement depends on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from benchmarks.options import Options
from jointre import bf16

SETS = {
    "AVX2": "avx2",
    "AVX-512": "avx512",
    "VNNI": "vnni",
    "AVX512-BF16": "avx512_bf16",
    "AMX": "amx_tile",
    "AMX-FP16": "amx_fp16",
}
PACKAGES = ("jointre", "torch", "transformers", "tokenizers", "onnxruntime")


def facts(options: Options) -> dict[str, str]:
    """Return CPU or GPU, instruction sets, cores, threads, number format and versions."""
    found = {
        "CPU": cpu_name(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "threads": str(options.threads or torch.get_num_threads()),
        "load before the run": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "device": options.device,
        "precision": options.precision,
        "instruction sets": instruction_sets(),
        "fast bf16 on the CPU": "no" if bf16.is_slow() else "yes",
        "encoder through torch.compile": "yes" if options.compile else "no",
        "allocator": "keeps large buffers" if options.keep_buffers else "default in prediction",
        "Python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "corpus": options.data,
    }
    if options.device != "cpu":
        found["device"] = torch.cuda.get_device_name(options.device)
    return found


def cpu_name() -> str:
    """Return the model of this machine's CPU."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def instruction_sets() -> str:
    """Return the instruction sets that torch finds, the one its own loops use, and the limit set for oneDNN."""
    tests = {name: getattr(torch.cpu, f"_is_{test}_supported", None) for name, test in SETS.items()}
    found = [name for name, test in tests.items() if test is not None and test()]
    limits = [f"{name}={os.environ[name]}" for name in bf16.LIMITS if name in os.environ]
    return "; ".join([", ".join(found) or "none known", f"torch: {_capability()}", *limits])


def _capability() -> str:
    return torch.backends.cpu.get_cpu_capability()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
