"""What a pipeline remembers between frames, kept so that a resumed run goes on exactly.

The ground map that is fused over time and the lenses' brightness depend on all frames before;
everything else of a pipeline is the same for every frame.
"""

import io
import pickle
from pathlib import Path
from typing import Any

from panoseg_ros.pipeline import Pipeline

_CLASSES = {
    ('panoseg_ros.pipeline', 'Memory'),
    ('panoseg_ros.cameras.gains', 'Brightness'),
    ('panoseg_ros.ground.fusion', 'FusedGround'),
}
_ARRAYS = ('_reconstruct', '_frombuffer', 'ndarray', 'dtype', 'scalar')  # of numpy


def remember(pipeline: Pipeline) -> bytes:
    """Return what a pipeline has taken from the frames so far."""
    return pickle.dumps(pipeline.memory)


def recall(pipeline: Pipeline, memory: bytes) -> None:
    """Let a pipeline go on behind the frames that `memory` was made of.

    Whatever bytes that are no such memory lead to is raised as it is.
    """
    pipeline.memory = _Reader(io.BytesIO(memory)).load()


class _Reader(pickle.Unpickler):
    """Makes nothing but arrays and those tuples, whatever a file asks for."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        array = module_name.startswith('numpy') and global_name in _ARRAYS
        if not array and (module_name, global_name) not in _CLASSES:
            raise pickle.UnpicklingError(f'{module_name}.{global_name} is no memory')
        return super().find_class(module_name, global_name)


class MemoryFile:
    """Keeps the memory behind a number of frames beside the outputs.

    Args:
        folder: of the outputs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, done: int, memory: bytes) -> None:
        """Keep the memory behind `done` frames, beside older ones."""
        path = self._named(done)
        part = path.with_suffix('.open')
        part.write_bytes(memory)
        part.replace(path)

    def load(self, done: int) -> bytes:
        """Return the memory behind `done` frames.

        Raises:
            OSError: if it was not kept.
        """
        return self._named(done).read_bytes()

    def drop(self, but: int = -1) -> None:
        """Remove what was kept, but that behind so many frames."""
        for path in self._folder.glob('memory.*'):
            if path != self._named(but):
                path.unlink()

    def _named(self, done: int) -> Path:
        return self._folder / f'memory.part{done:08d}'
