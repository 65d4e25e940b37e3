"""The published directory layouts that rendered pictures can be written in.

Source of names and values: the pages of the data sets and the loaders of Trans4PASS
(jamycheung/Trans4PASS, commit 758f230). `street` is this package's own layout, which
`datasets.StreetFolder` reads.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.recording.views import Shot

JPEG_QUALITY = 95
_CITYSCAPES_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
_COUNTED_IDS = range(24, 34)  # label ids whose instances Cityscapes counts
# road sidewalk building wall fence pole light sign vegetation terrain sky person rider, vehicles
_SYNPASS_VALUES = (7, 8, 1, 11, 2, 5, 18, 12, 9, 22, 13, 4, 4, 10, 10, 10, 10, 10, 10)
_SYNPASS_WEATHER = {
    'clear': 'sun', 'cloudy': 'cloud', 'overcast': 'cloud', 'fog': 'fog', 'rain': 'rain',
    'dusk': 'sun', 'night': 'sun',
}  # fmt: skip
_SYNPASS_MAPS = {'train': (1, 5), 'val': (6, 7), 'test': (8, 8)}


class Place(NamedTuple):
    """Which picture a file belongs to."""

    split: str
    seed: int
    view: int
    weather: str


File = tuple[str, bytes]  # path relative to the data set, content


class Layout(NamedTuple):
    """How one picture becomes files; the first of them is the image."""

    files: Callable[[Place, Shot], list[File]]
    splits: Mapping[str, str]  # split of the world -> folder of the layout
    lists: Callable[[Place], dict[str, str]]  # further list files -> this picture's line


def encoded(suffix: str, image: NDArray[Any]) -> bytes:
    """Return a picture (H, W) or BGR (H, W, 3) as the bytes of a .png or .jpg file."""
    options = {
        '.png': [cv2.IMWRITE_PNG_COMPRESSION, 3],
        '.jpg': [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
    }
    _, data = cv2.imencode(suffix, image, options[suffix])
    return bytes(data)


def _table(values: tuple[int, ...]) -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)  # 0 is unlabelled in both data sets
    table[: len(values)] = values
    return table


def _street(place: Place, shot: Shot) -> list[File]:
    stem = f'{place.split}/{place.seed:06d}/{place.view:02d}'
    return [
        (f'leftImg8bit/{stem}.png', encoded('.png', shot.image[..., ::-1])),
        (f'gtFine/{stem}_labelTrainIds.png', encoded('.png', shot.labels)),
        (f'gtFine/{stem}_instanceIds.png', encoded('.png', _numbers(shot))),
    ]


def _numbers(shot: Shot) -> NDArray[np.uint16]:
    return np.minimum(shot.instances, 65535).astype(np.uint16)


def _cityscapes(place: Place, shot: Shot) -> list[File]:
    city = f'scene{place.seed:06d}'
    folder = 'train' if place.split == 'train' else 'val'
    name = f'{folder}/{city}/{city}_{place.seed:06d}_{place.view:06d}'
    label_ids = _table(_CITYSCAPES_IDS)[shot.labels]
    truth = f'gtFine/{name}_gtFine'
    return [
        (f'leftImg8bit/{name}_leftImg8bit.png', encoded('.png', shot.image[..., ::-1])),
        (f'{truth}_labelIds.png', encoded('.png', label_ids)),
        (f'{truth}_labelTrainIds.png', encoded('.png', shot.labels)),
        (f'{truth}_instanceIds.png', encoded('.png', _cityscapes_instances(label_ids, shot))),
    ]


def _cityscapes_instances(label_ids: NDArray[np.uint8], shot: Shot) -> NDArray[np.uint16]:
    """Return 1000 x label id + number where Cityscapes counts objects, else the label id.

    Numbers run from 0 per class and picture.
    """
    values = label_ids.astype(np.uint16)
    for label in np.intersect1d(label_ids, _COUNTED_IDS):
        mine = (label_ids == label) & (shot.instances > 0)
        _, number = np.unique(shot.instances[mine], return_inverse=True)
        values[mine] = 1000 * int(label) + np.minimum(number.reshape(-1), 999)
    return values


def _densepass(place: Place, shot: Shot) -> list[File]:
    number = f'{place.seed}{place.view:02d}'
    image = encoded('.png', shot.image[..., ::-1])
    if place.split == 'train':  # published without labels
        return [(f'leftImg8bit/train/scene{place.seed:06d}/{number}.png', image)]
    return [
        (f'leftImg8bit/val/cs/{number}.png', image),
        (f'gtFine/val/cs/{number}_labelTrainIds.png', encoded('.png', shot.labels)),
    ]


def _synpass(place: Place, shot: Shot) -> list[File]:
    stem = f'{_SYNPASS_WEATHER[place.weather]}/{place.split}/{_map_point(place)}/{place.view:06d}'
    return [
        (f'img/{stem}.jpg', encoded('.jpg', shot.image[..., ::-1])),
        (f'semantic/{stem}_trainID.png', encoded('.png', _table(_SYNPASS_VALUES)[shot.labels])),
    ]


def _map_point(place: Place) -> str:
    first, last = _SYNPASS_MAPS[place.split]
    return f'MAP_{first + place.seed % (last - first + 1)}_point{place.seed}'


def _synpass_lists(place: Place) -> dict[str, str]:
    time = 'night' if place.weather == 'night' else 'day'
    return {f'all_map_{time}_{place.split}.txt': _map_point(place)}


def _no_lists(place: Place) -> dict[str, str]:
    return {}


_OWN = {'train': 'train', 'val': 'val', 'test': 'test'}
_TEST_IS_VAL = {'train': 'train', 'val': 'val', 'test': 'val'}  # their tests lie in val
LAYOUTS = {
    'street': Layout(_street, _OWN, _no_lists),
    'cityscapes': Layout(_cityscapes, _TEST_IS_VAL, _no_lists),
    'densepass': Layout(_densepass, _TEST_IS_VAL, _no_lists),
    'synpass': Layout(_synpass, _OWN, _synpass_lists),
}


def layout_of(name: str) -> Layout:
    """Return a layout by its name.

    Raises:
        SyntheticError: if there is none; the message lists the known ones.
    """
    if name not in LAYOUTS:
        raise SyntheticError(f'unknown layout {name!r}, expected {", ".join(LAYOUTS)}')
    return LAYOUTS[name]
