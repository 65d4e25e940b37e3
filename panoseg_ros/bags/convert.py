"""Plain tuples to the message objects of rosbags and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from panoseg_ros.bags import messages as m
from panoseg_ros.bags.pixels import array_from_pixels, pixels_from_array
from panoseg_ros.bags.points import fields_of, points_from
from panoseg_ros.errors import BagError

NS_PER_S = 1_000_000_000
MSGTYPES: dict[type, str] = {
    m.ImageMessage: 'sensor_msgs/msg/Image',
    m.RawImageMessage: 'sensor_msgs/msg/Image',
    m.CompressedImageMessage: 'sensor_msgs/msg/CompressedImage',
    m.CameraInfoMessage: 'sensor_msgs/msg/CameraInfo',
    m.OdometryMessage: 'nav_msgs/msg/Odometry',
    m.ImuMessage: 'sensor_msgs/msg/Imu',
    m.TransformsMessage: 'tf2_msgs/msg/TFMessage',
    m.GridMessage: 'nav_msgs/msg/OccupancyGrid',
    m.ScanMessage: 'sensor_msgs/msg/LaserScan',
    m.CloudMessage: 'sensor_msgs/msg/PointCloud2',
    m.LabelInfoMessage: 'vision_msgs/msg/LabelInfo',
}
VISION_MSGS = {  # 4.1.1; rosbags does not bring them
    'vision_msgs/msg/VisionClass': 'uint16 class_id\nstring class_name',
    'vision_msgs/msg/LabelInfo': 'std_msgs/Header header\nvision_msgs/VisionClass[] class_map\n'
    'float32 threshold',
}


def typestore() -> Any:
    """Return the types that bags are written with: those of ROS 2 Jazzy and `VISION_MSGS`."""
    store = get_typestore(Stores.ROS2_JAZZY)
    found: dict[str, Any] = {}
    for name, text in VISION_MSGS.items():
        found |= get_types_from_msg(text, name)
    store.register(found)
    return store


class ToRos:
    """Fills the message types of a rosbags type store."""

    def __init__(self, store: Any) -> None:
        self._types = store.types

    def __call__(self, message: m.Message) -> Any:
        """Return the object to serialize.

        Raises:
            BagError: if a value does not fit its field.
        """
        if isinstance(message, m.OtherMessage):
            return message.fields
        fill: Callable[[Any], Any] = getattr(self, f'_{type(message).__name__}')
        return fill(message)

    def _new(self, name: str, *values: Any) -> Any:
        package, kind = name.split('/')
        return self._types[f'{package}/msg/{kind}'](*values)

    def _header(self, stamp_ns: int, frame_id: str) -> Any:
        time = self._new('builtin_interfaces/Time', *divmod(stamp_ns, NS_PER_S))
        return self._new('std_msgs/Header', time, frame_id)

    def _vector(self, xyz: m.Vector) -> Any:
        return self._new('geometry_msgs/Vector3', *map(float, xyz))

    def _point(self, xyz: m.Vector) -> Any:
        return self._new('geometry_msgs/Point', *map(float, xyz))

    def _quaternion(self, xyzw: m.Quaternion) -> Any:
        return self._new('geometry_msgs/Quaternion', *map(float, xyzw))

    def _ImageMessage(self, x: m.ImageMessage) -> Any:  # noqa: N802 (found by the type's name)
        flat, height, width, step = pixels_from_array(x.image, x.encoding)
        header = self._header(x.stamp_ns, x.frame_id)
        return self._new('sensor_msgs/Image', header, height, width, x.encoding, 0, step, flat)

    def _RawImageMessage(self, x: m.RawImageMessage) -> Any:  # noqa: N802
        header, order = self._header(x.stamp_ns, x.frame_id), int(x.big_endian)
        return self._new(
            'sensor_msgs/Image', header, x.height, x.width, x.encoding, order, x.step, x.data
        )

    def _CompressedImageMessage(self, x: m.CompressedImageMessage) -> Any:  # noqa: N802
        header, data = self._header(x.stamp_ns, x.frame_id), np.frombuffer(x.data, np.uint8)
        return self._new('sensor_msgs/CompressedImage', header, x.format, data)

    def _CameraInfoMessage(self, x: m.CameraInfoMessage) -> Any:  # noqa: N802
        for name, count in (('k', 9), ('r', 9), ('p', 12)):
            if len(getattr(x, name)) != count:
                raise BagError(f'camera_info: {name} needs {count} numbers')
        header = self._header(x.stamp_ns, x.frame_id)
        matrices = (np.array(values, np.float64) for values in (x.d, x.k, x.r, x.p))
        return self._new(
            'sensor_msgs/CameraInfo', header, x.height, x.width, x.distortion_model, *matrices,
            *x.binning, self._region(x.roi),
        )  # fmt: skip

    def _region(self, roi: tuple[int, int, int, int]) -> Any:
        left, top, width, height = roi
        return self._new('sensor_msgs/RegionOfInterest', left, top, height, width, False)

    def _OdometryMessage(self, x: m.OdometryMessage) -> Any:  # noqa: N802
        pose = self._new(
            'geometry_msgs/Pose', self._point(x.position_m), self._quaternion(x.orientation)
        )
        twist = self._new(
            'geometry_msgs/Twist', self._vector(x.linear_mps), self._vector(x.angular_radps)
        )
        return self._new(
            'nav_msgs/Odometry', self._header(x.stamp_ns, x.frame_id), x.child_frame_id,
            self._new('geometry_msgs/PoseWithCovariance', pose, np.zeros(36)),
            self._new('geometry_msgs/TwistWithCovariance', twist, np.zeros(36)),
        )  # fmt: skip

    def _ImuMessage(self, x: m.ImuMessage) -> Any:  # noqa: N802
        known = np.zeros(9)
        if x.orientation is None:
            known[0] = -1.0  # sensor_msgs/Imu: there is no orientation
        return self._new(
            'sensor_msgs/Imu', self._header(x.stamp_ns, x.frame_id),
            self._quaternion(x.orientation or m.UPRIGHT), known,
            self._vector(x.angular_radps), np.zeros(9),
            self._vector(x.acceleration_mps2), np.zeros(9),
        )  # fmt: skip

    def _TransformsMessage(self, x: m.TransformsMessage) -> Any:  # noqa: N802
        return self._new('tf2_msgs/TFMessage', [self._transform(t) for t in x.transforms])

    def _transform(self, x: m.Transform) -> Any:
        moved = self._new(
            'geometry_msgs/Transform', self._vector(x.translation_m), self._quaternion(x.rotation)
        )
        header = self._header(x.stamp_ns, x.frame_id)
        return self._new('geometry_msgs/TransformStamped', header, x.child_frame_id, moved)

    def _GridMessage(self, x: m.GridMessage) -> Any:  # noqa: N802
        if x.cells.ndim != 2 or x.cells.dtype != np.int8:
            raise BagError(f'a grid needs int8 cells (H, W), got {x.cells.dtype} {x.cells.shape}')
        header = self._header(x.stamp_ns, x.frame_id)
        origin = self._new(
            'geometry_msgs/Pose', self._point(x.origin_m), self._quaternion(m.UPRIGHT)
        )
        info = self._new(
            'nav_msgs/MapMetaData', header.stamp, x.resolution_m, x.cells.shape[1],
            x.cells.shape[0], origin,
        )  # fmt: skip
        return self._new('nav_msgs/OccupancyGrid', header, info, x.cells.reshape(-1))

    def _ScanMessage(self, x: m.ScanMessage) -> Any:  # noqa: N802
        last = x.angle_min_rad + (len(x.ranges_m) - 1) * x.angle_step_rad
        return self._new(
            'sensor_msgs/LaserScan', self._header(x.stamp_ns, x.frame_id), x.angle_min_rad, last,
            x.angle_step_rad, 0.0, 0.0, *x.range_span_m, x.ranges_m.astype(np.float32),
            np.zeros(0, np.float32),
        )  # fmt: skip

    def _CloudMessage(self, x: m.CloudMessage) -> Any:  # noqa: N802
        fields = [
            self._new('sensor_msgs/PointField', *field) for field in fields_of(x.points.dtype)
        ]
        points = np.atleast_2d(x.points)
        step, row = points.itemsize, points.shape[1] * points.itemsize
        data = np.ascontiguousarray(points).reshape(-1).view(np.uint8)
        return self._new(
            'sensor_msgs/PointCloud2', self._header(x.stamp_ns, x.frame_id), *points.shape, fields,
            False, step, row, data, x.dense,
        )  # fmt: skip

    def _LabelInfoMessage(self, x: m.LabelInfoMessage) -> Any:  # noqa: N802
        classes = [self._new('vision_msgs/VisionClass', *entry) for entry in x.names.items()]
        header = self._header(x.stamp_ns, x.frame_id)
        return self._new('vision_msgs/LabelInfo', header, classes, x.threshold)


def from_ros(msgtype: str, x: Any, raw_images: bool = False) -> m.Message:
    """Return the tuple of a message object of rosbags, read from ROS 1 or ROS 2.

    Args:
        msgtype: package/msg/Type.
        x: the object.
        raw_images: True leaves the pixels of an Image as they were sent.

    Raises:
        BagError: if the message contradicts itself.
    """
    if raw_images and msgtype == MSGTYPES[m.RawImageMessage]:
        return _raw_image(x)
    reader = _READERS.get(msgtype)
    if reader is not None:
        return reader(x)
    stamp = _stamp(x.header) if hasattr(x, 'header') else 0
    return m.OtherMessage(stamp, msgtype, x)


def _stamp(header: Any) -> int:
    return int(header.stamp.sec) * NS_PER_S + int(header.stamp.nanosec)


def _head(x: Any) -> tuple[int, str]:
    return _stamp(x.header), str(x.header.frame_id)


def _xyz(v: Any) -> m.Vector:
    return float(v.x), float(v.y), float(v.z)


def _xyzw(q: Any) -> m.Quaternion:
    return float(q.x), float(q.y), float(q.z), float(q.w)


def _raw_image(x: Any) -> m.RawImageMessage:
    size = int(x.height), int(x.width)
    return m.RawImageMessage(
        *_head(x), *size, str(x.encoding), bool(x.is_bigendian), int(x.step), x.data
    )


def _image(x: Any) -> m.Message:
    raw = _raw_image(x)
    pixels = array_from_pixels(
        raw.data, raw.height, raw.width, raw.step, raw.encoding, raw.big_endian
    )
    return m.ImageMessage(raw.stamp_ns, raw.frame_id, pixels, raw.encoding)


def _compressed(x: Any) -> m.Message:
    return m.CompressedImageMessage(*_head(x), str(x.format), bytes(x.data))


def _camera_info(x: Any) -> m.Message:
    # ROS 1 writes the matrices' names large
    matrices = (getattr(x, n, getattr(x, n.upper(), ())) for n in ('d', 'k', 'r', 'p'))
    d, k, r, p = (tuple(map(float, values)) for values in matrices)
    size = int(x.width), int(x.height)
    binning, roi = (int(x.binning_x), int(x.binning_y)), x.roi
    region = int(roi.x_offset), int(roi.y_offset), int(roi.width), int(roi.height)
    model = str(x.distortion_model)
    return m.CameraInfoMessage(*_head(x), *size, model, d, k, r, p, binning, region)


def _odometry(x: Any) -> m.Message:
    pose, twist = x.pose.pose, x.twist.twist
    return m.OdometryMessage(
        *_head(x), str(x.child_frame_id), _xyz(pose.position), _xyzw(pose.orientation),
        _xyz(twist.linear), _xyz(twist.angular),
    )  # fmt: skip


def _imu(x: Any) -> m.Message:
    known = x.orientation_covariance[0] != -1.0
    return m.ImuMessage(
        *_head(x), _xyzw(x.orientation) if known else None, _xyz(x.angular_velocity),
        _xyz(x.linear_acceleration),
    )  # fmt: skip


def _transforms(x: Any) -> m.Message:
    return m.TransformsMessage(
        tuple(
            m.Transform(
                *_head(t), str(t.child_frame_id), _xyz(t.transform.translation),
                _xyzw(t.transform.rotation),
            )
            for t in x.transforms
        )
    )  # fmt: skip


def _grid(x: Any) -> m.Message:
    height, width = int(x.info.height), int(x.info.width)
    if len(x.data) != height * width:
        raise BagError(f'grid of {width}x{height} cannot have {len(x.data)} cells')
    cells = np.asarray(x.data, np.int8).reshape(height, width)
    origin = _xyz(x.info.origin.position)
    return m.GridMessage(*_head(x), float(x.info.resolution), origin, cells)


def _scan(x: Any) -> m.Message:
    span = float(x.range_min), float(x.range_max)
    angles = float(x.angle_min), float(x.angle_increment)
    return m.ScanMessage(*_head(x), *angles, span, np.asarray(x.ranges, np.float32))


def _cloud(x: Any) -> m.Message:
    return m.CloudMessage(*_head(x), points_from(x), bool(x.is_dense))


def _label_info(x: Any) -> m.Message:
    names = {int(entry.class_id): str(entry.class_name) for entry in x.class_map}
    return m.LabelInfoMessage(*_head(x), names, float(x.threshold))


_READERS: dict[str, Callable[[Any], m.Message]] = {
    'sensor_msgs/msg/Image': _image,
    'sensor_msgs/msg/CompressedImage': _compressed,
    'sensor_msgs/msg/CameraInfo': _camera_info,
    'nav_msgs/msg/Odometry': _odometry,
    'sensor_msgs/msg/Imu': _imu,
    'tf2_msgs/msg/TFMessage': _transforms,
    'tf/msg/tfMessage': _transforms,
    'nav_msgs/msg/OccupancyGrid': _grid,
    'sensor_msgs/msg/LaserScan': _scan,
    'sensor_msgs/msg/PointCloud2': _cloud,
    'vision_msgs/msg/LabelInfo': _label_info,
}
