"""Reads a bag a little ahead, so that unpacking a chunk holds up no message."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType

from panoseg_ros.bags import RawRecord

AHEAD_BYTES = 64 << 20


class ReadAhead:
    """Iterates over records that a thread reads; use it in a `with` statement.

    Args:
        records: where they come from; read by the thread alone.
        limit_bytes: how much may wait; one record always may.
    """

    def __init__(self, records: Iterable[RawRecord], limit_bytes: int = AHEAD_BYTES) -> None:
        self._records, self._limit = records, limit_bytes
        self._waiting: deque[RawRecord] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._ended = self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> 'ReadAhead':
        """Start to read."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to read."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def __iter__(self) -> Iterator[RawRecord]:
        """Yield the records in their order; raise what reading them raised."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if not self._waiting:
                    break
                record = self._waiting.popleft()
                self._bytes -= len(record.data)
                self._changed.notify_all()
            yield record
        if self._error is not None:
            raise self._error

    def _read(self) -> None:
        try:
            for record in self._records:
                with self._changed:
                    self._changed.wait_for(self._has_room)
                    if self._closed:
                        break
                    self._waiting.append(record)
                    self._bytes += len(record.data)
                    self._changed.notify_all()
        except BaseException as err:  # belongs to whoever iterates
            self._error = err
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._closed or not self._waiting or self._bytes < self._limit
