"""Work that several processes share."""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import cv2

from panoseg_ros.errors import SyntheticError
from panoseg_ros.processes import end_with_parent

Item = TypeVar('Item')
Result = TypeVar('Result')


def in_order(
    job: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    begin: Callable[[], None] | None = None,
) -> Iterator[Result]:
    """Yield what a job returns for each item, in the order of the items.

    Args:
        job: can be pickled, like `begin`, and raises what is to be raised here.
        items: what it is called with.
        workers: processes.
        begin: is called once in each of them.

    Raises:
        SyntheticError: if the system ended one of the processes.
    """
    context = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(workers, context, _begin, (begin,)) as pool:
        try:
            yield from pool.map(job, items)
        except KeyboardInterrupt:  # leaving the pool would wait for what they have
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        except BrokenProcessPool as err:
            raise SyntheticError(
                'a process that renders was ended by the system, which may lack memory: '
                'try fewer --workers'
            ) from err


def _begin(begin: Callable[[], None] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends us
    end_with_parent()
    cv2.setNumThreads(1)
    if begin is not None:
        begin()
