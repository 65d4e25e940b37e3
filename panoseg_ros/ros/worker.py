"""One thread and a mailbox with one slot: the newest picture wins, nothing queues."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar('Item')


class Worker(Generic[Item]):
    """Runs `work(item)` in its own thread, always on the newest item only.

    An exception in `work` goes to `on_error` and the thread lives on.
    """

    def __init__(
        self,
        work: Callable[[Item], None],
        on_error: Callable[[Exception], None],
        name: str = 'panoseg_worker',
    ) -> None:
        self._work = work
        self._on_error = on_error
        self._slot: Item | None = None
        self._closed = False
        self._changed = threading.Condition()
        # A network cannot be interrupted: as a daemon it cannot hold up the exit for ever.
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def submit(self, item: Item) -> bool:
        """Put an item into the slot; True if it superseded one that was waiting."""
        with self._changed:
            superseded = self._slot is not None
            self._slot = item
            self._changed.notify()
        return superseded

    def clear(self) -> None:
        """Forget the waiting item."""
        with self._changed:
            self._slot = None

    def close(self, timeout_s: float = 0.0) -> bool:
        """End the thread after its present item; True if it ended within the time."""
        with self._changed:
            self._closed, self._slot = True, None
            self._changed.notify()
        self.thread.join(timeout_s)
        return not self.thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot is not None or self._closed)
                if self._closed:
                    return
                item, self._slot = self._slot, None
            try:
                self._work(item)  # type: ignore[arg-type]
            except Exception as err:  # a bug must show, not end the perception
                self._on_error(err)
