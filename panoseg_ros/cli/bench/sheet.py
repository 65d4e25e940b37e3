"""What a bench found as a person reads it: on a terminal, and as Markdown."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from panoseg_ros.cli.bench.timing import Spread, is_busy, machine_line

BUSY = 'The machine was busy: compare roads of one table, or CPU times, not milliseconds.'
TIMES = ('median ms', 'quartiles', 'min', 'CPU ms', 'CPU min')


class Sheet(NamedTuple):
    """One table with what was measured above it and what else is to be said below."""

    task: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def times(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells below `TIMES` of a row that holds a `Spread`."""
    at = Spread(*(row[name] for name in Spread._fields))
    quartiles = f'{digits(at.p25_ms)} to {digits(at.p75_ms)}'
    return (
        digits(at.median_ms),
        quartiles,
        digits(at.min_ms),
        digits(at.cpu_median_ms),
        digits(at.cpu_min_ms),
    )


def digits(value: float | None) -> str:
    """Return a number with three significant digits or all before the point, a dash for None."""
    if value is None:
        return '-'
    size = abs(value)
    return f'{value:.{0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3}f}'


def deliver(figures: Mapping[str, Any], sheet: Sheet, out: Path | None, as_json: bool) -> None:
    """Print a sheet or JSON, and write both where it is wanted.

    Args:
        figures: all that was measured; `machine` holds `timing.machine`.
        sheet: the same for people.
        out: OUT.md and OUT.json are written, nothing when None.
        as_json: print JSON.
    """
    text, facts = json.dumps(figures, indent=1), figures['machine']
    lines = [sheet.task, machine_line(facts)]
    notes = [*sheet.notes, *([BUSY] if is_busy(facts) else [])]
    print(text if as_json else '\n'.join([*lines, *_columns(sheet), *notes]))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        page = '\n'.join([*lines, '', *_markdown(sheet), '', *(f'- {note}' for note in notes)])
        for ending, content in (('.json', text), ('.md', page)):
            path = out.with_name(out.name + ending)
            path.write_text(content.rstrip() + '\n', encoding='utf-8')


def _columns(sheet: Sheet) -> list[str]:
    """Return the table in columns, numbers to the right."""
    columns = list(zip(sheet.headings, *sheet.rows, strict=True))
    aligned = []
    for head, *cells in columns:
        width = max(map(len, (head, *cells)))
        numbers = all(cell == '-' or cell.lstrip('-')[:1].isdigit() for cell in cells)
        side = str.rjust if numbers else str.ljust
        aligned.append([side(text, width) for text in (head, *cells)])
    return ['  '.join(row).rstrip() for row in zip(*aligned, strict=True)]


def _markdown(sheet: Sheet) -> list[str]:
    rows = (sheet.headings, ['---'] * len(sheet.headings), *sheet.rows)
    return [f'| {" | ".join(row)} |' for row in rows]
