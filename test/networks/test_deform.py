"""The grid_sample forms against torchvision's operator: values, gradients, borders."""

import subprocess
import sys
from typing import NamedTuple

import pytest
import torch

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks import build_network, deform, set_deform_operator


def random_layer(groups, taps, out_size, spread, seed=0):
    torch.manual_seed(seed)
    offset = spread * torch.randn(2, 2 * groups * taps, *out_size)
    return offset, torch.rand(2, groups * taps, *out_size)


def gradients(function, tensors):
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    out = function(*leaves)
    weights = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view_as(out)
    (out * weights).sum().backward()
    return out.detach(), [leaf.grad for leaf in leaves]


def assert_same(function, reference, tensors, dtype):
    """Hold values and gradients together; float32 coordinates are good to some 1e-5 pixels."""
    tensors = [tensor.to(dtype) for tensor in tensors]
    out, grads = gradients(function, tensors)
    expected, expected_grads = gradients(reference, tensors)
    single = dtype == torch.float32
    assert torch.allclose(out, expected, atol=2e-4 if single else 1e-11)
    for grad, expected_grad in zip(grads, expected_grads, strict=True):
        how = {'atol': 2e-3, 'rtol': 1e-3} if single else {'atol': 1e-10, 'rtol': 1e-9}
        assert torch.allclose(grad, expected_grad, **how)


DTYPES = pytest.mark.parametrize('dtype', [torch.float32, torch.float64], ids=str)
SPREADS = pytest.mark.parametrize('spread', [0.7, 6.0])  # most taps beyond the border with 6


@pytest.mark.parametrize('size', [(8, 16), (5, 7), (1, 9), (6, 1)])
@SPREADS
@DTYPES
def test_pointwise_equals_reference(size, spread, dtype):
    offset, mask = random_layer(6, 1, size, spread)
    tensors = [torch.randn(2, 6, *size), offset, mask, torch.randn(4, 6, 1, 1), torch.randn(4)]
    assert_same(deform.deform_pointwise, deform.deform_pointwise_reference, tensors, dtype)


@pytest.mark.parametrize(
    ('size', 'kernel', 'stride'), [((8, 16), 3, 1), ((9, 13), 3, 2), ((17, 30), 7, 4)]
)
@SPREADS
@DTYPES
def test_convolution_equals_reference(size, kernel, stride, spread, dtype):
    pad = kernel // 2
    out_size = [(side + 2 * pad - kernel) // stride + 1 for side in size]
    offset, mask = random_layer(1, kernel * kernel, out_size, spread)
    weight = torch.randn(4, 3, kernel, kernel)
    tensors = [torch.randn(2, 3, *size), offset, mask, weight, torch.randn(4)]

    def chosen(function):
        return lambda *args: function(*args, stride, pad)

    assert_same(chosen(deform.deform_conv), chosen(deform.deform_conv_reference), tensors, dtype)


def test_gradients_of_clamped_offsets_agree_and_vanish_at_the_clamp():
    raw, mask = random_layer(3, 1, (6, 9), 3.0)
    tensors = [torch.randn(2, 3, 6, 9), raw, mask, torch.randn(4, 3, 1, 1), torch.randn(4)]

    def clamped(function):
        return lambda x, offset, *rest: function(x, offset.clamp(-2, 2), *rest)

    fast, slow = clamped(deform.deform_pointwise), clamped(deform.deform_pointwise_reference)
    assert_same(fast, slow, tensors, torch.float64)
    _, grads = gradients(fast, [tensor.double() for tensor in tensors])
    assert (raw.abs() > 2).any() and not grads[1][raw.abs() > 2].any()


def test_offsets_at_the_clamp_and_on_the_border():
    x = torch.randn(1, 2, 4, 8)
    offset = torch.zeros(1, 4, 4, 8)
    offset[:, 0], offset[:, 1] = -1.0, 2.0  # whole pixels: up 1, right 2, beyond both borders
    mask, weight, bias = torch.ones(1, 2, 4, 8), torch.eye(2)[..., None, None], torch.zeros(2)
    out = deform.deform_pointwise(x, offset, mask, weight, bias)
    assert torch.allclose(out[0, 0, 1:, :6], x[0, 0, :3, 2:], atol=1e-5)
    assert not out[0, 0, 0].any() and not out[0, 0, :, 6:].any()
    assert torch.allclose(out[0, 1], x[0, 1], atol=1e-5)


def test_bfloat16_keeps_coordinates_in_single_precision():
    offset, mask = random_layer(3, 1, (4, 512), 0.3)
    x, weight = torch.randn(2, 3, 4, 512), torch.eye(3)[..., None, None]
    low = [tensor.bfloat16() for tensor in (x, mask, weight, torch.zeros(3))]
    out = deform.deform_pointwise(low[0], offset, *low[1:])
    expected = deform.deform_pointwise(x, offset, mask, weight, torch.zeros(3))
    assert (out.float() - expected).abs().max() < 0.05


def test_operator_is_chosen_for_every_layer():
    network = build_network('trans4pass_nano')
    set_deform_operator(network, 'torchvision')
    chosen = [m.deform_operator for m in network.modules() if hasattr(m, 'deform_operator')]
    assert chosen == ['torchvision'] * 13
    with pytest.raises(NetworkError, match='auto or grid_sample or torchvision or triton'):
        set_deform_operator(network, 'cuda')


def test_operators_are_handed_what_the_layer_predicts():
    moves = torch.randn(2, 3 * 6, 5, 7)
    offset, mask = deform.settle(moves, 1)
    assert torch.equal(offset, moves[:, :12].clamp(-1, 1))
    assert torch.allclose(mask, 2 / (1 + torch.exp(-moves[:, 12:])))
    x, weight, bias = torch.randn(2, 6, 5, 7), torch.randn(4, 6, 1, 1), torch.randn(4)
    expected = deform.deform_pointwise_reference(x, offset, mask, weight, bias)
    for name in ('auto', 'grid_sample', 'torchvision'):
        out = deform.OPERATORS[name].pointwise(x, moves, 1, weight, bias)
        assert torch.allclose(out, expected, atol=1e-4)


def test_half_precision_moves_are_settled_in_single():
    offset, _ = deform.settle(torch.full((1, 3, 1, 1), 300.0, dtype=torch.bfloat16), 255)
    assert offset.dtype == torch.float32 and offset.unique().tolist() == [255.0]


class OnGpu(NamedTuple):
    """What the choice of an operator looks at."""

    dtype: torch.dtype
    is_cuda: bool = True
    device: str = 'cuda:0'


@pytest.mark.parametrize(
    ('dtype', 'capability', 'triton', 'expected'),
    [
        (torch.float16, (9, 0), True, 'triton'),
        (torch.bfloat16, (8, 7), True, 'triton'),
        (torch.float32, (8, 0), True, 'triton'),
        (torch.float64, (9, 0), True, 'torchvision'),
        (torch.float16, (7, 5), True, 'torchvision'),
        (torch.float16, (9, 0), False, 'torchvision'),
    ],
)
def test_operator_fits_device_and_precision(monkeypatch, dtype, capability, triton, expected):
    monkeypatch.setattr(torch.cuda, 'get_device_capability', lambda device: capability)
    monkeypatch.setattr(deform, 'HAS_TRITON', triton)
    assert deform.fitting_operator(OnGpu(dtype)) == expected
    assert deform.fitting_operator(torch.zeros(1, dtype=dtype)) == 'grid_sample'
    monkeypatch.setattr(deform, 'HAS_TORCHVISION', False)
    without = 'triton' if expected == 'triton' else 'grid_sample'
    assert deform.fitting_operator(OnGpu(dtype)) == without


def test_kernels_are_asked_for_in_vain_without_triton(monkeypatch):
    monkeypatch.setattr(deform, 'HAS_TRITON', False)
    with pytest.raises(NetworkError, match='Triton is not installed'):
        set_deform_operator(build_network('trans4pass_nano'), 'triton')


def test_networks_need_no_triton():
    code = (
        'import sys; sys.modules["triton"] = None\n'
        'import torch; from panoseg_ros.networks import build_network\n'
        'assert build_network("trans4pass_nano", 3)(torch.zeros(1, 3, 32, 64)).isfinite().all()\n'
    )
    subprocess.run([sys.executable, '-c', code], check=True)
