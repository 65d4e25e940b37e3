"""Values and gradients of the Triton kernels against torchvision's operator in float64."""

import pytest
import torch

from panoseg_ros.networks import deform

POINTWISE = {  # batch, channels, outputs, size, spread of shifts, bound
    'odd_batch': (2, 6, 4, (5, 7), 3.0, 2.0),
    'two_blocks_far_out': (1, 18, 17, (3, 9), 40.0, 100.0),
}
CONVOLUTION = {  # batch, channels, outputs, size, kernel, stride, spread, bound
    'picture': (2, 3, 5, (9, 13), 7, 4, 3.0, 2.0),
    'map': (1, 16, 4, (4, 5), 3, 1, 0.7, 9.0),
    'padded_strided': (2, 20, 5, (5, 7), 3, 2, 6.0, 9.0),
    'three_blocks': (1, 48, 33, (3, 5), 1, 1, 2.0, 9.0),
}


def pointwise_layer(batch, channels, outputs, size, spread, bound):
    torch.manual_seed(0)
    x, moves = torch.randn(batch, channels, *size), torch.randn(batch, 3 * channels, *size)
    moves[:, : 2 * channels] *= spread
    return x, moves, bound, torch.randn(outputs, channels, 1, 1), torch.randn(outputs)


def conv_layer(batch, channels, outputs, size, kernel, stride, spread, bound):
    torch.manual_seed(0)
    pad, taps = kernel // 2, kernel * kernel
    out_size = [(side + 2 * pad - kernel) // stride + 1 for side in size]
    moves = torch.randn(batch, 3 * taps, *out_size)
    moves[:, : 2 * taps] *= spread
    weight = torch.randn(outputs, channels, kernel, kernel) / kernel
    x = torch.randn(batch, channels, *size)
    return x, moves, bound, weight, torch.randn(outputs), stride, pad


def run(function, layer, device='cpu', dtype=torch.float64):
    """Return the result and the gradients, in float64 on the CPU."""
    arguments = [
        value.to(device, dtype).detach().requires_grad_() if torch.is_tensor(value) else value
        for value in layer
    ]
    out = function(*arguments)
    weights = torch.linspace(-1, 1, out.numel(), dtype=torch.float64).view(out.shape)
    (out * weights.to(out)).sum().backward()
    grads = [value.grad for value in arguments if torch.is_tensor(value)]
    assert all(grad.dtype == dtype for grad in grads)
    return [tensor.detach().double().cpu() for tensor in (out, *grads)]


def assert_same(layer, kind, device, dtype=torch.float32, scale=2e-5):
    layer = [value.to(dtype).double() if torch.is_tensor(value) else value for value in layer]
    results = run(getattr(deform.OPERATORS['triton'], kind), layer, device, dtype)
    expected = run(getattr(deform.OPERATORS['torchvision'], kind), layer)
    for result, wanted in zip(results, expected, strict=True):
        assert result.shape == wanted.shape
        assert (result - wanted).abs().max() < scale * max(1.0, float(wanted.abs().max()))


@pytest.mark.parametrize('name', POINTWISE)
def test_pointwise_equals_float64(kernels, device, name):
    assert_same(pointwise_layer(*POINTWISE[name]), 'pointwise', device)


@pytest.mark.parametrize('name', CONVOLUTION)
def test_convolution_equals_float64(kernels, device, name):
    assert_same(conv_layer(*CONVOLUTION[name]), 'convolve', device)


@pytest.mark.parametrize(('dtype', 'scale'), [(torch.float16, 4e-3), (torch.bfloat16, 3e-2)])
def test_half_precision_is_as_good_as_its_numbers(kernels, device, dtype, scale):
    if device == 'cpu' and dtype == torch.bfloat16:
        pytest.skip("Triton's interpreter multiplies matrices of bfloat16 as if of integers")
    assert_same(pointwise_layer(1, 4, 4, (3, 40), 1.0, 9.0), 'pointwise', device, dtype, scale)
    assert_same(conv_layer(1, 3, 4, (3, 40), 3, 1, 1.0, 9.0), 'convolve', device, dtype, scale)


def test_whole_pixels_on_and_beyond_the_border(kernels, device):
    x, moves, _, weight, bias = pointwise_layer(1, 3, 4, (4, 6), 1.0, 0)
    moves[:, :6] = torch.randint(-3, 4, moves[:, :6].shape)
    assert_same((x, moves, 2.5, weight, bias), 'pointwise', device)


def test_places_far_outside_give_nothing(kernels, device):
    x, moves, _, weight, bias = conv_layer(1, 3, 4, (5, 7), 3, 1, 1.0, 0)[:5]
    moves[:, :18] = torch.where(moves[:, :18] > 0, 1e30, -1e30)
    out, grad_x, grad_moves, *_ = run(
        deform.OPERATORS['triton'].convolve, (x, moves, 1e31, weight, bias, 1, 1), device,
        torch.float32,
    )  # fmt: skip
    assert torch.allclose(out, bias[:, None, None].expand_as(out[0]).double()[None])
    assert not grad_x.any() and not grad_moves.any()


def test_any_order_in_memory_gives_the_same(kernels, device):
    layer = conv_layer(2, 4, 4, (5, 7), 3, 2, 2.0, 9.0)
    x, moves, bound, weight, *rest = [v.to(device) if torch.is_tensor(v) else v for v in layer]
    last = torch.channels_last
    turned = weight.transpose(2, 3).contiguous().transpose(2, 3)
    wide = torch.stack([x, x], -1).flatten(3)[..., ::2]
    expected = kernels.deform_conv(x, moves, bound, weight, *rest)
    others = (
        (x.contiguous(memory_format=last), moves.contiguous(memory_format=last), weight),
        (wide, torch.cat([moves, moves], 1)[:, : moves.shape[1]], turned),
    )
    for x_, moves_, weight_ in others:
        out = kernels.deform_conv(x_, moves_, bound, weight_, *rest)
        assert out.is_contiguous() and torch.equal(out, expected)


def test_gradients_that_nobody_wants_are_left_out(kernels, device):
    x, moves, bound, weight, bias = pointwise_layer(*POINTWISE['odd_batch'])
    layer = x.to(device), moves.to(device).requires_grad_(), bound, weight.to(device)
    out = kernels.deform_pointwise(*layer, bias.to(device))
    out.square().sum().backward()
    alone = layer[1].grad
    layer = layer[0].requires_grad_(), layer[1].detach().requires_grad_(), *layer[2:]
    kernels.deform_pointwise(*layer, bias.to(device)).square().sum().backward()
    assert torch.allclose(alone, layer[1].grad) and alone.any()


def test_autocast_gives_its_precision(kernels, device):
    layer = [
        v.to(device) if torch.is_tensor(v) else v
        for v in pointwise_layer(1, 3, 4, (3, 5), 1.0, 2.0)
    ]
    with torch.autocast(device, torch.bfloat16):
        assert deform.OPERATORS['triton'].pointwise(*layer).dtype == torch.bfloat16
    assert deform.OPERATORS['triton'].pointwise(*layer).dtype == torch.float32


def test_deterministic_algorithms_are_asked_for_in_vain(kernels, device):
    layer = pointwise_layer(1, 3, 4, (3, 5), 1.0, 2.0)
    out = kernels.deform_pointwise(layer[0].to(device).requires_grad_(), *[
        v.to(device) if torch.is_tensor(v) else v for v in layer[1:]
    ])  # fmt: skip
    try:
        torch.use_deterministic_algorithms(True)
        with pytest.raises(RuntimeError, match='with respect to its map is not deterministic'):
            out.sum().backward(retain_graph=True)
        torch.use_deterministic_algorithms(True, warn_only=True)
        with pytest.warns(UserWarning, match='with respect to its map is not deterministic'):
            out.sum().backward()
    finally:
        torch.use_deterministic_algorithms(False)
