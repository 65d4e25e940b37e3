"""Triton's kernels where there is no GPU: interpreted on the CPU, and compiled for one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REASON = 'the kernels are written in Triton'
HANG_S = 500.0


def run_interpreted(program):
    """Run a program in which kernels are interpreted, and which may import what lies here.

    Triton decides when it is imported, so this needs a process of its own.
    """
    pytest.importorskip('triton', reason=REASON)
    paths = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run(
        [sys.executable, '-c', program],
        check=False,
        env=os.environ | {'TRITON_INTERPRET': '1', 'PYTHONPATH': os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert done.returncode == 0, done.stderr


def compile_for_gpu(kernel, types, **constants):
    """Compile a kernel for an Ampere GPU: return its PTX, shared memory and spilled bytes.

    Args:
        kernel: what `triton.jit` returned.
        types: Triton's type by the name of an argument; `i32` where it is missing.
        constants: values by the names of arguments that are known to the compiler.
    """
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from panoseg_ros.networks.kernels.ahead import _resources

    signature = {name: types.get(name, 'i32') for name in kernel.arg_names}
    signature |= dict.fromkeys(constants, 'constexpr')
    source = ASTSource(kernel, signature, constants)
    compiled = triton.compile(source, target=GPUTarget('cuda', 80, 32))
    _, spilled = _resources(compiled.asm['cubin'])
    return compiled.asm['ptx'], compiled.metadata.shared, spilled
