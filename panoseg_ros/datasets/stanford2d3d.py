"""Stanford2D3D: perspective and panoramic pictures of six areas of offices.

Layout: `area_<a>/data/rgb/<name>_rgb.png` (perspective) or `area_<a>/pano/rgb/<name>_rgb.png`
(panoramas), labels at the same path with `rgb` replaced by `semantic`, and the names of
all instances in `assets/semantic_labels.json`, or in `semantic_labels.json` of the root.
A label pixel is a colour: its instance is number 256 G + B of the names, unknown where R is
not 0. Pixels that are black in the picture, such as the poles of a panorama, count for
no class.
"""

import re
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.datasets import label_maps
from panoseg_ros.datasets.frame_table import FrameNote
from panoseg_ros.datasets.labelled_files import LabelledFiles
from panoseg_ros.datasets.projection import WHOLE_SPHERE, Projection
from panoseg_ros.datasets.reading import check_folder, check_size, read_colors, read_json
from panoseg_ros.datasets.split_names import check_members, check_split, names_of
from panoseg_ros.errors import DatasetError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelSet

FOLDS = {  # fold -> areas of the two splits
    '1': {'train': ('1', '2', '3', '4', '6'), 'val': ('5a', '5b')},
    '2': {'train': ('1', '3', '5a', '5b', '6'), 'val': ('2', '4')},
    '3': {'train': ('2', '4', '5a', '5b'), 'val': ('1', '3', '6')},
}
NAMES = ('assets/semantic_labels.json', 'semantic_labels.json')
UNKNOWN = '<UNK>'


class Stanford2D3D(LabelledFiles):
    """One split of one of the three folds.

    Args:
        root: folder that holds area_1, area_2, ...
        split: train or val.
        label_set: the 13 classes (also when None) or the 8 shared indoor classes.
        panoramas: panoramas instead of perspective pictures.
        fold: 1, 2 or 3.
        listed: a file of image paths instead of all images of the split, sorted.

    Raises:
        DatasetError: if an area, the names, the list or every image is missing, the list names
            an image of another split, or the split, fold or label set is unknown.
    """

    def __init__(
        self,
        root: str | Path,
        split: str,
        label_set: LabelSet | None = None,
        *,
        panoramas: bool = False,
        fold: str = '1',
        listed: str = '',
    ) -> None:
        folder = check_folder(root)
        if fold not in FOLDS:
            raise DatasetError(f'stanford2d3d: fold must be 1, 2 or 3, got {fold}')
        check_split('stanford2d3d', split, ('train', 'val'))
        kind = 'pano' if panoramas else 'data'
        names = (
            names_of(folder, '', '', listed)
            if listed
            else _walk_areas(folder, FOLDS[fold][split], kind)
        )
        areas = {f'area_{area}' for area in FOLDS[fold][split]}
        of_fold = f'{split} of fold {fold}'
        check_members(folder / listed, names, lambda name: name.split('/')[0] in areas, of_fold)
        wanted, table = label_maps.choose(label_maps.STANFORD, label_set, folder)
        classes = _instance_classes(folder)
        self._classes = table.astype(np.uint8)[classes]  # (instances,)
        projection = WHOLE_SPHERE if panoramas else Projection('pinhole')
        super().__init__(folder, split, names, wanted, projection, table)

    def note(self, index: int) -> FrameNote:
        """Return where an image was taken: its room, whose pictures overlap.

        Names are `camera_<id>_<room>_<number>_frame_<...>`; one of another form is its own scene.
        """
        name = self.names[index]
        room = re.match(r'camera_[0-9a-f]+_(.+)_frame_', PurePosixPath(name).name)
        scene = f'{name.split("/", maxsplit=1)[0]}/{room[1]}' if room else name
        return super().note(index)._replace(scene=scene)

    def label_path(self, name: str) -> str:
        """Return the label file of an image."""
        path = PurePosixPath(name)
        stem = path.name.removesuffix('_rgb.png')
        return str(path.parent.parent / 'semantic' / f'{stem}_semantic.png')

    def read_labels(self, path: Path, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the class ids (H, W) of a label file, 255 where the image is black."""
        colors = read_colors(path)
        check_size(path, colors, image)
        instance = colors[..., 1].astype(np.int32) * 256 + colors[..., 2]  # (H, W)
        unknown = (colors[..., 0] != 0) | ~image.any(axis=-1)
        wrong = instance[~unknown & (instance >= len(self._classes))]
        if wrong.size:
            raise DatasetError(
                f'{path}: label value {wrong.min()} is no instance, '
                f'the names end at {len(self._classes) - 1}'
            )
        labels = self._classes[np.where(unknown, 0, instance)]
        return np.where(unknown, np.uint8(UNLABELLED), labels)


def _walk_areas(root: Path, areas: tuple[str, ...], kind: str) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    for area in areas:
        check_folder(root / f'area_{area}')
        names += names_of(root, f'area_{area}/{kind}/rgb/', '*_rgb.png', '')
    return names


def _instance_classes(root: Path) -> NDArray[np.uint8]:
    """Return the class of every instance (N,), 255 where it is unknown."""
    path = next((root / name for name in NAMES if (root / name).exists()), root / NAMES[0])
    instances = read_json(path)
    if not isinstance(instances, list) or not all(isinstance(name, str) for name in instances):
        raise DatasetError(f'{path}: expected a list of instance names such as chair_3_office_7_2')
    ids = {name: index for index, name in enumerate(label_maps.STANFORD13)} | {UNKNOWN: UNLABELLED}
    classes = []
    for name in [*instances, UNKNOWN]:  # one number beyond the names is in use as well
        cls = name.split('_', maxsplit=1)[0]
        if cls not in ids:
            raise DatasetError(
                f'{path}: instance {name!r} is of no class, '
                f'known are {", ".join(label_maps.STANFORD13)} and {UNKNOWN}'
            )
        classes.append(ids[cls])
    return np.array(classes, np.uint8)
