"""Charts as SVG; their colours come from the style sheet of the page."""

import html
from collections.abc import Sequence

import numpy as np

from panoseg_ros.metrics.calibration import Reliability

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 240, 44, 34


def histogram(values: Sequence[float], unit: str, marks: dict[str, float]) -> str:
    """Return how often values occur, with named vertical lines; empty without values."""
    numbers = np.asarray(values, np.float64)
    if not numbers.size:
        return ''
    top = float(max(numbers.max(), 1e-3))
    counts, edges = np.histogram(numbers, bins=min(40, max(8, len(numbers) // 4)), range=(0, top))
    bar = (WIDTH - LEFT) / len(counts)
    tall = (HEIGHT - BOTTOM - 16) / max(int(counts.max()), 1)
    base = HEIGHT - BOTTOM
    parts = [
        f'<rect class="bar" x="{LEFT + i * bar:.1f}" y="{base - n * tall:.1f}" '
        f'width="{max(bar - 1, 1):.1f}" height="{n * tall:.1f}">'
        f'<title>{edges[i]:.3g} to {edges[i + 1]:.3g} {unit}: {n}</title></rect>'
        for i, n in enumerate(counts)
        if n
    ]
    for level, (name, value) in enumerate(marks.items()):
        x = LEFT + (WIDTH - LEFT) * min(value / top, 1.0)
        side = 'end' if x > 0.6 * WIDTH else 'start'
        shift = -4 if side == 'end' else 4
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{base}"/>'
            f'<text x="{x + shift:.1f}" y="{14 + 14 * (level % 3)}" text-anchor="{side}">'
            f'{name} {value:.3g}</text>'
        )
    parts += _axes(top, unit, int(counts.max()), '')
    return _svg(parts, 'histogram')


def reliability_curve(curve: Reliability) -> str:
    """Return accuracy over confidence, with the diagonal of perfect calibration."""
    base, wide, tall = HEIGHT - BOTTOM, WIDTH - LEFT - 8, HEIGHT - BOTTOM - 16
    points = [
        (LEFT + wide * float(c), base - tall * float(a), int(n), float(c), float(a))
        for n, c, a in zip(curve.pixels, curve.confidence, curve.accuracy, strict=True)
        if n
    ]
    most = max((p[2] for p in points), default=1)
    path = ' '.join(f'{x:.1f},{y:.1f}' for x, y, *_ in points)
    parts = [
        f'<line class="ideal" x1="{LEFT}" y1="{base}" x2="{LEFT + wide}" y2="{base - tall}"/>',
        f'<polyline class="curve" points="{path}"/>',
        *(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{2 + 5 * (n / most) ** 0.5:.1f}">'
            f'<title>confidence {c:.2f}, accuracy {a:.2f}, {n} pixels</title></circle>'
            for x, y, n, c, a in points
        ),
        *_axes(1.0, 'confidence', 1, 'accuracy'),
    ]
    return _svg(parts, 'reliability')


def intervals(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """Return a line from low to high with a dot at its value for every (name, value, low, high).

    Values that do not exist (NaN) are left out, and so are lines without an interval.
    """
    known = [row for row in rows if not np.isnan(row[1])]
    ends = [end for row in known for end in row[1:] if not np.isnan(end)]
    reach = 1.05 * max((abs(end) for end in ends), default=0.0) or 1.0
    left, line = 0.42 * WIDTH, 22

    def at(value: float) -> float:
        return left + (WIDTH - 8 - left) * 0.5 * (1.0 + value / reach)

    base = line * len(known) + 8
    parts = [f'<line class="ideal" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="4" y2="{base}"/>']
    for i, (name, value, low, high) in enumerate(known):
        y, said = line * i + 16, html.escape(_short(name))
        if not np.isnan(low):
            parts.append(
                f'<line class="curve" x1="{at(low):.1f}" x2="{at(high):.1f}" y1="{y}" y2="{y}"/>'
            )
        parts.append(
            f'<circle class="dot" cx="{at(value):.1f}" cy="{y}" r="4">'
            f'<title>{html.escape(name)}: {value:+.4f}</title></circle>'
            f'<text x="{left - 8:.0f}" y="{y + 4}" text-anchor="end">{said}</text>'
        )
    parts += [
        f'<text x="{at(end):.0f}" y="{base + 16}" text-anchor="{side}">{end:+.3g}</text>'
        for end, side in ((-reach, 'start'), (0.0, 'middle'), (reach, 'end'))
    ]
    return _svg(parts, 'differences', base + 22)


def _short(name: str, most: int = 38) -> str:
    return name if len(name) <= most else f'{name[: most - 1]}…'


def _axes(right: float, unit: str, top: int, left: str) -> list[str]:
    base = HEIGHT - BOTTOM
    ticks = [
        f'<text x="{LEFT + (WIDTH - LEFT - 8) * share:.0f}" y="{base + 16}" '
        f'text-anchor="{"end" if share == 1 else "middle"}">{right * share:.3g}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    return [
        f'<path class="axis" d="M{LEFT} 8V{base}H{WIDTH}"/>',
        *ticks,
        f'<text x="{LEFT - 6}" y="20" text-anchor="end">{top}</text>',
        f'<text x="{LEFT - 6}" y="{base}" text-anchor="end">0</text>',
        f'<text x="{(WIDTH + LEFT) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">{unit}</text>',
        f'<text x="{LEFT + 6}" y="18">{left}</text>' if left else '',
    ]


def _svg(parts: list[str], name: str, height: int = HEIGHT) -> str:
    inside = ''.join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}" '
        f'xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    )
