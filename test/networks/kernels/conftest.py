"""The kernels, on a GPU where there is one, else in Triton's interpreter on the CPU."""

import os
from types import ModuleType

import pytest

try:
    import torch
except ModuleNotFoundError:
    torch = None  # every test here is skipped

# Triton is interpreted or compiled from its first import on, which torchvision does, too.
if (
    torch is not None
    and not torch.cuda.is_available()
    and os.environ.get('TRITON_INTERPRET') != '1'
):
    collect_ignore = ['test_operators.py']  # test_in_interpreter.py runs it in its own process


@pytest.fixture(scope='session')
def device() -> str:
    pytest.importorskip('triton', reason='the kernels are written in Triton')
    return 'cuda' if torch.cuda.is_available() else 'cpu'


@pytest.fixture
def kernels(device, monkeypatch) -> ModuleType:
    """The operators; a kernel that is replaced by torchvision's operator fails the test."""
    from panoseg_ros.networks import kernels
    from panoseg_ros.networks.kernels import fallback, launches

    monkeypatch.setattr(launches, 'ENOUGH', 1)  # large blocks, of which the interpreter is fond
    monkeypatch.setattr(fallback, 'refused', set())
    monkeypatch.setattr(fallback, 'is_device_error', lambda err: True)
    return kernels
