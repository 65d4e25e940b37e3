"""Compile a launch for a GPU that need not be there, and tell what the kernel takes of it.

Triton brings `ptxas` and `cuobjdump`, which need no GPU either; they are those of NVIDIA's.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import triton
from torch import Tensor
from triton.backends import nvidia
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from panoseg_ros.networks.kernels.launches import Launch

TYPES = {
    'torch.float16': '*fp16',
    'torch.bfloat16': '*bf16',
    'torch.float32': '*fp32',
    'int': 'i32',
    'float': 'fp32',
}
ALIGNED = 16  # bytes of pointers, elements of sizes: what the just-in-time compiler looks at
TOOLS = Path(nvidia.__file__).parent / 'bin'


class Footprint(NamedTuple):
    """What one compiled kernel takes."""

    registers: int  # per thread
    spilled: int  # bytes per thread that did not fit into registers
    shared: int  # bytes of shared memory per program
    threads: int  # per program
    machine_code: int  # bytes


def compile_ahead(launch: Launch, capability: int = 90) -> Footprint:
    """Compile a launch of tensors, real or meta, as its first run on such a GPU would.

    Args:
        launch: What would be run.
        capability: Ten times the compute capability: 80 Ampere, 87 Orin, 90 Hopper.

    Raises:
        Exception: whatever Triton raises where a kernel cannot be compiled.
    """
    names, constants = launch.kernel.arg_names, dict(launch.constants)
    constants.update({n: v for n, v in launch.arguments.items() if isinstance(v, int) and v == 1})
    arguments = {n: v for n, v in launch.arguments.items() if n not in constants}
    unaligned = launch.kernel.do_not_specialize_on_alignment or ()
    source = ASTSource(
        launch.kernel,
        {n: _type(arguments[n]) if n in arguments else 'constexpr' for n in names},
        constants,
        {
            (names.index(n),): [['tt.divisibility', ALIGNED]]
            for n, v in arguments.items()
            if _is_aligned(v) and n not in unaligned
        },
    )
    options = {'num_warps': launch.warps, 'num_stages': launch.stages}
    compiled = triton.compile(source, GPUTarget('cuda', capability, 32), options)
    code, shared = compiled.asm['cubin'], compiled.metadata.shared
    registers, spilled = _resources(code)
    return Footprint(registers, spilled, shared, 32 * launch.warps, len(code))


def _type(value: Tensor | int | float) -> str:
    return TYPES[str(value.dtype) if isinstance(value, Tensor) else type(value).__name__]


def _is_aligned(value: Tensor | int | float) -> bool:
    if isinstance(value, Tensor):
        return True  # torch aligns what it allocates
    return isinstance(value, int) and value % ALIGNED == 0


def _resources(cubin: bytes) -> tuple[int, int]:
    """Return registers and spilled bytes per thread of machine code."""
    with tempfile.NamedTemporaryFile(suffix='.cubin') as file:
        file.write(cubin)
        file.flush()
        words = [TOOLS / 'cuobjdump', '--dump-resource-usage', file.name]
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found = re.search(r'REG:(\d+) STACK:(\d+)', said)
    if found is None:
        raise RuntimeError(f'cuobjdump does not tell registers: {said.strip()}')
    return int(found[1]), int(found[2])
