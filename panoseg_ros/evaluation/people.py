"""Which people a segmentation finds: at least half of their pixels called person or rider."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.labels import LabelSet

HUMAN_CLASSES = ('person', 'rider')
LEAST_HEIGHT_PX = 16
FOUND_SHARE = 0.5
HEIGHTS_PX = ((16, 32), (32, 64), (64, 100_000))


class Human(NamedTuple):
    """One person or rider of a picture, as far as visible."""

    height_px: int  # from the uppermost to the lowest visible row, at the scored size
    share: float  # of its pixels that are called person or rider

    @property
    def found(self) -> bool:
        """Return whether at least half of its pixels are."""
        return self.share >= FOUND_SHARE


def human_ids(label_set: LabelSet) -> tuple[int, ...]:
    """Return the ids of the classes that are people."""
    return tuple(cls.id for cls in label_set.classes if cls.name in HUMAN_CLASSES)


def find_humans(
    truth: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    numbers: NDArray[np.integer],
    ids: Iterable[int],
) -> tuple[Human, ...]:
    """Return every numbered person of a picture that is 16 pixels high or more.

    Args:
        truth: (H, W) class ids.
        prediction: (H, W) class ids.
        numbers: (H, W) which thing each pixel shows, 0 = not counted.
        ids: the classes that are people.
    """
    wanted = list(ids)
    rows, columns = np.nonzero(np.isin(truth, wanted) & (numbers > 0))
    if not rows.size:
        return ()
    _, which = np.unique(numbers[rows, columns], return_inverse=True)
    which = which.reshape(-1)
    pixels = np.bincount(which)
    called = np.bincount(which, np.isin(prediction[rows, columns], wanted))
    top, bottom = np.full(len(pixels), truth.shape[0]), np.zeros(len(pixels), np.int64)
    np.minimum.at(top, which, rows)
    np.maximum.at(bottom, which, rows)
    humans = zip(bottom - top + 1, called / pixels, strict=True)
    return tuple(Human(int(h), float(s)) for h, s in humans if h >= LEAST_HEIGHT_PX)
