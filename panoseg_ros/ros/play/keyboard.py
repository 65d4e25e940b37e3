"""Keys that pause, step and stop a play in the foreground of a terminal."""

import os
import select
import sys
import termios
import threading
import tty
from typing import Any

from panoseg_ros.ros.play.transport import Transport

HELP = 'space pauses, s steps, q quits'


class Keyboard:
    """Hears keys while its `with` statement lasts; deaf where there is no terminal.

    Args:
        transport: what the keys move.
        terminal: a file descriptor, by default standard input.
    """

    def __init__(self, transport: Transport, terminal: int | None = None) -> None:
        self._transport = transport
        self._terminal = _standard_input() if terminal is None else terminal
        self.hears = _in_foreground(self._terminal)
        self._before: Any = None

    def __enter__(self) -> 'Keyboard':
        """Take single keys from the terminal."""
        if self.hears:
            self._before = termios.tcgetattr(self._terminal)
            tty.setcbreak(self._terminal, termios.TCSANOW)  # signals such as Ctrl-C stay
            self._end_read, self._end_write = os.pipe()
            self._thread = threading.Thread(target=self._listen, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back as it was."""
        if not self.hears:
            return
        os.close(self._end_write)
        self._thread.join()
        os.close(self._end_read)
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self._terminal, self._end_read], [], [])
            if self._end_read in ready:
                return
            try:
                keys = os.read(self._terminal, 64)
            except OSError:  # the terminal is gone
                return
            if not keys:
                return
            for key in keys.decode('ascii', 'replace'):
                self._obey(key)

    def _obey(self, key: str) -> None:
        if key == ' ':
            self._transport.toggle()
        elif key == 's':
            self._transport.pause(True)
            self._transport.step()
        elif key == 'q':
            self._transport.stop()


def _standard_input() -> int:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or replaced by something else
        return -1


def _in_foreground(terminal: int) -> bool:
    """Return whether keys typed at a terminal are for this process."""
    try:
        return os.isatty(terminal) and os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
