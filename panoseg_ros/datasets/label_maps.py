"""From the values in published label files to class ids: one lookup table per pair.

A table is (256,) int16: the class id of every value, 255 where the value counts for no
class, -1 where a file must not hold it. Values and classes are those of the data sets'
own pages and of the loaders of Trans4PASS (jamycheung/Trans4PASS, commit 758f230), except
that every value is looked up once: there, Structured3D's are replaced one after the other in
place, so that a replaced value can be replaced again.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import DatasetError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelSet, load_label_set

Table = NDArray[np.int16]

CITYSCAPES_FROM_IDS = {
    7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12,
    26: 13, 27: 14, 28: 15, 31: 16, 32: 17, 33: 18,
}  # fmt: skip
OUTDOOR13_FROM_19 = {  # rider is person; truck, bus, motorcycle and bicycle are car; no train
    **{same: same for same in range(12)},
    12: 11, 13: 12, 14: 12, 15: 12, 17: 12, 18: 12,
}  # fmt: skip
SYNPASS22_FROM_VALUES = {value: value - 1 for value in range(1, 23)}
OUTDOOR13_FROM_SYNPASS = {
    1: 2, 2: 4, 4: 11, 5: 5, 6: 0, 7: 0, 8: 1, 9: 8, 10: 12, 11: 3, 12: 7, 13: 10, 18: 6, 22: 9,
}  # fmt: skip
STANFORD13 = (
    'beam', 'board', 'bookcase', 'ceiling', 'chair', 'clutter', 'column', 'door', 'floor',
    'sofa', 'table', 'wall', 'window',
)  # fmt: skip
INDOOR8_FROM_STANFORD13 = {3: 0, 4: 1, 7: 2, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7}
INDOOR8_FROM_NYU40 = {1: 6, 2: 3, 5: 1, 6: 4, 7: 5, 8: 2, 9: 7, 22: 0}


def table(mapping: Mapping[int, int], ignored: Iterable[int] = ()) -> Table:
    """Return the table of a mapping; `ignored` values are allowed and count for no class."""
    filled = np.full(256, -1, np.int16)
    filled[list(ignored)] = UNLABELLED
    for value, cls in mapping.items():
        filled[value] = cls
    filled.setflags(write=False)
    return filled


def chained(first: Table, second: Mapping[int, int]) -> Table:
    """Return the table that looks up `first` and then `second`, all else counting for no class."""
    onward = table(second, [*range(256)])
    chain = np.asarray(np.where(first < 0, np.int16(-1), onward[first.clip(0)]), np.int16)
    chain.setflags(write=False)
    return chain


OUTSIDE = (UNLABELLED,)  # what 8-bit files hold where nothing is known
CITYSCAPES_IDS = table(CITYSCAPES_FROM_IDS, [*range(34), *OUTSIDE])  # 255 is id -1 in a byte
TRAIN_IDS = table({same: same for same in range(19)}, OUTSIDE)
CITYSCAPES = {
    'cityscapes19': CITYSCAPES_IDS,
    'densepass13': chained(CITYSCAPES_IDS, OUTDOOR13_FROM_19),
}
CITYSCAPES_TRAIN = {
    'cityscapes19': TRAIN_IDS,
    'densepass13': chained(TRAIN_IDS, OUTDOOR13_FROM_19),
}
DENSEPASS = {'densepass19': TRAIN_IDS, 'densepass13': CITYSCAPES_TRAIN['densepass13']}
SYNPASS = {
    'synpass22': table(SYNPASS22_FROM_VALUES, [0, *OUTSIDE]),
    'densepass13': table(OUTDOOR13_FROM_SYNPASS, [*range(23), *OUTSIDE]),
}
STANFORD = {
    'stanford2d3d13': table({same: same for same in range(13)}, OUTSIDE),
    'stanford2d3d8': chained(
        table({same: same for same in range(13)}, OUTSIDE), INDOOR8_FROM_STANFORD13
    ),
}
STRUCTURED3D = {'stanford2d3d8': table(INDOOR8_FROM_NYU40, [*range(41), *OUTSIDE])}


def choose(
    tables: Mapping[str, Table], label_set: LabelSet | None, folder: Path
) -> tuple[LabelSet, Table]:
    """Return a label set, recognised by its class names, and the table that leads to it.

    Args:
        tables: name of a label set to its table.
        label_set: the wanted one, the first of `tables` when None.
        folder: of the data set, for messages.

    Raises:
        DatasetError: if the data set cannot be read with these classes.
    """
    if label_set is None:
        label_set = load_label_set(next(iter(tables)))
    for name, candidate in tables.items():
        if same_classes(load_label_set(name), label_set):
            return label_set, candidate
    raise DatasetError(
        f'{folder}: has no labels for label set {label_set.name}, only for {", ".join(tables)}'
    )


def same_classes(one: LabelSet, other: LabelSet) -> bool:
    """Return True if both sets have the same class names in the same order."""
    return [cls.name for cls in one.classes] == [cls.name for cls in other.classes]
