"""`panoseg demo`: a robot, the node and a viewer, each in a process of its own."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.errors import CameraError, RosError
from panoseg_ros.resources import DEFAULT_BUNDLE

DRIVE, RIG = 'street_drive', 'dual_fisheye'


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(min=0.5, help='Measure for this long after the warm-up, then end.'),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0.1, max=200.0, help='Camera images a second.')
    ] = 15.0,
    headless: Annotated[bool, typer.Option('--headless', help='Plain lines, no screen.')] = False,
    view: Annotated[
        bool,
        typer.Option('--view', help='Show it in Rerun; with --headless write demo.rrd.'),
    ] = False,
    join: Annotated[
        bool,
        typer.Option(
            '--join',
            help="Take part in this shell's ROS graph; without, the demo keeps to a domain of "
            'its own on this host, for its odometry could move a robot.',
        ),
    ] = False,
    images: Annotated[
        Path | None,
        typer.Option(help='A picture, or a folder of pictures or of a drive; needs --rig.'),
    ] = None,
    rig: Annotated[
        str | None, typer.Option(help='The camera of --images: a rig file or a shipped name.')
    ] = None,
    model: Annotated[
        str, typer.Option(help='A bundle folder or a shipped name.')
    ] = DEFAULT_BUNDLE,
    out: Annotated[Path, typer.Option(help='Folder for pictures, figures and logs.')] = Path(
        'demo_output'
    ),
) -> int:
    """Let a recorded robot drive; the node maps what it sees, live."""
    if find_spec('rclpy') is None:
        raise RosError('panoseg demo needs rclpy: use ./run demo, or source a ROS 2 installation')
    if (images is None) != (rig is None):
        raise RosError('--images and --rig belong together: which camera took the pictures?')
    from panoseg_ros.ros.demo.conductor import Plan, StopRequest, run_demo

    with StopRequest() as stop:  # before anything that takes time
        from panoseg_ros.bundles import load_bundle
        from panoseg_ros.evaluation.viewing import require_rerun
        from panoseg_ros.resources import find_resource

        if view:
            require_rerun('--view')
        bundle = load_bundle(model)
        pictures = find_resource(DRIVE, 'config/demo') if images is None else images
        plan = Plan(
            pictures=pictures,
            rig=rig or RIG,
            topic=topic_of(rig or RIG, pictures),
            model=str(bundle.path.resolve()),
            label_set=bundle.label_set,
            out=out,
            rate_hz=rate,
            seconds=seconds,
            live=sys.stdout.isatty() and not headless,
            view=view,
            join=join,
        )
        return run_demo(plan, stop)


def topic_of(rig_name: str, pictures: Path) -> str:
    """Return the image topic of a rig, after a look whether the pictures fit it.

    Raises:
        CameraError: if the rig's lenses come on several topics, which the robot does not
            play, or the first picture has another aspect ratio.
        RosError: if there is no picture.
    """
    from panoseg_ros.cameras import load_rig
    from panoseg_ros.ros.demo.drive import load_drive

    rig = load_rig(rig_name)
    if len(rig.topics) != 1:
        known = ', '.join(rig.topics)
        raise CameraError(f'rig {rig_name}: the demo plays one image topic, not {known}')
    try:
        rig.split(rig.topics[0], next(load_drive(pictures).pictures()))
    except CameraError as err:
        raise CameraError(f'{pictures} does not fit rig {rig_name}: {err}') from err
    return rig.topics[0]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)
