"""Where the demo says what it does: a live table, or a plain line now and then."""

import time
from collections.abc import Mapping
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from panoseg_ros.ros.demo.statistics import Figures
from panoseg_ros.ros.demo.table import line, table

REFRESH_S = 0.5
LINE_EVERY_S = 2.0


class Screen(Protocol):
    """Shows words and figures."""

    def say(self, words: str) -> None:
        """Show what is going on, once."""

    def show(self, figures: Figures, title: str) -> None:
        """Show the present figures; called often."""

    def close(self, figures: Figures | None, cores: Mapping[str, float], title: str) -> None:
        """Show the final figures, if there are any, and leave the terminal in order."""


class LiveScreen:
    """A table that is drawn over itself."""

    def __init__(self) -> None:
        self._console = Console()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._live.start()

    def say(self, words: str) -> None:
        """Replace what is shown by a line."""
        self._live.update(Text(words), refresh=True)

    def show(self, figures: Figures, title: str) -> None:
        """Draw the table anew."""
        self._live.update(table(figures, title), refresh=True)

    def close(self, figures: Figures | None, cores: Mapping[str, float], title: str) -> None:
        """Leave the final table standing."""
        self._live.stop()
        if figures is not None:
            self._console.print(table(figures, title, cores))


class PlainScreen:
    """Lines for logs and pipes."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def say(self, words: str) -> None:
        """Print a line."""
        print(words, flush=True)

    def show(self, figures: Figures, title: str) -> None:
        """Print a line if the last one is old enough."""
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + LINE_EVERY_S
            print(line(figures, title), flush=True)

    def close(self, figures: Figures | None, cores: Mapping[str, float], title: str) -> None:
        """Print the final table."""
        if figures is not None:
            Console(width=70).print(table(figures, title, cores))
