"""Hugin's .pto projects: lenses and where the pictures of a panorama look.

Sources: the PTO file format notes of Hugin and PanoTools (`doc/Optimize.txt`); Hugin manual,
"Image positioning model": positive yaw is to the right, positive pitch up, positive roll turns
the picture clockwise, applied roll, pitch, yaw. A value `=0` is that of image 0. Positions
are counted from the picture's centre, width / 2, so the first pixel's centre is at 0.5.
"""

import re

from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.hugin_crop import cut, selected_box
from panoseg_ros.cameras.lenses.panotools import PanoTools
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_rpy_deg, transform

PROJECTIONS = {0: 'rectilinear', 2: 'fisheye', 3: 'fullframe_fisheye'}  # f of an image line
MAX_IMAGES = 64
_PROJECT = re.compile(r'^p .*\bv\d', re.MULTILINE)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_NAMES = 'TrX|TrY|TrZ|[whfvabcdegtrpy]'
_VARIABLE = re.compile(rf'({_NAMES})(=?)(-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)')
_CROP = re.compile(r'S(-?\d+),(-?\d+),(-?\d+),(-?\d+)')
_MEANT = re.compile(rf'(?:{_NAMES}|S|C)[-=.\d]')
_UNUSED = ('g', 't', 'TrX', 'TrY', 'TrZ')  # shear and moving cameras
_Entry = tuple[bool, float] | list[int]  # (is the number of another image, value), or a crop


def recognises(source: Source) -> bool:
    """Return whether there is a panorama line and an image line."""
    return source.fields is None and bool(_PROJECT.search(source.text) and _lines(source.text))


def read(source: Source) -> Calibration:
    """Read every image line as one camera; lines of one file name share a topic."""
    lines = _lines(source.text)
    if len(lines) > MAX_IMAGES:
        raise CameraError(f'{source.file}: must have at most {MAX_IMAGES} images')
    linked = [_variables(line, source.file) for line in lines]
    cameras = tuple(
        _camera(Fields(_resolved(linked, i, source.file), source.file, f'image[{i}]'), i)
        for i in range(len(lines))
    )
    pictures = {next((word for word in line if word.startswith('n"')), '') for line in lines}
    sizes = {camera.source_size or camera.lens.size for camera in cameras}
    if len(pictures) == len(sizes) == 1:
        cameras = tuple(camera._replace(topic='image') for camera in cameras)
    return Calibration(cameras, str(source.path))


def _lines(text: str) -> list[list[str]]:
    return [_WORD.findall(line)[1:] for line in text.splitlines() if line.startswith('i ')]


def _variables(words: list[str], file: str) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for word in words:
        variable, crop = _VARIABLE.fullmatch(word), _CROP.fullmatch(word)
        if variable:
            found[variable[1]] = bool(variable[2]), float(variable[3])
        elif crop:
            found['S'] = [int(side[:10]) for side in crop.groups()]  # longer ones are refused
        elif _MEANT.match(word):
            raise CameraError(f'{file}: {word[:40]!r} of an image line is not a number or a crop')
    return found


def _resolved(
    linked: list[dict[str, _Entry]], index: int, file: str
) -> dict[str, float | list[int]]:
    """Return the variables of one image with those of the images that it links to."""
    values: dict[str, float | list[int]] = {}
    for name, first in linked[index].items():
        entry, at = first, index
        seen: set[int] = set()
        while isinstance(entry, tuple) and entry[0]:
            seen.add(at)
            at = int(entry[1]) if 0 <= entry[1] < len(linked) else index
            if at in seen or name not in linked[at]:
                raise CameraError(f'{file}: image[{index}].{name} links to no value')
            entry = linked[at][name]
        values[name] = entry[1] if isinstance(entry, tuple) else entry
    return values


def _crop(fields: Fields) -> tuple[float, float, float, float]:
    left, right, top, bottom = fields.whole('S', 4, -99999999, 99999999)
    return float(left), float(right), float(top), float(bottom)


def _camera(fields: Fields, index: int) -> CalibratedCamera:
    size = fields.side('w'), fields.side('h')
    kind = fields.number('f')
    if kind not in PROJECTIONS:
        known = ', '.join(f'{number} ({name})' for number, name in PROJECTIONS.items())
        raise fields.error('f', f'must be one of {known}', kind)
    for name in _UNUSED:
        if fields.number(name, 0.0) != 0.0:
            raise fields.error(name, 'must be 0', fields.number(name))
    hfov_deg, a, b, c, d, e = (fields.number(name, 0.0) for name in 'vabcde')
    crop = _crop(fields) if fields.has('S') else None
    try:
        lens = PanoTools(size, PROJECTIONS[int(kind)], hfov_deg, a, b, c, d, e, crop)
        box = selected_box(lens)
        part = None if box is None else cut(lens, box)
    except CameraError as err:
        raise fields.error('', str(err)) from err
    roll, pitch, yaw = (fields.number(name, 0.0) for name in 'rpy')
    rotation = rotation_from_rpy_deg(roll, -pitch, -yaw) @ BODY_FROM_OPTICAL
    mount = transform(rotation, (0.0, 0.0, 0.0))
    if part is None:
        return CalibratedCamera(f'image{index}', lens, pano_from_lens=mount)
    return CalibratedCamera(
        f'image{index}', part, pano_from_lens=mount, crop=box, source_size=size
    )
