"""Weights in and out of a network, strictly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from panoseg_ros.errors import NetworkError

SHOWN_KEYS = 5


def load_official(network: nn.Module, state_dict: Mapping[str, Any]) -> None:
    """Load weights, tensors or arrays, under the authors' key names.

    Raises:
        NetworkError: if any key is missing, surplus or of another shape, naming them; the
            network is unchanged.
    """
    expected = network.state_dict()
    given = {key: torch.as_tensor(value) for key, value in state_dict.items()}
    misshaped = [
        f'{key} {tuple(given[key].shape)} instead of {tuple(value.shape)}'
        for key, value in expected.items()
        if key in given and given[key].shape != value.shape
    ]
    faults = {
        'missing': [key for key in expected if key not in given],
        'surplus': [key for key in given if key not in expected],
        'mis-shaped': misshaped,
    }
    lines = [f'{len(keys)} {fault}: {_shortened(keys)}' for fault, keys in faults.items() if keys]
    if lines:
        raise NetworkError(f'weights do not fit the network: {"; ".join(lines)}')
    network.load_state_dict(given, strict=True)


def _shortened(keys: list[str]) -> str:
    shown = ', '.join(keys[:SHOWN_KEYS])
    return shown if len(keys) <= SHOWN_KEYS else f'{shown}, ...'


def save_weights(state_dict: Mapping[str, Tensor], path: Path) -> None:
    """Write weights as safetensors, floating-point ones as float16.

    Raises:
        NetworkError: if a weight is not finite in float16.
    """
    from safetensors.torch import save_file

    half = {key: _half(key, value) for key, value in state_dict.items()}
    save_file(half, path)


def _half(key: str, value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value.contiguous()
    half = value.detach().to('cpu', torch.float16).contiguous()
    if not torch.isfinite(half).all():
        raise NetworkError(f'weight {key} holds values that are not finite in float16')
    return half


def load_weights(network: nn.Module, path: Path) -> None:
    """Load a safetensors file written by `save_weights`.

    Raises:
        NetworkError: naming the file, if it cannot be read or does not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state_dict = load_file(path)
    except (OSError, SafetensorError) as err:
        raise NetworkError(f'{path}: cannot be read as safetensors: {err}') from err
    try:
        load_official(network, state_dict)
    except NetworkError as err:
        raise NetworkError(f'{path}: {err}') from err
