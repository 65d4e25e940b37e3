"""The report of the ground bench as markdown, every bar beside its figures."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from panoseg_ros.evaluation.ground.bench import FULL
from panoseg_ros.evaluation.ground.ways import WAYS

Row = dict[str, Any]


class Bar(NamedTuple):
    """What a figure must reach: at most `limit`, or at least it where `least`."""

    figure: str
    limit: float | None = None
    least: bool = False
    percent: bool = True

    @property
    def text(self) -> str:
        """Return the limit in words, empty without one."""
        if self.limit is None:
            return ''
        return ('>= ' if self.least else '<= ') + self.number(self.limit)

    def number(self, value: float) -> str:
        """Return a value in the figure's unit."""
        return f'{100 * value:.3g} %' if self.percent else f'{value:.3g}'

    def cell(self, value: float | None) -> str:
        """Return a value, bold where it misses the limit."""
        if value is None:
            return '-'
        missed = self.limit is not None and (
            value < self.limit if self.least else value > self.limit
        )
        return f'**{self.number(value)}**' if missed else self.number(value)


def bars(height_m: float, within_m: float) -> tuple[Bar, ...]:
    """Return the figures of the main table and what they must reach."""
    coverage = (0.9 if height_m > 1.2 else 0.8) if within_m <= 10.0 else None
    return (
        Bar('foot error median m', percent=False),
        Bar('foot error p95 m', percent=False),
        Bar('foot error median / allowed', 1.0, percent=False),
        Bar('foot error p95 / allowed', 1.0, percent=False),
        Bar('face error median / allowed', percent=False),
        Bar('face error p95 / allowed', percent=False),
        Bar('bearings missed'),
        Bar('bearings unknown'),
        Bar('bearings invented'),
        Bar('false free', 0.01),
        Bar('false free of all faces', 0.01),
        Bar('false free within 3 m', 0.0),
        Bar('false free of feet'),
        Bar('false free of the very cell'),
        Bar('persons missed', 0.0),
        Bar('things missed', 0.01),
        Bar('recall', 0.9, least=True),
        Bar('recall of the very cell', least=True),
        Bar('recall of feet', least=True),
        Bar('recall of all faces', least=True),
        Bar('coverage', coverage, least=True),
        Bar('false occupied', 0.02),
        Bar('smear', 1.3, percent=False),
        Bar('smear over all faces', percent=False),
        Bar('occluded reported free', 0.001),
        Bar('occluded reported free, edges too'),
    )


SPIN = (
    Bar('displacement of marks m', 0.1, percent=False),
    Bar('displacement of feet m', 0.1, percent=False),
)
AWAY = (Bar('not cleared', 0.0),)
BRIEF = (
    'foot error median / allowed',
    'foot error p95 / allowed',
    'false free',
    'persons missed',
    'recall',
    'coverage',
    'false occupied',
    'smear',
    'occluded reported free',
)
SUMMARY = (*BRIEF[:2], 'false free', 'false free within 3 m', 'things missed', *BRIEF[3:])
BRIEF_WAYS = ('one frame', 'fused')
WITHIN_OF_LEVEL = 1.2  # levelling by an exact IMU may cost so much
GROUNDS = {'flat': 'flat ground', 'all': 'all ground'}


def markdown(report: dict[str, Any]) -> str:
    """Return the whole report; figures that miss their bar are bold."""
    lines = [*_head(report), '', *_summary(report['results'])]
    full = [row for row in report['results'] if row['condition'] in FULL]
    for first in _unique(full, ('height_m', 'rows', 'within_m', 'condition', 'ground')):
        rows = [row for row in full if _same(row, first)]
        every = [row for row in rows if row['kind'] == 'all']
        lines += [f'### {_place(first)}', '', _counted(every), '']
        lines += _table(every, bars(first['height_m'], first['within_m']))
        for kind, extra in (('spin', SPIN), ('walk_away', AWAY)):
            some = [row for row in rows if row['kind'] == kind]
            if some:
                lines += [f'{kind} drives only:', '', *_table(some, extra)]
    for first in _unique(report['results'], ('height_m', 'rows', 'within_m')):
        lines += _brief([row for row in report['results'] if _same(row, first)], first, report)
    return '\n'.join(lines)


def _head(report: dict[str, Any]) -> list[str]:
    labels = report['labels']
    lines = [
        f'Drives: {", ".join(report["drives"])}; {report["maps"]} maps of each way, generator '
        f'version {report["generator_version"]}, {report["cell_m"]} m cells, '
        f'{"true labels" if labels == "true" else f"labels of bundle {labels}"}.'
    ]
    lines += [
        f'Pictures of {labels}, {k}: {v}; no drive is among them.'
        for k, v in report['learnt_from'].items()
    ]
    cost = report.get('cost')
    if cost:
        lines += ['', *_cost(cost)]
    return lines


def _cost(cost: dict[str, Any]) -> list[str]:
    bar = Bar('', cost['bar_ms'], percent=False)
    lines = [
        f'| {clock} | {bar.text} | {bar.cell(cost[f"{key}_p50_ms"])} | '
        f'{bar.cell(cost[f"{key}_p95_ms"])} |'
        for clock, key in (('wall', 'wall'), ('CPU', 'cpu'))
    ]
    parts = ', '.join(f'{name} {ms:g}' for name, ms in cost['parts_cpu_p50_ms'].items())
    return [
        f'| ms per frame, {cost["cells"]} x {cost["cells"]} cells, {cost["classes"]} classes, '
        f'labels {cost["labels"]}, one core | bar | median | p95 |',
        '|---|---|---|---|',
        *lines,
        '',
        f'Median CPU ms of {parts}; the last is apart.',
        f'{cost["frames"]} frames; {cost["cores"]} cores, load {cost["load"]} before.',
    ]


def _summary(results: Sequence[Row]) -> list[str]:
    """Return one line per camera, size, distance, condition and ground: what has a bar."""
    rows = [
        row
        for row in results
        if row['way'] in BRIEF_WAYS and row['kind'] == 'all' and row['condition'] in FULL
    ]
    if not rows:
        return []
    places = ['camera', 'labels', 'within', 'condition', 'ground', 'way']
    limits = [bar for bar in bars(1.8, 10.0) if bar.figure in SUMMARY]
    lines = []
    for row in rows:
        place = (
            f'{row["height_m"]:g} m',
            f'{2 * row["rows"]} x {row["rows"]}',
            f'{row["within_m"]:g} m',
            *(row[name] for name in places[3:]),
        )
        wanted = [bar for bar in bars(row['height_m'], row['within_m']) if bar.figure in SUMMARY]
        cells = [bar.cell(row['figures'][bar.figure]) for bar in wanted]
        lines.append(f'| {" | ".join((*place, *cells))} |')
    return [
        f'| {" | ".join((*places, *(bar.figure for bar in limits)))} |',
        '|' + '---|' * (len(places) + len(limits)),
        f'| {" | ".join(("", "", "", "", "", "bar", *(bar.text for bar in limits)))} |',
        *lines,
        '',
        'The bar of coverage holds within 10 m, and is 80 % for a camera at 0.6 m.',
        '',
    ]


def _brief(rows: Sequence[Row], first: Row, report: dict[str, Any]) -> list[str]:
    """Return one line per condition, beside level ones of the same drives."""
    order = list(report['conditions'])
    kinds = {row['kind'] for row in rows if row['condition'] != 'level'} - {'all'}
    some = [row for row in rows if row['way'] in BRIEF_WAYS and row['kind'] in kinds]
    if not some:
        return []
    some.sort(
        key=lambda row: (row['way'], row['kind'], row['ground'], order.index(row['condition']))
    )
    wanted = [bar for bar in bars(first['height_m'], first['within_m']) if bar.figure in BRIEF]
    head = ['condition', 'drives', 'ground', 'way', *(bar.figure for bar in wanted)]
    limits = ['', '', '', 'bar when level', *(bar.text for bar in wanted)]
    lines = []
    for row in some:
        lines.append(_line(row, [bar.cell(row['figures'][bar.figure]) for bar in wanted]))
        if row['condition'] == 'imu exact' and 'level' in order:
            level = next(
                other
                for other in some
                if other['condition'] == 'level'
                and all(other[k] == row[k] for k in ('way', 'kind', 'ground'))
            )
            told = {**row, 'condition': 'imu exact / level'}
            lines.append(_line(told, [_ratio(bar, row, level) for bar in wanted]))
    return [
        f'### Conditions; {_place({**first, "ground": ""})}',
        '',
        *(f'- {name}: {report["conditions"][name]}' for name in order),
        '',
        f'| {" | ".join(head)} |',
        '|' + '---|' * len(head),
        f'| {" | ".join(limits)} |',
        *lines,
        '',
    ]


def _ratio(bar: Bar, row: Row, level: Row) -> str:
    """Return a figure over the level one; more than 20 % worse is bold."""
    value, base = row['figures'][bar.figure], level['figures'][bar.figure]
    if value is None or not base:
        return '-'
    limit = 1.0 / WITHIN_OF_LEVEL if bar.least else WITHIN_OF_LEVEL
    return Bar(bar.figure, limit, bar.least, percent=False).cell(value / base)


def _line(row: Row, cells: Sequence[str]) -> str:
    words = (row['condition'], row['kind'], row['ground'], row['way'])
    return f'| {" | ".join((*words, *cells))} |'


def _unique(results: Iterable[Row], names: Sequence[str]) -> list[Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in results:
        found.setdefault(tuple(row[n] for n in names), {n: row[n] for n in names})
    return list(found.values())


def _same(row: Row, wanted: Row) -> bool:
    return all(row[name] == value for name, value in wanted.items())


def _place(first: Row) -> str:
    given = ', ground plane given' if first.get('condition') == 'plane' else ''
    ground = f', {GROUNDS[first["ground"]]}{given}' if first['ground'] else ''
    return (
        f'Camera at {first["height_m"]:g} m, labels {2 * first["rows"]} x {first["rows"]}, '
        f'within {first["within_m"]:g} m{ground}'
    )


def _counted(rows: Sequence[Row]) -> str:
    counts = rows[0]['counts']
    return (
        f'{counts.get("persons", 0)} persons and {counts.get("things", 0)} things in view '
        f'(frames of each add up), {counts.get("faces", 0)} face cells, of which '
        f'{counts.get("fronts", 0)} fronts and {counts.get("feet", 0)} feet.'
    )


def _table(rows: Sequence[Row], wanted: Sequence[Bar]) -> list[str]:
    figures = {row['way']: row['figures'] for row in rows}
    ways = [way for way in WAYS if way in figures]
    lines = [f'| figure | bar | {" | ".join(ways)} |', '|---|---|' + '---|' * len(ways)]
    for bar in wanted:
        cells = ' | '.join(bar.cell(figures[way][bar.figure]) for way in ways)
        lines.append(f'| {bar.figure} | {bar.text} | {cells} |')
    return [*lines, '']
