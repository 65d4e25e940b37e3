"""A drive as a ROS 2 bag: what the robot's sensors send, and the truth beside it.

Topics: those of the rig, `camera_info` beside an image of one whole lens that ROS has a
model for, `/odom` and `/tf` at 50 Hz and at every picture, `/imu` at 100 Hz, `/tf_static`;
under `/truth` labels, depth (16 bit, millimetres, 0 = nothing within 65.5 m) and instances
of every picture and of a panorama, the layers of the true ground map in `base_level`, and its
ranges in `camera_foot`, the point of that frame's ground below the panorama's centre.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros import bags
from panoseg_ros.cameras import KannalaBrandt, Pinhole, Rig, RigLens
from panoseg_ros.frames import PANORAMA_FRAME, PANORAMA_OPTICAL_FRAME
from panoseg_ros.geometry import (
    BODY_FROM_OPTICAL,
    quaternion_from_rotation,
    rotation_from_rpy_deg,
    transform,
)
from panoseg_ros.synthetic.recording.drive import Drive, DriveFrame, Extras
from panoseg_ros.synthetic.recording.ground_truth import GroundTruth
from panoseg_ros.synthetic.recording.plan import DrivePlan
from panoseg_ros.synthetic.recording.processes import in_order
from panoseg_ros.synthetic.rendering.render import Truth

F64 = NDArray[np.float64]
NS_PER_S = 1_000_000_000
START_NS = 1_700_000_000 * NS_PER_S
ODOM, BASE, LEVEL, FOOT = 'odom', 'base_footprint', 'base_level', 'camera_foot'
CAMERA = 'camera_optical_frame'
_IMU_HZ, _ODOM_HZ = 100.0, 50.0
_NO_CLASS = -1
_NO_TURN = (0.0, 0.0, 0.0, 1.0)
_FAR_M = 65.5  # 16 bit of millimetres reach 65.535 m
_UNNAMED = 127  # an obstacle whose class the label set does not have


def write_drive_bag(
    out: Path,
    drive: Drive,
    storage: str = 'mcap',
    compress: bool = False,
    jpeg_quality: int | None = None,
    progress: Callable[[int], None] | None = None,
    workers: int = 1,
) -> int:
    """Record a drive and return the number of messages.

    Args:
        out: the bag's folder, or one file where the name ends in .mcap; must not exist.
        drive: what is recorded.
        storage: mcap or sqlite3.
        compress: pack the bag with zstd.
        jpeg_quality: of CompressedImage on `<topic>/compressed`; raw Images when None.
        progress: is called with the number of finished frames.
        workers: processes that render; the bytes do not depend on it.

    Raises:
        BagError: if the bag cannot be written.
        SyntheticError: if the system ended one of the processes.
    """
    qos = {'/tf_static': bags.LATCHED}
    for topic in drive.rig.topics:
        qos[f'/{topic}'] = qos[f'/{topic}/compressed'] = bags.SENSOR
    with bags.BagWriter(out, storage, compress, qos) as writer:
        writer.write('/tf_static', START_NS, _static(drive.rig))
        ticks = _ticks(drive)
        tick = next(ticks, None)
        for number, messages in enumerate(_recorded(drive, jpeg_quality, workers)):
            stamp = _stamp(drive, number)
            while tick is not None and tick[0] <= stamp:
                _write_tick(writer, drive, *tick)
                tick = next(ticks, None)
            for name, message in messages:
                writer.write(name, stamp, message)
            if progress is not None:
                progress(number + 1)
        while tick is not None:
            _write_tick(writer, drive, *tick)
            tick = next(ticks, None)
        return writer.count


def _ns(t: float) -> int:
    return START_NS + round(t * NS_PER_S)


def _stamp(drive: Drive, number: int) -> int:
    return _ns(number / drive.plan.rate_hz)


def _recorded(drive: Drive, jpeg_quality: int | None, workers: int) -> 'Iterator[list[Named]]':
    """Return the messages of every frame, rendered here or by several processes."""
    numbers = range(drive.plan.frames)
    if workers <= 1:
        return map(partial(_frame_messages, drive, jpeg_quality), numbers)
    begin = partial(_begin, drive.plan, drive.rig, drive.extras, drive.gain, jpeg_quality)
    return in_order(_in_worker, numbers, workers, begin)


_worker: dict[str, Callable[[int], 'list[Named]']] = {}  # the drive of one of the processes


def _begin(
    plan: DrivePlan, rig: Rig, extras: Extras, gain: float, jpeg_quality: int | None
) -> None:
    drive = Drive(plan, rig, extras)
    drive.gain = gain  # as the first process found it
    _worker['record'] = partial(_frame_messages, drive, jpeg_quality)


def _in_worker(number: int) -> 'list[Named]':
    return _worker['record'](number)


def _frame_messages(drive: Drive, jpeg_quality: int | None, number: int) -> 'list[Named]':
    stamp = _stamp(drive, number)
    return list(_messages(drive, drive.frame(number), stamp, jpeg_quality))


def _ticks(drive: Drive) -> Iterator[tuple[int, bool, bool]]:
    """Yield every stamp at which the robot says how it moves, and whether by IMU, odometry."""
    seconds, plan = drive.plan.seconds, drive.plan
    imu = {_ns(k / _IMU_HZ) for k in range(int(seconds * _IMU_HZ) + 1)}
    odom = {_ns(k / _ODOM_HZ) for k in range(int(seconds * _ODOM_HZ) + 1)}
    odom |= {_ns(k / plan.rate_hz) for k in range(plan.frames)}
    for stamp in sorted(imu | odom):
        yield stamp, stamp in imu, stamp in odom


def _write_tick(
    writer: bags.BagWriter, drive: Drive, stamp: int, has_imu: bool, has_odom: bool
) -> None:
    t = (stamp - START_NS) / NS_PER_S
    motion, pose = drive.track.motion(t), drive.odom_from_base(t)
    turn = quaternion_from_rotation(pose[:3, :3])
    angular = _vector(motion.angular_radps)
    if has_imu:
        force = _vector(motion.acceleration_mps2)
        writer.write('/imu', stamp, bags.ImuMessage(stamp, BASE, turn, angular, force))
    if has_odom:
        place, linear = _vector(pose[:3, 3]), _vector(motion.linear_mps)
        odometry = bags.OdometryMessage(stamp, ODOM, BASE, place, turn, linear, angular)
        writer.write('/odom', stamp, odometry)
        yaw_deg = float(np.rad2deg(np.arctan2(pose[1, 0], pose[0, 0])))
        odom_from_level = rotation_from_rpy_deg(0.0, 0.0, yaw_deg)
        eye = odom_from_level.T @ pose[:3, :3] @ drive.rig.base_from_pano[:3, 3]
        level = quaternion_from_rotation(odom_from_level)
        moving = (
            bags.Transform(stamp, ODOM, BASE, place, turn),
            bags.Transform(stamp, ODOM, LEVEL, place, level),
            bags.Transform(stamp, LEVEL, FOOT, (float(eye[0]), float(eye[1]), 0.0), _NO_TURN),
        )
        writer.write('/tf', stamp, bags.TransformsMessage(moving))


def _vector(v: F64) -> bags.messages.Vector:
    return float(v[0]), float(v[1]), float(v[2])


def _static(rig: Rig) -> bags.TransformsMessage:
    def still(parent: str, child: str, pose: F64) -> bags.Transform:
        turn = quaternion_from_rotation(pose[:3, :3])
        return bags.Transform(START_NS, parent, child, _vector(pose[:3, 3]), turn)

    optical = transform(BODY_FROM_OPTICAL, np.zeros(3))
    pano_from = dict.fromkeys((PANORAMA_OPTICAL_FRAME, CAMERA), optical)
    pano_from |= {_lens_frame(lens): lens.pano_from_lens for lens in rig.lenses}
    lenses = [still(PANORAMA_FRAME, frame, pose) for frame, pose in pano_from.items()]
    return bags.TransformsMessage((still(BASE, PANORAMA_FRAME, rig.base_from_pano), *lenses))


def _lens_frame(lens: RigLens) -> str:
    return f'{lens.name}_optical_frame'


Named = tuple[str, bags.Message]


def _messages(
    drive: Drive, frame: DriveFrame, stamp: int, jpeg_quality: int | None
) -> Iterator[Named]:
    for topic, image in frame.images.items():
        lenses = [lens for lens in drive.rig.lenses if lens.topic == topic]
        where = _lens_frame(lenses[0]) if len(lenses) == 1 else CAMERA
        if jpeg_quality is None:
            yield f'/{topic}', bags.ImageMessage(stamp, where, image, 'rgb8')
        else:
            yield f'/{topic}/compressed', bags.jpeg(stamp, where, image, jpeg_quality)
        info = _camera_info(lenses, stamp, where)
        if info is not None:
            yield f'/{topic}'.rpartition('/')[0] + '/camera_info', info
        if topic in frame.truth:
            yield from _truth(f'/truth/{topic}', frame.truth[topic], stamp, where)
    if frame.panorama is not None:
        yield from _truth('/truth/panorama', frame.panorama, stamp, PANORAMA_OPTICAL_FRAME)
    if frame.ground is not None:
        yield from _ground(frame.ground, stamp)


def _truth(name: str, truth: Truth, stamp: int, where: str) -> Iterator[Named]:
    far = ~(truth.depth < _FAR_M)  # also NaN
    millimetres = np.where(far, 0.0, np.rint(1000.0 * truth.depth)).astype(np.uint16)
    numbers = np.minimum(truth.instances, 65535).astype(np.uint16)
    yield f'{name}/labels', bags.png(stamp, where, truth.labels)
    yield f'{name}/depth', bags.png(stamp, where, millimetres)
    yield f'{name}/instances', bags.png(stamp, where, numbers)


def _ground(truth: GroundTruth, stamp: int) -> Iterator[Named]:
    def grid(name: str, cells: NDArray[np.int8]) -> Named:
        origin = (*truth.origin_xy_m, 0.0)
        return f'/truth/ground/{name}', bags.GridMessage(
            stamp, LEVEL, truth.resolution_m, origin, cells
        )

    def layer(known: NDArray[np.bool_], seen: NDArray[np.bool_]) -> NDArray[np.int8]:
        return np.where(known, np.where(seen, 100, 0), _NO_CLASS).astype(np.int8)

    ground = truth.ground != 255
    obstacle = np.where(truth.obstacle_class == 255, _UNNAMED, truth.obstacle_class)
    yield grid('surface', np.where(ground, truth.ground, _NO_CLASS).astype(np.int8))
    yield grid('seen', layer(ground, truth.ground_visible))
    yield grid('obstacle', np.where(truth.obstacle, obstacle, _NO_CLASS).astype(np.int8))
    yield grid('face', layer(truth.obstacle, truth.face_visible))
    yield grid('foot', layer(truth.obstacle, truth.foot_visible))
    yield (
        '/truth/ground/instance',
        bags.ImageMessage(stamp, LEVEL, truth.obstacle_instance, '32SC1'),
    )
    yield '/truth/ground/width', bags.ImageMessage(stamp, LEVEL, truth.face_width_rad, '32FC1')
    step = 2 * np.pi / len(truth.ranges_m)
    yield (
        '/truth/ground/ranges',
        bags.ScanMessage(stamp, FOOT, -np.pi, step, (0.0, truth.reach_m), truth.ranges_m),
    )


def _camera_info(lenses: list[RigLens], stamp: int, where: str) -> bags.CameraInfoMessage | None:
    """Return the camera_info of an image, None where ROS has no model for it."""
    lens = lenses[0].lens
    if len(lenses) > 1 or lenses[0].crop is not None:
        return None
    if isinstance(lens, KannalaBrandt):
        model, d = 'equidistant', tuple(lens.k)
    elif isinstance(lens, Pinhole):
        model = 'plumb_bob' if len(lens.distortion) == 5 else 'rational_polynomial'
        d = tuple(lens.distortion)
    else:
        return None
    k = (lens.fx, 0.0, lens.cx, 0.0, lens.fy, lens.cy, 0.0, 0.0, 1.0)
    p = (lens.fx, 0.0, lens.cx, 0.0, 0.0, lens.fy, lens.cy, 0.0, 0.0, 0.0, 1.0, 0.0)
    width, height = lens.size
    eye = tuple(np.eye(3).ravel().tolist())
    return bags.CameraInfoMessage(stamp, where, width, height, model, d, k, eye, p)
