"""`panoseg render drive`: a drive through a rendered street, as a bag or as pictures."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panoseg_ros.cli.render.bar import progress_bar
from panoseg_ros.errors import SyntheticError

if TYPE_CHECKING:
    from panoseg_ros.synthetic import Drive, DrivePlan

_OF_BAGS = (
    'weather', 'height', 'tilt', 'truth', 'panorama', 'jpeg', 'storage', 'workers', 'zstd',
)  # fmt: skip


def render_drive(
    out: Path,
    rig: str = 'dual_fisheye',
    plan: str = 'street',
    seconds: float | None = None,
    rate: float | None = None,
    seed: int | None = None,
    weather: str = '',
    height: float | None = None,
    tilt: tuple[float, float] = (0.0, 0.0),
    *,
    truth: bool = True,
    panorama: int = 1024,
    jpeg: int | None = None,
    storage: str = 'mcap',
    compress: bool = False,
    workers: int = 1,
) -> int:
    """Render a drive into a ROS 2 bag and return 0.

    Args:
        out: the bag's folder, or one file where the name ends in .mcap.
        rig: a rig file or the name of a shipped one.
        plan: a plan file, the name of one in config/drives, or demo.
        seconds: how long, as the plan says when None.
        rate: pictures per second, likewise.
        seed: of the scene, likewise.
        weather: one of the world's; the scene's own when empty.
        height: of the camera above the ground in metres, as the rig says when None.
        tilt: roll and pitch of the camera in degrees.
        truth: also record labels, depth, instances and the ground map.
        panorama: columns of the panorama of labels, 0 for none.
        jpeg: quality of CompressedImage instead of raw Images.
        storage: mcap or sqlite3.
        compress: pack the bag with zstd.
        workers: processes, 0 for one per core.

    Raises:
        CameraError: if the rig cannot be loaded.
        SyntheticError: if a value is out of range or `out` exists.
        BagError: if the bag cannot be written.
    """
    from panoseg_ros.cameras import load_rig
    from panoseg_ros.geometry import PanoramaGeometry
    from panoseg_ros.synthetic import Drive, Extras, GridSettings, mounted
    from panoseg_ros.synthetic.recording.drive_bag import write_drive_bag

    chosen = _plan(plan, seconds, rate, seed)
    if panorama % 2:
        raise SyntheticError(f'--panorama: must be even, got {panorama}')
    around = PanoramaGeometry(panorama // 2, panorama) if truth and panorama else None
    extras = Extras(truth, around, GridSettings() if truth else None, weather)
    cameras = mounted(load_rig(rig), height, tilt)
    if out.exists():
        raise SyntheticError(f'{out}: exists already')
    with progress_bar('frames', chosen.frames) as tick:
        drive = Drive(chosen, cameras, extras)
        _say_if_blocked(drive)
        count = write_drive_bag(
            out, drive, storage, compress, jpeg, tick, workers or os.cpu_count() or 1
        )
    typer.echo(f'{chosen.frames} frames, {count} messages in {out}')
    return 0


def render_pictures(
    out: Path,
    rig: str = 'dual_fisheye',
    plan: str = 'demo',
    seconds: float | None = None,
    rate: float | None = None,
    seed: int | None = None,
    quality: int = 77,
) -> int:
    """Render a drive into a folder of jpeg files, as `panoseg demo` plays it, and return 0.

    Args:
        out: the drive's folder.
        rig: a rig file or the name of a shipped one, whose lenses share one image.
        plan: as for `render_drive`, like the next three.
        seconds: how long.
        rate: pictures per second.
        seed: of the scene.
        quality: of the jpeg files, 1 to 100.

    Raises:
        CameraError: if the rig cannot be loaded.
        SyntheticError: if a value is out of range or a file cannot be written.
    """
    from panoseg_ros.synthetic import write_drive

    chosen = _plan(plan, seconds, rate, seed)
    with progress_bar('frames', chosen.frames) as tick:
        size = write_drive(out, chosen, rig, quality, tick, _say_if_blocked)
    typer.echo(f'{chosen.frames} frames, {size / 1e6:.1f} MB in {out}')
    return 0


def _say_if_blocked(drive: 'Drive') -> None:
    if drive.blocked_after_s is not None:
        typer.echo(
            f'scene {drive.plan.seed} has no place from which the route is free: something is in '
            f'the way after {drive.blocked_after_s:.0f} s; choose another --seed',
            err=True,
        )


def _plan(name: str, seconds: float | None, rate: float | None, seed: int | None) -> 'DrivePlan':
    from panoseg_ros.synthetic import load_plan
    from panoseg_ros.synthetic.recording.plan import changed

    return changed(load_plan(name), seconds=seconds, rate_hz=rate, seed=seed)


def roll_and_pitch(text: str) -> tuple[float, float]:
    """Return the two angles of `ROLL,PITCH`.

    Raises:
        SyntheticError: if the text is something else.
    """
    try:
        roll, pitch = (float(part) for part in text.split(','))
    except ValueError as err:
        raise SyntheticError(f'--tilt: expected ROLL,PITCH in degrees, got {text!r}') from err
    if not all(abs(angle) <= 180.0 for angle in (roll, pitch)):  # NaN is within nothing
        raise SyntheticError(f'--tilt: angles must be within 180 degrees, got {text!r}')
    return roll, pitch


def _refuse_options(context: typer.Context, names: tuple[str, ...], reason: str) -> None:
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name == 'COMMANDLINE':
            raise SyntheticError(f'--{name}: {reason}')


def drive_command(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The bag's folder, or a file ending in .mcap.")],
    rig: Annotated[str, typer.Option(help='A rig file or a shipped name.')] = 'dual_fisheye',
    plan: Annotated[
        str, typer.Option(help='A plan file, or demo, street, walk_away, spin or patrol.')
    ] = '',
    seconds: Annotated[float | None, typer.Option(help="Instead of the plan's.")] = None,
    rate: Annotated[float | None, typer.Option(help='Pictures per second.')] = None,
    seed: Annotated[int | None, typer.Option(help='Of the scene.')] = None,
    weather: Annotated[
        str, typer.Option(help='clear, cloudy, overcast, fog, rain, dusk or night.')
    ] = '',
    height: Annotated[
        float | None, typer.Option(help='Metres of the camera above the ground.')
    ] = None,
    tilt: Annotated[str, typer.Option(help='ROLL,PITCH of the camera, degrees.')] = '0,0',
    truth: Annotated[bool, typer.Option(help='Record labels, depth, ground maps.')] = True,
    panorama: Annotated[
        int, typer.Option(min=0, help='Columns of the panorama of labels; 0 = none.')
    ] = 1024,
    jpeg: Annotated[
        int, typer.Option(min=0, max=100, help='Quality of compressed images; 0 = raw.')
    ] = 0,
    storage: Annotated[str, typer.Option(help='mcap or sqlite3.')] = 'mcap',
    workers: Annotated[int, typer.Option(min=0, help='Processes; 0 = one per core.')] = 0,
    zstd: Annotated[bool, typer.Option('--zstd', help='Pack the bag.')] = False,
    pictures: Annotated[
        bool, typer.Option('--pictures', help='Write a folder for panoseg demo, no bag.')
    ] = False,
    quality: Annotated[int, typer.Option(min=1, max=100, help='Of --pictures.')] = 77,
) -> int:
    """Render a drive: a bag with truth, or the pictures of a demo."""
    if pictures:
        _refuse_options(context, _OF_BAGS, 'is of bags, --pictures does not have it')
        return render_pictures(out, rig, plan or 'demo', seconds, rate, seed, quality)
    _refuse_options(context, ('quality',), 'is of --pictures; bags have --jpeg')
    return render_drive(
        out,
        rig,
        plan or 'street',
        seconds,
        rate,
        seed,
        weather,
        height,
        roll_and_pitch(tilt),
        truth=truth,
        panorama=panorama,
        jpeg=jpeg or None,
        storage=storage,
        compress=zstd,
        workers=workers,
    )
