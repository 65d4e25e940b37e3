"""The tail on torch's devices against the compiled one of the CPU."""

import os
import subprocess
import sys

import numpy as np
import pytest

from panoseg_ros.bundles import InputSpec
from panoseg_ros.inference.tail import upsample_argmax

torch = pytest.importorskip('torch', reason='the torch runtime needs torch')

SPEC = InputSpec(16, 32, wrap_px=8)
DEVICES = ['cpu', *(['cuda'] if torch.cuda.is_available() else [])]


def logits(kind=torch.float32):
    values = 3 * torch.randn(7, 4, 12, generator=torch.Generator().manual_seed(0))
    values[3, 1, 5] = float('nan')
    values[2, 3, 9] = float('inf')
    return values.to(kind)


def assert_same(out, values):
    labels, confidence = upsample_argmax(values.float().numpy(), 16, 32, 8)
    found = out.cpu().numpy().astype(int)
    assert (labels == 255).any() and (labels != 255).any()
    assert np.array_equal(found[0], labels)
    assert np.abs(found[1] - confidence).max() <= 1


@pytest.mark.parametrize('device', DEVICES)
@pytest.mark.parametrize('kind', [torch.float32, torch.float16, torch.bfloat16])
def test_plain_torch_says_what_is_computed(device, kind):
    from panoseg_ros.inference.torch_tail import upsample_argmax_torch

    out = torch.zeros((2, 16, 32), dtype=torch.uint8, device=device)
    upsample_argmax_torch(logits(kind).to(device), 16, 32, 8, out)
    assert_same(out, logits(kind))


@pytest.mark.parametrize('device', DEVICES)
def test_the_tail_of_a_device_gives_the_same(device):
    from panoseg_ros.inference.torch_tail import make_tail

    out = torch.zeros((2, 16, 32), dtype=torch.uint8, device=device)
    make_tail(SPEC, out)(logits().to(device))
    assert_same(out, logits())


INTERPRETED = """
import torch
from panoseg_ros.inference.torch_tail import make_kernel_tail
from test_torch_tail import SPEC, assert_same, logits

for kind in (torch.float32, torch.float16):
    for layout in ('planar', 'channels last'):
        values = logits(kind)
        if layout != 'planar':
            values = values[None].contiguous(memory_format=torch.channels_last)[0]
        out = torch.zeros((2, 16, 32), dtype=torch.uint8)
        make_kernel_tail(SPEC, out)(values)
        assert_same(out, logits(kind))
"""


def test_the_kernel_agrees_when_interpreted():
    """Triton decides when it is imported, so this needs a process of its own."""
    pytest.importorskip('triton')
    paths = [os.path.dirname(__file__), *sys.path]
    done = subprocess.run(
        [sys.executable, '-c', INTERPRETED],
        check=False,
        env=os.environ | {'TRITON_INTERPRET': '1', 'PYTHONPATH': os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr


def test_the_kernel_compiles_for_gpus_and_keeps_its_values_in_registers():
    """Without a GPU: to PTX, in which local memory would mean spilled values."""
    triton = pytest.importorskip('triton')
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from panoseg_ros.inference.tail_kernel import BLOCK_PX, _tail

    kinds = {'logits': '*fp16', 'out': '*u8', 'BLOCK': 'constexpr'}
    kinds |= dict.fromkeys(('row_low', 'column_low'), '*i32')
    kinds |= dict.fromkeys(('row_weight', 'column_weight'), '*fp32')
    signature = {name: kinds.get(name, 'i32') for name in _tail.arg_names}
    source = ASTSource(_tail, signature, {'BLOCK': BLOCK_PX})
    compiled = triton.compile(source, target=GPUTarget('cuda', 80, 32))
    assert '.local' not in compiled.asm['ptx'] and 'ex2' in compiled.asm['ptx']
