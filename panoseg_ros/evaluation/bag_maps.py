"""Costmaps in a bag beside the true ground of the same stamps, for the eye.

Convention: grids are those of the truth, (N, N) int8 indexed [y, x] in the robot's frame, -1
unknown, 0 free, 100 an obstacle; see `bag_ground` for figures.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bags import BagReader, GridMessage
from panoseg_ros.evaluation.bag_poses import Pose, Poses, read_poses
from panoseg_ros.labels import LETHAL

COSTMAP = '/costmap/combined'
SPREAD = 6
TRUE_LAYERS = tuple(f'/truth/ground/{name}' for name in ('surface', 'seen', 'obstacle', 'face'))


class Maps(NamedTuple):
    """One stamp: the costs of the cells of the true grid, and what a perfect map would say.

    The true map is free where the camera sees ground without an obstacle, holds an obstacle
    where it sees the face of one, and is unknown everywhere else. `frame_id` is that in which
    the costmap was published.
    """

    costs: NDArray[np.int8]
    truth: NDArray[np.int8]
    resolution_m: float
    origin_xy_m: tuple[float, float]
    frame_id: str


def maps_at(
    prediction: Path,
    truth: Path,
    stamps_ns: Collection[int],
    odom_topic: str = '',
    costmap_topic: str = COSTMAP,
) -> dict[int, Maps]:
    """Return the maps of some stamps, as far as both bags have them.

    Args:
        prediction: bag with the costmaps.
        truth: bag with `TRUE_LAYERS`, as `panoseg render drive` writes it.
        stamps_ns: which stamps.
        odom_topic: Odometry in the bag of the truth. Costmaps in its frame are moved to the
            robot's; all others are taken to be in the robot's.
        costmap_topic: of the costmaps.

    Raises:
        BagError: if a bag cannot be opened.
        DatasetError: if there is no such odometry.
    """
    costmaps = _grids(prediction, (costmap_topic,), stamps_ns)
    true = _grids(truth, TRUE_LAYERS, stamps_ns)
    poses = read_poses(truth, odom_topic) if odom_topic and costmaps and true else None
    return {
        stamp: _maps(costmaps[stamp][costmap_topic], layers, poses)
        for stamp, layers in true.items()
        if stamp in costmaps and len(layers) == len(TRUE_LAYERS)
    }


def spread_maps(
    prediction: Path, truth: Path, costmap_topic: str = COSTMAP, odom_topic: str = ''
) -> dict[int, Maps]:
    """Return at most `SPREAD` maps, evenly spread over the stamps that both bags have.

    See `maps_at` for the arguments and what is raised.
    """
    common = sorted(_stamps(prediction, costmap_topic) & _stamps(truth, TRUE_LAYERS[0]))
    chosen = {
        common[i * (len(common) - 1) // (SPREAD - 1)] for i in range(SPREAD if common else 0)
    }
    return maps_at(prediction, truth, chosen, odom_topic, costmap_topic)


def _stamps(path: Path, topic: str) -> set[int]:
    with BagReader(path) as bag:
        records = bag.messages([topic]) if topic in bag.topics else ()
        return {record.message.stamp_ns for record in records}


def _grids(
    path: Path, topics: Collection[str], stamps_ns: Collection[int]
) -> dict[int, dict[str, GridMessage]]:
    """Return stamp to topic to grid."""
    found: dict[int, dict[str, GridMessage]] = {}
    with BagReader(path) as bag:
        present = [topic for topic in topics if topic in bag.topics]
        for record in bag.messages(present) if present else ():
            grid = record.message
            if isinstance(grid, GridMessage) and grid.stamp_ns in stamps_ns:
                found.setdefault(grid.stamp_ns, {})[record.topic] = grid
    return found


def _maps(costmap: GridMessage, layers: Mapping[str, GridMessage], poses: Poses | None) -> Maps:
    robot = None
    if poses is not None and costmap.frame_id == poses.frame_id:
        robot = poses.at(costmap.stamp_ns)
    surface, seen, obstacle, face = (layers[topic].cells for topic in TRUE_LAYERS)
    truth = np.full(surface.shape, -1, np.int8)
    truth[(surface >= 0) & (seen == 100) & (obstacle < 0)] = 0
    truth[face == 100] = LETHAL
    grid = layers[TRUE_LAYERS[0]]
    origin = (grid.origin_m[0], grid.origin_m[1])
    costs = picked(costmap, grid, robot)
    return Maps(costs, truth, grid.resolution_m, origin, costmap.frame_id)


def picked(costmap: GridMessage, wanted: GridMessage, robot: Pose | None) -> NDArray[np.int8]:
    """Return the costs where the centres of the wanted cells lie, -1 beyond the costmap.

    Args:
        costmap: the costs.
        wanted: a grid in the robot's frame.
        robot: the robot in the frame of the costmap; None: it is the robot's own.
    """
    x, y = centres_m(wanted)
    if robot is not None:
        yaw = np.arctan2(robot.rotation[1, 0], robot.rotation[0, 0])
        cos, sin = np.cos(yaw), np.sin(yaw)
        x, y = (
            robot.position_m[0] + cos * x - sin * y,
            robot.position_m[1] + sin * x + cos * y,
        )
    column = np.floor((x - costmap.origin_m[0]) / costmap.resolution_m).astype(np.int64)
    row = np.floor((y - costmap.origin_m[1]) / costmap.resolution_m).astype(np.int64)
    rows, columns = costmap.cells.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    costs = costmap.cells[row.clip(0, rows - 1), column.clip(0, columns - 1)]
    return np.where(inside, costs, -1).astype(np.int8)


def centres_m(grid: GridMessage) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y (N, N) of the cells' centres, in the frame of the grid."""
    y, x = np.indices(grid.cells.shape)
    return (
        grid.origin_m[0] + (x + 0.5) * grid.resolution_m,
        grid.origin_m[1] + (y + 0.5) * grid.resolution_m,
    )
