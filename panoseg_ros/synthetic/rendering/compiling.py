"""How the kernels of this room are compiled, and by which state of the sources cached.

Numba looks for changes only in the file of a cached function, not in those of the
functions that it calls; but variables of an enclosing scope belong to its key.
"""

import zlib
from functools import partial
from pathlib import Path

from numba import njit


def _hash() -> int:
    room = Path(__file__).parent
    files = sorted([*room.glob('*.py'), *(room.parent / 'surfaces').glob('*.py')])
    return zlib.crc32(b''.join(file.read_bytes() for file in files))


SOURCES = _hash()

# Kernels hold no array longer than their caller does: without reference counts, each an
# atomic operation per array and call, shading takes a third of the time.
kernel = partial(njit, nogil=True, _nrt=False)
