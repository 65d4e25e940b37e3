"""The intrinsic and extrinsic JSON of SensorsCalibration's surround cameras.

Source: the project's surround-camera samples. Intrinsics are OCamCalib's inverse model:
`cam_K` is c d cx, e 1 cy with column before row, and `cam_dist` the inverse polynomial, its
constant first; the centre of the first pixel is 0.0 as in OCamCalib's C code. Extrinsics
map points of a bird's-eye frame, x right, y BACKWARD, z DOWN, to a camera's optical frame.
The unit of their translation is not stated; it is taken as metres.
"""

import re

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source, lens_name
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.poses import inverse, read_transform
from panoseg_ros.cameras.lenses.ocam import OCam
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import transform

FRAME = 'BEV frame of SensorsCalibration'
BODY_FROM_BEV: NDArray[np.float64] = np.array(
    [[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]
)
BODY_FROM_BEV.setflags(write=False)
_INTRINSIC = re.compile(r'(.+)-intrinsic')
_EXTRINSIC = re.compile(r'bev-to-(.+)-extrinsic')


def recognises(source: Source) -> bool:
    """Return whether every key of a mapping is named like intrinsics or extrinsics."""
    if source.fields is None or not source.fields.keys():
        return False
    keys = source.fields.keys()
    return all(_INTRINSIC.fullmatch(key) or _EXTRINSIC.fullmatch(key) for key in keys)


def read(source: Source) -> Calibration:
    """Read all intrinsics and extrinsics of a file, which are named by their keys.

    The `sensor_name` of extrinsics is not used: samples repeat the plain word camera.
    """
    fields = source.mapping
    entries = {key: fields.mapping(key) for key in fields.raw}
    cameras, mounts = [], {}
    for key, entry in entries.items():
        parameters = entry.mapping('param')
        extrinsic, intrinsic = _EXTRINSIC.fullmatch(key), _INTRINSIC.fullmatch(key)
        if extrinsic:
            bev_from_lens = inverse(read_transform(parameters.mapping('sensor_calib'), 'data'))
            body_from_bev = transform(BODY_FROM_BEV, (0.0, 0.0, 0.0))
            mounts[lens_name(extrinsic[1])] = body_from_bev @ bev_from_lens
        elif intrinsic:
            cameras.append(CalibratedCamera(lens_name(intrinsic[1]), _lens(parameters)))
    return Calibration(tuple(cameras), FRAME if mounts else '', mounts)


def _lens(fields: Fields) -> OCam:
    size = fields.side('img_dist_w'), fields.side('img_dist_h')
    affine = fields.mapping('cam_K').matrix('data', 3, 3)
    if affine[1, 1] != 1.0 or affine[2].tolist() != [0.0, 0.0, 1.0]:
        raise fields.error('cam_K.data', 'must be c d cx, e 1 cy, 0 0 1', affine.tolist())
    rows = fields.mapping('cam_dist')
    count = int(rows.number('cols'))
    to_pixel = rows.matrix('data', 1, max(1, min(count, 64)))[0]
    (c, d, cx), (e, _, cy) = affine[0].tolist(), affine[1].tolist()
    try:
        return OCam(size, cx, cy, c, d, e, to_pixel=tuple(to_pixel.tolist()))
    except CameraError as err:
        raise fields.error('', str(err)) from err
