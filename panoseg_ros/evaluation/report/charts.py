"""Charts as SVG, narrow enough for a phone; their colours come from the page's style sheet."""

import html
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.metrics.calibration import Reliability

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM = 440, 240, 40, 18, 40
LINE = 16  # of text
MOST_LETTERS = 36  # of a name that stands in a line with a number


def histogram(values: Sequence[float], unit: str, marks: dict[str, float]) -> str:
    """Return how often values occur, with named vertical lines; empty without values.

    Args:
        values: finite, 0 or more.
        unit: what the values are.
        marks: names and places of lines.
    """
    numbers = np.asarray(values, np.float64)
    if not numbers.size:
        return ''
    ticks = _ticks(float(numbers.max()))
    bins = min(40, max(8, len(numbers) // 4))
    counts, edges = np.histogram(numbers, bins=bins, range=(0.0, ticks[-1]))
    most, base, head = int(counts.max()), HEIGHT - BOTTOM, LINE * len(marks) + 8
    places = _across(edges, ticks[-1])
    parts = []
    for n, low, high, x, end in zip(counts, edges, edges[1:], places, places[1:], strict=False):
        tall = (base - head) * n / most
        said = f'{_text(low)} to {_text(high)} {unit}: {n}'
        parts.append(
            f'<rect class="bar" x="{x:.1f}" y="{base - tall:.1f}" width="{end - x - 1:.1f}" '
            f'height="{tall:.1f}"><title>{said}</title></rect>'
        )
    for level, (name, value) in enumerate(marks.items(), start=1):
        x = float(_across(np.array(value), ticks[-1]))
        shift, side = (-5, 'end') if x > 0.6 * WIDTH else (5, 'start')
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{LINE * (level - 1) + 2}" '
            f'y2="{base}"/><text x="{x + shift:.1f}" y="{LINE * level - 2}" '
            f'text-anchor="{side}">{name} {_text(value)}</text>'
        )
    return _svg([*parts, *_axes(ticks, unit, head, most)], 'histogram')


def reliability_curve(curve: Reliability) -> str:
    """Return accuracy over confidence, with the diagonal of perfect calibration."""
    base, head = HEIGHT - BOTTOM, LINE + 8
    used = curve.pixels > 0
    xs = _across(curve.confidence[used], 1.0)
    ys = base - (base - head) * curve.accuracy[used]
    sizes = 2.0 + 5.0 * np.sqrt(curve.pixels[used] / curve.pixels.max())
    path = ' '.join(f'{x:.1f},{y:.1f}' for x, y in zip(xs, ys, strict=True))
    numbers = (curve.confidence[used], curve.accuracy[used], curve.pixels[used])
    dots = [
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}">'
        f'<title>confidence {c:.2f}, accuracy {a:.2f}, {n} pixels</title></circle>'
        for x, y, r, c, a, n in zip(xs, ys, sizes, *numbers, strict=True)
    ]
    parts = [
        f'<line class="ideal" x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{head}"/>',
        f'<polyline class="curve" points="{path}"/>',
        *dots,
        *_axes([0.0, 0.25, 0.5, 0.75, 1.0], 'confidence', head, 1),
        f'<text x="{LEFT - 6}" y="{LINE - 4}">accuracy</text>',
    ]
    return _svg(parts, 'reliability')


def intervals(rows: Sequence[tuple[str, float, float, float]]) -> str:
    """Return a line from low to high with a dot at its value for every (name, value, low, high).

    Values that do not exist (NaN) are left out, and so are lines without an interval.
    """
    known = [row for row in rows if not math.isnan(row[1])]
    ends = [abs(end) for row in known for end in row[1:] if not math.isnan(end)]
    reach, half, line = 1.05 * max(ends, default=0.0) or 1.0, WIDTH / 2 - RIGHT, 2 * LINE
    base = line * len(known) + 8
    middle = WIDTH / 2
    parts = [f'<line class="ideal" x1="{middle}" x2="{middle}" y1="4" y2="{base}"/>']
    for place, (name, value, low, high) in enumerate(known):
        y, x = line * place + 24, middle + half * value / reach
        short = name if len(name) <= MOST_LETTERS else f'{name[: MOST_LETTERS - 1]}…'
        said = html.escape(f'{short}: {value:+.4f}')
        parts.append(f'<text x="{RIGHT}" y="{y - 9}">{said}</text>')
        if not math.isnan(low):
            x1, x2 = (middle + half * end / reach for end in (low, high))
            parts.append(f'<line class="curve" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y}" r="4"/>')
    for end, side in ((-reach, 'start'), (0.0, 'middle'), (reach, 'end')):
        x = middle + half * end / reach
        parts.append(f'<text x="{x:.0f}" y="{base + LINE}" text-anchor="{side}">{end:+.2g}</text>')
    return _svg(parts, 'differences', base + LINE + 6)


def _ticks(top: float) -> list[float]:
    """Return 4 to 8 round numbers from 0 to the first one that is not below the top."""
    top = max(top, 1e-3)
    power = 10.0 ** math.floor(math.log10(top / 4.0))
    step = next(power * times for times in (1, 2, 5, 10) if top <= 6 * power * times)
    return [step * count for count in range(math.ceil(top / step - 1e-9) + 1)]


def _across(values: NDArray[np.float64], top: float) -> NDArray[np.float64]:
    """Return the horizontal places of values from 0 to a top; higher ones lie there, too."""
    return np.asarray(LEFT + (WIDTH - LEFT - RIGHT) * np.minimum(values / top, 1.0))


def _text(value: float) -> str:
    return f'{value:.0f}' if abs(value) >= 100 else f'{value:.3g}'


def _axes(ticks: Sequence[float], unit: str, head: int, most: int) -> list[str]:
    base = HEIGHT - BOTTOM
    places = _across(np.array(ticks), ticks[-1])
    return [
        f'<path class="axis" d="M{LEFT} {head}V{base}H{WIDTH - RIGHT}"/>',
        *(
            f'<text x="{x:.0f}" y="{base + LINE}" text-anchor="middle">{_text(tick)}</text>'
            for x, tick in zip(places, ticks, strict=True)
        ),
        f'<text x="{LEFT - 6}" y="{head + 10}" text-anchor="end">{most}</text>',
        f'<text x="{LEFT - 6}" y="{base}" text-anchor="end">0</text>',
        f'<text x="{(WIDTH + LEFT) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">{unit}</text>',
    ]


def _svg(parts: list[str], name: str, height: int = HEIGHT) -> str:
    inside = ''.join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}" '
        f'xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    )
