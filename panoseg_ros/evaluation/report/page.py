"""What a report consists of, and the HTML that shows it."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

Cell = str | float | int | None


class Figure(NamedTuple):
    """A number that sums a run up, with a note such as its interval."""

    name: str
    value: str
    note: str = ''


class SortedTable(NamedTuple):
    """A table that a click on a heading sorts; None is shown as a dash and sorted last."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    kind: str = 'table'

    @property
    def numeric(self) -> list[bool]:
        """Return which columns hold numbers."""
        return [
            any(isinstance(row[index], int | float) for row in self.rows)
            for index in range(len(self.headings))
        ]


class Matrix(NamedTuple):
    """A confusion matrix of counts (C, C) [truth, prediction] with names (C)."""

    title: str
    names: Sequence[str]
    counts: NDArray[np.int64]
    kind: str = 'matrix'

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of classes that occur: shares of their true pixels, in percent."""
        total = self.counts.sum(1)
        shares = 100.0 * self.counts / np.maximum(total, 1)[:, None]
        return [
            {'name': self.names[i], 'cells': shares[i].round(1).tolist(), 'own': i}
            for i in range(len(self.names))
            if total[i]
        ]


class Shot(NamedTuple):
    """One frame: a caption and pictures with captions, encoded as jpeg or png files.

    `maps` are shown in a row of their own: they are square, the others wide.
    """

    caption: str
    pictures: Sequence[tuple[str, bytes]]
    maps: Sequence[tuple[str, bytes]] = ()


class Pictures(NamedTuple):
    """Frames, each with its pictures side by side, and names with colours as CSS knows them."""

    title: str
    note: str
    shots: Sequence[Shot]
    legend: Sequence[tuple[str, str]] = ()
    kind: str = 'pictures'


class Chart(NamedTuple):
    """A drawing as SVG that takes its colours from the page."""

    title: str
    note: str
    svg: str
    kind: str = 'chart'


class Facts(NamedTuple):
    """Names and values, such as the environment."""

    title: str
    values: dict[str, Any]
    kind: str = 'facts'


Section = SortedTable | Matrix | Pictures | Chart | Facts


class Page(NamedTuple):
    """A report."""

    title: str
    subtitle: str
    figures: Sequence[Figure]
    sections: Sequence[Section]
    rules: str = ''


def render(page: Page) -> str:
    """Return the page as one HTML document without any reference to elsewhere."""
    environment = Environment(
        loader=PackageLoader('panoseg_ros.evaluation.report', 'assets'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(uri=data_uri, shown=shown, anchor=anchor)
    return environment.get_template('page.html.j2').render(page=page)


def write_page(page: Page, path: Path) -> Path:
    """Write the page as one file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(page), encoding='utf-8')
    return path


def data_uri(picture: bytes) -> str:
    """Return a jpeg or png file as a URI that holds it."""
    kind = 'png' if picture.startswith(b'\x89PNG') else 'jpeg'
    return f'data:image/{kind};base64,{base64.b64encode(picture).decode()}'


def shown(value: Any) -> str:
    """Return a cell as a person reads it."""
    if value is None:
        return '–'
    if isinstance(value, float):
        return f'{value:.3f}' if abs(value) < 100 else f'{value:.1f}'
    if isinstance(value, int) and not isinstance(value, bool):
        return f'{value:,}'.replace(',', '\u202f')
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def anchor(title: str) -> str:
    """Return a name for links within the page."""
    return ''.join(c if c.isalnum() else '-' for c in title.lower())
