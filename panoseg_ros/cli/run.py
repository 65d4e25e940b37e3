"""`panoseg run`: the node without launch."""

from pathlib import Path
from typing import Annotated, Any

import typer

from panoseg_ros.documents import read_yaml
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
    """Run the node until it is interrupted."""
    file = [] if params is None else ['--params-file', str(_checked(params))]
    arguments = ['panoseg', '--ros-args', *file, *(ros_args or [])]  # the last word wins
    try:
        from panoseg_ros.ros.main import serve
    except ImportError as err:
        raise RosError(
            f'panoseg run needs rclpy ({err}): source a ROS 2 installation or use ./run'
        ) from err
    return serve(arguments)


def _checked(params: Path) -> Path:
    """Return a parameter file; ROS takes one without parameters for none at all.

    Raises:
        SettingsError: if there is no such file, or it is no parameter file.
    """
    if not params.is_file():
        raise SettingsError(f'--params: {params} is not a file')
    if not _has_parameters(read_yaml(params)):
        raise SettingsError(f'{params}: needs `/**:` with a mapping `ros__parameters`')
    return params


def _has_parameters(raw: Any) -> bool:
    """Return whether a document holds parameters, below a node's name and its namespaces."""
    if not isinstance(raw, dict):
        return False
    return 'ros__parameters' in raw or any(_has_parameters(below) for below in raw.values())


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)
