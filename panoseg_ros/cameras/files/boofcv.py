"""BoofCV's YAML of the universal omnidirectional model of Mei and Rives.

Source: C. Mei and P. Rives, "Single view point omnidirectional camera calibration from planar
grids", ICRA 2007; BoofCV wiki, "Coordinate Systems": pixel (0, 0) reaches from 0 to 1, so the
centre of the first pixel is 0.5, half a pixel more than in OpenCV.
"""

from panoseg_ros.cameras.files import build
from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source
from panoseg_ros.errors import CameraError

MODEL = 'omnidirectional_universal'
FIRST_PIXEL_CENTRE = 0.5


def recognises(source: Source) -> bool:
    """Return whether a mapping has BoofCV's model and pinhole keys."""
    fields = source.fields
    return fields is not None and fields.has('model') and fields.has('pinhole')


def read(source: Source) -> Calibration:
    """Read the one camera."""
    fields = source.mapping
    model = fields.text('model')
    if model != MODEL:
        raise fields.error('model', f'must be {MODEL}', model)
    pinhole, bend = fields.mapping('pinhole'), fields.mapping('radial_tangential')
    size = pinhole.side('width'), pinhole.side('height')
    if pinhole.number('skew', 0.0) != 0.0:
        raise pinhole.error('skew', 'must be 0', pinhole.number('skew'))
    fx, fy, cx, cy = (pinhole.number(name) for name in ('fx', 'fy', 'cx', 'cy'))
    k1, k2, *k3 = bend.numbers_of('radial', (2, 3))
    distortion = (k1, k2, bend.number('t1', 0.0), bend.number('t2', 0.0), *k3)
    intrinsics = fx, fy, cx - FIRST_PIXEL_CENTRE, cy - FIRST_PIXEL_CENTRE
    offset = fields.number('mirror_offset')
    try:
        lens = build.omnidirectional(size, intrinsics, offset, distortion)
    except CameraError as err:
        raise fields.error('', str(err)) from err
    return Calibration((CalibratedCamera(source.stem, lens),))
