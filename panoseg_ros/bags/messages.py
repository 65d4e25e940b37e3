"""What a bag's topics carry, as plain tuples.

Convention: stamps are integer nanoseconds, quaternions x, y, z, w, transforms as in
`geometry`. Grids and pictures are row by row; row 0 of a grid has the smallest y.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import BagError

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
STILL: Vector = (0.0, 0.0, 0.0)
UPRIGHT: Quaternion = (0.0, 0.0, 0.0, 1.0)


class ImageMessage(NamedTuple):
    """sensor_msgs/Image: (H, W) or (H, W, C) in the channel order of `encoding`."""

    stamp_ns: int
    frame_id: str
    image: NDArray[Any]
    encoding: str


class RawImageMessage(NamedTuple):
    """sensor_msgs/Image as it was sent, for decoders that know what drivers make of it."""

    stamp_ns: int
    frame_id: str
    height: int
    width: int
    encoding: str
    big_endian: bool
    step: int  # bytes from one row to the next
    data: NDArray[np.uint8]  # flat


class CompressedImageMessage(NamedTuple):
    """sensor_msgs/CompressedImage: the bytes of a jpeg or png file."""

    stamp_ns: int
    frame_id: str
    format: str
    data: bytes

    def decoded(self) -> NDArray[Any]:
        """Return RGB (H, W, 3), or grey values (H, W) as they are.

        Raises:
            BagError: if the bytes are no picture.
        """
        data = np.frombuffer(self.data, np.uint8)
        picture: NDArray[Any] | None = (
            cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
        )
        if picture is None:
            raise BagError(f'compressed image of format {self.format!r} cannot be decoded')
        if picture.ndim == 2:
            return picture
        return np.ascontiguousarray(picture[..., 2::-1])


class CameraInfoMessage(NamedTuple):
    """sensor_msgs/CameraInfo; all numbers belong to the full picture."""

    stamp_ns: int
    frame_id: str
    width: int
    height: int
    distortion_model: str
    d: tuple[float, ...]
    k: tuple[float, ...]  # 9
    r: tuple[float, ...]  # 9
    p: tuple[float, ...]  # 12
    binning: tuple[int, int] = (0, 0)  # in x and y, 0 means 1
    roi: tuple[int, int, int, int] = (0, 0, 0, 0)  # x, y, width, height; all 0 for all


class OdometryMessage(NamedTuple):
    """nav_msgs/Odometry: pose of the child in the frame, motion in the child."""

    stamp_ns: int
    frame_id: str
    child_frame_id: str
    position_m: Vector
    orientation: Quaternion
    linear_mps: Vector = STILL
    angular_radps: Vector = STILL


class ImuMessage(NamedTuple):
    """sensor_msgs/Imu; `orientation` is None where the sensor has none."""

    stamp_ns: int
    frame_id: str
    orientation: Quaternion | None
    angular_radps: Vector
    acceleration_mps2: Vector  # includes the reaction to gravity: (0, 0, 9.8) at rest


class Transform(NamedTuple):
    """geometry_msgs/TransformStamped: frame_id from child_frame_id."""

    stamp_ns: int
    frame_id: str
    child_frame_id: str
    translation_m: Vector
    rotation: Quaternion


class TransformsMessage(NamedTuple):
    """tf2_msgs/TFMessage."""

    transforms: tuple[Transform, ...]

    @property
    def stamp_ns(self) -> int:
        """The stamp of the first transform, 0 without any."""
        return self.transforms[0].stamp_ns if self.transforms else 0


class GridMessage(NamedTuple):
    """nav_msgs/OccupancyGrid, axes along those of the frame."""

    stamp_ns: int
    frame_id: str
    resolution_m: float
    origin_m: Vector  # outer corner of cell (0, 0)
    cells: NDArray[np.int8]  # (H, W)


class ScanMessage(NamedTuple):
    """sensor_msgs/LaserScan of one moment."""

    stamp_ns: int
    frame_id: str
    angle_min_rad: float
    angle_step_rad: float
    range_span_m: tuple[float, float]
    ranges_m: NDArray[np.float32]  # (A,)


class CloudMessage(NamedTuple):
    """sensor_msgs/PointCloud2: points (P,), or organised (H, W), of a structured dtype."""

    stamp_ns: int
    frame_id: str
    points: NDArray[np.void]
    dense: bool = True  # no point has a NaN in it


class LabelInfoMessage(NamedTuple):
    """vision_msgs/LabelInfo: what the values of a mask mean."""

    stamp_ns: int
    frame_id: str
    names: Mapping[int, str]
    threshold: float  # least confidence, 0 to 1


class OtherMessage(NamedTuple):
    """A message of any other type, with the fields of its definition."""

    stamp_ns: int  # of its header, 0 without one
    msgtype: str
    fields: Any


Message = (
    ImageMessage
    | RawImageMessage
    | CompressedImageMessage
    | CameraInfoMessage
    | OdometryMessage
    | ImuMessage
    | TransformsMessage
    | GridMessage
    | ScanMessage
    | CloudMessage
    | LabelInfoMessage
    | OtherMessage
)


def jpeg(
    stamp_ns: int, frame_id: str, image: NDArray[np.uint8], quality: int = 90
) -> CompressedImageMessage:
    """Return an RGB (H, W, 3) or grey (H, W) picture as a jpeg of quality 1 to 100."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return _compressed(stamp_ns, frame_id, '.jpg', 'jpeg', image, options)


def png(stamp_ns: int, frame_id: str, image: NDArray[Any]) -> CompressedImageMessage:
    """Return RGB (H, W, 3), or 8- or 16-bit values (H, W) without loss."""
    return _compressed(stamp_ns, frame_id, '.png', 'png', image, [cv2.IMWRITE_PNG_COMPRESSION, 3])


_NAMES = {('uint8', 2): 'mono8', ('uint16', 2): '16UC1', ('uint8', 3): 'rgb8'}


def _compressed(
    stamp_ns: int, frame_id: str, suffix: str, kind: str, image: NDArray[Any], options: list[int]
) -> CompressedImageMessage:
    name = _NAMES.get((image.dtype.name, image.ndim))
    if name is None or (suffix == '.jpg' and name == '16UC1'):
        raise BagError(f'{kind}: cannot hold {image.dtype} of shape {image.shape}')
    stored = image[..., ::-1] if image.ndim == 3 else image
    _, data = cv2.imencode(suffix, stored, options)
    wire = 'bgr8' if name == 'rgb8' else name  # image_transport: what the codec was given
    return CompressedImageMessage(
        stamp_ns, frame_id, f'{name}; {kind} compressed {wire}', data.tobytes()
    )
