"""DensePASS: panoramas of streets of 40 cities, 100 of them labelled.

Layout: `leftImg8bit/<split>/<folder>/<n>.png`; val has the one folder `cs` and the labels
`gtFine/val/cs/<n>_labelTrainIds.png`; train has a folder per city and no labels. A release
that ends its images in `_.png` is read as well.
"""

from pathlib import Path, PurePosixPath

from panoseg_ros.datasets import label_maps
from panoseg_ros.datasets.description import rendered_projection
from panoseg_ros.datasets.labelled_files import LabelledFiles
from panoseg_ros.datasets.projection import Projection
from panoseg_ros.datasets.reading import check_folder
from panoseg_ros.datasets.split_names import check_split, names_of
from panoseg_ros.labels import LabelSet

# 400 of the 1024 rows of a sphere 2048 columns wide.
HALF_DEG = 0.5 * 400 * 360 / 2048
PROJECTION = Projection(
    'panorama',
    HALF_DEG,
    -HALF_DEG,
    assumed='degrees per pixel are equal both ways and the horizon lies in the middle',
)


class DensePass(LabelledFiles):
    """The labelled val split, or the train split without labels.

    Args:
        root: folder that holds leftImg8bit and gtFine.
        split: val, or train: its labels are 255 everywhere.
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
        check_split('densepass', split, ('val', 'train'))
        labelled = split == 'val'
        if labelled:
            check_folder(folder / 'gtFine' / split)
        names = names_of(folder, f'leftImg8bit/{split}/', '*/*.png', listed)
        wanted, table = label_maps.choose(label_maps.DENSEPASS, label_set, folder)
        projection = rendered_projection(folder, PROJECTION)
        super().__init__(folder, split, names, wanted, projection, table, labelled)

    def label_path(self, name: str) -> str:
        """Return the label file of an image."""
        path = PurePosixPath(name)
        stem = path.stem.removesuffix('_')
        return str(PurePosixPath('gtFine', *path.parts[1:-1], f'{stem}_labelTrainIds.png'))
