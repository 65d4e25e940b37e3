"""How much memory something takes, in a process of its own."""

import multiprocessing
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Made = TypeVar('Made')


class Weight(NamedTuple):
    """Memory of a process that does the same again and again, in MB; NaN where nobody knows."""

    peak_mb: float  # resident at most, interpreter and libraries included
    grown_mb: float  # more is resident behind the last turns than before them
    new_mb: float  # of Python and NumPy within one turn at most, results included


def alone(work: Callable[..., Made], *arguments: Any) -> Made:
    """Return what a function of a module returns in a fresh process."""
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        return pool.apply(work, arguments)


def weigh(road: Callable[[], Any], warm_up: int, turns: int) -> Weight:
    """Do something and return what this process needs for it.

    Args:
        road: what to do.
        warm_up: turns before the memory is looked at.
        turns: over which it may grow.
    """
    for _ in range(warm_up):
        road()
    before = _status_mb('VmRSS')
    for _ in range(turns):
        road()
    grown = _status_mb('VmRSS') - before
    peak = _status_mb('VmHWM')  # before tracemalloc, which takes some of its own
    return Weight(round(peak, 1), round(grown, 1), round(_new_mb(road), 2))


def _new_mb(road: Callable[[], Any]) -> float:
    tracemalloc.start()
    try:
        road()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        road()
        return (tracemalloc.get_traced_memory()[1] - before) / 1e6
    finally:
        tracemalloc.stop()


def _status_mb(name: str) -> float:
    """Return a line of the kernel's status of this process; `ru_maxrss` may be the parent's."""
    try:
        status = Path('/proc/self/status').read_text(encoding='utf-8')
    except OSError:  # not Linux
        return float('nan')
    (found,) = [line.split()[1] for line in status.splitlines() if line.startswith(f'{name}:')]
    return int(found) * 1024 / 1e6
