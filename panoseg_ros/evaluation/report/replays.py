"""The page of a replay, from its metrics.json and the pictures beside it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from panoseg_ros.datasets.reading import read_image, read_json
from panoseg_ros.errors import DatasetError, MetricsError
from panoseg_ros.evaluation.pictures import draw_costs, fit, to_jpeg, to_png
from panoseg_ros.evaluation.report.charts import histogram
from panoseg_ros.evaluation.report.page import (
    Chart,
    Facts,
    Figure,
    Page,
    Section,
    Shot,
    SortedTable,
)
from panoseg_ros.evaluation.report.shots import MAPS, pick, pictures_of
from panoseg_ros.metrics.latency import Latency, latency

SHOWN_PX = 640
COSTMAP = '/costmap/combined'


def page_of_replay(path: Path) -> Page:
    """Return the page of a replay.

    Args:
        path: metrics.json; pictures lie in the folder `overlays` beside it, costmaps in a bag.

    Raises:
        DatasetError: if the file cannot be read or is no such file.
    """
    return _read(path, lambda metrics: _page(metrics, path.parent))


def times_of_replay(path: Path) -> tuple[list[Figure], list[Section]]:
    """Return the figures of a replay and what shows its times: stages, histogram, faults.

    Args:
        path: metrics.json.

    Raises:
        DatasetError: if the file cannot be read or is no such file.
    """
    return _read(path, lambda metrics: _times(metrics)[:2])


Made = TypeVar('Made')


def _read(path: Path, make: Callable[[Mapping[str, Any]], Made]) -> Made:
    metrics = read_json(path)
    try:
        return make(metrics)
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        MetricsError,
    ) as err:
        raise DatasetError(f'{path}: is no metrics file of a replay: {err!r}') from err


def _times(
    metrics: Mapping[str, Any],
) -> tuple[list[Figure], list[Section], list[Mapping[str, Any]], list[float]]:
    """Return figures, sections, and the processed frames with their latencies in ms."""
    frames = metrics['frames']
    done = [frame for frame in frames if frame['timings_ms']]
    times = [_latency_ms(frame) for frame in done]
    dropped = sum(bool(frame['dropped']) for frame in frames)
    found = latency(times, dropped)
    sections: list[Section] = [SortedTable('Stages', HEADINGS, _stages(done))] if done else []
    if times:
        marks = {'p50': found.p50_ms, 'p95': found.p95_ms, 'p99': found.p99_ms}
        note = 'From the arrival of the pictures to the result.'
        sections.append(Chart('Latency', note, histogram(times, 'ms', marks)))
    faults = metrics['summary'].get('faults') or {}
    if faults:
        sections.append(SortedTable('Faults', ('fault', 'frames'), list(faults.items())))
    return _figures(found, metrics['summary']), sections, done, times


def _page(metrics: Mapping[str, Any], folder: Path) -> Page:
    figures, sections, done, times = _times(metrics)
    sections += _shots(folder, done, times)
    about = {key: metrics[key] for key in ('source', 'bundle', 'rig') if key in metrics}
    rest = {k: v for k, v in metrics['summary'].items() if isinstance(v, str | int | float)}
    sections.append(Facts('Environment', {**about, **rest, **metrics['environment']}))
    return Page('Replay', f'{metrics["bundle"]} on {metrics["source"]}', figures, sections)


HEADINGS = ('stage', 'frames', 'p50 ms', 'p90 ms', 'p95 ms', 'p99 ms', 'max ms')


def _latency_ms(frame: Mapping[str, Any]) -> float:
    given = frame.get('latency_ms')
    return float(sum(frame['timings_ms'].values()) if given is None else given)


def _stages(frames: Sequence[Mapping[str, Any]]) -> list[tuple[str | float | int, ...]]:
    names = list(dict.fromkeys(stage for frame in frames for stage in frame['timings_ms']))
    rows: list[tuple[str | float | int, ...]] = []
    for name in names:
        at = latency([f['timings_ms'][name] for f in frames if name in f['timings_ms']])
        shown_ms = (at.p50_ms, at.p90_ms, at.p95_ms, at.p99_ms, at.max_ms)
        rows.append((name, at.frames, *(round(ms, 2) for ms in shown_ms)))
    return rows


def _figures(found: Latency, summary: Mapping[str, Any]) -> list[Figure]:
    figures = [Figure('frames', str(found.frames + found.dropped), f'{found.frames} processed')]
    if found.frames:
        figures += [
            Figure('latency, median', f'{found.p50_ms:.1f} ms'),
            Figure('latency, 95 %', f'{found.p95_ms:.1f} ms', f'at most {found.max_ms:.1f} ms'),
        ]
    share = f'{100 * found.drop_share:.1f} %' if found.frames + found.dropped else ''
    figures.append(Figure('dropped', str(found.dropped), share))
    for name in ('frames_per_s', 'fps'):
        if isinstance(summary.get(name), int | float):
            figures.append(Figure('frames per second', f'{summary[name]:.1f}'))
    return figures


def _shots(
    folder: Path, frames: Sequence[Mapping[str, Any]], times: Sequence[float]
) -> list[Section]:
    """Return the slowest frames and those next to the median, where pictures lie beside."""
    slowest, typical = pick(-np.asarray(times))
    sorts = (
        ('Slowest frames', 'Those with the highest latency.', slowest),
        ('Typical frames', 'Those next to the median latency.', typical),
    )
    chosen = {int(frames[index]['stamp_ns']) for _, _, part in sorts for index in part}
    maps = _costmaps(folder, chosen)

    def shot(index: int) -> Shot:
        stamp = int(frames[index]['stamp_ns'])
        caption = f'{stamp}: {times[index]:.1f} ms'
        return Shot(caption, _pictures(folder, stamp), maps.get(stamp, ()))

    return pictures_of(sorts, shot, MAPS if maps else '')


def _pictures(folder: Path, stamp_ns: int) -> list[tuple[str, bytes]]:
    path = folder / 'overlays' / f'{stamp_ns}.jpg'
    if not path.is_file():
        return []
    picture = read_image(path)
    return [('overlay', to_jpeg(fit(picture, width=min(SHOWN_PX, picture.shape[1]))))]


def _costmaps(folder: Path, stamps: set[int]) -> dict[int, Sequence[tuple[str, bytes]]]:
    """Return the costmaps of some stamps from the bag beside the metrics, drawn from above."""
    paths = sorted(folder.glob('*.mcap'))
    if not paths:
        return {}
    from panoseg_ros.bags import BagReader, GridMessage

    found: dict[int, Sequence[tuple[str, bytes]]] = {}
    with BagReader(paths[0]) as bag:
        for record in bag.messages([COSTMAP] if COSTMAP in bag.topics else []):
            grid = record.message
            if isinstance(grid, GridMessage) and grid.stamp_ns in stamps:
                drawn = draw_costs(grid.cells, grid.resolution_m, grid.origin_m[:2], size_px=360)
                found[grid.stamp_ns] = [('costmap from above, x up', to_png(drawn))]
    return found
