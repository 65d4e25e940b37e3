"""Costmaps of a report: what was found, the truth and the error, seen from above."""

from collections.abc import Sequence

import numpy as np

from panoseg_ros.evaluation.bag_maps import Maps
from panoseg_ros.evaluation.pictures import draw_cells, draw_costs, to_png
from panoseg_ros.evaluation.report.shots import RIGHT, UNKNOWN, WRONG
from panoseg_ros.labels import LETHAL

SIZE_PX = 360
ROBOT = (0.0, 0.0, 0.0)  # the grids are in its frame


def pictures_of_maps(maps: Maps) -> Sequence[tuple[str, bytes]]:
    """Return named png files: costmap, truth and error, x up."""
    error = np.full((*maps.costs.shape, 3), UNKNOWN, np.uint8)
    both = (maps.costs >= 0) & (maps.truth >= 0)
    agree = (maps.costs >= LETHAL) == (maps.truth >= LETHAL)
    error[both & agree], error[both & ~agree] = RIGHT, WRONG
    size = (maps.resolution_m, maps.origin_xy_m, ROBOT, SIZE_PX)
    return [
        (f'costmap from above ({maps.frame_id})', to_png(draw_costs(maps.costs, *size))),
        ('truth: what the camera sees', to_png(draw_costs(maps.truth, *size))),
        ('error, cell by cell', to_png(draw_cells(error, *size))),
    ]
