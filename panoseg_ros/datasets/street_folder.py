"""A folder of labelled street pictures, as `panoseg render dataset` writes it.

`ROOT/lists/<split>.txt` names one image per line, relative to ROOT:
`leftImg8bit/<split>/<scene>/<view>.png`. Its labels, one byte per pixel, lie in
`gtFine/<split>/<scene>/<view>_labelTrainIds.png`.
"""

from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import DatasetError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelSet, load_label_set

LABEL_SET = 'cityscapes19'


class StreetFolder:
    """Images and labels of one split, read from disk at every access.

    Args:
        root: the data set's folder.
        split: the name of a list in `root/lists`, such as train, val or test.
        label_set: what the label values mean; Cityscapes train ids when None.

    Raises:
        DatasetError: if the folder or the list is missing, the list is empty or names a
            path outside the folder's images.
    """

    def __init__(self, root: str | Path, split: str, label_set: LabelSet | None = None) -> None:
        self.root = Path(root).expanduser()
        self.split = split
        self.label_set = load_label_set(LABEL_SET) if label_set is None else label_set
        self._allowed = np.zeros(256, np.bool_)
        self._allowed[[cls.id for cls in self.label_set.classes] + [UNLABELLED]] = True
        self._names = _read_list(self.root, split)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._names)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], str]:
        """Return image (H, W, 3) RGB, labels (H, W) and the image's name in the list.

        Raises:
            IndexError: if there is no such image.
            DatasetError: naming the file that cannot be read, has another size than its
                image, or holds a value that is no class.
        """
        name = self._names[index]
        image = _read(self.root / name, cv2.IMREAD_COLOR)
        labels = self._labels(self.root / label_path(name), image.shape[:2])
        return np.ascontiguousarray(image[..., ::-1]), labels, name

    def _labels(self, path: Path, size: tuple[int, ...]) -> NDArray[np.uint8]:
        labels = _read(path, cv2.IMREAD_UNCHANGED)
        if labels.shape != size or labels.dtype != np.uint8:
            raise DatasetError(
                f'{path}: expected 8-bit labels of shape {size}, '
                f'got {labels.dtype} of shape {labels.shape}'
            )
        present = np.bincount(labels.ravel(), minlength=256) > 0
        wrong = np.flatnonzero(present & ~self._allowed)
        if wrong.size:
            raise DatasetError(
                f'{path}: label value {wrong[0]} is not of label set {self.label_set.name} '
                f'(0 to {len(self.label_set) - 1}, {UNLABELLED} = unlabelled)'
            )
        return np.asarray(labels, np.uint8)


def label_path(name: str) -> str:
    """Return where the labels of an image lie; both paths are relative to the data set."""
    parts = PurePosixPath(name).parts
    return str(PurePosixPath('gtFine', *parts[1:-1], f'{Path(name).stem}_labelTrainIds.png'))


def _read_list(root: Path, split: str) -> tuple[str, ...]:
    if not root.is_dir():
        raise DatasetError(f'{root}: is not a folder')
    path = root / 'lists' / f'{split}.txt'
    try:
        lines = path.read_text(encoding='utf-8').split('\n')
    except (OSError, UnicodeDecodeError) as err:
        raise DatasetError(f'{path}: cannot be read: {err}') from err
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise DatasetError(f'{path}: names no image')
    for name in names:
        parts = PurePosixPath(name).parts
        if parts[0] != 'leftImg8bit' or '..' in parts:
            raise DatasetError(f'{path}: {name!r} is not a path below leftImg8bit/')
    return names


def _read(path: Path, flags: int) -> NDArray[Any]:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as err:
        raise DatasetError(f'{path}: cannot be read: {err.strerror}') from err
    picture: NDArray[Any] | None = cv2.imdecode(data, flags) if data.size else None
    if picture is None:
        raise DatasetError(f'{path}: is not a readable picture')
    return picture
