"""Input sizes as people type them."""

from panoseg_ros.errors import BackendError, DatasetError


def parse_size(text: str) -> tuple[int, int] | None:
    """Return height and width of HEIGHTxWIDTH, None for an empty text.

    Raises:
        BackendError: if it is something else.
    """
    if not text:
        return None
    height, _, width = text.lower().partition('x')
    if not (height.isdecimal() and width.isdecimal()):
        raise BackendError(f'--size must be HEIGHTxWIDTH such as 384x768, got {text!r}')
    return int(height), int(width)


def parse_elevations(text: str) -> tuple[float, float] | None:
    """Return TOP,BOTTOM in degrees, None for `none`: pictures that are no panoramas.

    Raises:
        DatasetError: if it is neither.
    """
    if text == 'none':
        return None
    try:
        top, bottom = (float(part) for part in text.split(','))
    except ValueError:
        top, bottom = 0.0, 0.0
    if not 90.0 >= top > bottom >= -90.0:
        raise DatasetError(
            f'elevations must be TOP,BOTTOM with 90 >= top > bottom >= -90, or none, got {text!r}'
        )
    return top, bottom
