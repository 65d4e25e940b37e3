"""Cityscapes: perspective street pictures, fine labels.

Layout: `leftImg8bit/<split>/<city>/<name>_leftImg8bit.png` and, in `gtFine/<split>/<city>/`,
`<name>_gtFine_labelIds.png` or the `<name>_gtFine_labelTrainIds.png` that the data set's own
scripts make.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.datasets import label_maps
from panoseg_ros.datasets.description import rendered_projection
from panoseg_ros.datasets.labelled_files import LabelledFiles
from panoseg_ros.datasets.projection import Projection
from panoseg_ros.datasets.reading import check_folder, look_up, read_values
from panoseg_ros.datasets.split_names import check_split, names_of
from panoseg_ros.labels import LabelSet

IDS, TRAIN_IDS = '_gtFine_labelIds.png', '_gtFine_labelTrainIds.png'
# fx = 2262.5 px of 2048 columns in the camera files of most recordings.
PROJECTION = Projection(
    'pinhole', hfov_deg=48.7, assumed='every picture has the camera of most recordings'
)


class Cityscapes(LabelledFiles):
    """The train or val split; labels of the test split are not published.

    Args:
        root: folder that holds leftImg8bit and gtFine.
        split: train or val.
        label_set: the 19 classes (also when None) or the 13 shared outdoor classes.
        listed: a file of image paths instead of all images of the split, sorted.

    Raises:
        DatasetError: if a folder, the list or every image is missing, or the split or label
            set is unknown.
    """

    def __init__(
        self,
        root: str | Path,
        split: str,
        label_set: LabelSet | None = None,
        *,
        listed: str = '',
    ) -> None:
        folder = check_folder(root)
        check_split('cityscapes', split, ('train', 'val'))
        check_folder(folder / 'gtFine' / split)
        names = names_of(folder, f'leftImg8bit/{split}/', '*/*_leftImg8bit.png', listed)
        wanted, from_ids = label_maps.choose(label_maps.CITYSCAPES, label_set, folder)
        _, self._from_train = label_maps.choose(label_maps.CITYSCAPES_TRAIN, wanted, folder)
        projection = rendered_projection(folder, PROJECTION)
        super().__init__(folder, split, names, wanted, projection, from_ids)

    def label_path(self, name: str) -> str:
        """Return the file of label ids, or that of train ids if only that one exists."""
        stem = name.replace('leftImg8bit/', 'gtFine/', 1).removesuffix('_leftImg8bit.png')
        made = stem + TRAIN_IDS
        only_made = (self.root / made).exists() and not (self.root / (stem + IDS)).exists()
        return made if only_made else stem + IDS

    def read_labels(self, path: Path, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the class ids (H, W) of a file of label ids or of train ids."""
        if path.name.endswith(TRAIN_IDS):
            return look_up(path, read_values(path), self._from_train)
        return super().read_labels(path, image)
