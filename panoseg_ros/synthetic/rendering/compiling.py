"""How the kernels of synthetic worlds are compiled, and by which sources they are cached.

Numba looks for changes only in the file of a cached function, not in those of the
functions that it calls; but variables of an enclosing scope belong to its key. Whatever is
cached therefore closes over `sources` of every room that it calls into.
"""

import zlib
from functools import partial
from pathlib import Path

from numba import njit
from numba.core.cpu import CPUTargetOptions


def sources(*rooms: str) -> int:
    """Return a checksum of the code in some rooms of `synthetic`."""
    above = Path(__file__).parent.parent
    files = [file for room in rooms for file in sorted((above / room).glob('*.py'))]
    return zlib.crc32(b''.join(file.read_bytes() for file in files))


SOURCES = sources('rendering', 'surfaces')

# Kernels hold no array longer than their caller does: without reference counts, each an
# atomic operation per array and call, shading takes a third of the time. The option is numba's
# private one; without it the same pictures come slower.
UNCOUNTED = {'_nrt': False} if hasattr(CPUTargetOptions, '_nrt') else {}
kernel = partial(njit, nogil=True, **UNCOUNTED)
