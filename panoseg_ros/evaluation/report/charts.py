"""Charts as SVG; their colours come from the style sheet of the page."""

from collections.abc import Sequence

import numpy as np

from panoseg_ros.metrics.calibration import Reliability

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 240, 44, 34
LOWEST_ECE_PIXELS = 1


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
        f'<title>{edges[i]:.1f} to {edges[i + 1]:.1f} {unit}: {n}</title></rect>'
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
            f'{name} {value:.1f}</text>'
        )
    parts += _axes(top, unit, int(counts.max()), '')
    return _svg(parts, 'histogram')


def reliability_curve(curve: Reliability) -> str:
    """Return accuracy over confidence, with the diagonal of perfect calibration."""
    base, wide, tall = HEIGHT - BOTTOM, WIDTH - LEFT - 8, HEIGHT - BOTTOM - 16
    points = [
        (LEFT + wide * float(c), base - tall * float(a), int(n), float(c), float(a))
        for n, c, a in zip(curve.pixels, curve.confidence, curve.accuracy, strict=True)
        if n >= LOWEST_ECE_PIXELS
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


def _svg(parts: list[str], name: str) -> str:
    inside = ''.join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}" '
        f'xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    )
