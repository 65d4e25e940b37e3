"""Pictures decoded and resized once, in files that all processes of a run map into memory.

A cache is a folder `<split>-<height>x<width>-<key>` with images.npy, labels.npy,
counts.npy and index.json. The key is a hash of what the data set's lists, classes and files
were, so other data never pass for these.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import TrainingError
from panoseg_ros.training.samples import Samples, checksum, resize
from panoseg_ros.training.sources import Joined

FORMAT = 2
INDEX, IMAGES, LABELS, COUNTS = 'index.json', 'images.npy', 'labels.npy', 'counts.npy'


def cached_samples(
    data: Joined,
    folder: Path,
    name: str,
    spec: InputSpec,
    size: tuple[int, int],
    most: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Samples:
    """Open the cache of a data set, or build it; one process builds, others wait for it.

    Args:
        data: What is read.
        folder: Where caches lie; older ones of the same name and size are deleted.
        name: Such as the split's.
        spec: The elevations that panoramas are to span.
        size: Height and width.
        most: Evenly thinned to as many pictures, if positive.
        progress: Called with the numbers of pictures done and in all while building.

    Raises:
        TrainingError: if the data set is empty, the disk is too small or the cache is damaged.
        DatasetError: naming the file that is wrong.
    """
    if not len(data):
        raise TrainingError('the data set holds no images')
    rows = np.linspace(0, len(data) - 1, min(len(data), most) if most else len(data)).astype(int)
    key = _key(data, spec, size, len(rows))
    stem = f'{name}-{size[0]}x{size[1]}'
    place = folder / f'{stem}-{key[:12]}'
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / '.lock'):
        if not (place / INDEX).exists():
            for old in folder.glob(f'{stem}-*'):
                shutil.rmtree(old)
            _build(data, rows, place, spec, size, key, progress)
    return _open(place, key)


def _key(data: Joined, spec: InputSpec, size: tuple[int, int], count: int) -> str:
    parts = [FORMAT, data.fingerprint(), spec.top_deg, spec.bottom_deg, *size, count]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open('w') as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _build(
    data: Joined,
    rows: Any,
    place: Path,
    spec: InputSpec,
    size: tuple[int, int],
    key: str,
    progress: Callable[[int, int], None],
) -> None:
    partial = place.with_name(f'.{place.name}.partial')
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    _check_room(partial, len(rows) * (size[0] * size[1] * 4 + 2048))
    images = open_memmap(partial / IMAGES, 'w+', np.uint8, (len(rows), *size, 3))
    labels = open_memmap(partial / LABELS, 'w+', np.uint8, (len(rows), *size))
    counts = np.zeros((len(rows), 256), np.int64)

    def store(row: int) -> dict[str, Any]:
        picture, name = data.read(int(rows[row]), spec)
        images[row], labels[row] = resize(picture.image, picture.labels, *size)
        counts[row] = np.bincount(labels[row].ravel(), minlength=256)
        crc = checksum(images[row], labels[row])
        return {'name': name, 'aspect': picture.aspect, 'crc': crc}

    entries = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for entry in pool.map(store, range(len(rows))):
            entries.append(entry)
            progress(len(entries), len(rows))
    images.flush()
    labels.flush()
    np.save(partial / COUNTS, counts)
    (partial / INDEX).write_text(json.dumps({'key': key, 'entries': entries}), encoding='utf-8')
    partial.rename(place)


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainingError(
            f'{folder.parent}: the cache needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free'
        )


def _open(place: Path, key: str) -> Samples:
    try:
        index = json.loads((place / INDEX).read_text(encoding='utf-8'))
        images, labels = (np.load(place / file, mmap_mode='r') for file in (IMAGES, LABELS))
        counts = np.load(place / COUNTS)
        entries = index['entries']
        if index['key'] != key or not len(images) == len(labels) == len(counts) == len(entries):
            raise ValueError('its files do not belong together')
        return Samples(
            images,
            labels,
            tuple(entry['name'] for entry in entries),
            np.array([entry['aspect'] for entry in entries], np.float32),
            np.array([entry['crc'] for entry in entries], np.uint32),
            counts,
            key,
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError) as err:
        raise TrainingError(f'{place}: is damaged, delete it: {err}') from err
