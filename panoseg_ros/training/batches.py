"""The batches of a run in their order, made ahead by threads where that pays."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple

from panoseg_ros.training.config import Phase
from panoseg_ros.training.samples import Batch


class Place(NamedTuple):
    """Which batch: its first position in the stream, and the phase that it belongs to."""

    first: int
    phase: Phase


class Batches:
    """Makes batches, `threads` of them ahead; at a phase's end the needless ones are dropped.

    Args:
        make: Returns the batch of a place; called from the threads.
        threads: 0 makes every batch when it is asked for. Where the network computes on the
            same cores nothing is gained by more.
    """

    def __init__(self, make: Callable[[Place], Batch], threads: int) -> None:
        self._make = make
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads) if threads else None
        self._ahead: deque[tuple[Place, Future[Batch]]] = deque()

    def get(self, place: Place, stride: int) -> Batch:
        """Return a batch; the next ones are expected every `stride` positions."""
        if self._pool is None:
            return self._make(place)
        while self._ahead and self._ahead[0][0] != place:
            self._ahead.popleft()[1].cancel()
        for k in range(len(self._ahead), self._threads + 1):
            coming = place._replace(first=place.first + k * stride)
            self._ahead.append((coming, self._pool.submit(self._make, coming)))
        return self._ahead.popleft()[1].result()

    def __enter__(self) -> 'Batches':
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
