"""Input sizes as people type them."""

from panoseg_ros.errors import BackendError


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
