"""bf16 on a CPU: whether there are kernels for it at all, and whether the CPU has instructions that make them fast."""

import os
import platform

import torch

X86 = ("x86_64", "amd64", "i386", "i686")
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
WITHOUT_BF16 = ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI")
"""Values of oneDNN's limit on the instruction set that exclude AVX512-BF16 and AMX."""


def has_no_kernels() -> bool:
    """Return whether oneDNN, which computes matrix products and LSTMs for torch, has no bf16 kernels for this CPU.

    Torch then uses its own loops for most operations, but has none for an LSTM. False if torch was built without
    oneDNN: it then computes everything itself.
    """
    try:
        return not torch.ops.mkldnn._is_mkldnn_bf16_supported()
    except (AttributeError, RuntimeError):
        return False


def is_slow() -> bool:
    """Return whether this CPU has no instructions for bf16, so that fp32 is faster.

    On x86 these are AVX512-BF16 and AMX; ARM has its own. The limit in ``ONEDNN_MAX_CPU_ISA`` is respected.
    """
    if has_no_kernels():
        return True
    if platform.machine().lower() not in X86:
        return False
    if any(os.environ.get(name, "").upper() in WITHOUT_BF16 for name in LIMITS):
        return True
    return not (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def notices(device: torch.device, precision: str) -> list[str]:
    """Return a warning that bf16 is slow on this machine, if it is requested."""
    if precision != "bf16" or device.type != "cpu" or not is_slow():
        return []
    return [
        "warning: this CPU has no bf16 instructions (AVX512-BF16 or AMX), so bf16 is slower than fp32: MiniLM trained "
        'at a tenth of the speed and predicted at a fifth, with AVX2. Use fp32 (system.precision = "fp32")'
    ]
