"""Checkpoint files of others: reading them, and telling which network they belong to."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks.build import DEFORMABLE, NETWORKS, build_network

WRAPPERS = ('state_dict', 'model')  # the keys under which training programs put the weights
RENAMED = {'backbone.': 'encoder.', 'decode_head.': 'dede_head.'}  # as mmsegmentation names them
ENCODER = 'encoder.'
CLASSIFIER = 'dede_head.pred.bias'
ALIKE = 0.5  # share of equal keys and shapes from which on a file looks like a network
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Likeness:
    """The network whose weights a state dict holds, or nearly holds."""

    network: str  # a name for build_network
    classes: int  # 0 for an encoder alone

    def __str__(self) -> str:
        """Return the words of an error message."""
        if self.classes:
            return f'{self.network} with {self.classes} classes'
        return f'the encoder alone of {self.network}'


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Read weights: bare, under `state_dict` or `model`, with or without `module.` before keys.

    Only tensors and plain values are read, from PyTorch's files or safetensors; code is never run.

    Returns:
        Keys in the authors' form, values as stored, on the CPU.

    Raises:
        NetworkError: naming the file, if it cannot be read, holds code or no weights.
    """
    try:
        if path.suffix == '.safetensors':
            from safetensors.torch import load_file

            raw: Any = load_file(path)
        else:
            with warnings.catch_warnings():  # about pickle protocols, which users cannot change
                warnings.simplefilter('ignore', UserWarning)
                raw = torch.load(path, map_location='cpu', weights_only=True)
    except OSError as err:
        raise NetworkError(f'{path}: cannot be read: {err.strerror or err}') from err
    except Exception as err:  # zip, pickle, torch and safetensors raise many kinds
        code = re.search(r'GLOBAL ([\w.]+)', str(err))
        if code:
            raise NetworkError(
                f'{path}: refused, it holds code ({code[1]}) and not only weights'
            ) from err
        first = str(err).partition('. ')[0]  # torch goes on with how to run any code in it
        reason = (first.splitlines() or [type(err).__name__])[0]
        raise NetworkError(f'{path}: is no checkpoint: {reason}') from err
    try:
        return unwrapped(raw)
    except NetworkError as err:
        raise NetworkError(f'{path}: {err}') from err


def unwrapped(raw: Any) -> dict[str, Tensor]:
    """Return the weights in what a checkpoint holds.

    Raises:
        NetworkError: if there is none, naming the first entry that is no tensor.
    """
    for wrapper in (*WRAPPERS, *WRAPPERS):  # one may lie in the other
        if isinstance(raw, Mapping) and isinstance(raw.get(wrapper), Mapping):
            raw = raw[wrapper]
    if not isinstance(raw, Mapping) or not raw:
        raise NetworkError(f'holds {type(raw).__name__} instead of weights by name')
    for key, value in raw.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise NetworkError(f'holds {type(value).__name__} under {key!r} instead of a tensor')
    state = dict(raw)
    while all(key.startswith('module.') for key in state):
        state = {key.removeprefix('module.'): value for key, value in state.items()}
    return {_renamed(key): value for key, value in state.items()}


def _renamed(key: str) -> str:
    for old, new in RENAMED.items():
        if key.startswith(old):
            return new + key.removeprefix(old)
    return key


def recognise(state_dict: Mapping[str, Any]) -> Likeness | None:
    """Return the network that weights look like, or None where they look like none."""
    given = {key: tuple(getattr(value, 'shape', ())) for key, value in state_dict.items()}
    alone = not any(key.startswith(ENCODER) for key in given)
    if alone:
        given = {ENCODER + key: shape for key, shape in given.items()}
    further = [n for n in '234' if f'{ENCODER}patch_embed{n}.offset_conv.weight' in given]
    suffix = DEFORMABLE + ''.join(further) if further else ''
    classes = 0 if alone else (given.get(CLASSIFIER) or (1,))[0]
    scores = {name: _alike(given, name + suffix, alone) for name in NETWORKS}
    best = max(scores, key=lambda name: scores[name])
    return Likeness(best + suffix, classes) if scores[best] >= ALIKE else None


def _alike(given: Shapes, name: str, encoder_alone: bool) -> float:
    """Return the share of all keys that both have with one shape, its classes left aside."""
    expected = _shapes(name)
    if encoder_alone:
        expected = {key: shape for key, shape in expected.items() if key.startswith(ENCODER)}
    same = sum(
        key in expected
        and shape[1:] == expected[key][1:]
        and (key.startswith('dede_head.pred.') or shape == expected[key])
        for key, shape in given.items()
    )
    return same / len(given.keys() | expected.keys())


@lru_cache(maxsize=16)
def _shapes(name: str) -> Shapes:
    with torch.device('meta'):  # shapes without memory
        network = build_network(name)
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}
