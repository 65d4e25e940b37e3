"""The files that a long output is written in, each called after its first frame."""

from pathlib import Path

from panoseg_ros.errors import ReplayError


class Parts:
    """Knows which parts of an output count, whenever the run before was ended.

    A part is finished before the journal lists its frames, so that one whose first frame is
    not listed is of no use. The output itself exists when it is whole: parts beside it are
    the rest of a run that ended while it removed them.

    Args:
        path: of the output.
        done: frames that the journal lists; parts from there on are removed.

    Raises:
        ReplayError: if the output exists though nothing is done.
    """

    def __init__(self, path: Path, done: int) -> None:
        self._path = path
        if path.exists() and not done:
            raise ReplayError(f'{path}: exists already: change --out')
        whole = path.exists()
        for part in self.paths():
            if whole or self._first(part) >= done:
                part.unlink()

    def paths(self) -> list[Path]:
        """Return the parts in their order."""
        digits = '[0-9]' * 8
        return sorted(self._path.parent.glob(f'{self._path.stem}.part{digits}{self._path.suffix}'))

    def begin(self, number: int) -> Path:
        """Return the path of a part from a frame on; a whole output becomes the first part."""
        if self._path.exists():
            self._path.replace(self._named(0))
        return self._named(number)

    def drop(self) -> None:
        """Remove the parts, of which the output has been made."""
        for part in self.paths():
            part.unlink()

    def _named(self, number: int) -> Path:
        return self._path.with_name(f'{self._path.stem}.part{number:08d}{self._path.suffix}')

    def _first(self, part: Path) -> int:
        return int(part.stem[-8:])
