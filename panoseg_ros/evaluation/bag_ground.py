"""Costmaps in a bag against the true ground maps of `panoseg render drive`, stamp by stamp."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bags import BagReader, GridMessage, ImageMessage, OdometryMessage
from panoseg_ros.errors import DatasetError
from panoseg_ros.geometry import rotation_from_quaternion
from panoseg_ros.metrics.ground_maps import GroundCounts, TrueGround, footprint_m, ground_counts

GROUND, COSTMAP = '/truth/ground', '/costmap/combined'
GRIDS, IMAGES = ('surface', 'seen', 'obstacle', 'face'), ('instance', 'width')
LAYERS = (*GRIDS, *IMAGES)


class Pose(NamedTuple):
    """Where the robot's frame lies in another: x and y in metres, yaw in radians."""

    frame_id: str = ''
    child_frame_id: str = ''
    xy_yaw: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def place(self, frame_id: str, odom_topic: str) -> tuple[float, float, float]:
        """Return the robot's place in a costmap's frame.

        Raises:
            DatasetError: if the odometry knows no such frame.
        """
        if not odom_topic or frame_id == self.child_frame_id:
            return 0.0, 0.0, 0.0
        if frame_id != self.frame_id:
            raise DatasetError(
                f'{odom_topic} places {self.child_frame_id} in {self.frame_id}, '
                f'but the costmaps are in {frame_id}'
            )
        return self.xy_yaw


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
    for stamp_ns, layers, pose in _truths(truth, odom_topic):
        while current is not None and current.stamp_ns < stamp_ns:
            current = next(costmaps, None)
        if current is not None and current.stamp_ns == stamp_ns:
            surface = layers['surface']
            true = _true_ground(layers, camera_height_m, np.pi / rows)
            costs = _resampled(current, surface, pose.place(current.frame_id, odom_topic))
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
        if topic not in bag.topics:
            raise DatasetError(f'{path}: has no topic {topic}, it has {", ".join(bag.topics)}')
        for record in bag.messages([topic]):
            if not isinstance(record.message, GridMessage):
                raise DatasetError(f'{path}: {topic} holds no OccupancyGrid')
            yield record.message


def _truths(path: Path, odom_topic: str) -> Iterator[tuple[int, dict[str, Any], Pose]]:
    """Yield stamp, layers and the pose of the robot."""
    topics = {f'{GROUND}/{name}': name for name in LAYERS}
    with BagReader(path) as bag:
        for topic in (*topics, *([odom_topic] if odom_topic else [])):
            if topic not in bag.topics:
                raise DatasetError(f'{path}: has no topic {topic}')
        poses: dict[int, Pose] = {}
        layers: dict[str, Any] = {}
        for record in bag.messages([*topics, *([odom_topic] if odom_topic else [])]):
            message = record.message
            if isinstance(message, OdometryMessage):
                poses[message.stamp_ns] = _planar(message, path)
            elif isinstance(message, GridMessage | ImageMessage):
                if layers and next(iter(layers.values())).stamp_ns != message.stamp_ns:
                    layers = {}
                layers[topics[record.topic]] = message
            if len(layers) == len(LAYERS):
                stamp_ns = layers['surface'].stamp_ns
                _check_layers(layers, path)
                if not odom_topic or stamp_ns in poses:
                    yield stamp_ns, layers, poses.get(stamp_ns, Pose())
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


def _planar(message: OdometryMessage, path: Path) -> Pose:
    try:
        rotation = rotation_from_quaternion(message.orientation)
    except ValueError as err:
        raise DatasetError(f'{path}: odometry: {err}') from err
    yaw = float(np.arctan2(rotation[1, 0], rotation[0, 0]))
    place = (message.position_m[0], message.position_m[1], yaw)
    return Pose(message.frame_id, message.child_frame_id, place)


def _centres(grid: GridMessage) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y (N, N) of the cells' centres."""
    y, x = np.indices(grid.cells.shape)
    return (
        grid.origin_m[0] + (x + 0.5) * grid.resolution_m,
        grid.origin_m[1] + (y + 0.5) * grid.resolution_m,
    )


def _true_ground(layers: dict[str, Any], height_m: float, pixel_rad: float) -> TrueGround:
    known = layers['surface'].cells >= 0
    seen, obstacle = layers['seen'].cells == 100, layers['obstacle'].cells >= 0
    wide = layers['width'].image.reshape(known.shape) >= 2.0 * pixel_rad
    x, y = _centres(layers['surface'])
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


def _resampled(
    costmap: GridMessage, wanted: GridMessage, pose: tuple[float, float, float]
) -> NDArray[np.int8]:
    """Return the costs of the cells in which the centres of the wanted grid lie, else -1."""
    x, y = _centres(wanted)
    cos, sin = np.cos(pose[2]), np.sin(pose[2])
    map_x, map_y = pose[0] + cos * x - sin * y, pose[1] + sin * x + cos * y
    column = np.floor((map_x - costmap.origin_m[0]) / costmap.resolution_m).astype(np.int64)
    row = np.floor((map_y - costmap.origin_m[1]) / costmap.resolution_m).astype(np.int64)
    rows, columns = costmap.cells.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    picked = costmap.cells[row.clip(0, rows - 1), column.clip(0, columns - 1)]
    return np.where(inside, picked, -1).astype(np.int8)
