"""Label sets: class ids, names, colours and what each class means for driving."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.documents import read_yaml
from panoseg_ros.errors import LabelError, SettingsError
from panoseg_ros.frames import UNKNOWN, UNLABELLED
from panoseg_ros.resources import find_resource

Surface = Literal['ground', 'obstacle', 'none']
LETHAL = 100
AUTO = 'auto'  # among the names of grids: those that the label set has unless others are named
_SLUG = re.compile('[a-z][a-z0-9_]*')  # what a topic may be called
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
    usual_grids: tuple[str, ...] = ()  # names of the evidence grids that AUTO stands for

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

    def grids(self, names: Iterable[str]) -> dict[str, tuple[LabelClass, ...]]:
        """Return the classes of every evidence grid that is asked for, by the grid's slug.

        Args:
            names: of classes, or of groups with their classes, as in `vehicle=car+truck+bus`;
                AUTO stands for the usual grids.

        Raises:
            LabelError: if a class is not of this set, or a group has no name of its own.
        """
        taken = {'combined', *(cls.slug for cls in self.classes)}
        grids: dict[str, tuple[LabelClass, ...]] = {}
        usual = self.usual_grids
        for name in chain.from_iterable(usual if name == AUTO else (name,) for name in names):
            group, is_group, members = (part.strip() for part in name.partition('='))
            if not is_group:
                (cls,) = self.select([name])
                grids[cls.slug] = (cls,)
                continue
            if not _SLUG.fullmatch(group) or group in taken:
                raise LabelError(
                    f'group {name!r}: its name must be a-z, then a-z, 0-9 or _, and that of no '
                    'other grid'
                )
            chosen = self.select(member.strip() for member in members.split('+'))
            grids[group] = tuple(dict.fromkeys(chosen))
            taken.add(group)
        return grids


def load_label_set(name_or_path: str) -> LabelSet:
    """Load a label set from a YAML file or by the name of a shipped one.

    Raises:
        LabelError: naming the file and the field that is wrong.
    """
    return _parse(*_read('label set', name_or_path, 'config/labels'))


def with_policy(label_set: LabelSet, name_or_path: str) -> LabelSet:
    """Return the label set with the costs of a policy; '' leaves them as they are.

    A policy is a YAML file, or the name of a shipped one, with a mapping `costs`: label set ->
    class name or slug -> cost. Classes that it does not name keep the cost of the label set.

    Raises:
        LabelError: one line naming the file, and the label set, class or cost that is wrong.
    """
    if not name_or_path:
        return label_set
    raw, path = _read('policy', name_or_path, 'config/policies')
    where = f'policy {path}'
    sets = raw.get('costs') if isinstance(raw, dict) else None
    if not isinstance(sets, dict) or not sets:
        raise LabelError(f'{where}: needs a mapping `costs` of label sets')
    unknown = set(raw) - {'costs'}
    if unknown:
        raise LabelError(f'{where}: unknown key {sorted(map(str, unknown))[0]!r}')
    if label_set.name not in sets:
        known = ', '.join(' '.join(str(name).split()) for name in sets)
        raise LabelError(f'{where}: has no costs for label set {label_set.name}, only for {known}')
    costs = _costs(sets[label_set.name], label_set, where)
    classes = tuple(replace(cls, cost=costs.get(cls.id, cls.cost)) for cls in label_set.classes)
    return replace(label_set, classes=classes)


def _costs(named: Any, label_set: LabelSet, where: str) -> dict[int, int]:
    """Return class id -> cost."""
    where = f'{where}: {label_set.name}'
    if not isinstance(named, dict):
        raise LabelError(f'{where}: expected a mapping of classes to costs, got {named!r}')
    costs: dict[int, int] = {}
    for name, cost in named.items():
        try:
            (cls,) = label_set.select([name])
        except LabelError as err:
            raise LabelError(f'{where}: {err}') from err
        if cls.id in costs:
            raise LabelError(f'{where}: class {cls.name!r} is named twice')
        costs[cls.id] = _check_cost(cost, f'{where}: {name}')
    return costs


def _check_cost(cost: Any, where: str) -> int:
    if type(cost) is not int or not 0 <= cost <= LETHAL or cost == RESERVED_COST:
        raise LabelError(f'{where}: cost must be 0..98 or 100, got {cost!r}')
    return cost


def gathered(
    grids: Mapping[str, NDArray[np.int8]], groups: Mapping[str, tuple[LabelClass, ...]]
) -> dict[str, NDArray[np.int8]]:
    """Return the evidence grids of classes and groups from those of their classes.

    Args:
        grids: class slug -> (N, N), 0..100, -1 where the cell was never observed.
        groups: from `LabelSet.grids`.

    Returns:
        Slug -> (N, N), read-only. A group holds the sum of its classes, to within the half
        per cent that each of them is rounded by.
    """
    return {slug: _sum([grids[cls.slug] for cls in group]) for slug, group in groups.items()}


def _sum(grids: list[NDArray[np.int8]]) -> NDArray[np.int8]:
    if len(grids) == 1:
        return grids[0]
    total = sum(grid.astype(np.int16) for grid in grids[1:]) + grids[0]
    shares = np.clip(total, UNKNOWN, 100).astype(np.int8)
    shares.setflags(write=False)
    return shares


def _read(what: str, name_or_path: str, folder: str) -> tuple[Any, Path]:
    try:
        path = find_resource(name_or_path, folder, '.yaml')
        return read_yaml(path), path
    except SettingsError as err:
        raise LabelError(f'{what}: {err}') from err


def _parse(raw: Any, path: Path) -> LabelSet:
    entries = raw.get('classes') if isinstance(raw, dict) else None
    if not isinstance(entries, list) or not entries:
        raise LabelError(f'label set {path}: needs a list `classes`')
    classes = tuple(_parse_class(entry, index, path) for index, entry in enumerate(entries))
    slugs = [cls.slug for cls in classes]
    reserved = ('combined', AUTO)
    bad = sorted({slug for slug in slugs if slugs.count(slug) > 1 or slug in reserved})
    if bad:
        raise LabelError(f'label set {path}: the topic name {bad[0]!r} is used twice or reserved')
    usual = raw.get('grids', [])
    if not isinstance(usual, list) or not all(isinstance(name, str) for name in usual):
        raise LabelError(f'label set {path}: grids must be a list of names, got {usual!r}')
    label_set = LabelSet(str(raw.get('name', path.stem)), classes, tuple(usual))
    try:
        label_set.grids([AUTO])
    except LabelError as err:
        raise LabelError(f'label set {path}: grids: {err}') from err
    return label_set


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
    _check_cost(cost, where)
    dynamic = entry.get('dynamic', False)
    if not isinstance(dynamic, bool):
        raise LabelError(f'{where}: dynamic must be true or false, got {dynamic!r}')
    try:
        slug = slugify(name)
    except LabelError as err:
        raise LabelError(f'{where}: {err}') from err
    return LabelClass(index, name, slug, color, cast(Surface, surface), cost, dynamic)


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
