"""Label images in two folders, paired by name."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.datasets.reading import read_image, read_values
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.pair_counts import Pair, at_size_of

SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff')


class LabelFolders:
    """Predicted label images with the true ones of the same relative name.

    A prediction `a/b.png` is paired with the truth `a/b` + `truth_ending`. The folder that a
    picture lies in is its scene.

    Args:
        truth: folder of true labels, 8 bits, 255 = unlabelled.
        prediction: folder of predicted ones.
        truth_ending: what follows the common name in the names of true labels.
        prediction_ending: likewise of predictions.
        confidence: folder of confidences, 8 bits, 255 = 1.0, named as the predictions.
        images: folder of pictures of any usual format, named as the predictions.

    Raises:
        DatasetError: if a folder is missing, holds no labels, or a picture has no counterpart.
    """

    def __init__(
        self,
        truth: Path,
        prediction: Path,
        truth_ending: str = '.png',
        prediction_ending: str = '.png',
        confidence: Path | None = None,
        images: Path | None = None,
    ) -> None:
        true = _named(truth, truth_ending)
        found = _named(prediction, prediction_ending)
        for here, there, place in ((true, found, prediction), (found, true, truth)):
            lonely = sorted(here.keys() - there.keys())
            if lonely:
                raise DatasetError(
                    f'{place}: has no counterpart of {here[lonely[0]]} '
                    f'({len(lonely)} of {len(here)} have none)'
                )
        self._names = tuple(sorted(true))
        self._true, self._found = true, found
        self._sure = _matched(confidence, self._names, ('.png',))
        self._images = _matched(images, self._names, SUFFIXES)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._names)

    def __getitem__(self, index: int) -> Pair:
        """Read a pair.

        Raises:
            DatasetError: naming a file that cannot be read or has another shape.
        """
        name = self._names[index]
        truth = read_values(self._true[name])
        prediction = at_size_of(truth, read_values(self._found[name]), str(self._found[name]))
        sure: NDArray[np.uint8] | None = None
        if name in self._sure:
            sure = at_size_of(truth, read_values(self._sure[name]), str(self._sure[name]))
        image = read_image(self._images[name]) if name in self._images else None
        scene = str(Path(name).parent) if '/' in name else name
        where = f'{self._found[name]} against {self._true[name]}'
        return Pair(name, scene, '', truth, prediction, sure, image, where=where)


def _named(folder: Path, ending: str) -> dict[str, Path]:
    """Return the files of a folder by relative name without their ending."""
    if not folder.is_dir():
        raise DatasetError(f'{folder}: is not a folder')
    found = {
        path.relative_to(folder).as_posix().removesuffix(ending): path
        for path in sorted(folder.rglob(f'*{ending}'))
        if path.is_file()
    }
    if not found:
        raise DatasetError(f'{folder}: holds no file that ends in {ending}')
    return found


def _matched(
    folder: Path | None, names: tuple[str, ...], endings: tuple[str, ...]
) -> dict[str, Path]:
    if folder is None:
        return {}
    if not folder.is_dir():
        raise DatasetError(f'{folder}: is not a folder')
    found = {}
    for name in names:
        path = next((p for e in endings if (p := folder / f'{name}{e}').exists()), None)
        if path is None:
            raise DatasetError(f'{folder}: has no {name}{endings[0]}')
        found[name] = path
    return found
