"""The report of the ground bench as markdown, every bar beside its figures."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from panoseg_ros.evaluation.ground.methods import WAYS


class Bar(NamedTuple):
    """What a figure must reach: at most `limit`, or at least it where `least`."""

    figure: str
    limit: float | None
    least: bool = False
    percent: bool = True


def bars(height_m: float, within_m: float) -> tuple[Bar, ...]:
    """Return the figures of the table and what they must reach."""
    coverage = 0.9 if height_m > 1.2 else 0.8
    return (
        Bar('foot error median m', None, percent=False),
        Bar('foot error p95 m', None, percent=False),
        Bar('foot error median / allowed', 1.0, percent=False),
        Bar('foot error p95 / allowed', 1.0, percent=False),
        Bar('level foot error median / allowed', None, percent=False),
        Bar('level foot error p95 / allowed', None, percent=False),
        Bar('feet missed', None),
        Bar('feet invented', None),
        Bar('false free', 0.01),
        Bar('false free within 3 m', 0.0),
        Bar('false free of the very cell', None),
        Bar('persons missed', 0.0),
        Bar('things missed', 0.01),
        Bar('front false free', None),
        Bar('recall of the very cell', 0.9, least=True),
        Bar('recall', None, least=True),
        Bar('front recall of the very cell', None, least=True),
        Bar('front recall', None, least=True),
        Bar('coverage', coverage if within_m <= 10.0 else None, least=True),
        Bar('false occupied', 0.02),
        Bar('smear', 1.3, percent=False),
        Bar('occluded reported free', 0.001),
    )


SPIN = (
    Bar('displacement of marks m', 0.1, percent=False),
    Bar('displacement of faces m', 0.1, percent=False),
)
AWAY = (Bar('not cleared', 0.0),)


def markdown(report: dict[str, Any]) -> str:
    """Return the whole report; figures that miss their bar are bold."""
    results = report['results']
    lines = [
        f'Drives: {", ".join(report["drives"])}; {report["frames"]} frames, generator version '
        f'{report["generator_version"]}, {report["cell_m"]} m cells, true labels.',
        '',
    ]
    for first in _unique(results, ('condition', 'height_m', 'rows', 'within_m')):
        rows = [r for r in results if _same(r, first) and r['kind'] == 'all']
        lines += [_title(first, report['conditions']), '']
        lines += _table(rows, bars(first['height_m'], first['within_m']))
        for kind, extra in (('spin', SPIN), ('walk_away', AWAY)):
            rows = [r for r in results if _same(r, first) and r['kind'] == kind]
            if rows and first['condition'] in ('level', 'stamp'):
                lines += [f'{kind} drives only:', '', *_table(rows, extra)]
    return '\n'.join(lines)


def _unique(results: Sequence[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in results:
        found.setdefault(tuple(row[n] for n in names), {n: row[n] for n in names})
    return list(found.values())


def _same(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(row[name] == value for name, value in wanted.items())


def _title(first: dict[str, Any], texts: dict[str, str]) -> str:
    return (
        f'### {first["condition"]}: {texts[first["condition"]]}; camera at {first["height_m"]:g} '
        f'm, labels {2 * first["rows"]} x {first["rows"]}, within {first["within_m"]:g} m'
    )


def _table(rows: Sequence[dict[str, Any]], wanted: Sequence[Bar]) -> list[str]:
    ways = [way for way in WAYS if any(row['way'] == way for row in rows)]
    figures = {row['way']: row['figures'] for row in rows}
    lines = [f'| figure | bar | {" | ".join(ways)} |', '|---|---|' + '---|' * len(ways)]
    for bar in wanted:
        cells = ' | '.join(_cell(bar, figures[way][bar.figure]) for way in ways)
        lines.append(f'| {bar.figure} | {_limit(bar)} | {cells} |')
    return [*lines, '']


def _limit(bar: Bar) -> str:
    if bar.limit is None:
        return ''
    return ('>= ' if bar.least else '<= ') + _number(bar, bar.limit)


def _cell(bar: Bar, value: float | None) -> str:
    if value is None:
        return '-'
    text = _number(bar, value)
    missed = bar.limit is not None and (value < bar.limit if bar.least else value > bar.limit)
    return f'**{text}**' if missed else text


def _number(bar: Bar, value: float) -> str:
    return f'{100 * value:.3g} %' if bar.percent else f'{value:.3g}'
