"""Label sets: class ids, names, colours and what each class means for driving."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
import yaml
from numpy.typing import NDArray

from panoseg_ros.errors import LabelError, SettingsError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.resources import find_resource

Surface = Literal['ground', 'obstacle', 'none']
LETHAL = 100
RESERVED_COST = 99  # Nav2's static layer reads 99 as inscribed, that is as a collision


@dataclass(frozen=True)
class LabelClass:
    """One class: `surface` says whether it is driven on, run into, or neither (sky).

    `dynamic` classes move by themselves, so a map forgets them sooner.
    """

    id: int
    name: str
    slug: str
    color: tuple[int, int, int]  # RGB
    surface: Surface
    cost: int  # 0 free, 1..98 graded, 100 lethal
    dynamic: bool


@dataclass(frozen=True)
class LabelSet:
    """The classes of a model, ordered by id, ids 0..C-1 without gaps."""

    name: str
    classes: tuple[LabelClass, ...]

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.classes)

    def palette(self) -> NDArray[np.uint8]:
        """Return RGB colours of shape (256, 3); unlabelled and unused ids are black."""
        colors = np.zeros((256, 3), np.uint8)
        for cls in self.classes:
            colors[cls.id] = cls.color
        return colors

    def select(self, names: Iterable[str]) -> tuple[LabelClass, ...]:
        """Return the classes with these names or slugs.

        Raises:
            LabelError: if a name is not of this set; the message lists the known ones.
        """
        known = {cls.slug: cls for cls in self.classes} | {cls.name: cls for cls in self.classes}
        chosen = []
        for name in names:
            if name not in known:
                slugs = ', '.join(cls.slug for cls in self.classes)
                raise LabelError(f'label set {self.name} has no class {name!r}, only {slugs}')
            chosen.append(known[name])
        return tuple(chosen)


def load_label_set(name_or_path: str) -> LabelSet:
    """Load a label set from a YAML file or by the name of a shipped one.

    Raises:
        LabelError: naming the file and the field that is wrong.
    """
    try:
        path = find_resource(name_or_path, 'config/labels', '.yaml')
        raw = yaml.safe_load(path.read_text(encoding='utf-8'))
    except SettingsError as err:
        raise LabelError(f'label set: {err}') from err
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise LabelError(f'label set {path}: cannot be read: {str(err).splitlines()[0]}') from err
    return _parse(raw, path)


def _parse(raw: Any, path: Path) -> LabelSet:
    entries = raw.get('classes') if isinstance(raw, dict) else None
    if not isinstance(entries, list) or not entries:
        raise LabelError(f'label set {path}: needs a list `classes`')
    classes = tuple(_parse_class(entry, index, path) for index, entry in enumerate(entries))
    slugs = [cls.slug for cls in classes]
    doubled = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    if doubled or 'combined' in slugs:
        bad = doubled[0] if doubled else 'combined'
        raise LabelError(f'label set {path}: the topic name {bad!r} is used twice or reserved')
    return LabelSet(str(raw.get('name', path.stem)), classes)


def _parse_class(entry: Any, index: int, path: Path) -> LabelClass:
    where = f'label set {path}: class {index}'
    if not isinstance(entry, dict):
        raise LabelError(f'{where}: expected a mapping, got {entry!r}')
    unknown = set(entry) - {'id', 'name', 'color', 'surface', 'cost', 'dynamic'}
    if unknown:
        raise LabelError(f'{where}: unknown key {sorted(map(str, unknown))[0]!r}')
    name, surface, cost = entry.get('name'), entry.get('surface'), entry.get('cost', 0)
    if entry.get('id') != index or index >= UNLABELLED:
        raise LabelError(f'{where}: id must be {index}, got {entry.get("id")!r}')
    if not isinstance(name, str) or not name:
        raise LabelError(f'{where}: name must be a text, got {name!r}')
    color = _parse_color(entry.get('color'), where)
    if surface not in get_args(Surface):
        raise LabelError(f'{where}: surface must be ground, obstacle or none, got {surface!r}')
    if type(cost) is not int or not 0 <= cost <= LETHAL or cost == RESERVED_COST:
        raise LabelError(f'{where}: cost must be 0..98 or 100, got {cost!r}')
    dynamic = entry.get('dynamic', False)
    if not isinstance(dynamic, bool):
        raise LabelError(f'{where}: dynamic must be true or false, got {dynamic!r}')
    return LabelClass(index, name, slugify(name), color, cast(Surface, surface), cost, dynamic)


def _parse_color(color: Any, where: str) -> tuple[int, int, int]:
    fits = isinstance(color, list) and len(color) == 3
    if not fits or not all(type(c) is int and 0 <= c <= 255 for c in color):
        raise LabelError(f'{where}: color must be three numbers 0..255, got {color!r}')
    red, green, blue = color
    return red, green, blue


def slugify(name: str) -> str:
    """Return a name usable in a topic: `[a-z][a-z0-9_]*`.

    Raises:
        LabelError: if nothing usable is left of the name.
    """
    slug = re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')
    slug = re.sub(r'^[0-9]', lambda m: f'c{m.group()}', slug)
    if not slug:
        raise LabelError(f'class name {name!r} holds no letter a..z or digit')
    return slug
