"""Pictures, labels and lists of names from disk; every failure names the file."""

import json
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import DatasetError
from panoseg_ros.resources import at_home

PNG_SIGNATURE = b'\x89PNG\r\n\x1a\n'
GREY, PALETTE = 0, 3  # colour types of PNG


def read_image(path: Path) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) uint8 RGB; an alpha channel is dropped.

    Raises:
        DatasetError: if the file cannot be read or is no picture.
    """
    return np.ascontiguousarray(_decode(path, _bytes(path), cv2.IMREAD_COLOR)[..., ::-1])


def read_values(path: Path) -> NDArray[np.uint8]:
    """Return the values (H, W) uint8 of a one-channel picture, indices of a palette as such.

    Raises:
        DatasetError: if the file cannot be read, is no picture, or holds something else.
    """
    data, depth = _without_palette(path, _bytes(path))
    values = _decode(path, data, cv2.IMREAD_UNCHANGED)
    if values.ndim != 2 or values.dtype != np.uint8:
        raise DatasetError(
            f'{path}: expected 8-bit labels of shape (height, width), '
            f'got {values.dtype} of shape {values.shape}'
        )
    # Decoders stretch grey values of fewer than 8 bits over 0..255.
    return np.asarray(values // (255 // (2**depth - 1)), np.uint8) if depth < 8 else values


def read_numbers(path: Path) -> NDArray[np.integer]:
    """Return the values (H, W) of a one-channel picture of 8 or 16 bits.

    Raises:
        DatasetError: if the file cannot be read, is no picture, or holds something else.
    """
    values = _decode(path, _bytes(path), cv2.IMREAD_UNCHANGED)
    if values.ndim != 2 or values.dtype not in (np.uint8, np.uint16):
        raise DatasetError(
            f'{path}: expected numbers of 8 or 16 bits, got {values.dtype} of shape {values.shape}'
        )
    return values


def read_colors(path: Path) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) uint8 RGB whose colours are data: 8 bits, 3 or 4 channels.

    Raises:
        DatasetError: if the file cannot be read, is no picture, or holds something else.
    """
    values = _decode(path, _bytes(path), cv2.IMREAD_UNCHANGED)
    if values.ndim != 3 or values.dtype != np.uint8:
        raise DatasetError(
            f'{path}: expected labels as colours of 8 bits, '
            f'got {values.dtype} of shape {values.shape}'
        )
    return np.ascontiguousarray(values[..., 2::-1])


def check_size(path: Path, labels: NDArray[Any], image: NDArray[np.uint8]) -> None:
    """Refuse labels (H, W, ...) of another size than their image (H, W, 3).

    Raises:
        DatasetError: naming the label file.
    """
    if labels.shape[:2] != image.shape[:2]:
        height, width = image.shape[:2]
        raise DatasetError(
            f'{path}: holds labels of {labels.shape[1]}x{labels.shape[0]} pixels, '
            f'its image has {width}x{height}'
        )


def look_up(path: Path, values: NDArray[np.uint8], table: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return the class ids (H, W) of a file's values.

    Args:
        path: the label file.
        values: (H, W).
        table: (256,) class id per value, 255 = unlabelled, -1 = the file must not hold it.

    Raises:
        DatasetError: naming the file and the first value that is not allowed.
    """
    present = np.bincount(values.ravel(), minlength=256) > 0
    wrong = np.flatnonzero(present & (table < 0))
    if wrong.size:
        raise DatasetError(
            f'{path}: label value {wrong[0]} is not of the data set, allowed are '
            f'{_ranges(np.flatnonzero(table >= 0))}'
        )
    return table.astype(np.uint8)[values]


def read_list(path: Path) -> tuple[str, ...]:
    """Return the lines of a list file that are not blank.

    Raises:
        DatasetError: if it cannot be read, or names nothing.
    """
    try:
        lines = path.read_text(encoding='utf-8').split('\n')
    except (OSError, UnicodeDecodeError, ValueError) as err:
        raise DatasetError(f'{path}: cannot be read: {err}') from err
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise DatasetError(f'{path}: names no image')
    return names


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        DatasetError: if it cannot be read or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError, RecursionError) as err:  # the last: too many open brackets
        raise DatasetError(f'{path}: cannot be read: {err}') from err


def check_below(path: Path, names: tuple[str, ...], folder: str) -> None:
    """Refuse names in a list that do not lie below a folder of the data set.

    Raises:
        DatasetError: naming the list and the name.
    """
    for name in names:
        parts = PurePosixPath(name).parts
        if '..' in parts or PurePosixPath(name).is_absolute() or not name.startswith(folder):
            raise DatasetError(f'{path}: {name!r} is not a path below {folder}')


def walk(root: Path, pattern: str) -> tuple[str, ...]:
    """Return the files of a glob pattern as sorted paths relative to `root`.

    Raises:
        DatasetError: if there is none.
    """
    names = tuple(sorted(path.relative_to(root).as_posix() for path in root.glob(pattern)))
    if not names:
        raise DatasetError(f'{root / pattern}: there is no such image')
    return names


def check_folder(path: str | Path) -> Path:
    """Return the path, ~ replaced, if it is a folder.

    Raises:
        DatasetError: naming it if it is not.
    """
    folder = at_home(path)
    if not os.path.isdir(folder):  # Path.is_dir raises for a name that no file can have
        raise DatasetError(f'{folder}: is not a folder')
    return folder


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as err:  # ValueError: the name holds a zero byte
        reason = getattr(err, 'strerror', None) or err
        raise DatasetError(f'{path}: cannot be read: {reason}') from err


def _decode(path: Path, data: bytes, flags: int) -> NDArray[Any]:
    # A PNG that is cut off or promises more than it holds makes decoders ask for gigabytes.
    whole = bool(data) and (not data.startswith(PNG_SIGNATURE) or _is_whole(data))
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if whole else None
    except cv2.error:  # a header that promises more pixels than OpenCV allows
        picture = None
    if picture is None:
        raise DatasetError(f'{path}: is not a readable picture')
    return np.asarray(picture)


def _without_palette(path: Path, data: bytes) -> tuple[bytes, int]:
    """Return a PNG with palette as the grey PNG of its indices, and its bits per value.

    Both kinds store the same bytes per row; only the header and the palette differ.
    Source: PNG specification, third edition, sections 10.1 and 11.2.
    """
    if not data.startswith(PNG_SIGNATURE):
        return data, 8
    try:
        chunks = list(_chunks(data))
        width, height, depth, color, *rest = struct.unpack('>IIBBBBB', chunks[0][1])
    except (struct.error, IndexError) as err:
        raise DatasetError(f'{path}: is not a readable picture') from err
    if color not in (GREY, PALETTE):
        return data, 8
    if color == PALETTE:
        header = struct.pack('>IIBBBBB', width, height, depth, GREY, *rest)
        kept = [(b'IHDR', header)] + [chunk for chunk in chunks if chunk[0] in (b'IDAT', b'IEND')]
        data = PNG_SIGNATURE + b''.join(_chunk(*chunk) for chunk in kept)
    return data, min(depth, 8)


def _is_whole(data: bytes) -> bool:
    """Return whether the chunks of a PNG fill the file up to an end chunk."""
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(data):
        length, name = struct.unpack_from('>I4s', data, at)
        at += 12 + length
        if name == b'IEND':
            return bool(at <= len(data))
    return False


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG_SIGNATURE)
    while at < len(data):
        length, name = struct.unpack_from('>I4s', data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack('>I', len(content)) + name + content + struct.pack('>I', _crc(name, content))
    )


def _crc(name: bytes, content: bytes) -> int:
    return zlib.crc32(name + content)


def _ranges(values: NDArray[np.intp]) -> str:
    """Return sorted numbers as text: 0 to 33, 255."""
    cuts = np.flatnonzero(np.diff(values) > 1) + 1
    runs = np.split(values, cuts)
    return ', '.join(f'{r[0]} to {r[-1]}' if len(r) > 1 else f'{r[0]}' for r in runs)
