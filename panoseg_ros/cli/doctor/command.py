"""The command: asks everybody, prints, and sums it up in an exit code."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panoseg_ros.cli.doctor.finding import Finding, as_json, exit_code, lines, problem
from panoseg_ros.cli.doctor.installed import inspect_installed
from panoseg_ros.cli.doctor.live import inputs, judge_live
from panoseg_ros.cli.doctor.model import inspect_bundle, inspect_rig
from panoseg_ros.cli.doctor.runtimes import inspect_runtimes, probe
from panoseg_ros.cli.doctor.transport import inspect_ros, inspect_transport
from panoseg_ros.cli.doctor.wants import Want, outputs, wanted_inputs
from panoseg_ros.errors import PanosegError, RosError

if TYPE_CHECKING:
    from panoseg_ros.settings import Settings


def doctor(
    params: Annotated[
        Path | None, typer.Option(help="The node's parameter file; its defaults otherwise.")
    ] = None,
    bundle: Annotated[
        str | None, typer.Option(help="A bundle folder or name, instead of the parameters'.")
    ] = None,
    rig: Annotated[
        str | None, typer.Option(help="A rig file or name, instead of the parameters'.")
    ] = None,
    namespace: Annotated[str, typer.Option(help='Namespace of the node.')] = '',
    seconds: Annotated[
        float,
        typer.Option(min=0.0, max=600.0, help='How long to listen to topics; 0: not at all.'),
    ] = 5.0,
    as_json_: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Say what is installed, what the node uses, and what is wrong.

    Ends with 0 if all is well, 1 after warnings, 2 after problems.
    """
    found: list[Finding] = []
    for finding in examine(params, bundle, rig, namespace, seconds):
        found.append(finding)
        if not as_json_:
            typer.echo('\n'.join(lines(finding)))
    if as_json_:
        typer.echo(json.dumps(as_json(found), indent=2))
    return exit_code(found)


def examine(
    params: Path | None = None,
    bundle: str | None = None,
    rig: str | None = None,
    namespace: str = '',
    seconds: float = 5.0,
) -> Iterator[Finding]:
    """Yield one finding after the other; arguments as those of `doctor`."""
    from panoseg_ros.settings import Settings, load_settings

    yield from inspect_installed()
    yield from inspect_ros(os.environ)
    yield from inspect_transport(os.environ)
    yield from inspect_runtimes()
    settings = Settings()
    if params is not None:
        try:
            settings = load_settings(params)
        except PanosegError as err:
            yield problem('parameters', str(err), 'config/panoseg.yaml documents every key')
    model = settings.model
    yield from inspect_bundle(
        bundle or model.bundle, model.backend, model.threads, model.device, model.precision
    )
    rig_name = rig or settings.rig.file
    yield from inspect_rig(rig_name)
    if seconds and find_spec('rclpy') is not None:
        yield from _inspect_graph(settings, rig_name, namespace, seconds)


def _inspect_graph(
    settings: 'Settings', rig_name: str, namespace: str, seconds: float
) -> Iterator[Finding]:
    fault = probe('rclpy').get('error')
    if fault:
        advice = (
            'source the ROS 2 of this Python; RMW_IMPLEMENTATION has to name what is installed'
        )
        yield problem('rclpy', f'does not start: {fault}', advice)
        return
    from panoseg_ros.cameras import load_rig_template
    from panoseg_ros.ros.doctor import look_around

    wanted: tuple[Want, ...] = ()
    with suppress(PanosegError):  # the rig has been reported
        wanted = wanted_inputs(settings, load_rig_template(rig_name), namespace)
    try:
        sight = look_around(lambda seen: inputs(seen, wanted), seconds)
    except RosError as err:
        yield problem('ros graph', str(err), 'ROS_DOMAIN_ID has to be a number from 0 to 232')
        return
    yield from judge_live(sight, wanted, outputs(namespace, sight.links))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)
