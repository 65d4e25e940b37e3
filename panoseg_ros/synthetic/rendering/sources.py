"""The state of the compiled sources, by which machine code is cached.

Numba looks for changes only in the file of a cached function, not in those of the
functions that it calls; but variables of an enclosing scope belong to its key.
"""

import zlib
from pathlib import Path


def _hash() -> int:
    room = Path(__file__).parent
    files = sorted([*room.glob('*.py'), *(room.parent / 'surfaces').glob('*.py')])
    return zlib.crc32(b''.join(file.read_bytes() for file in files))


SOURCES = _hash()
