"""`panoseg bench pipeline`: raw lens pictures to all costmaps, ours against the plain network."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import typer

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli.bench.plain import GivesLogits
from panoseg_ros.cli.bench.sheet import TIMES, Sheet, deliver, digits, times
from panoseg_ros.cli.bench.sizes import resized
from panoseg_ros.cli.bench.timing import interleave, machine, watch_others
from panoseg_ros.cli.bench.weighing import Weight, alone, weigh
from panoseg_ros.errors import SettingsError
from panoseg_ros.resources import DEFAULT_BUNDLE

if TYPE_CHECKING:
    from panoseg_ros.cli.bench.drive import Drive
    from panoseg_ros.frames import GroundMap
    from panoseg_ros.inference import Backend

SIZES = ('512x256', '768x384')
BARS_FPS = {'512x256': 12.0, '768x384': 5.0}  # of two cores
COMPARED = 12  # frames on which the roads are held against each other
CELLS = 400
CLASSES = 'road,sidewalk,person,car'
ROADS = {
    'plain': "the same pipeline around the network with torchvision's operator, eager",
    'panoseg': 'the runtime that `auto` takes on the CPU',
}


class Plan(NamedTuple):
    """What goes through the pipelines."""

    bundle: str  # a folder or a shipped name
    rig: str  # a rig file or a shipped name, its lenses on one topic
    images: str  # a drive or pictures of that rig, '' for the demo's
    threads: int
    cells: int  # of the grids along a side
    classes: tuple[str, ...]  # with a grid of their own


def measure_pipeline(
    plan: Plan, sizes: Sequence[str] = SIZES, rounds: int = 20, memory: bool = True
) -> dict[str, Any]:
    """Return the times of both roads at every size, how far they agree, and their memory.

    Both take turns in one process; both end in the fused grids and the scan.

    Args:
        plan: what goes through them.
        sizes: `WIDTHxHEIGHT` of the panorama, multiples of 4.
        rounds: how often.
        memory: weigh both in processes of their own, too.

    Raises:
        BackendError: if the bundle cannot run, such as one without weights.
        PanosegError: if bundle, rig and pictures do not fit each other.
    """
    from panoseg_ros.cli.bench.drive import Drive, load_road

    plan = plan._replace(threads=plan.threads or os.cpu_count() or 1)
    bundle, others = load_bundle(plan.bundle), watch_others()
    rows: list[dict[str, Any]] = []
    for size in sizes:
        sized = resized(bundle, size)
        backends = {kind: load_road(kind, sized, plan.threads) for kind in ROADS}
        roads = {kind: Drive(plan, backends[kind], sized) for kind in ROADS}
        agreement = _agreement(roads, backends)
        spreads = interleave(roads, rounds, cpu_clock=time.process_time_ns)
        rows += [
            {
                'size': size,
                'road': kind,
                'runtime': backends[kind].runtime,
                **spread._asdict(),
                'frames_per_s': round(1e3 / spread.median_ms, 2),
                'bar_frames_per_s': BARS_FPS.get(size),
                'times_as_fast': round(spreads['plain'].median_ms / spread.median_ms, 2),
                'stages_ms': _stages(roads[kind].stages[-rounds:]),
                'agreement': agreement,
                'memory': alone(_weigh, kind, plan, size)._asdict() if memory else None,
            }
            for kind, spread in spreads.items()
        ]
    rig, cells = plan.rig, plan.cells
    task = (
        f'Lens pictures of {rig} to panorama, labels, fused {cells}x{cells} grids (combined + '
        f'{len(plan.classes)} classes) and scan; {bundle.name}, {plan.threads} threads'
    )
    return {
        'task': task,
        'machine': machine(plan.threads, others),
        'roads': ROADS,
        'figures': rows,
    }


def _weigh(kind: str, plan: Plan, size: str) -> Weight:
    from panoseg_ros.cli.bench.drive import Drive, load_road

    bundle = resized(load_bundle(plan.bundle), size)
    return weigh(Drive(plan, load_road(kind, bundle, plan.threads), bundle), 10, 30)


def _agreement(roads: 'Mapping[str, Drive]', backends: 'Mapping[str, Backend]') -> dict[str, Any]:
    """Return how far what comes out is the same, over every picture once."""
    same: dict[str, list[float]] = {'labels': [], 'costs': []}
    confidence, logits = 0, 0.0
    for _ in range(COMPARED):
        ours, plain = (roads[kind]() for kind in ('panoseg', 'plain'))
        masks = ours.segmentation, plain.segmentation
        same['labels'].append(float((masks[0].labels == masks[1].labels).mean()))
        gap = masks[0].confidence.astype(int) - masks[1].confidence
        confidence = max(confidence, int(np.abs(gap).max()))
        maps = [_grids(result.ground) for result in (ours, plain)]
        same['costs'].append(float((maps[0] == maps[1]).mean()))
        if isinstance(backends['panoseg'], GivesLogits):
            image, both = ours.panorama.image, [backends['panoseg'], backends['plain']]
            found = [one.logits(image) for one in both if isinstance(one, GivesLogits)]
            logits = max(logits, float(np.abs(found[0] - found[1]).max()))
    return {
        'same_labels': round(float(np.mean(same['labels'])), 6),
        'same_costs': round(float(np.mean(same['costs'])), 6),
        'largest_difference_of_confidence': confidence,
        'largest_difference_of_logits': logits or None,
    }


def _grids(ground: 'GroundMap | None') -> Any:
    assert ground is not None
    return np.stack([ground.combined, *ground.classes.values()])


def _stages(timings: Sequence[dict[str, float]]) -> dict[str, float]:
    return {
        name: round(float(np.median([timing[name] for timing in timings])), 2)
        for name in timings[0]
    }


def _sheet(figures: dict[str, Any]) -> Sheet:
    heads = ('fps', 'bar', 'x', 'peak MB', 'grown MB', 'new MB')
    rows, notes = [], [f'{kind}: {meaning}.' for kind, meaning in figures['roads'].items()]
    for row in figures['figures']:
        held = row['memory'] or {}
        rows.append(
            (
                row['size'],
                row['road'],
                *times(row),
                f'{row["frames_per_s"]:.1f}',
                digits(row['bar_frames_per_s']),
                f'{row["times_as_fast"]:.2f}',
                *(digits(held.get(name)) for name in Weight._fields),
            )
        )
        stages = ', '.join(f'{name} {digits(ms)}' for name, ms in row['stages_ms'].items())
        notes.append(f'{row["size"]} {row["road"]}: {row["runtime"]}; stages in ms: {stages}.')
        if row['road'] != 'plain':
            notes.append(_said(row['size'], row['agreement']))
    if figures['figures'][0]['memory']:
        notes.append(
            'Memory of a process of its own: peak with libraries; grown over 30 frames behind '
            'the first 10; new of Python and NumPy within a frame, results included.'
        )
    return Sheet(figures['task'], ('size', 'road', *TIMES, *heads), rows, notes)


def _said(size: str, found: dict[str, Any]) -> str:
    logits = found['largest_difference_of_logits']
    return (
        f'{size}: labels as plain on {found["same_labels"]:.4%} of the pixels, grids on '
        f'{found["same_costs"]:.4%} of the cells, confidence within '
        f'{found["largest_difference_of_confidence"]}/255'
        + (f', logits within {logits:.1e}.' if logits else '.')
    )


def bench_pipeline(
    plan: Plan,
    sizes: Sequence[str] = SIZES,
    rounds: int = 20,
    memory: bool = True,
    out: Path | None = None,
    as_json: bool = False,
) -> int:
    """Measure the pipeline, deliver the figures and return 0."""
    figures = measure_pipeline(plan, sizes, rounds, memory)
    deliver(figures, _sheet(figures), out, as_json)
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('pipeline')(_pipeline)


def _pipeline(
    bundle: Annotated[
        str, typer.Option(help='A bundle folder or a shipped name.')
    ] = DEFAULT_BUNDLE,
    rig: Annotated[
        str, typer.Option(help='A rig file or a shipped name, its lenses on one topic.')
    ] = 'dual_fisheye',
    images: Annotated[
        str, typer.Option(help="A drive or pictures of that rig; the demo's when left out.")
    ] = '',
    size: Annotated[
        list[str] | None, typer.Option(help='WIDTHxHEIGHT, again for each; 512x256, 768x384.')
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help='How often both are run.')] = 20,
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
    cells: Annotated[int, typer.Option(min=10, help='Of the grid, 0.1 m each.')] = CELLS,
    classes: Annotated[
        str, typer.Option(help='Classes with a grid of their own, by commas.')
    ] = CLASSES,
    memory: Annotated[bool, typer.Option(help='Weigh both, too.')] = True,
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Raw dual fisheye to every costmap, without ROS.

    Ours and the plain network in turn.
    """
    from panoseg_ros.ground.settings import MAX_CELLS_PER_SIDE

    if cells > MAX_CELLS_PER_SIDE:
        raise SettingsError(f'--cells: {cells} is above {MAX_CELLS_PER_SIDE}, the largest grid')
    wanted = tuple(name for name in classes.split(',') if name)
    plan = Plan(bundle, rig, images, threads, cells, wanted)
    return bench_pipeline(plan, size or SIZES, rounds, memory, out, as_json)
