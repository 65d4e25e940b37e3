"""`panoseg bench node`: throughput, latency and load of the running node."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

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


def measure_node(
    model: str,
    rig: str,
    images: Path | None,
    rates_hz: list[float],
    classes: list[str],
    seconds: float,
    highest_hz: float,
    threads: int,
    cells: int,
) -> dict[str, Any]:
    """Return the figures of the node as JSON values; see `ros.bench.session`.

    Args:
        model: a bundle folder or a shipped name.
        rig: a rig file or a shipped name; its lenses come on one topic.
        images: the pictures to send, those of the demo when None.
        rates_hz: rates at which the node is measured beside its peak.
        classes: names or slugs of the classes with a grid of their own.
        seconds: of each of these runs.
        highest_hz: where the search for the peak begins.
        threads: of the network, 0 for the runtime's choice.
        cells: of the ground grid along one side, 0.1 m each.

    Raises:
        RosError: if rclpy is missing, or the node cannot start.
        PanosegError: if bundle, rig and pictures do not fit each other.
    """
    if find_spec('rclpy') is None:
        raise RosError('panoseg bench node needs rclpy: use ./run, or source a ROS 2 installation')
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.cli.demo import DRIVE, topic_of
    from panoseg_ros.labels import load_label_set
    from panoseg_ros.resources import find_resource
    from panoseg_ros.ros.bench.search import SearchPlan
    from panoseg_ros.ros.bench.session import NodePlan, bench_node
    from panoseg_ros.ros.demo.drive import load_drive

    bundle = load_bundle(model)
    pictures = find_resource(DRIVE, 'config/demo') if images is None else images
    chosen = load_label_set(bundle.label_set).select(classes)
    drive, others = load_drive(pictures), watch_others()
    height, width = next(drive.pictures()).shape[:2]
    plan = NodePlan(
        drive=drive,
        topic=topic_of(rig, pictures),
        classes=tuple(entry.slug for entry in chosen),
        parameters={
            'model': {'bundle': str(bundle.path.resolve()), 'threads': threads},
            'rig': {'file': rig},
            'ground': {'size_m': 0.1 * cells},
        },
        rates_hz=rates_hz,
        seconds=seconds,
        search=SearchPlan(highest_hz=highest_hz),
    )
    figures = bench_node(plan, lambda line: print(line, file=sys.stderr, flush=True))
    size = bundle.input
    task = (
        f'{width}x{height} pictures, {bundle.name} at {size.width}x{size.height}, '
        f'{cells}x{cells} cells, combined + {len(chosen)} classes'
    )
    return {'task': task, 'machine': machine(threads, others), **_as_json(figures)}


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
    rate: Annotated[
        list[float] | None,
        typer.Option(min=0.1, max=200.0, help='Input rate to measure at besides; may repeat.'),
    ] = None,
    classes: Annotated[
        str, typer.Option(help='Classes with a grid of their own, by commas.')
    ] = CLASSES,
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
    """Peak throughput, latency, jitter, missed images and CPU of the node, over real ROS."""
    names = [name for name in classes.split(',') if name]
    if cells > 5000:
        raise SettingsError(f'--cells: {cells} is above 5000, the largest grid')
    figures = measure_node(
        model, rig, images, rate or [30.0], names, seconds, highest, threads, cells
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
