"""Weights in and out of a network, strictly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks.checkpoints import recognise
from panoseg_ros.networks.key_names import folded_keys

MOVES = ('offset_conv.', 'modulator_conv.')  # layers that only deformable networks have

SHAPES_SHOWN = 5  # mis-shaped keys up to which each is given with its shapes


def load_official(network: nn.Module, state_dict: Mapping[str, Any]) -> None:
    """Load weights, tensors or arrays, under the authors' key names.

    Raises:
        NetworkError: if any key is missing, surplus or of another shape, naming them all and
            the network that the weights look like; the network is unchanged.
    """
    expected = network.state_dict()
    given = {key: _tensor(key, value) for key, value in state_dict.items()}
    faults = _faults(expected, given)
    if faults:
        wanted = recognise(expected) or type(network).__name__
        looks = recognise(given) or 'no network that is known here'
        raise NetworkError(f'weights do not fit {wanted}, they look like {looks}: {faults}')
    network.load_state_dict(given, strict=True)


def load_encoder(network: nn.Module, state_dict: Mapping[str, Any]) -> None:
    """Initialise a network's encoder from a Mix Transformer's weights, as SegFormer names them.

    The classifier of such a file (`head.`) is not used; what predicts offsets and modulators
    has no counterpart in it and keeps its values.

    Raises:
        NetworkError: if the network has no encoder, or any other key is missing, surplus or of
            another shape, naming them all; the network is unchanged.
    """
    encoder = getattr(network, 'encoder', None)
    if not isinstance(encoder, nn.Module):
        raise NetworkError(f'{type(network).__name__} has no encoder to initialise')
    expected = encoder.state_dict()
    given = {key: value for key, value in state_dict.items() if not key.startswith('head.')}
    own = {key: value for key, value in expected.items() if any(move in key for move in MOVES)}
    given = own | {key: _tensor(key, value) for key, value in given.items()}
    faults = _faults(expected, given)
    if faults:
        looks = recognise(state_dict) or 'no encoder that is known here'
        raise NetworkError(f'weights do not fit the encoder, they look like {looks}: {faults}')
    encoder.load_state_dict(given, strict=True)


def _tensor(key: str, value: Any) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as err:
        raise NetworkError(f'weight {key!r}: {type(value).__name__} is no array') from err


def _faults(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    """Return what is wrong with the keys, one text per kind of fault, or nothing."""
    faults = {
        'missing': [key for key in expected if key not in given],
        'surplus': [key for key in given if key not in expected],
    }
    texts = [f'{len(keys)} {fault}: {folded_keys(keys)}' for fault, keys in faults.items() if keys]
    misshaped = {
        key: f'{tuple(given[key].shape)} instead of {tuple(value.shape)}'
        for key, value in expected.items()
        if key in given and given[key].shape != value.shape
    }
    if len(misshaped) > SHAPES_SHOWN:
        first = next(f'{key} {shapes}' for key, shapes in misshaped.items())
        texts.append(f'{len(misshaped)} mis-shaped (as {first}): {folded_keys(misshaped)}')
    elif misshaped:
        each = ', '.join(f'{key} {shapes}' for key, shapes in misshaped.items())
        texts.append(f'{len(misshaped)} mis-shaped: {each}')
    return '; '.join(texts)


def save_weights(state_dict: Mapping[str, Tensor], path: Path, half: bool = True) -> None:
    """Write weights as safetensors, floating-point ones as float16, or float32 if not `half`.

    Raises:
        NetworkError: if a weight is not finite in that precision, or the file cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    dtype = torch.float16 if half else torch.float32
    stored = {key: _stored(key, value, dtype) for key, value in state_dict.items()}
    try:
        save_file(stored, path)
        path.chmod(0o644)  # safetensors lets nobody else read it
    except (OSError, SafetensorError) as err:
        raise NetworkError(f'{path}: cannot be written: {err}') from err


def _stored(key: str, value: Tensor, dtype: torch.dtype) -> Tensor:
    if not value.is_floating_point():
        return value.contiguous()
    stored = value.detach().to('cpu', dtype).contiguous()
    if not torch.isfinite(stored).all():
        name = str(dtype).removeprefix('torch.')
        raise NetworkError(f'weight {key} holds values that are not finite in {name}')
    return stored


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
