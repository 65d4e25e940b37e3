"""The command: which stages, on what, and the table of all of them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from panoseg_ros.cli.bench.sheet import TIMES, Sheet, deliver, digits, times
from panoseg_ros.cli.bench.timing import machine, watch_others
from panoseg_ros.errors import SettingsError
from panoseg_ros.resources import DEFAULT_BUNDLE

STAGES = ('lens', 'network', 'tail', 'ground', 'overlay')
AT = (512, 256)  # the size at which stages have bars


def measure_stages(
    bundle: str, stages: Sequence[str] = STAGES, rounds: int = 100, width: int = 0
) -> dict[str, Any]:
    """Return the times of the ways through every stage, all of a stage in turn, on one core.

    Args:
        bundle: a bundle folder or the name of a shipped one.
        stages: of `STAGES`.
        rounds: how often every way is run; slow ones less often.
        width: columns of the panorama in the lens stage, the bundle's size when 0.

    Raises:
        SettingsError: if a stage is unknown.
        BundleError: if the bundle cannot be read.
        BackendError: if it does not run here.
    """
    import cv2

    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.cli.bench.stages.ground import measure_ground
    from panoseg_ros.cli.bench.stages.lens import measure_lens
    from panoseg_ros.cli.bench.stages.network import measure_network
    from panoseg_ros.cli.bench.stages.overlay import measure_overlay
    from panoseg_ros.cli.bench.stages.subject import Found, Subject
    from panoseg_ros.cli.bench.stages.tail import measure_tail
    from panoseg_ros.geometry import PanoramaGeometry

    unknown = [stage for stage in stages if stage not in STAGES]
    if unknown:
        raise SettingsError(f'stage {unknown[0]!r}: expected one of {", ".join(STAGES)}')
    loaded, others, threads = load_bundle(bundle), watch_others(), cv2.getNumThreads()
    geometry = PanoramaGeometry(width // 2, width) if width else loaded.geometry
    subject = Subject(loaded, rounds)
    measures: dict[str, Callable[[], Found]] = {
        'lens': lambda: measure_lens(geometry, rounds),
        'network': lambda: measure_network(subject),
        'tail': lambda: measure_tail(subject),
        'ground': lambda: measure_ground(subject),
        'overlay': lambda: measure_overlay(subject),
    }
    cv2.setNumThreads(1)
    try:
        found = [measures[stage]() for stage in stages]
    finally:
        cv2.setNumThreads(threads)
    spec = loaded.input
    barred = [(spec.width, spec.height), (geometry.width, geometry.height)] == [AT, AT]
    return {
        'task': f'{loaded.name} at {spec.width}x{spec.height}, every stage by itself, one thread',
        'machine': machine(1, others),
        'stages': [
            way.as_json() | ({} if barred else {'bar_ms': None})
            for part in found
            for way in part.ways
        ],
        'notes': [note for part in found for note in part.notes],
    }


def _sheet(figures: dict[str, Any]) -> Sheet:
    rows = [
        (row['stage'], row['way'], *times(row), digits(row['bar_ms']), row['meaning'])
        for row in figures['stages']
    ]
    headings = ('stage', 'way', *TIMES, 'bar', 'what it is')
    return Sheet(figures['task'], headings, rows, figures['notes'])


def bench_stages(
    bundle: str,
    stages: Sequence[str] = STAGES,
    rounds: int = 100,
    width: int = 0,
    out: Path | None = None,
    as_json: bool = False,
) -> int:
    """Measure the stages, deliver the figures and return 0."""
    figures = measure_stages(bundle, stages, rounds, width)
    deliver(figures, _sheet(figures), out, as_json)
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('stages')(_stages)


def _stages(
    bundle: Annotated[
        str, typer.Argument(help='Bundle folder, or the name of a shipped one.')
    ] = DEFAULT_BUNDLE,
    stage: Annotated[
        list[str] | None, typer.Option(help=f'Only this one, again for each: {", ".join(STAGES)}.')
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help='How often every way is run.')] = 100,
    width: Annotated[
        int, typer.Option(min=0, help="Columns of the lens stage's panorama; 0: the bundle's.")
    ] = 0,
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Every stage from lens pictures to ground maps, on one core."""
    return bench_stages(bundle, stage or STAGES, rounds, width, out, as_json)
