"""A folder of labelled street pictures, as `panoseg render dataset` writes it.

`ROOT/lists/<split>.txt` names one image per line, relative to ROOT:
`leftImg8bit/<split>/<scene>/<view>.png`. Its labels, one byte per pixel, lie in
`gtFine/<split>/<scene>/<view>_labelTrainIds.png`. `ROOT/dataset.json`, where it exists,
says in which elevations the pictures look and may name the label set of the values.
"""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.datasets import label_maps
from panoseg_ros.datasets.labelled_files import LabelledFiles
from panoseg_ros.datasets.projection import Projection
from panoseg_ros.datasets.reading import (
    check_below,
    check_folder,
    look_up,
    read_list,
    read_values,
)
from panoseg_ros.errors import DatasetError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelSet, load_label_set

LABEL_SET = 'cityscapes19'
DESCRIPTION = 'dataset.json'
SOURCES = {LABEL_SET: label_maps.CITYSCAPES_TRAIN, 'stanford2d3d13': label_maps.STANFORD}


class StreetFolder(LabelledFiles):
    """Images and labels of one split, read from disk at every access.

    Args:
        root: the data set's folder.
        split: the name of a list in `root/lists`, such as train, val or test.
        label_set: what the returned labels mean: the label set of the files when None, the
            13 outdoor classes of files with Cityscapes train ids, the 8 indoor classes of files
            with Stanford2D3D's 13, or any other set, which the files are then taken to hold.

    Raises:
        DatasetError: if the folder or the list is missing, the list is empty or names a
            path outside the folder's images, or the files hold other classes.
    """

    def __init__(self, root: str | Path, split: str, label_set: LabelSet | None = None) -> None:
        folder = check_folder(Path(root).expanduser())
        listed = folder / 'lists' / f'{split}.txt'
        names = read_list(listed)
        check_below(listed, names, 'leftImg8bit/')
        notes = _description(folder / DESCRIPTION)
        stated = notes.get('label_set')
        wanted = load_label_set(str(stated or LABEL_SET)) if label_set is None else label_set
        self._table = _table(folder, None if stated is None else str(stated), wanted)
        super().__init__(folder, split, names, wanted, _projection(folder, notes))

    def label_path(self, name: str) -> str:
        """Return where the labels of an image lie; both paths are relative to the data set."""
        return label_path(name)

    def read_labels(self, path: Path, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the class ids (H, W) of a label file."""
        return look_up(path, read_values(path), self._table)


def label_path(name: str) -> str:
    """Return where the labels of an image lie; both paths are relative to the data set."""
    return _beside(name, 'labelTrainIds')


def instance_path(name: str) -> str:
    """Return where the instance numbers of an image lie: 16 bits, 0 = no counted thing."""
    return _beside(name, 'instanceIds')


def _beside(name: str, what: str) -> str:
    parts = PurePosixPath(name).parts
    return str(PurePosixPath('gtFine', *parts[1:-1], f'{Path(name).stem}_{what}.png'))


def _table(folder: Path, stated: str | None, wanted: LabelSet) -> label_maps.Table:
    """Return the table from the values of the files to the wanted classes."""
    for target, table in SOURCES.get(stated or LABEL_SET, {}).items():
        if label_maps.same_classes(load_label_set(target), wanted):
            return table
    if stated is None or label_maps.same_classes(load_label_set(stated), wanted):
        return label_maps.table({cls.id: cls.id for cls in wanted.classes}, [UNLABELLED])
    raise DatasetError(
        f'{folder / DESCRIPTION}: the labels are of label set {stated}, '
        f'which cannot be read as {wanted.name}'
    )


def _description(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        notes = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as err:
        raise DatasetError(f'{path}: is no readable description: {err}') from err
    if not isinstance(notes, dict):
        raise DatasetError(f'{path}: is no readable description: expected an object')
    return notes


def _projection(folder: Path, notes: dict[str, Any]) -> Projection:
    """Return what `size` (height, width, top and bottom elevation) says."""
    size = notes.get('size')
    if size is None:
        return Projection('panorama')
    numbers = isinstance(size, list) and all(isinstance(value, int | float) for value in size)
    if not numbers or len(size) != 4:
        raise DatasetError(
            f'{folder / DESCRIPTION}: size must be height, width, top and bottom degrees, '
            f'got {size!r}'
        )
    return Projection('panorama', float(size[2]), float(size[3]))
