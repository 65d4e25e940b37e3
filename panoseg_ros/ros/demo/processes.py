"""Child processes that never outlive their parent, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# SIGINT twice, for an interpreter that replaces itself while it starts can swallow the first.
GRACES = (
    (signal.SIGINT, 3.0),
    (signal.SIGINT, 17.0),
    (signal.SIGTERM, 3.0),
    (signal.SIGKILL, 5.0),
)
_PR_SET_PDEATHSIG = 1
_POLL_S = 0.02


class Children:
    """Processes in sessions of their own, so that a terminal's Ctrl-C reaches the parent only.

    The parent decides who stops when. Should it be killed, the kernel ends the children.
    """

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, Path] = {}

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        speaks: bool = False,
    ) -> int:
        """Start a process and return its id; its errors go to the log.

        Args:
            name: for messages.
            command: program and arguments.
            environment: its whole environment.
            log: file for stderr, and for stdout unless the process `speaks`.
            speaks: True lets stdout go where the parent's goes.
        """
        with log.open('wb') as sink:
            child = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=None if speaks else sink,
                stderr=sink,
                start_new_session=True,
                preexec_fn=_prepare_child(),  # noqa: PLW1509 - the parent has one thread
            )
        self._running[name], self._logs[name] = child, log
        return child.pid

    def ended(self, name: str) -> int | None:
        """Return the exit code of a child, None while it runs."""
        return self._running[name].poll()

    def obituary(self, name: str) -> str:
        """Return one line about a child that ended by itself."""
        code, log = self._running[name].returncode, self._logs[name]
        if code is None:
            return f'the {name} cannot be killed ({log})'
        how = f'was killed by {signal.Signals(-code).name}' if code < 0 else f'ended with {code}'
        return f'the {name} {how}: {last_line(log)} ({log})'

    def stop(
        self, impatient: Callable[[], bool] = lambda: False, first: Collection[str] = ()
    ) -> list[str]:
        """End all children: SIGINT, after a while SIGTERM, at last SIGKILL.

        Args:
            impatient: asked again and again; True skips to SIGKILL.
            first: children that end before the others are asked to.

        Returns:
            One line for each child that crashed or had to be killed.
        """
        self._end([child for name, child in self._running.items() if name in first], impatient)
        self._end(list(self._running.values()), impatient)
        for child in self._running.values():  # what a child may have started
            _signal_group(child.pid, signal.SIGKILL)
        lines = [self.obituary(name) for name in self._running if not self._is_clean(name)]
        self._running.clear()
        return lines

    @staticmethod
    def _end(children: list[subprocess.Popen[bytes]], impatient: Callable[[], bool]) -> None:
        for number, grace_s in GRACES:
            alive = [child for child in children if child.poll() is None]
            for child in alive:
                _signal_group(child.pid, number)
            deadline_s = time.monotonic() + grace_s
            while any(child.poll() is None for child in alive) and time.monotonic() < deadline_s:
                if number != signal.SIGKILL and impatient():
                    break
                time.sleep(_POLL_S)

    def _is_clean(self, name: str) -> bool:
        """Return whether a child ended as asked; one that still imported dies of SIGINT."""
        code = self.ended(name)
        return code in (0, -signal.SIGINT) or (
            code == 1 and last_line(self._logs[name]) == KeyboardInterrupt.__name__
        )


def last_line(log: Path) -> str:
    """Return the last line of a log that holds something."""
    text = log.read_text(encoding='utf-8', errors='replace')
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else 'it said nothing'


def _prepare_child() -> Callable[[], None]:
    """Return what a child does before it becomes its program."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == 'linux' else None
    parent = os.getpid()

    def prepare() -> None:
        # A demo started in the background inherits an ignored SIGINT; its children need it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return prepare


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # all of them have ended
        os.killpg(leader, number)
