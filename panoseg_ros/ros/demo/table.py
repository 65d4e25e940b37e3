"""How the demo shows its figures: a table on a terminal, plain lines elsewhere."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from panoseg_ros.errors import RosError
from panoseg_ros.ros.demo.statistics import Figures

ROWS = (
    ('input_hz', 'images from the camera', '{:.1f} per second'),
    ('output_hz', 'costmaps', '{:.1f} per second'),
    ('latency_p50_ms', 'image to costmap, p50', '{:.0f} ms'),
    ('latency_p95_ms', 'image to costmap, p95', '{:.0f} ms'),
    ('latency_p99_ms', 'image to costmap, p99', '{:.0f} ms'),
    ('longest_gap_ms', 'longest gap between costmaps', '{:.0f} ms'),
    ('lost_percent', 'lost: never arrived', '{:.1f} %'),
    ('skipped_percent', 'skipped: superseded by a newer image', '{:.1f} %'),
)


def table(figures: Figures, title: str, cores: Mapping[str, float] | None = None) -> Table:
    """Return the figures as a table; `cores` is the share of a core that a process takes."""
    sheet = Table(title=title, title_justify='left', show_header=False)
    sheet.add_column()
    sheet.add_column(justify='right')
    for name, words, form in ROWS:
        sheet.add_row(words, shown(getattr(figures, name), form))
    for name, share in (cores or {}).items():
        sheet.add_row(f'CPU of the {name}', f'{100.0 * share:.0f} % of a core')
    return sheet


def line(figures: Figures, title: str) -> str:
    """Return the figures in one plain line."""
    forms = (
        ('in', 'input_hz', '{:.1f} Hz'),
        ('out', 'output_hz', '{:.1f} Hz'),
        ('p50', 'latency_p50_ms', '{:.0f}'),
        ('p95', 'latency_p95_ms', '{:.0f}'),
        ('p99', 'latency_p99_ms', '{:.0f} ms'),
        ('gap', 'longest_gap_ms', '{:.0f} ms'),
        ('lost', 'lost_percent', '{:.1f} %'),
        ('skipped', 'skipped_percent', '{:.1f} %'),
    )
    values = [f'{word} {shown(getattr(figures, name), form)}' for word, name, form in forms]
    return f'{title}: {"  ".join(values)}'


def shown(value: float, form: str) -> str:
    """Return a formatted value, a dash where there is none."""
    return '-' if math.isnan(value) else form.format(value)


def save_summary(
    path: Path, figures: Figures, cores: Mapping[str, float], node: Mapping[str, Any]
) -> None:
    """Write figures, CPU shares (1.0 is a core) and the node's own report as JSON.

    Raises:
        RosError: if the file cannot be written.
    """
    values = {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(figures).items()
    }
    summary = {**values, 'cores': dict(cores), 'node': dict(node)}
    try:
        path.write_text(json.dumps(summary, indent=2) + '\n', encoding='utf-8')
    except OSError as err:
        raise RosError(f'{path}: cannot be written: {err.strerror}') from err
