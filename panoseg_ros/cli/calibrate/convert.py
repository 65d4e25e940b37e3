"""`panoseg calibrate convert`: calibration files of any known format in, a rig file out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panoseg_ros.errors import CameraError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from panoseg_ros.cameras.files.calibrated import CalibratedCamera
    from panoseg_ros.cameras.files.calibration import ReadFile
    from panoseg_ros.cameras.lenses.lens import Lens
    from panoseg_ros.cameras.rig import Rig

BASE_HEIGHT_M = 1.2


def convert(
    files: Sequence[Path],
    to: Path,
    base_height_m: float | None = None,
    base_rpy_deg: tuple[float, float, float] | None = None,
    layout: str = '',
    back_to_back: bool = False,
    names: Sequence[str] = (),
    masks: Sequence[str] = (),
    topics: Sequence[str] = (),
    max_angle_deg: float | None = None,
    force: bool = False,
) -> int:
    """Write a rig file of calibration files, show what was understood and return 0.

    Args:
        files: one, or several that belong together.
        to: the rig file; its name is the rig's.
        base_height_m: of the panorama's centre above the robot's base; that of a rig file,
            else 1.2, when None.
        base_rpy_deg: roll, pitch and yaw of the panorama on the robot, likewise, else 0.
        layout: side-by-side or over-under where the lenses share one picture, else empty.
        back_to_back: two cameras without extrinsics look forward and backward.
        names: of the cameras, in the order in which they are read; their own when empty.
        masks: NAME=FILE, the masks of cameras.
        topics: NAME=TOPIC, the topics of cameras.
        max_angle_deg: the last angle from its axis that any lens is used at.
        force: write over an existing file.

    Raises:
        CameraError: in one line, if a file is wrong or the files do not make a rig.
    """
    from panoseg_ros.cameras.files.assembly import assemble, limit_angle, share_picture
    from panoseg_ros.cameras.files.calibration import join, read_calibration
    from panoseg_ros.cameras.files.rig_writer import write_rig

    if to.exists() and not force:
        raise CameraError(f'{to} exists: give another name, or --force to write over it')
    read = tuple(read_calibration(file) for file in files)
    cameras = _renamed(join(read), names)
    if max_angle_deg is not None:
        cameras = tuple(limit_angle(camera, max_angle_deg) for camera in cameras)
    if layout:
        cameras = share_picture(cameras, layout)
    cameras, notes = _with_masks(cameras, _pairs('--mask', masks, cameras))
    given = _pairs('--topic', topics, cameras)
    cameras = tuple(
        camera._replace(topic=given.get(camera.name, camera.topic)) for camera in cameras
    )
    stated = next((file.calibration.rig for file in read if file.calibration.rig), None)
    base = _base(stated, base_height_m, base_rpy_deg)
    rig = assemble(to.stem, cameras, base, back_to_back)
    if stated is not None:
        rig = replace(rig, photometric_gain=stated.photometric_gain)
    write_rig(rig, to)
    _show(read, rig, notes)
    typer.echo(f'wrote {to}')
    return 0


def _renamed(
    cameras: 'tuple[CalibratedCamera, ...]', names: Sequence[str]
) -> 'tuple[CalibratedCamera, ...]':
    if not names:
        return cameras
    if len(names) != len(cameras) or len(set(names)) != len(names):
        known = ', '.join(camera.name for camera in cameras)
        raise CameraError(f'--name must be given once for each lens ({known}), got {list(names)}')
    return tuple(camera._replace(name=name) for camera, name in zip(cameras, names, strict=True))


def _pairs(
    option: str, words: Sequence[str], cameras: 'Sequence[CalibratedCamera]'
) -> dict[str, str]:
    known = [camera.name for camera in cameras]
    pairs = dict(word.partition('=')[::2] for word in words)
    for name, value in pairs.items():
        if name not in known or not value:
            raise CameraError(
                f'{option} must be NAME=VALUE with one of {", ".join(known)}, got {name!r}'
            )
    return pairs


def _with_masks(
    cameras: 'Sequence[CalibratedCamera]', given: dict[str, str]
) -> 'tuple[tuple[CalibratedCamera, ...], list[str]]':
    """Return the cameras with the masks that exist, and a note on each that does not."""
    found, notes = [], []
    for camera in cameras:
        mask = Path(given[camera.name]) if camera.name in given else camera.mask
        if mask is not None and camera.name not in given and not mask.is_file():
            notes.append(
                f'{camera.name}: no mask {mask}, none is used; --mask {camera.name}=FILE gives one'
            )
            mask = None
        found.append(camera._replace(mask=mask))
    return tuple(found), notes


def _base(
    stated: 'Rig | None',
    height_m: float | None,
    rpy_deg: tuple[float, float, float] | None,
) -> 'NDArray[np.float64]':
    import numpy as np

    from panoseg_ros.geometry import rotation_from_rpy_deg, transform

    base = transform(np.eye(3), (0.0, 0.0, BASE_HEIGHT_M))
    if stated is not None:
        base = stated.base_from_pano.copy()
    if height_m is not None:
        base[2, 3] = height_m
    if rpy_deg is not None:
        base[:3, :3] = rotation_from_rpy_deg(*rpy_deg)
    if not np.isfinite(base).all():
        raise CameraError('--base-height and --base-rpy must be finite')
    return base


def _show(read: 'Sequence[ReadFile]', rig: 'Rig', notes: Sequence[str]) -> None:
    from panoseg_ros.cameras.files.models import lens_fields
    from panoseg_ros.cameras.files.poses import rpy_deg_from_rotation
    from panoseg_ros.geometry import BODY_FROM_OPTICAL

    for file in read:
        typer.echo(f'{file.path}: {file.format}')
    rows = [('lens', 'model', 'size', 'sees to', 'roll, pitch, yaw', 'x, y, z [m]', 'topic')]
    for entry in rig.lenses:
        mount = entry.pano_from_lens
        rpy_deg = rpy_deg_from_rotation(mount[:3, :3] @ BODY_FROM_OPTICAL.T)
        row = (
            entry.name,
            str(lens_fields(entry.lens)['model']),
            'x'.join(str(side) for side in entry.lens.size),
            f'{_sees_deg(entry.lens):.0f} deg',
            ', '.join(f'{round(angle, 1) + 0.0:.1f}' for angle in rpy_deg),
            ', '.join(f'{round(value, 3) + 0.0:.3f}' for value in mount[:3, 3].tolist()),
            entry.topic,
        )
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo('  '.join(cells).rstrip())
    for note in notes:
        typer.echo(note)


def _sees_deg(lens: 'Lens') -> float:
    """Return the largest angle from its axis that a lens' picture shows."""
    import numpy as np

    width, height = lens.size
    u, v = np.linspace(0.0, width, 129), np.linspace(0.0, height, 129)
    forward = lens.unproject(np.stack(np.meshgrid(u, v), -1))[..., 2]
    seen = forward[np.isfinite(forward)]
    return float(np.rad2deg(np.arccos(np.clip(seen.min(initial=1.0), -1.0, 1.0))))


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('convert', help='Turn calibration files into a rig file.')(_command)


def _command(
    files: Annotated[list[Path], typer.Argument(help='One file, or several of one rig.')],
    to: Annotated[Path, typer.Option(help='The rig file to write.')],
    base_height: Annotated[
        float | None, typer.Option(help="Height of the camera above the robot's base [m]; 1.2.")
    ] = None,
    base_rpy: Annotated[
        tuple[float, float, float] | None,
        typer.Option(help='Roll, pitch, yaw of the camera on the robot [deg]; 0 0 0.'),
    ] = None,
    side_by_side: Annotated[
        bool, typer.Option('--side-by-side', help='The lenses share one picture, left to right.')
    ] = False,
    over_under: Annotated[
        bool, typer.Option('--over-under', help='The lenses share one picture, top to bottom.')
    ] = False,
    back_to_back: Annotated[
        bool,
        typer.Option('--back-to-back', help='Two lenses without extrinsics: forward, backward.'),
    ] = False,
    name: Annotated[
        list[str] | None, typer.Option(help='Name of a lens, once for each in their order.')
    ] = None,
    mask: Annotated[
        list[str] | None, typer.Option(help='NAME=FILE: the mask of a lens, may be repeated.')
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help='NAME=TOPIC: the topic of a lens, may be repeated.')
    ] = None,
    max_angle: Annotated[
        float | None, typer.Option(help='Use no lens beyond this angle from its axis [deg].')
    ] = None,
    force: Annotated[bool, typer.Option('--force', help='Write over an existing file.')] = False,
) -> int:
    if side_by_side and over_under:
        raise CameraError('--side-by-side and --over-under exclude each other')
    layout = 'side-by-side' if side_by_side else 'over-under' if over_under else ''
    return convert(
        files,
        to,
        base_height,
        base_rpy,
        layout,
        back_to_back,
        name or (),
        mask or (),
        topic or (),
        max_angle,
        force,
    )
