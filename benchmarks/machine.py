"""The properties of a machine that a measurement depends on."""

import os
import platform
from pathlib import Path

import torch
import transformers

from benchmarks.options import Options
from jointre import bf16


def facts(options: Options) -> dict[str, str]:
    """Return CPU or GPU, cores, threads, number format and versions."""
    found = {
        "CPU": cpu_name(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "threads": str(options.threads or torch.get_num_threads()),
        "load before the run": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "device": options.device,
        "precision": options.precision,
        "bf16 instructions of the CPU": "no" if bf16.is_slow() else "yes",
        "encoder through torch.compile": "yes" if options.compile else "no",
        "allocator": "keeps large buffers" if options.keep_buffers else "default in prediction",
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
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
