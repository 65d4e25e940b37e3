"""Data sets by one word: `kind:path?option=value`."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from panoseg_ros.datasets.cityscapes import Cityscapes
from panoseg_ros.datasets.densepass import DensePass
from panoseg_ros.datasets.labelled_files import LabelledImages
from panoseg_ros.datasets.stanford2d3d import Stanford2D3D
from panoseg_ros.datasets.street_folder import StreetFolder
from panoseg_ros.datasets.structured3d import Structured3D
from panoseg_ros.datasets.synpass import SynPass
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import LabelSet
from panoseg_ros.resources import at_home


class Kind(NamedTuple):
    """A loader and the options that it takes, as the spec and the loader call them."""

    build: Callable[..., LabelledImages]
    options: dict[str, str]


LIST = {'list': 'listed'}
STREET = 'street'
KINDS = {
    STREET: Kind(StreetFolder, {}),
    'cityscapes': Kind(Cityscapes, LIST),
    'densepass': Kind(DensePass, LIST),
    'synpass': Kind(SynPass, {'weather': 'weather', 'time': 'time', **LIST}),
    'stanford2d3d': Kind(Stanford2D3D, {'fold': 'fold', **LIST}),
    'stanford2d3d_pan': Kind(partial(Stanford2D3D, panoramas=True), {'fold': 'fold', **LIST}),
    'structured3d': Kind(Structured3D, LIST),
}


class Spec(NamedTuple):
    """A data set as a person names it."""

    kind: str
    path: Path
    options: dict[str, str]


def open_dataset(
    spec: str | Path, split: str, label_set: LabelSet | None = None
) -> LabelledImages:
    """Open one split of a data set.

    Args:
        spec: `kind:path`, or a bare path for a folder in the layout of `StreetFolder`;
            options follow as `?fold=2` or `?weather=fog&time=night`; `{split}` in the name of
            a list stands for the split.
        split: train, val or test, as far as the data set has them with labels.
        label_set: the classes to read; those of the data set when None.

    Raises:
        DatasetError: naming the kind, option, folder or file that is wrong.
        LabelError: if a label set that the data set names is missing or malformed.
    """
    kind, path, options = parse_spec(spec)
    known = KINDS[kind]
    named: dict[str, Any] = {known.options[name]: value for name, value in options.items()}
    if 'listed' in named:
        named['listed'] = named['listed'].replace('{split}', split)
    return known.build(path, split, label_set, **named)


def parse_spec(spec: str | Path) -> Spec:
    """Return kind, path and options of a data set's name.

    Raises:
        DatasetError: if the kind or an option is unknown.
    """
    text = str(spec)
    kind, colon, rest = text.partition(':')
    if not colon or '/' in kind or os.path.exists(at_home(text)):
        kind, rest = STREET, text
    if kind not in KINDS:
        raise DatasetError(
            f'{text}: unknown kind of data set {kind!r}, known are {", ".join(KINDS)}'
        )
    path, _, query = rest.partition('?')
    if not path:
        raise DatasetError(f'{text}: names no folder')
    return Spec(kind, at_home(path), _options(text, kind, query))


def _options(text: str, kind: str, query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    allowed = KINDS[kind].options
    for part in query.split('&') if query else ():
        name, equals, value = part.partition('=')
        if name not in allowed or not equals or not value or name in options:
            choice = f'{", ".join(allowed)}, each once as name=value' if allowed else 'none'
            raise DatasetError(f'{text}: option {part!r} is not understood, {kind} takes {choice}')
        options[name] = value
    return options
