"""Ctrl-C between two frames, so that what a run remembers is whole."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether an end was asked for."""

    asked = False


@contextmanager
def between_frames() -> Iterator[Interrupt]:
    """Yield what the first SIGINT sets; the second one raises KeyboardInterrupt at once.

    Where SIGINT means something else to this process, or this is not its main thread, it is
    left alone.
    """
    interrupt = Interrupt()

    def hear(number: int, frame: FrameType | None) -> None:
        if interrupt.asked:
            raise KeyboardInterrupt
        interrupt.asked = True

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupt
        return
    try:
        signal.signal(signal.SIGINT, hear)
    except ValueError:  # only the main thread may
        yield interrupt
        return
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
