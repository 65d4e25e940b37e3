"""Two threads around the main one: what comes is fetched ahead, what is done is put away."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar('Item')
AHEAD = 4  # items that wait between two threads; more only cost memory
POLL_S = 0.1  # how soon a thread notices that the other side has stopped


class _End:
    """Behind the last item: nothing more, or the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[Item], size: int = AHEAD) -> Iterator[Item]:
    """Yield items that a thread fetches ahead, at most `size` of them.

    An error of the thread is raised here. Closing the iterator ends the thread.
    """
    line: queue.Queue[Item | _End] = queue.Queue(size)
    stop = threading.Event()

    def put(item: 'Item | _End') -> None:
        while not stop.is_set():
            try:
                return line.put(item, timeout=POLL_S)
            except queue.Full:
                continue

    def fetch() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                put(item)
                if stop.is_set():
                    break
        except BaseException as err:  # of any kind: it is the other thread's to handle
            error = err
        put(_End(error))

    thread = threading.Thread(target=fetch, name='panoseg_reader', daemon=True)
    thread.start()
    try:
        while not isinstance(item := line.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stop.set()
        thread.join()


class Behind(Generic[Item]):
    """A thread that works on items in their order; `put` waits while too many do.

    Its error is raised by the next `put` or by `close`.
    """

    def __init__(self, work: Callable[[Item], None], size: int = AHEAD) -> None:
        self._work = work
        self._line: queue.Queue[Item | _End] = queue.Queue(size)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name='panoseg_writer', daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Hand over one item."""
        if self._error is not None:
            raise self._error
        self._line.put(item)

    def close(self) -> None:
        """Wait until everything is done."""
        self._line.put(_End(None))
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while not isinstance(item := self._line.get(), _End):
            if self._error is None:
                try:
                    self._work(item)
                except BaseException as err:  # handed over; the queue is emptied all the same
                    self._error = err
