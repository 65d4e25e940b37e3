"""What a play says about itself."""

import sys
import time
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from panoseg_ros.ros.play.player import Player

REFRESH_S = 0.25
LINE_EVERY_S = 5.0


class Screen(Protocol):
    """Shows how far the play is; called often."""

    def __call__(self) -> None:
        """Show it, if it is time to."""

    def close(self) -> None:
        """Leave the terminal in order."""


class LiveScreen:
    """One line that is drawn over itself."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._next_s = 0.0
        self._live = Live(console=Console(), auto_refresh=False, transient=True)
        self._live.start()

    def __call__(self) -> None:
        """Draw the line anew, a few times a second."""
        if (now_s := time.monotonic()) >= self._next_s:
            self._next_s = now_s + REFRESH_S
            words = Text(progress(self._player), overflow='ellipsis', no_wrap=True)
            self._live.update(words, refresh=True)

    def close(self) -> None:
        """Remove the line."""
        self._live.stop()


class LineScreen:
    """A plain line now and then, and one whenever the play pauses or goes on."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._next_s = time.monotonic() + LINE_EVERY_S
        self._paused = player.transport.paused

    def __call__(self) -> None:
        """Print a line if it is time to."""
        now_s, paused = time.monotonic(), self._player.transport.paused
        if now_s >= self._next_s or paused != self._paused:
            self._next_s, self._paused = now_s + LINE_EVERY_S, paused
            print(progress(self._player), flush=True)

    def close(self) -> None:
        """Do nothing: lines stay."""


def progress(player: Player) -> str:
    """Return how far a play is, in one line, what matters first: it may be cut off."""
    state = ', paused' if player.transport.paused else ''
    lap = f', round {player.laps}' if player.laps > 1 else ''
    late = f', {player.slipped_s:.1f} s late' if player.slipped_s >= 0.1 else ''
    return (
        f'{max(0.0, player.position_s):7.1f} / {player.seconds:.1f} s{state}, '
        f'{player.sent} messages{lap}{late}'
    )


def summary(player: Player, problems: list[str]) -> list[Any]:
    """Return what was sent as a table, and what went wrong as lines."""
    table = Table('topic', 'type', 'quality of service', 'sent', box=None, pad_edge=False)
    table.columns[3].justify = 'right'
    for lane in player.lanes.values():
        name = lane.name if lane.name == lane.topic else f'{lane.topic} -> {lane.name}'
        offer = lane.offer
        depth = 'keep all' if offer.history == 'keep_all' else f'depth {offer.depth}'
        words = f'{offer.reliability}, {offer.durability}, {depth}'.replace('_', ' ')
        table.add_row(name, lane.msgtype, words, str(lane.sent))
    lines = [
        f'{lane.topic}: {lane.damaged} messages do not decode as {lane.msgtype}'
        for lane in player.lanes.values()
        if lane.damaged
    ]
    if player.slipped_s >= 0.1:
        lines.append(f'took {player.slipped_s:.1f} s longer than recorded: too slow in between')
    return [table, *lines, *problems]


def screen_for(player: Player) -> Screen:
    """Return a live line on a terminal, plain lines elsewhere."""
    return LiveScreen(player) if sys.stdout.isatty() else LineScreen(player)
