"""`panoseg calibrate check`: what a rig's own pictures say about its file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panoseg_ros.errors import CameraError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from panoseg_ros.cameras.checking.report import Report
    from panoseg_ros.cameras.rig import Rig

BAD = 1


def check(rig: str, images: Sequence[Path], out: Path | None = None) -> int:
    """Print figures and verdicts about a rig; return 1 if something is bad, else 0.

    Args:
        rig: a rig file or the name of a shipped one.
        images: one picture for each image topic of the rig, in their order; then those of
            the next moment, and so on.
        out: where to write pictures of what was found.

    Raises:
        CameraError: in one line, if the rig or a picture is wrong.
    """
    from panoseg_ros.cameras.checking.report import check_rig
    from panoseg_ros.cameras.checking.verdicts import worst
    from panoseg_ros.cameras.files.rig_file import load_rig

    described = load_rig(rig)
    moments = _moments(described, images)
    report = check_rig(described, moments)
    _show(described, report)
    if out is not None:
        _write(report, moments[0], out)
    return BAD if worst(report.rows) == 'bad' else 0


def _moments(rig: 'Rig', images: Sequence[Path]) -> 'list[dict[str, NDArray[np.uint8]]]':
    topics = rig.topics
    if not images or len(images) % len(topics):
        raise CameraError(
            f'rig {rig.name} needs {len(topics)} picture(s) for each moment, '
            f'in this order: {", ".join(topics)}; got {len(images)}'
        )
    moments = []
    for start in range(0, len(images), len(topics)):
        views: dict[str, NDArray[np.uint8]] = {}
        for topic, path in zip(topics, images[start : start + len(topics)], strict=True):
            try:
                views |= rig.split(topic, _read(path))
            except CameraError as err:
                raise (
                    err if str(err).startswith(str(path)) else CameraError(f'{path}: {err}')
                ) from err
        moments.append(views)
    return moments


def _read(path: Path) -> 'NDArray[np.uint8]':
    import cv2
    import numpy as np

    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except OSError as err:
        raise CameraError(f'{path}: cannot be read: {err.strerror or err}') from err
    except cv2.error as err:
        raise CameraError(f'{path}: is not a picture') from err
    if image is None:
        raise CameraError(f'{path}: is not a picture')
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def _show(rig: 'Rig', report: 'Report') -> None:
    from panoseg_ros.cameras.checking.report import level_rpy_deg

    cells = [row[:4] for row in report.rows]
    widths = [max(len(cell[k]) for cell in cells) for k in range(4)] if cells else []
    for row in report.rows:
        text = '  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        typer.echo(f'{text}  {row.limits}')
    if report.suggestions:
        typer.echo('\nlenses:')
        for name, rpy in report.suggestions.items():
            typer.echo(f'  {name}:\n    pano_from_lens:\n      rpy_deg: {_triple(rpy)}')
    if report.vertical is not None:
        rpy = level_rpy_deg(rig, report.vertical.up)
        typer.echo('\n# if the robot stood level when the pictures were taken')
        typer.echo(f'base_from_pano:\n  rpy_deg: {_triple(rpy)}')


def _triple(rpy_deg: tuple[float, float, float]) -> str:
    return '[' + ', '.join(f'{round(angle, 3) + 0.0:.3f}' for angle in rpy_deg) + ']'


def _write(report: 'Report', images: 'dict[str, NDArray[np.uint8]]', out: Path) -> None:
    import cv2

    from panoseg_ros.cameras.checking.drawing import pictures

    try:
        out.mkdir(parents=True, exist_ok=True)
        drawn = pictures(report, images)
        for name, picture in drawn.items():
            _, data = cv2.imencode('.png', picture[..., ::-1])
            (out / f'{name}.png').write_bytes(data.tobytes())
    except OSError as err:
        raise CameraError(f'{out}: cannot be written: {err.strerror or err}') from err
    typer.echo(f'\nwrote {len(drawn)} pictures to {out}')


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('check')(_command)


def _command(
    rig: Annotated[str, typer.Argument(help='A rig file or the name of a shipped one.')],
    images: Annotated[
        list[Path],
        typer.Argument(help='A picture for each image topic of the rig, moment after moment.'),
    ],
    out: Annotated[
        Path | None, typer.Option(help='Folder for pictures of what was found.')
    ] = None,
) -> int:
    """Hold a rig against its own pictures.

    Overlap, gain, lens circle, horizon and rotation.
    """
    return check(rig, images, out)
