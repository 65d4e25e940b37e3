"""`panoseg bench ground`: ground maps on rendered drives against exact truth."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from panoseg_ros.evaluation.ground.drives import BenchDrive


def bench_ground(
    split: str = 'val',
    cache: Path = Path('bench_ground'),
    out: Path | None = None,
    quick: bool = False,
    conditions: tuple[str, ...] = (),
    kinds: tuple[str, ...] = (),
    heights_m: tuple[float, ...] = (),
    drives: tuple[str, ...] = (),
    bundle: str = '',
    jobs: int = 0,
    as_json: bool = False,
) -> int:
    """Score the ground maps, print the table or JSON, and return 0.

    Args:
        split: val, or test for the one published table.
        cache: folder for what is rendered and scored.
        out: where the table (.md) and the figures (.json) go, without suffix.
        quick: two drives, three frames, one height and size.
        conditions: only these rows.
        kinds: only drives of these kinds.
        heights_m: only these heights of the camera.
        drives: only these drives of the split, by name.
        bundle: name or folder of a model whose labels are used instead of the true ones.
        jobs: processes at a time, 0 for one per core.
        as_json: print JSON.

    Raises:
        MetricsError: naming the option that is not known.
        BundleError: if the bundle cannot be read.
    """
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.cli.evaluate.progress import track
    from panoseg_ros.errors import MetricsError
    from panoseg_ros.evaluation.ground import Scope, markdown, measure, measure_cost, moments

    if jobs < 0:
        raise MetricsError(f'jobs must be 0 or more, got {jobs}')
    every = Scope()
    scope = Scope(
        heights_m=heights_m or (every.heights_m[1:] if quick else every.heights_m),
        rows=every.rows[1:] if quick else every.rows,
        conditions=conditions or (('level',) if quick else every.conditions),
    )
    chosen = _chosen(split, quick, kinds, drives)
    model = load_bundle(bundle) if bundle else None
    jobs = jobs or len(os.sched_getaffinity(0))
    report = measure(chosen, scope, cache, model, jobs, track)
    seen = moments(chosen[0], scope.heights_m[-1], ('level',), cache)
    report = {'split': split, **report, 'cost': measure_cost([one['level'] for one in seen])}
    text, table = json.dumps(report, indent=1), markdown(report)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        for ending, content in (('.json', text), ('.md', table)):
            out.with_name(out.name + ending).write_text(content + '\n', encoding='utf-8')
    print(text if as_json else table)
    return 0


def _chosen(
    split: str, quick: bool, kinds: tuple[str, ...], names: tuple[str, ...]
) -> 'tuple[BenchDrive, ...]':
    from panoseg_ros.errors import MetricsError
    from panoseg_ros.evaluation.ground import drives_of, quick_drives

    known = quick_drives() if quick and split == 'val' else drives_of(split)
    for what, wanted, held in (
        ('kind', kinds, [one.kind for one in known]),
        ('drive', names, [one.name for one in known]),
    ):
        unknown = sorted(set(wanted) - set(held))
        if unknown:
            listed = ', '.join(dict.fromkeys(held))
            raise MetricsError(f'{what} {unknown[0]!r} is not of split {split}: {listed}')
    some = [one for one in known if not kinds or one.kind in kinds]
    found = tuple(one for one in some if not names or one.name in names)
    if not found:
        raise MetricsError(f'no drive is named {names} and of kind {kinds}')
    return found


def _ground(
    split: Annotated[
        str, typer.Option(help='val; test is scored once, for a published table.')
    ] = 'val',
    cache: Annotated[Path, typer.Option(help='Folder for what is rendered and scored.')] = Path(
        'bench_ground'
    ),
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    quick: Annotated[bool, typer.Option('--quick', help='Two drives of three frames.')] = False,
    condition: Annotated[list[str] | None, typer.Option(help='Only this row; repeat.')] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help='Only drives of this kind; repeat.')
    ] = None,
    height: Annotated[
        list[float] | None, typer.Option(help='Only this camera height, metres; repeat.')
    ] = None,
    drive: Annotated[list[str] | None, typer.Option(help='Only this drive; repeat.')] = None,
    bundle: Annotated[str, typer.Option(help="A model's labels instead of the true ones.")] = '',
    jobs: Annotated[int, typer.Option(help='Processes at a time, 0 for one per core.')] = 0,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Ground maps on rendered drives against exact truth.

    The usual ways stand beside them.
    """
    return bench_ground(
        split,
        cache,
        out,
        quick,
        tuple(condition or ()),
        tuple(kind or ()),
        tuple(height or ()),
        tuple(drive or ()),
        bundle,
        jobs,
        as_json,
    )


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('ground')(_ground)
