"""The process around a player: its ROS graph, its signals, what it prints."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import FrameType

from rclpy.node import Node
from rich.console import Console

from panoseg_ros.bags import BagReader
from panoseg_ros.ros.isolation import LockedDomain
from panoseg_ros.ros.joining import in_graph, spinning
from panoseg_ros.ros.play.keyboard import HELP, Keyboard
from panoseg_ros.ros.play.plan import PlayPlan
from panoseg_ros.ros.play.player import Player
from panoseg_ros.ros.play.screen import screen_for, summary
from panoseg_ros.ros.play.transport import Transport
from panoseg_ros.ros.transport import configure_transport

NAME = 'panoseg_play'


def run_play(plan: PlayPlan) -> int:
    """Play a bag until its end, a key or a signal, and return 0.

    Raises:
        BagError: if there is no bag, or not the topic that was asked for.
        RosError: if nothing can be played, or every ROS domain is taken.
    """
    with ExitStack() as stack:
        bag = stack.enter_context(BagReader(plan.bag))
        where = 'the ROS graph of this shell'
        if not plan.join:
            domain = stack.enter_context(LockedDomain())
            environment = domain.environment()
            hints = _differences(environment, os.environ)
            _replace_environment(environment)
            where = f'ROS domain {domain.domain_id}, limited to this host; listen with: {hints}'
        print(f'playing {plan.bag} in {where}', flush=True)
        print(configure_transport().message, flush=True)
        _play(plan, bag, stack)
    return 0


def _play(plan: PlayPlan, bag: BagReader, stack: ExitStack) -> None:
    node = stack.enter_context(in_graph(lambda context: Node(NAME, context=context)))
    player = Player(node, bag, plan)
    for topic, reason in player.skipped:
        print(f'skipped {topic}: {reason}', flush=True)
    stack.enter_context(spinning(node))
    stack.enter_context(stopping(player.transport))
    keyboard = stack.enter_context(Keyboard(player.transport))
    print(HELP if keyboard.hears else f'services of /{NAME}: ~/pause, ~/step, ~/stop', flush=True)
    screen = screen_for(player)
    try:
        player.run(screen)
    finally:
        screen.close()
    wide = None if sys.stdout.isatty() else 1000  # a log breaks no lines
    console = Console(highlight=False, soft_wrap=True, width=wide)
    for part in summary(player, bag.problems):
        console.print(part)


@contextmanager
def stopping(transport: Transport) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the play in order."""

    def stop(number: int, frame: FrameType | None) -> None:
        transport.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _differences(environment: Mapping[str, str], base: Mapping[str, str]) -> str:
    """Return what another shell has to set to be in the same graph."""
    changed = (f'{name}={value}' for name, value in environment.items() if base.get(name) != value)
    return ' '.join(sorted(changed))


def _replace_environment(environment: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
