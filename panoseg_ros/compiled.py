"""Functions that numba compiles, kept between processes for as long as their sources stay.

Numba looks for changes only in the file of a kept function, not in those of the functions
that it calls and of the constants that it takes, all of which its machine code holds. So what
is kept here belongs to a checksum of its room's code and of the words that every room uses.
It lies beside the code in `__pycache__`, where that cannot be written in
`$XDG_CACHE_HOME/panoseg_ros/machine_code`; where neither can be, every process compiles anew.
"""

import logging
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numba

from panoseg_ros.errors import SettingsError
from panoseg_ros.resources import cache_folder

PACKAGE = Path(__file__).resolve().parent
KEPT = 4  # versions of a room's machine code
_log = logging.getLogger(__name__)

Function = TypeVar('Function', bound=Callable[..., Any])


def compiled(*signatures: Any, **options: Any) -> Callable[[Function], Function]:
    """Compile a function without Python objects and without the interpreter's lock.

    Args:
        *signatures: numba's, to compile when the module is imported.
        **options: of `numba.njit`.
    """

    def decorate(function: Function) -> Function:
        # The second part of panoseg_ros.ground.paint; a word of its own is its own room.
        room = function.__module__.split('.')[1]
        with _kept_in(machine_code(room)) as keeps:
            made: Function = numba.njit(*signatures, cache=keeps, nogil=True, **options)(function)
        return made

    return decorate


@lru_cache
def machine_code(room: str) -> Path | None:
    """Return the folder for a room's present machine code, None if it cannot be kept."""
    files = sorted([*PACKAGE.glob('*.py'), *(PACKAGE / room).rglob('*.py')])
    checksum = f'{zlib.crc32(b"".join(file.read_bytes() for file in files)):08x}'
    for folder in _candidates(room):
        path = folder / checksum
        try:
            path.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path).close()
        except OSError:
            continue
        path.touch()
        _forget_others(folder)
        return path
    _log.warning('no folder for machine code can be written, so every start takes long')
    return None


def _candidates(room: str) -> Iterator[Path]:
    if numba.config.CACHE_DIR:  # the user's choice
        yield Path(numba.config.CACHE_DIR) / 'panoseg_ros' / room
    yield PACKAGE / room / '__pycache__' / 'machine_code'
    try:
        yield cache_folder('machine_code') / room
    except SettingsError:
        return


def _forget_others(folder: Path) -> None:
    """Remove all versions but the newest few; a process that uses one compiles again."""

    def age(version: Path) -> float:
        try:
            return -version.stat().st_mtime
        except OSError:  # another process was faster
            return 0.0

    for version in sorted(folder.iterdir(), key=age)[KEPT:]:
        shutil.rmtree(version, ignore_errors=True)


@contextmanager
def _kept_in(folder: Path | None) -> Iterator[bool]:
    """Let what is compiled be kept in a folder; whether it is."""
    former = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder or former)
    try:
        yield folder is not None
    finally:
        numba.config.CACHE_DIR = former
