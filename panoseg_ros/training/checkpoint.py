"""The state of an interrupted run on disk."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from panoseg_ros.errors import TrainingError

CHECKPOINT = 'checkpoint.pt'


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write a state so that a kill at any moment leaves either the old or the new file.

    Raises:
        TrainingError: naming the file, if it cannot be written.
    """
    import torch

    partial = folder / f'{CHECKPOINT}.partial'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open('wb') as stream:
            torch.save(state, stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(folder / CHECKPOINT)
    except (OSError, RuntimeError) as err:  # torch raises the latter where a disk is full
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        reason = err.strerror if isinstance(err, OSError) else 'is the disk full?'
        raise TrainingError(
            f'{folder / CHECKPOINT}: cannot be written ({reason}); the one before is kept'
        ) from err


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return the state in a folder, or None if there is none. Code in the file is refused.

    Raises:
        TrainingError: naming the file, if it cannot be read.
    """
    import torch

    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location='cpu', weights_only=True)
    except Exception as err:  # torch raises many kinds here, all mean an unusable file
        raise TrainingError(f'{path}: cannot be resumed: {str(err).splitlines()[0]}') from err
    if not isinstance(state, dict) or not {'step', 'data', 'best', 'config'} <= state.keys():
        raise TrainingError(f'{path}: is not a checkpoint of panoseg train')
    return state
