"""Costmaps in a bag against the true ground maps of `panoseg render drive`, stamp by stamp."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from panoseg_ros.bags import BagReader, GridMessage, ImageMessage
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.bag_maps import COSTMAP, centres_m, picked
from panoseg_ros.evaluation.bag_poses import Pose, Poses, check_topic, read_poses
from panoseg_ros.metrics.ground_maps import GroundCounts, TrueGround, footprint_m, ground_counts

GROUND = '/truth/ground'
GRIDS, IMAGES = ('surface', 'seen', 'obstacle', 'face'), ('instance', 'width')
LAYERS = (*GRIDS, *IMAGES)


def count_ground(
    prediction: Path,
    truth: Path,
    camera_height_m: float,
    rows: int,
    *,
    costmap_topic: str = COSTMAP,
    odom_topic: str = '',
    within_m: float = 20.0,
) -> list[GroundCounts]:
    """Return what is counted at every stamp that both bags have.

    Args:
        prediction: bag with the costmaps.
        truth: bag with the true ground maps.
        camera_height_m: of the camera above the ground, over the origin of the robot.
        rows: of a panorama from zenith to nadir: what one pixel shows is the tolerance.
        costmap_topic: of the costmaps.
        odom_topic: Odometry in the bag of the truth that places the robot in the frame of the
            costmaps, unless that is the robot's own; empty: it is.
        within_m: cells farther away do not count.

    Raises:
        BagError: if a bag cannot be opened.
        DatasetError: if a topic is missing or no stamp is in both bags.
    """
    if camera_height_m <= 0.0 or rows < 4:
        raise DatasetError(
            f'camera_height_m must be above 0 and rows 4 or more, got {camera_height_m} and {rows}'
        )
    counts = []
    costmaps = _costmaps(prediction, costmap_topic)
    current = next(costmaps, None)
    poses = read_poses(truth, odom_topic) if odom_topic else None
    placed = None if poses is None else set(poses.stamps_ns.tolist())
    for stamp_ns, layers in _truths(truth):
        if placed is not None and stamp_ns not in placed:
            continue
        while current is not None and current.stamp_ns < stamp_ns:
            current = next(costmaps, None)
        if current is not None and current.stamp_ns == stamp_ns:
            surface = layers['surface']
            true = _true_ground(layers, camera_height_m, np.pi / rows)
            costs = picked(current, surface, _robot(current, poses, odom_topic))
            counts.append(ground_counts(costs, true, surface.resolution_m, within_m))
    if not counts:
        raise DatasetError(
            f'{prediction}: no stamp of {costmap_topic} is one of {GROUND}/surface in {truth}'
        )
    return counts


def pooled_ground(counts: list[GroundCounts]) -> GroundCounts:
    """Return the sums of counts."""
    return GroundCounts._make(int(value) for value in np.sum(counts, axis=0))


def _costmaps(path: Path, topic: str) -> Iterator[GridMessage]:
    with BagReader(path) as bag:
        check_topic(bag, path, topic)
        for record in bag.messages([topic]):
            if not isinstance(record.message, GridMessage):
                raise DatasetError(f'{path}: {topic} holds no OccupancyGrid')
            yield record.message


def _robot(costmap: GridMessage, poses: Poses | None, odom_topic: str) -> Pose | None:
    """Return the robot in the frame of a costmap, None where that is the robot's own.

    Raises:
        DatasetError: if the odometry knows no such frame.
    """
    if poses is None or costmap.frame_id == poses.child_frame_id:
        return None
    if costmap.frame_id != poses.frame_id:
        raise DatasetError(
            f'{odom_topic} places {poses.child_frame_id} in {poses.frame_id}, '
            f'but the costmaps are in {costmap.frame_id}'
        )
    return poses.at(costmap.stamp_ns)


def _truths(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield stamp and layers."""
    topics = {f'{GROUND}/{name}': name for name in LAYERS}
    with BagReader(path) as bag:
        for topic in topics:
            check_topic(bag, path, topic)
        layers: dict[str, Any] = {}
        for record in bag.messages(list(topics)):
            message = record.message
            if isinstance(message, GridMessage | ImageMessage):
                if layers and next(iter(layers.values())).stamp_ns != message.stamp_ns:
                    layers = {}
                layers[topics[record.topic]] = message
            if len(layers) == len(LAYERS):
                _check_layers(layers, path)
                yield layers['surface'].stamp_ns, layers
                layers = {}


def _check_layers(layers: dict[str, Any], path: Path) -> None:
    """Refuse layers of other types or sizes than `panoseg render drive` writes."""
    for name, message in layers.items():
        kind = GridMessage if name in GRIDS else ImageMessage
        if not isinstance(message, kind):
            raise DatasetError(f'{path}: {GROUND}/{name} holds no {kind.__name__[:-7]}')
    cells = layers['surface'].cells.shape
    for name in LAYERS:
        values = layers[name].cells if name in GRIDS else layers[name].image
        if values.shape[:2] != cells or values.size != cells[0] * cells[1]:
            raise DatasetError(
                f'{path}: {GROUND}/{name} has the shape {values.shape}, the surface has {cells}'
            )


def _true_ground(layers: dict[str, Any], height_m: float, pixel_rad: float) -> TrueGround:
    known = layers['surface'].cells >= 0
    seen, obstacle = layers['seen'].cells == 100, layers['obstacle'].cells >= 0
    wide = layers['width'].image.reshape(known.shape) >= 2.0 * pixel_rad
    x, y = centres_m(layers['surface'])
    away = np.hypot(x, y)
    return TrueGround(
        known & seen & ~obstacle,
        known & ~seen,
        (layers['face'].cells == 100) & wide,
        obstacle,
        layers['instance'].image.reshape(known.shape).astype(np.int32),
        away,
        footprint_m(away, height_m, pixel_rad),
    )
