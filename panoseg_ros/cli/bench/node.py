"""`panoseg bench node`: throughput, latency and load of the running node."""

import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple

import typer

from panoseg_ros.cli.bench.sheet import Sheet, deliver
from panoseg_ros.cli.bench.timing import machine, watch_others
from panoseg_ros.errors import RosError, SettingsError
from panoseg_ros.resources import DEFAULT_BUNDLE

CLASSES = 'road,sidewalk,person,car'
COLUMNS = {  # heading -> (figure, how it is written)
    'in Hz': ('sent_hz', '{:.1f}'),
    'out Hz': ('received_hz', '{:.1f}'),
    'missed %': ('missed_percent', '{:.1f}'),
    'p50 ms': ('latency_p50_ms', '{:.0f}'),
    'p95': ('latency_p95_ms', '{:.0f}'),
    'p99': ('latency_p99_ms', '{:.0f}'),
    'max': ('latency_max_ms', '{:.0f}'),
    'jitter ms': ('jitter_mean_ms', '{:.1f}'),
    'most jitter': ('jitter_max_ms', '{:.0f}'),
    'cores': ('cores', '{:.2f}'),
    'CPU ms each': ('cpu_ms_per_result', '{:.0f}'),
    'peak MB': ('peak_memory_mb', '{:.0f}'),
}


class Wanted(NamedTuple):
    """What the node is measured with."""

    bundle: str  # a folder or a shipped name
    rig: str  # a rig file or a shipped name, its lenses on one topic
    images: Path | None  # the pictures to send, those of the demo when None
    size: str  # WIDTHxHEIGHT of the panorama, '' for the bundle's own
    rates_hz: list[float]  # measured beside the peak
    classes: str  # with a grid of their own, by commas
    clouds: bool  # received, too
    seconds: float  # of a run
    highest_hz: float  # where the search for the peak begins
    threads: int  # of the network, 0 for the runtime's choice
    cells: int  # of the ground grid along one side, 0.1 m each


def measure_node(wanted: Wanted) -> dict[str, Any]:
    """Return the figures of the node as JSON values; see `ros.bench.session`.

    Raises:
        RosError: if rclpy is missing, or the node cannot start.
        PanosegError: if bundle, size, rig and pictures do not fit each other.
    """
    if find_spec('rclpy') is None:
        raise RosError('panoseg bench node needs rclpy: use ./run, or source a ROS 2 installation')
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.cli.bench.sizes import resized, written
    from panoseg_ros.cli.demo import DRIVE, topic_of
    from panoseg_ros.labels import load_label_set
    from panoseg_ros.resources import find_resource
    from panoseg_ros.ros.bench.search import SearchPlan
    from panoseg_ros.ros.bench.session import NodePlan, bench_node
    from panoseg_ros.ros.demo.drive import load_drive

    bundle = load_bundle(wanted.bundle)
    if wanted.size:
        bundle = resized(bundle, wanted.size)
    pictures = find_resource(DRIVE, 'config/demo') if wanted.images is None else wanted.images
    chosen = load_label_set(bundle.label_set).select(
        [name for name in wanted.classes.split(',') if name]
    )
    drive, others = load_drive(pictures), watch_others()
    height, width = next(drive.pictures()).shape[:2]
    with TemporaryDirectory(prefix='panoseg_bundle_') as scratch:
        folder = written(bundle, Path(scratch))
        plan = NodePlan(
            drive=drive,
            topic=topic_of(wanted.rig, pictures),
            classes=tuple(entry.slug for entry in chosen),
            clouds=wanted.clouds,
            parameters={
                'model': {'bundle': str(folder.resolve()), 'threads': wanted.threads},
                'rig': {'file': wanted.rig},
                'ground': {'size_m': 0.1 * wanted.cells},
            },
            rates_hz=wanted.rates_hz,
            seconds=wanted.seconds,
            search=SearchPlan(highest_hz=wanted.highest_hz),
        )
        figures = bench_node(plan, lambda line: print(line, file=sys.stderr, flush=True))
    size = bundle.input
    task = (
        f'{width}x{height} pictures, {bundle.name} at {size.width}x{size.height}, '
        f'{wanted.cells}x{wanted.cells} cells, combined + {len(chosen)} classes'
        + (', clouds' if wanted.clouds else '')
    )
    return {'task': task, 'machine': machine(wanted.threads, others), **_as_json(figures)}


def _as_json(figures: Any) -> dict[str, Any]:
    def one(pair: Any) -> dict[str, Any] | None:
        return None if pair is None else {**pair[0]._asdict(), **pair[1]._asdict()}

    return {
        'peak': one(figures.peak),
        'fixed': [one(pair) for pair in figures.fixed],
        'unhurried': one(figures.unhurried),
        'stages_ms': figures.stages_ms,
        'overhead_ms': figures.overhead_ms,
        'search': [run._asdict() for run in figures.search],
    }


def node(
    model: Annotated[
        str, typer.Option('--bundle', help='A bundle folder or a shipped name.')
    ] = DEFAULT_BUNDLE,
    rig: Annotated[
        str, typer.Option(help='A rig file or a shipped name, its lenses on one topic.')
    ] = 'dual_fisheye',
    images: Annotated[
        Path | None,
        typer.Option(help="A picture or folder of that rig; the demo's when left out."),
    ] = None,
    size: Annotated[
        str, typer.Option(help="WIDTHxHEIGHT of the panorama; the bundle's when left out.")
    ] = '',
    rate: Annotated[
        list[float] | None,
        typer.Option(min=0.1, max=200.0, help='Input rate to measure at besides; may repeat.'),
    ] = None,
    classes: Annotated[
        str, typer.Option(help='Classes with a grid of their own, by commas.')
    ] = CLASSES,
    clouds: Annotated[bool, typer.Option(help='Receive the point clouds, too.')] = False,
    seconds: Annotated[float, typer.Option(min=1.0, help='Length of a run.')] = 10.0,
    highest: Annotated[
        float, typer.Option(min=2.0, max=200.0, help='Highest rate that the search tries.')
    ] = 60.0,
    threads: Annotated[int, typer.Option(min=0, help='Of the network; 0: as it likes.')] = 0,
    cells: Annotated[
        int, typer.Option(min=10, help='Of the grid along a side, 0.1 m each.')
    ] = 400,
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Peak throughput, latency, jitter and CPU of the node.

    Missed images, too; over real ROS.
    """
    from panoseg_ros.ground.settings import MAX_CELLS_PER_SIDE

    if cells > MAX_CELLS_PER_SIDE:
        raise SettingsError(f'--cells: {cells} is above {MAX_CELLS_PER_SIDE}, the largest grid')
    rates_hz = rate or [30.0]
    figures = measure_node(
        Wanted(
            model, rig, images, size, rates_hz, classes, clouds, seconds, highest, threads, cells
        )
    )
    deliver(figures, _sheet(figures), out, as_json)
    return 0


def _sheet(figures: dict[str, Any]) -> Sheet:
    runs = [('peak', figures['peak']), ('half of it', figures['unhurried'])]
    runs += [(f'{run["wanted_hz"]:g} Hz', run) for run in figures['fixed']]
    rows = [
        (name, *(form.format(run[key]) for key, form in COLUMNS.values()))
        for name, run in runs
        if run is not None
    ]
    stages = ', '.join(f'{name} {ms:.1f}' for name, ms in figures['stages_ms'].items())
    notes = [
        f'Stages at half the peak rate, ms: {stages}.',
        f'The node beside its pipeline, transport included: {figures["overhead_ms"]:.1f} ms.',
    ]
    if figures['peak'] is None:
        notes.append('The peak is below the lowest rate that was tried.')
    return Sheet(figures['task'], ('run', *COLUMNS), rows, notes)


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('node')(node)
