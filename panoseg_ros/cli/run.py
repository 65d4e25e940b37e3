"""`panoseg run`: the node without launch."""

from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.errors import RosError, SettingsError


def run(
    params: Annotated[
        Path | None, typer.Option(help='Parameter file; config/panoseg.yaml documents every key.')
    ] = None,
    ros_args: Annotated[
        list[str] | None,
        typer.Argument(help='After --: ROS arguments such as -r image:=/camera/image.'),
    ] = None,
) -> int:
    """Run the node until it is interrupted; return 0.

    Raises:
        SettingsError: if the parameter file is missing or a parameter is wrong.
        RosError: if rclpy is missing or refuses an argument.
    """
    if params is not None and not params.is_file():
        raise SettingsError(f'--params: {params} is not a file')
    file = [] if params is None else ['--params-file', str(params)]
    arguments = ['panoseg', '--ros-args', *file, *(ros_args or [])]  # the last word wins
    try:
        from panoseg_ros.ros.main import serve
    except ImportError as err:
        raise RosError(
            f'panoseg run needs rclpy ({err}): source a ROS 2 installation or use ./run'
        ) from err
    return serve(arguments)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)
