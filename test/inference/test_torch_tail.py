"""The tail on torch's devices against the compiled one of the CPU."""

import numpy as np
import pytest
from without_gpu import REASON, compile_for_gpu, run_interpreted

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
    run_interpreted(INTERPRETED)


def test_the_kernel_compiles_for_gpus_and_keeps_its_values_in_registers():
    pytest.importorskip('triton', reason=REASON)
    from panoseg_ros.inference.tail_kernel import BLOCK_PX, _tail

    kinds = {'logits': '*fp16', 'out': '*u8'}
    kinds |= dict.fromkeys(('row_low', 'column_low'), '*i32')
    kinds |= dict.fromkeys(('row_weight', 'column_weight'), '*fp32')
    ptx, shared, spilled = compile_for_gpu(_tail, kinds, BLOCK=BLOCK_PX)
    assert 'ex2' in ptx and (shared, spilled) == (0, 0)
