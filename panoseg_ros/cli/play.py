"""`panoseg play`: publish a bag where no rosbag2 is installed."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.errors import RosError


def play(
    bag: Annotated[
        Path, typer.Argument(help='A bag: a folder, a .mcap, .db3 or, of ROS 1, .bag file.')
    ],
    topic: Annotated[
        list[str] | None, typer.Option(help='Play this topic only; may be repeated.')
    ] = None,
    rate: Annotated[float, typer.Option(help='Seconds of the bag per second.')] = 1.0,
    loop: Annotated[bool, typer.Option('--loop', help='Begin anew at the end.')] = False,
    start: Annotated[float, typer.Option(help='Begin this many seconds into the bag.')] = 0.0,
    duration: Annotated[
        float | None, typer.Option(help='Play this many seconds of the bag.')
    ] = None,
    clock: Annotated[
        bool, typer.Option('--clock', help="Publish the bag's time on /clock, for use_sim_time.")
    ] = False,
    clock_rate: Annotated[float, typer.Option(help='Messages on /clock per second.')] = 40.0,
    remap: Annotated[
        list[str] | None, typer.Option(help='/name/in/bag:=/other/name; may be repeated.')
    ] = None,
    paused: Annotated[bool, typer.Option('--paused', help='Begin paused.')] = False,
    wait_active: Annotated[
        str | None, typer.Option(help='Begin when this lifecycle node is active: /panoseg.')
    ] = None,
    join: Annotated[
        bool,
        typer.Option(
            '--join',
            help="Play into this shell's ROS graph; without, into a domain of its own on this "
            'host, for recorded commands and odometry could move a robot.',
        ),
    ] = False,
) -> int:
    """Publish a bag with its recorded timing and quality of service."""
    if find_spec('rclpy') is None:
        raise RosError('panoseg play needs rclpy: use ./run, or source a ROS 2 installation')
    from panoseg_ros.ros.play.plan import PlayPlan
    from panoseg_ros.ros.play.session import run_play
    from panoseg_ros.streams import parse_remaps

    plan = PlayPlan(
        bag=bag,
        topics=tuple(topic or ()),
        rate=rate,
        loop=loop,
        start_s=start,
        duration_s=duration,
        clock_hz=clock_rate if clock else None,
        remaps=parse_remaps(remap or ()),
        paused=paused,
        wait_active=wait_active,
        join=join,
    )
    return run_play(plan)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(play)
