"""A folder of labelled street pictures, as `panoseg render dataset` writes it.

`ROOT/lists/<split>.txt` names one image per line, relative to ROOT:
`leftImg8bit/<split>/<scene>/<view>.png`. Its labels, one byte per pixel, lie in
`gtFine/<split>/<scene>/<view>_labelTrainIds.png`. Where they exist, `ROOT/dataset.json` says
what the camera is and which label set the values are of, and `ROOT/frames/<split>.csv` what
is known of each picture.
"""

from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.datasets import label_maps
from panoseg_ros.datasets.description import DESCRIPTION, projection_of, read_description
from panoseg_ros.datasets.frame_table import FrameNote, read_frame_table
from panoseg_ros.datasets.labelled_files import LabelledFiles
from panoseg_ros.datasets.reading import (
    check_below,
    check_folder,
    check_size,
    read_list,
    read_numbers,
    read_values,
)
from panoseg_ros.errors import DatasetError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelSet, load_label_set

LABEL_SET = 'cityscapes19'
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
        folder = check_folder(root)
        listed = folder / 'lists' / f'{split}.txt'
        names = read_list(listed)
        check_below(listed, names, 'leftImg8bit/')
        notes = read_description(folder / DESCRIPTION)
        stated = notes.get('label_set')
        wanted = load_label_set(str(stated or LABEL_SET)) if label_set is None else label_set
        table = _table(folder, None if stated is None else str(stated), wanted)
        frames = folder / 'frames' / f'{split}.csv'
        self._notes = read_frame_table(frames) if frames.exists() else {}
        super().__init__(folder, split, names, wanted, projection_of(folder, notes), table)
        self.knows_tilts = all(name in self._notes for name in names)

    def note(self, index: int) -> FrameNote:
        """Return what the frame table says, else the folder of the image as scene."""
        name = self.names[index]
        scene = str(PurePosixPath(name).parent)
        return self._notes.get(name, super().note(index)._replace(scene=scene))

    def instances(self, index: int) -> NDArray[np.integer] | None:
        """Return the numbers (H, W) of the counted things, None where there is no such file."""
        path = self.root / instance_path(self.names[index])
        if not path.exists():
            return None
        numbers = read_numbers(path)
        check_size(path, numbers, read_values(self.root / self.label_path(self.names[index])))
        return numbers

    def label_path(self, name: str) -> str:
        """Return where the labels of an image lie; both paths are relative to the data set."""
        return label_path(name)


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
