"""One or several data sets as a run takes them: opened, joined and described for the card."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import InputSpec
from panoseg_ros.datasets import LabelledImages, Projection, open_dataset, parse_spec
from panoseg_ros.datasets.catalogue import STREET
from panoseg_ros.datasets.description import DESCRIPTION, read_description
from panoseg_ros.datasets.elevations import refit_rows
from panoseg_ros.errors import DatasetError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelSet
from panoseg_ros.training.augment import Picture
from panoseg_ros.training.augment.picture import WHOLE

Image = NDArray[np.uint8]


class Joined:
    """The pictures of several data sets, one after the other, with their cameras."""

    def __init__(self, sets: Sequence[LabelledImages]) -> None:
        self._sets = tuple(sets)
        self.parts = tuple(len(one) for one in self._sets)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return sum(self.parts)

    def read(self, index: int, spec: InputSpec) -> tuple[Picture, str]:
        """Return a picture as large as it is on disk, and its name.

        Panoramas are cut or filled up, unlabelled, to the elevations of `spec`.

        Raises:
            DatasetError: naming the file that is wrong, or whose elevations nobody knows where
                `spec` does not span all of them.
        """
        for one in self._sets:
            if index < len(one):
                image, labels, name = one[index]
                full = f'{one.root}/{name}' if len(self._sets) > 1 else name
                return _picture(image, labels, one.projection, spec, full), full
            index -= len(one)
        raise IndexError(index)

    def fingerprint(self) -> str:
        """Return a hash of lists, classes, projections and the sizes and times of all files."""
        digest = hashlib.sha256()
        for one in self._sets:
            classes = [cls.name for cls in one.label_set.classes]
            digest.update(json.dumps([one.split, *classes, *one.names]).encode())
            digest.update(repr(one.projection).encode())
            for name in one.names:
                for path in (one.root / name, one.root / one.label_path(name)):
                    found = path.stat() if path.exists() else None
                    digest.update(repr(found and (found.st_size, found.st_mtime_ns)).encode())
        return digest.hexdigest()


def open_joined(specs: Sequence[str], split: str, label_set: LabelSet) -> Joined:
    """Open a split of every data set, see `datasets.open_dataset`.

    Raises:
        DatasetError: naming the data set, folder or file that is wrong, or the split that is
            published without labels.
    """
    sets = [open_dataset(spec, split, label_set) for spec in specs]
    for spec, one in zip(specs, sets, strict=True):
        if not one.labelled:
            raise DatasetError(f'{spec}: its split {split!r} is published without labels')
    return Joined(sets)


def describe(specs: Sequence[str]) -> dict[str, Any]:
    """Return what a card says about the data: one entry, or a list of them for several sets.

    A public data set may lack its train split, where only its val split is scored on.

    Raises:
        DatasetError: naming the data set, folder or file that is wrong.
    """
    notes = [_describe(spec) for spec in specs]
    return notes[0] if len(notes) == 1 else {'sets': notes}


def _describe(spec: str) -> dict[str, Any]:
    kind, root, options = parse_spec(spec)
    if kind != STREET:
        lists = {'val': _listed(open_dataset(spec, 'val'))}
        with suppress(DatasetError):
            lists = {'train': _listed(open_dataset(spec, 'train')), **lists}
        return {'kind': kind, **options, 'lists': lists}
    lists = {
        path.stem: _noted(path.read_bytes()) for path in sorted((root / 'lists').glob('*.txt'))
    }
    notes = read_description(root / DESCRIPTION)
    plain = {key: value for key, value in notes.items() if isinstance(value, str | int | float)}
    return {**plain, 'lists': lists}


def _listed(data: LabelledImages) -> dict[str, Any]:
    return _noted(''.join(f'{name}\n' for name in data.names).encode())


def _noted(listed: bytes) -> dict[str, Any]:
    return {'images': len(listed.split()), 'sha256': hashlib.sha256(listed).hexdigest()}


def _picture(
    image: Image, labels: Image, projection: Projection, spec: InputSpec, name: str
) -> Picture:
    if projection.kind == 'pinhole':
        return Picture(image, labels, image.shape[1] / image.shape[0])
    wanted = (spec.top_deg, spec.bottom_deg)
    if projection.top_deg is None or projection.bottom_deg is None:
        if wanted != WHOLE:
            raise DatasetError(
                f'{name}: nobody says what elevations the panorama shows, and the input spans '
                f'{wanted[1]:g} to {wanted[0]:g} degrees only'
            )
        return Picture(image, labels)
    given = (projection.top_deg, projection.bottom_deg)
    return Picture(
        refit_rows(image, given, wanted, 0), refit_rows(labels, given, wanted, UNLABELLED)
    )
