"""Files that are written whole or not at all."""

import os
from pathlib import Path

from panoseg_ros.errors import SyntheticError


def write_whole(path: Path, content: bytes) -> int:
    """Write a file, in folders that are made where they are missing; return its size in bytes.

    Raises:
        SyntheticError: naming the file, if it cannot be written; an older one stays then.
    """
    fresh = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fresh.write_bytes(content)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as err:
        raise SyntheticError(f'{path}: cannot be written: {err.strerror}') from err
    return len(content)
