"""What every data set of labelled pictures offers, and the part that all loaders share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.datasets.frame_table import FrameNote
from panoseg_ros.datasets.projection import Projection
from panoseg_ros.datasets.reading import check_size, look_up, read_image, read_values
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelSet

Sample = tuple[NDArray[np.uint8], NDArray[np.uint8], str]


class LabelledImages(Protocol):
    """Labelled pictures in a fixed order, read from disk at every access."""

    root: Path
    split: str
    label_set: LabelSet
    projection: Projection
    labelled: bool  # False: the split is published without labels, all of them are 255
    names: tuple[str, ...]  # paths of the images relative to `root`
    knows_tilts: bool  # whether `note` tells how the camera of each picture was tilted

    def __len__(self) -> int:
        """Return the number of images."""
        ...

    def __getitem__(self, index: int) -> Sample:
        """Return image (H, W, 3) uint8 RGB, labels (H, W) uint8 and the image's name.

        Raises:
            IndexError: if there is no such image.
            DatasetError: naming the file that cannot be read, has another size than its
                image, or holds a value that the data set does not know.
        """
        ...

    def label_path(self, name: str) -> str:
        """Return where the labels of an image lie; both paths are relative to `root`."""
        ...

    def note(self, index: int) -> FrameNote:
        """Return what is known of an image besides its pixels, see `LabelledFiles.note`."""
        ...

    def instances(self, index: int) -> NDArray[np.integer] | None:
        """Return the number (H, W) of the thing that each pixel shows, 0 = not counted.

        None where the data set numbers nothing.

        Raises:
            DatasetError: naming the file that cannot be read or has another size.
        """
        ...


class LabelledFiles(ABC):
    """Images with one label file each; a loader says where it lies and what it means.

    Args:
        root: the data set's folder.
        split: which images.
        names: paths of the images relative to `root`, in their order.
        label_set: what the returned labels mean.
        projection: how the images see the world.
        table: (256,) int16, the class id of every value of a label file, see `label_maps`.
        labelled: False if the split has no label files.
    """

    knows_tilts = False

    def __init__(
        self,
        root: Path,
        split: str,
        names: Sequence[str],
        label_set: LabelSet,
        projection: Projection,
        table: NDArray[np.int16],
        labelled: bool = True,
    ) -> None:
        self.root = root
        self.split = split
        self.names = tuple(names)
        self.label_set = label_set
        self.projection = projection
        self._table = table
        self.labelled = labelled

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        """Return image, labels and name; see `LabelledImages`."""
        name = self.names[index]
        image = read_image(self.root / name)
        if not self.labelled:
            return image, np.full(image.shape[:2], UNLABELLED, np.uint8), name
        path = self.root / self.label_path(name)
        labels = self.read_labels(path, image)
        check_size(path, labels, image)
        return image, labels, name

    def note(self, index: int) -> FrameNote:
        """Return where and how an image was taken.

        An image of unknown place has a scene of its own, its name; unknown weather is empty,
        unknown tilt 0. `hfov_deg` is that of the picture, else that of the data set.
        """
        return FrameNote(self.names[index], '', 0.0, 0.0, self.projection.hfov_deg)

    def instances(self, index: int) -> NDArray[np.integer] | None:
        """Return None: nothing is numbered. A loader that knows better says otherwise."""
        return None

    @abstractmethod
    def label_path(self, name: str) -> str:
        """Return where the labels of an image lie; both paths are relative to `root`."""

    def read_labels(self, path: Path, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the class ids (H, W) of a label file of an image, 255 where it has none."""
        return look_up(path, read_values(path), self._table)
