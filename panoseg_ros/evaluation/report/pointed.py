"""The page of a bundle on points that people marked in photographs."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.environment import environment
from panoseg_ros.evaluation.pair_report import number
from panoseg_ros.evaluation.pictures import colorize, fit, to_jpeg, to_png
from panoseg_ros.evaluation.point_report import (
    RULE,
    STATED_PRIOR,
    caption,
    figure_rows,
    image_rows,
)
from panoseg_ros.evaluation.points import PointRun, Scored
from panoseg_ros.evaluation.report.page import Facts, Figure, Page, Section, Shot, SortedTable
from panoseg_ros.evaluation.report.shots import WRONG, legend_of, pick, pictures_of
from panoseg_ros.labels import load_label_set

SHOWN_PX = 640
FOUND = (90, 225, 150)
COLORS = 'Green points are right as a group, orange ones wrong; placed points are shown, too.'
FIGURES = ('figure', 'points', 'images', 'share', 'low', 'high', 'prior', 'chance')
PHOTOGRAPHS = ('photograph', 'place', 'kind', 'points', 'group', 'class', 'prior', 'how')


def page_of_points(run: PointRun) -> Page:
    """Return the page of a run; photographs are shown where their views were kept."""
    rows = figure_rows(run)
    figures = [
        Figure(row.name, f'{row.value:.3f}', _span(row.low, row.high))
        for row in rows[:4]
        if not math.isnan(row.value)
    ]
    table = [(*row[:3], *map(number, row[3:])) for row in rows]
    photographs = [(*row[:4], *map(number, row[4:7]), row.how) for row in image_rows(run)]
    sections: list[Section] = [
        SortedTable('Figures', FIGURES, table),
        SortedTable('Photographs', PHOTOGRAPHS, photographs),
        *_shots(run),
    ]
    if run.left_out:
        sections.append(SortedTable('Left out', ('photograph', 'why'), [*run.left_out.items()]))
    sections.append(Facts('Environment', {**run.facts, **environment()}))
    subtitle = 'points that people marked; random ones unless said otherwise'
    return Page(caption(run), subtitle, figures, sections, f'{RULE} Prior: {STATED_PRIOR}.')


def _span(low: float, high: float) -> str:
    return '' if math.isnan(low) else f'{low:.3f} to {high:.3f}'


def _shots(run: PointRun) -> list[Section]:
    rows = [row for row in image_rows(run) if row.image in run.views]
    worst, typical = pick(np.array([row.group for row in rows]))

    def shot(index: int) -> Shot:
        row = rows[index]
        caption = f'{row.image}: {row.group:.2f} of {row.points} points'
        return Shot(caption, _pictures(run, row.image))

    sorts = (
        ('Worst photographs', 'The fewest points found right as a group.', worst),
        ('Typical photographs', 'Next to the median photograph.', typical),
    )
    classes = load_label_set(run.facts['label set']).classes
    return pictures_of(sorts, shot, COLORS, legend_of(classes))


def _pictures(run: PointRun, image: str) -> list[tuple[str, bytes]]:
    panorama, labels = run.views[image]
    points = [entry for entry in run.scored if entry.image == image]
    mask = colorize(labels, load_label_set(run.facts['label set']))
    return [
        ('input', to_jpeg(_marked(panorama, points))),
        ('mask', to_png(_marked(mask, points))),
    ]


def _marked(picture: NDArray[np.uint8], points: list[Scored]) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) at the width of the page with its points."""
    scale = SHOWN_PX / picture.shape[1]
    shown = fit(picture, width=SHOWN_PX)
    for entry in points:
        if entry.at_px is not None:
            place = (round(entry.at_px[0] * scale), round(entry.at_px[1] * scale))
            cv2.circle(shown, place, 6, (20, 20, 20), cv2.FILLED, cv2.LINE_AA)
            color = FOUND if entry.group_right else WRONG
            cv2.circle(shown, place, 4, color, cv2.FILLED, cv2.LINE_AA)
    return shown
