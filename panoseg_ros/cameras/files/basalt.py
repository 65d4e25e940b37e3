"""Basalt's calibration JSON.

Source: V. Usenko et al., "The Double Sphere Camera Model", 3DV 2018, and the Basalt
documentation, "Camera, IMU and motion capture calibration". `T_imu_cam` maps points of a
camera's optical frame to the IMU's. Pictures are sampled with whole numbers at the pixel
centres, so the centre of the first pixel is 0.0.
"""

from collections.abc import Callable

from panoseg_ros.cameras.files import build
from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.poses import first_looks_forward, read_quaternion_pose
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.errors import CameraError

_Size = tuple[int, int]


def recognises(source: Source) -> bool:
    """Return whether a mapping is the one value that Basalt saves."""
    if source.fields is None:
        return False
    value = source.fields.raw.get('value0')
    return isinstance(value, dict) and 'intrinsics' in value


def read(source: Source) -> Calibration:
    """Read all cameras; the first one looks forward, as an IMU may be mounted anyhow."""
    value = source.mapping.mapping('value0')
    intrinsics, mounts = value.mappings('intrinsics'), value.mappings('T_imu_cam')
    sizes = value.value('resolution', 'must be a list of sizes')
    if not isinstance(sizes, list) or not len(sizes) == len(mounts) == len(intrinsics):
        raise value.error('intrinsics', 'T_imu_cam and resolution must be as many')
    size_fields = Fields({f'resolution[{i}]': size for i, size in enumerate(sizes)}, value.file)
    lenses = [
        _lens(entry, size_fields.sides(f'resolution[{i}]')) for i, entry in enumerate(intrinsics)
    ]
    placed = first_looks_forward([read_quaternion_pose(mount) for mount in mounts])
    cameras = tuple(
        CalibratedCamera(f'cam{i}', lens, pano_from_lens=pose)
        for i, (lens, pose) in enumerate(zip(lenses, placed, strict=True))
    )
    return Calibration(cameras, str(source.path) if len(cameras) > 1 else '')


def _lens(fields: Fields, size: _Size) -> Lens:
    model = fields.text('camera_type')
    if model not in _MODELS:
        raise fields.error('camera_type', f'must be one of {", ".join(_MODELS)}', model)
    names, make = _MODELS[model]
    values = fields.mapping('intrinsics')
    numbers = tuple(values.number(name) for name in ('fx', 'fy', 'cx', 'cy', *names))
    try:
        return make(size, numbers)
    except CameraError as err:
        raise fields.error('intrinsics', str(err)) from err


_RADTAN8 = ('k1', 'k2', 'p1', 'p2', 'k3', 'k4', 'k5', 'k6')
_MODELS: dict[str, tuple[tuple[str, ...], Callable[[_Size, tuple[float, ...]], Lens]]] = {
    'ds': (('xi', 'alpha'), lambda size, i: build.double_sphere(size, i[:4], i[4], i[5])),
    'eucm': (('alpha', 'beta'), lambda size, i: build.extended_unified(size, i[:4], i[4], i[5])),
    'ucm': (('alpha',), lambda size, i: build.unified(size, i[:4], i[4])),
    'kb4': (('k1', 'k2', 'k3', 'k4'), lambda size, i: build.equidistant(size, i[:4], i[4:])),
    'pinhole': ((), build.perspective),
    'pinhole-radtan8': (_RADTAN8, lambda size, i: build.perspective(size, i[:4], i[4:])),
}
