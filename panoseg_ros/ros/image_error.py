"""The error of everything that reads pictures from messages."""

from panoseg_ros.errors import RosError


class ImageError(RosError):
    """An image message cannot be read; `kind` is a short word for counting."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
