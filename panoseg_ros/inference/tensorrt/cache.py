"""Engines on disk: one file for each graph, GPU, library version and precision.

They lie in `$XDG_CACHE_HOME/panoseg_ros/engines` (`~/.cache` where that is not set); deleting
them is always safe. A file begins with a line that says for what it was made and what its
plan hashes to. Only a plan whose line says exactly what is wanted is handed to TensorRT,
which would execute what a plan of another origin holds.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from panoseg_ros.errors import BackendError
from panoseg_ros.inference.graph_cache import cache_folder

FORMAT = 1  # raised when graphs are rewritten in another way before they are built
LONGEST_LINE = 4096


class EngineKey(NamedTuple):
    """What an engine depends on."""

    graph: str  # SHA-256
    gpu: str
    capability: str
    tensorrt: str
    precision: str
    format: int = FORMAT

    @property
    def path(self) -> Path:
        """Return the file that an engine of this key has."""
        digest = hashlib.sha256(json.dumps(self).encode()).hexdigest()[:24]
        return cache_folder('engines') / f'{digest}.engine'


def read_plan(key: EngineKey) -> bytes:
    """Return a plan.

    Raises:
        BackendError: if there is none, or the file is truncated or of another key.
    """
    path = key.path
    try:
        with path.open('rb') as stream:
            line, plan = stream.readline(LONGEST_LINE), stream.read()
    except FileNotFoundError as err:
        raise BackendError(
            f'no engine has been built for {key.gpu} and TensorRT {key.tensorrt}'
        ) from err
    except OSError as err:
        raise BackendError(f'{path}: cannot be read: {err.strerror}') from err
    if line != _line(key, plan):
        raise BackendError(f'{path}: is damaged, or of another graph, GPU or TensorRT')
    return plan


def write_plan(key: EngineKey, plan: bytes) -> Path:
    """Keep a plan, whole or not at all; return its file.

    Raises:
        BackendError: if the folder cannot be written.
    """
    path = key.path
    partial = path.with_name(f'{path.name}.{os.getpid()}.partial')  # another may be at it
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open('wb') as stream:
            stream.write(_line(key, plan) + plan)
            stream.flush()
            os.fsync(stream.fileno())  # a robot is switched off without notice
        partial.replace(path)
    except OSError as err:
        raise BackendError(f'{path}: cannot be written: {err.strerror}') from err
    finally:
        partial.unlink(missing_ok=True)
    return path


def _line(key: EngineKey, plan: bytes) -> bytes:
    says = {**key._asdict(), 'bytes': len(plan), 'sha256': hashlib.sha256(plan).hexdigest()}
    return json.dumps(says, sort_keys=True).encode() + b'\n'
