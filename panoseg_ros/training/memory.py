"""Keep freed memory in the process, because fresh pages are dear in a training loop."""

import ctypes
import sys

# Constants of glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4


def keep_freed_memory() -> bool:
    """Tell glibc to reuse freed blocks instead of returning them; say whether it could be told.

    A training step allocates and frees the same large blocks every time; having the
    kernel zero them anew costs a sixth of the step on a CPU.
    """
    if not sys.platform.startswith('linux'):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    largest = 2**31 - 1
    settings = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, largest), (M_TOP_PAD, 256 << 20))
    taken = [mallopt(option, value) == 1 for option, value in settings]
    return all(taken)
