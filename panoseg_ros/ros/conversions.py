"""Messages to arrays and back, free functions without a node.

Array fields are always filled with `array.array`: rclpy keeps or copies it whole, with
field checks on or off, while bytes, NumPy arrays and lists are checked per element and
take up to a second for a camera image.

cv_bridge is not used where it imports: up to Jazzy it knows no planar YUV, and it copies
pictures that are RGB already. A test holds both to the same arrays.
"""

import sys
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image, LaserScan, PointCloud2, PointField

from panoseg_ros.errors import RosError
from panoseg_ros.frames import GroundMap
from panoseg_ros.ground import POINT, GroundScan, GroundSight, pixel_cloud
from panoseg_ros.labels import LabelSet
from panoseg_ros.pictures.encodings import decode_compressed, decode_raw
from panoseg_ros.pictures.video import Picture
from panoseg_ros.streams.stamps import NS_PER_S

FIELD_KINDS = {'float32': PointField.FLOAT32, 'uint8': PointField.UINT8}
LEVELS = {
    'ok': DiagnosticStatus.OK,
    'warn': DiagnosticStatus.WARN,
    'error': DiagnosticStatus.ERROR,
    'stale': DiagnosticStatus.STALE,
}


def ns_from_time(stamp: Any) -> int:
    """Return a stamp message as nanoseconds."""
    return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)


def time_from_ns(stamp_ns: int) -> Any:
    """Return nanoseconds as a stamp message; times before zero become zero."""
    seconds, nanoseconds = divmod(max(stamp_ns, 0), NS_PER_S)
    return Time(sec=seconds, nanosec=nanoseconds)


def array_from_image(message: Any) -> NDArray[np.uint8]:
    """Return the RGB image (H, W, 3) of an Image, a CompressedImage or a decoded `Picture`.

    Raises:
        ImageError: naming what is wrong with the message.
    """
    if isinstance(message, Picture):
        return message.rgb()
    if isinstance(message, CompressedImage):
        return decode_compressed(message.data)
    return decode_raw(
        message.data,
        message.encoding,
        message.height,
        message.width,
        message.step,
        bool(message.is_bigendian),
    )


def image_from_array(pixels: NDArray[np.uint8], stamp_ns: int, frame_id: str) -> Any:
    """Return an Image with tight rows: mono8 from (H, W), rgb8 from (H, W, 3).

    Raises:
        RosError: for another shape or dtype.
    """
    grey = pixels.ndim == 2
    if pixels.dtype != np.uint8 or not (grey or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise RosError(
            f'an image message needs uint8 of shape (H, W) or (H, W, 3), '
            f'got {pixels.dtype} of {pixels.shape}'
        )
    message = Image(height=pixels.shape[0], width=pixels.shape[1])
    message.header.stamp = time_from_ns(stamp_ns)
    message.header.frame_id = frame_id
    message.encoding = 'mono8' if grey else 'rgb8'
    message.is_bigendian = int(sys.byteorder == 'big')
    message.step = pixels.shape[1] * (1 if grey else 3)
    message.data = _packed('B', pixels)
    return message


def _packed(typecode: str, values: NDArray[Any]) -> Any:
    packed = array(typecode)
    packed.frombytes(np.ascontiguousarray(values).data.cast('B'))
    return packed


def grid_from_array(
    cells: NDArray[np.int8],
    ground: GroundMap,
    frame_id: str,
    *,
    stamp_ns: int | None = None,
    ground_z_m: float = 0.0,
) -> Any:
    """Return an OccupancyGrid of cells (N, M), row 0 at the smallest y.

    Args:
        cells: values to publish.
        ground: the map whose resolution, origin and stamp apply.
        frame_id: frame of the grid.
        stamp_ns: time to write instead of the map's.
        ground_z_m: height of the ground in `frame_id`, written as origin.z.

    Raises:
        RosError: if the cells are not int8 of two dimensions.
    """
    if cells.dtype != np.int8 or cells.ndim != 2:
        raise RosError(f'a grid needs int8 of shape (N, M), got {cells.dtype} of {cells.shape}')
    message = OccupancyGrid()
    message.header.stamp = time_from_ns(ground.stamp_ns if stamp_ns is None else stamp_ns)
    message.header.frame_id = frame_id
    message.info.map_load_time = message.header.stamp
    message.info.resolution = float(np.float32(ground.resolution_m))
    message.info.height, message.info.width = cells.shape
    message.info.origin.position.x = float(ground.origin_xy_m[0])
    message.info.origin.position.y = float(ground.origin_xy_m[1])
    message.info.origin.position.z = float(ground_z_m)
    message.info.origin.orientation.w = 1.0
    message.data = _packed('b', cells)
    return message


def array_from_grid(message: Any) -> NDArray[np.int8]:
    """Return the cells (height, width) int8 of an OccupancyGrid, row 0 at the smallest y."""
    cells = np.frombuffer(message.data, np.int8)
    return cells.reshape(message.info.height, message.info.width)


def laser_scan(scan: GroundScan, frame_id: str) -> Any:
    """Return a LaserScan without a doubled ray; all its ranges are of one moment."""
    count = len(scan.ranges_m)
    increment = 2.0 * np.pi / count
    message = LaserScan(
        angle_min=-np.pi,
        angle_max=-np.pi + (count - 1) * increment,
        angle_increment=increment,
        range_min=scan.range_min_m,
        range_max=scan.range_max_m,
    )
    message.header.stamp = time_from_ns(scan.stamp_ns)
    message.header.frame_id = frame_id
    message.ranges = _packed('f', scan.ranges_m)
    return message


def cloud_from_points(points: NDArray[np.void], stamp_ns: int, frame_id: str) -> Any:
    """Return a PointCloud2 of points (P,) of a structured dtype, all of them finite."""
    message = _cloud(points.dtype, (1, len(points)), stamp_ns, frame_id)
    message.is_dense = True
    message.data = _packed('B', points.view(np.uint8))
    return message


def cloud_from_pixels(sight: GroundSight, frame_id: str) -> Any:
    """Return an organised PointCloud2 like the mask, NaN where a pixel has no place."""
    shape = sight.segmentation.labels.shape
    message = _cloud(POINT, shape, sight.segmentation.stamp_ns, frame_id)
    message.is_dense = False  # sensor_msgs/PointCloud2: points may be NaN
    data = array('B', (0,)) * (shape[0] * message.row_step)
    pixel_cloud(sight, np.frombuffer(data, POINT).reshape(shape))
    message.data = data
    return message


def _cloud(dtype: np.dtype[np.void], shape: tuple[int, ...], stamp_ns: int, frame_id: str) -> Any:
    """Return a little-endian PointCloud2 of height and width `shape`, without its data."""
    message = PointCloud2(height=shape[0], width=shape[1], is_bigendian=False)
    message.header.stamp = time_from_ns(stamp_ns)
    message.header.frame_id = frame_id
    message.fields = [
        PointField(name=name, offset=offset, datatype=FIELD_KINDS[kind.name], count=1)
        for name, (kind, offset, *_) in (dtype.fields or {}).items()
    ]
    message.point_step = dtype.itemsize
    message.row_step = shape[1] * dtype.itemsize
    return message


def points_from_cloud(message: Any) -> NDArray[np.void]:
    """Return the points (height, width) of dtype `POINT` of a PointCloud2 as the node sends it.

    Raises:
        RosError: if the message has another layout.
    """
    size = message.height * message.width
    if message.point_step != POINT.itemsize or len(message.data) != size * POINT.itemsize:
        raise RosError(
            f'a cloud of {message.width} x {message.height} labelled points cannot have '
            f'{len(message.data)} bytes in steps of {message.point_step}'
        )
    return np.frombuffer(message.data, POINT).reshape(message.height, message.width)


def label_info(label_set: LabelSet, threshold: float, stamp_ns: int, frame_id: str) -> Any:
    """Return a vision_msgs/LabelInfo of the ids and names of all classes.

    Raises:
        ImportError: if vision_msgs is not installed.
    """
    from vision_msgs.msg import LabelInfo, VisionClass

    message = LabelInfo(threshold=threshold)
    message.header.stamp = time_from_ns(stamp_ns)
    message.header.frame_id = frame_id
    message.class_map = [
        VisionClass(class_id=cls.id, class_name=cls.name) for cls in label_set.classes
    ]
    return message


def diagnostic(
    name: str, level: str, message: str, values: Mapping[str, object], hardware_id: str = ''
) -> Any:
    """Return one DiagnosticStatus (REP-107); `level` is ok, warn, error or stale."""
    return DiagnosticStatus(
        level=LEVELS[level],
        name=name,
        message=message,
        hardware_id=hardware_id,
        values=[KeyValue(key=str(key), value=str(value)) for key, value in values.items()],
    )


def pose_from_odometry(message: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return position (x, y, z) in metres and orientation (x, y, z, w)."""
    position, turn = message.pose.pose.position, message.pose.pose.orientation
    return (position.x, position.y, position.z), (turn.x, turn.y, turn.z, turn.w)
