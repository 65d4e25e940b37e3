"""OCamCalib's calib_results.txt.

Source: D. Scaramuzza et al., "A Toolbox for Easily Calibrating Omnidirectional Cameras",
IROS 2006, and the comments that the toolbox writes into the file. Everything there comes as
row before column: the centre (counted from 0 at the centre of the first pixel), the affine
part row = c x + d y, column = e x + y, and the size as height before width.
"""

from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.lenses.ocam import OCam
from panoseg_ros.errors import CameraError

MAX_TERMS = 64
_LINES = ('pol', 'invpol', 'center', 'affine', 'size')


def recognises(source: Source) -> bool:
    """Return whether all that is no comment is five or more lines of numbers."""
    if source.fields is not None:
        return False
    rows = _rows(source.text)
    return len(rows) >= len(_LINES) and all(_is_number(word) for row in rows for word in row)


def read(source: Source) -> Calibration:
    """Read the one camera; lines after the fifth are left out."""
    rows = _rows(source.text)[: len(_LINES)]
    numbers = {name: [float(word) for word in row] for name, row in zip(_LINES, rows, strict=True)}
    fields = Fields(numbers, source.file)
    row, column = fields.numbers('center', 2)
    c, d, e = fields.numbers('affine', 3)
    height, width = fields.sides('size')
    to_ray, to_pixel = _counted(fields, 'pol'), _counted(fields, 'invpol')
    try:
        lens = OCam.from_rows((width, height), row, column, c, d, e, to_ray, to_pixel)
    except CameraError as err:
        raise fields.error('', str(err)) from err
    return Calibration((CalibratedCamera(source.stem, lens),))


def read_polynomial(fields: Fields, key: str) -> tuple[float, ...]:
    """Return the coefficients of a polynomial, constant first.

    Raises:
        CameraError: if the field is not a list of 1 to 64 finite numbers.
    """
    rule = f'must be a list of 1 to {MAX_TERMS} finite numbers'
    value = fields.value(key, rule)
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_TERMS:
        raise fields.error(key, rule, value)
    return fields.numbers(key, len(value))


def _counted(fields: Fields, key: str) -> tuple[float, ...]:
    """Return the numbers of a line that begins with how many they are."""
    count, *values = read_polynomial(fields, key)
    if count != len(values) or not values:
        raise fields.error(key, 'must begin with how many numbers follow', [count, *values])
    return tuple(values)


def _rows(text: str) -> list[list[str]]:
    lines = (line.split('#')[0].split() for line in text.splitlines())
    return [words for words in lines if words]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
