"""What happens where a kernel does not compile, and what torch's tracers see of the operators."""

import logging

import pytest
import torch

from panoseg_ros.networks import deform

DTYPES = pytest.mark.parametrize(
    ('dtype', 'scale'), [(torch.float32, 1e-5), (torch.bfloat16, 3e-2)], ids=str
)


@pytest.fixture
def broken(device, monkeypatch):
    """Every launch fails as Triton does without a C compiler; the reasons are counted."""
    from panoseg_ros.networks.kernels import fallback, launches

    tries = []

    def fail(*arguments):
        tries.append(arguments)
        raise RuntimeError('building the launcher\nFailed to find C compiler')

    for name in ('pointwise_forward', 'pointwise_backward', 'conv_forward', 'conv_backward_moves'):
        monkeypatch.setattr(launches, name, fail)
    monkeypatch.setattr(fallback, 'refused', set())
    return tries


def layers(dtype, device):
    torch.manual_seed(0)
    shapes = {
        'deform_pointwise': [(2, 3, 5, 7), (2, 9, 5, 7), (4, 3, 1, 1), (4,)],
        'deform_conv': [(2, 3, 5, 7), (2, 27, 3, 4), (4, 3, 3, 3), (4,)],
    }
    for name, tensors in shapes.items():
        x, moves, weight, bias = (torch.randn(s).to(device, dtype) for s in tensors)
        yield name, [x, 2 * moves, 1.51, weight, bias, *([2, 1] if name == 'deform_conv' else [])]


def gradients(function, layer):
    leaves = [v.detach().requires_grad_() if torch.is_tensor(v) else v for v in layer]
    out = function(*leaves)
    out.float().square().sum().backward()
    return [out.detach(), *(leaf.grad for leaf in leaves if torch.is_tensor(leaf))]


@DTYPES
def test_kernel_that_fails_is_replaced_with_one_line(broken, device, caplog, dtype, scale):
    from panoseg_ros.networks import kernels

    for name, layer in layers(dtype, device):
        kind = 'convolve' if name == 'deform_conv' else 'pointwise'
        expected = gradients(getattr(deform.OPERATORS['torchvision'], kind), layer)
        broken.clear()
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                results = gradients(getattr(kernels, name), layer)
        for result, wanted in zip(results, expected, strict=True):
            difference = (result - wanted).abs().max()
            assert result.dtype == wanted.dtype and difference <= scale * wanted.abs().max()
        forward, backward = [record.getMessage() for record in caplog.records]
        assert forward == (
            f"{name} in {dtype}: Triton's kernel failed (RuntimeError: Failed to find C "
            "compiler), torchvision's operator is used instead"
        )
        assert backward.startswith(f'{name}_backward in ')
        assert len(broken) == 2


def test_errors_of_the_device_are_not_hidden(broken, device, monkeypatch):
    from panoseg_ros.networks.kernels import deform_pointwise, fallback, launches

    def fail(*arguments):
        raise RuntimeError('Triton Error [CUDA]: an illegal memory access was encountered')

    monkeypatch.setattr(launches, 'pointwise_forward', fail)
    _, layer = next(layers(torch.float32, device))
    for _ in range(2):
        with pytest.raises(RuntimeError, match='illegal memory access'):
            deform_pointwise(*layer)
    assert not fallback.refused
    assert fallback.is_device_error(torch.OutOfMemoryError('out of memory'))


def test_operators_keep_the_rules_of_torch(broken, device):
    """Schema, shapes of results and gradients, as tracers ask for them; all computed elsewhere."""
    from panoseg_ros.networks import kernels

    for name, layer in layers(torch.float32, device):
        leaves = [v.requires_grad_() if torch.is_tensor(v) else v for v in layer]
        torch.library.opcheck(getattr(kernels, name), tuple(leaves))


def test_exported_programs_hold_the_operators(broken, device):
    class Layer(torch.nn.Module):
        def forward(self, x, moves, weight, bias):
            fetched = deform.OPERATORS['triton'].pointwise(x, moves, 1, weight, bias)
            return fetched.relu()

    _, (x, moves, _, weight, bias) = next(layers(torch.float32, device))
    program = torch.export.export(Layer(), (x, moves, weight, bias))
    calls = [str(node.target) for node in program.graph.nodes if node.op == 'call_function']
    assert 'panoseg.deform_pointwise.default' in calls
    assert torch.equal(program.module()(x, moves, weight, bias), Layer()(x, moves, weight, bias))
