"""`panoseg view`: a running node in the Rerun viewer."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.errors import RosError


def view(
    rrd: Annotated[
        Path | None, typer.Option(help='Write this recording instead of opening the viewer.')
    ] = None,
    rig: Annotated[
        str, typer.Option(help='A rig file or a shipped name: shows where the camera is.')
    ] = '',
    label_set: Annotated[
        str, typer.Option(help='Names and colours of the classes: a file or a shipped name.')
    ] = 'cityscapes19',
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help='End after this long; without, on Ctrl-C.')
    ] = None,
    ros_args: Annotated[
        list[str] | None,
        typer.Argument(help='After --: ROS arguments such as -r __ns:=/robot.'),
    ] = None,
) -> int:
    """Show what a running node publishes, in the Rerun viewer.

    Pictures, costmaps, labelled ground and times.
    """
    if find_spec('rclpy') is None:
        raise RosError('panoseg view needs rclpy: use ./run view, or source a ROS 2 installation')
    from panoseg_ros.evaluation.viewing import require_rerun

    require_rerun('panoseg view')
    from panoseg_ros.ros.view.session import ViewPlan, run_view

    return run_view(ViewPlan(label_set, rig, rrd, seconds, tuple(ros_args or ())))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(view)
