"""`panoseg bench ground`: ground maps on rendered drives against exact truth."""

import json
from pathlib import Path
from typing import Annotated

import typer


def bench_ground(
    split: str = 'val',
    cache: Path = Path('bench_ground'),
    out: Path | None = None,
    quick: bool = False,
    conditions: tuple[str, ...] = (),
    heights_m: tuple[float, ...] = (),
    drives: tuple[str, ...] = (),
    as_json: bool = False,
) -> int:
    """Score the ground maps, print the table or JSON, and return 0.

    Args:
        split: val, or test for the one published table.
        cache: folder for rendered labels and truth.
        out: where the table (.md) and the figures (.json) go, without suffix.
        quick: two drives, three frames, one height and size.
        conditions: only these rows.
        heights_m: only these heights of the camera.
        drives: only these drives of the split, by name.
        as_json: print JSON.

    Raises:
        MetricsError: naming the option that is not known.
    """
    from panoseg_ros.errors import MetricsError
    from panoseg_ros.evaluation.ground import (
        Scope,
        drives_of,
        markdown,
        measure,
        quick_drives,
    )

    every = Scope()
    scope = Scope(
        heights_m=heights_m or (every.heights_m[1:] if quick else every.heights_m),
        rows=every.rows[1:] if quick else every.rows,
        conditions=conditions or (('level',) if quick else every.conditions),
    )
    chosen = quick_drives() if quick and split == 'val' else drives_of(split)
    unknown = sorted(set(drives) - {one.name for one in chosen})
    if unknown:
        names = ', '.join(one.name for one in chosen)
        raise MetricsError(f'drive {unknown[0]!r} is not of split {split}: {names}')
    chosen = tuple(one for one in chosen if not drives or one.name in drives)
    report = measure(chosen, scope, cache, lambda line: typer.echo(line, err=True))
    text = json.dumps({'split': split, **report}, indent=1)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.with_suffix('.json').write_text(text + '\n', encoding='utf-8')
        out.with_suffix('.md').write_text(markdown(report) + '\n', encoding='utf-8')
    print(text if as_json else markdown(report))
    return 0


def _ground(
    split: Annotated[
        str, typer.Option(help='val; test is scored once, for a published table.')
    ] = 'val',
    cache: Annotated[Path, typer.Option(help='Folder for what is rendered.')] = Path(
        'bench_ground'
    ),
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    quick: Annotated[bool, typer.Option('--quick', help='Two drives of three frames.')] = False,
    condition: Annotated[list[str] | None, typer.Option(help='Only this row; repeat.')] = None,
    height: Annotated[
        list[float] | None, typer.Option(help='Only this camera height, metres; repeat.')
    ] = None,
    drive: Annotated[list[str] | None, typer.Option(help='Only this drive; repeat.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Ground maps on rendered drives against exact truth, with the usual ways beside them."""
    return bench_ground(
        split,
        cache,
        out,
        quick,
        tuple(condition or ()),
        tuple(height or ()),
        tuple(drive or ()),
        as_json,
    )


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('ground')(_ground)
