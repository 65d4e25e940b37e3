"""Families of interiors: the surfaces and shapes that the rooms of one family draw from."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from panoseg_ros.synthetic.indoor import surfaces as srf
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.looks import Look
from panoseg_ros.synthetic.surfaces.materials import Materials
from panoseg_ros.synthetic.surfaces.palette import Color, hsv, near

T = TypeVar('T')

STREAM = 808  # sets the numbers drawn for rooms apart from those drawn for streets


class ChairShape(NamedTuple):
    """Measures of a chair in metres."""

    seat_m: float
    width_m: float
    depth_m: float
    back_m: float  # above the seat
    lean: float
    legs: str  # straight, round, sled, star or pedestal
    back: str  # solid, slats, frame or shell
    arms: bool
    padding_m: float
    thick_m: float


class SofaShape(NamedTuple):
    """Measures of a sofa or armchair in metres."""

    seat_m: float
    depth_m: float
    place_m: float
    back_m: float
    arm_m: float
    arm_width_m: float
    leg_m: float
    bevel_m: float
    loose: bool  # cushions at the back


class TableShape(NamedTuple):
    """Build of a table; its size is chosen where it is placed."""

    legs: str  # straight, round, sled, sides, pedestal or trestle
    top_m: float
    leg_m: float
    inset_m: float
    apron: bool
    glass: bool


class DoorShape(NamedTuple):
    """Build of a door."""

    face: str  # flat, panels, glazed, half, slot or planks
    frame_m: float
    handle: str  # lever, knob, bar or plate
    painted: bool


class WindowShape(NamedTuple):
    """Build of windows."""

    sill_m: float
    width_m: float
    columns: int
    rows: int
    frame_m: float
    reveal_m: float


class RoomFamily(NamedTuple):
    """What the rooms of one family may hold."""

    floors: tuple[Look, ...]
    walls: tuple[Look, ...]
    ceilings: tuple[Look, ...]
    woods: tuple[Look, ...]
    cloths: tuple[Look, ...]
    plastics: tuple[Look, ...]
    metals: tuple[Look, ...]
    chairs: tuple[ChairShape, ...]
    sofas: tuple[SofaShape, ...]
    tables: tuple[TableShape, ...]
    doors: tuple[DoorShape, ...]
    windows: tuple[WindowShape, ...]


def room_family(family: int) -> RoomFamily:
    """Return the interiors of a family; the same number gives the same ones."""
    rng = np.random.default_rng([int(GENERATOR_VERSION), STREAM, family])

    def some(count: int, draw: Callable[[np.random.Generator], T]) -> tuple[T, ...]:
        return tuple(draw(rng) for _ in range(count))

    return RoomFamily(
        some(4, _floor),
        some(5, _wall),
        some(3, _ceiling),
        some(5, _wood),
        some(6, _cloth),
        some(5, _plastic),
        some(3, _metal),
        some(5, _chair),
        some(3, _sofa),
        some(4, _table),
        some(3, _door),
        some(3, _window),
    )


def _look(kind: int, colors: list[Color], params: Sequence[Any], gloss: float = 0.0) -> Look:
    padded = [*map(float, params), *[0.0] * (srf.GLOSS - len(params)), float(gloss)]
    return Look(kind, tuple(colors), tuple(padded))


def timber(rng: np.random.Generator) -> Color:
    """Draw a colour of wood, from white lacquer over beech and oak to wenge."""
    if rng.random() < 0.15:
        return hsv(rng, (0.0, 1.0), (0.0, 0.1), (0.4, 0.8))
    return hsv(rng, (0.03, 0.12), (0.25, 0.75), (0.05, 0.6))


def covering(rng: np.random.Generator) -> Color:
    """Draw the colour of a wall or ceiling; pale ones prevail, all hues occur."""
    kind = rng.random()
    if kind < 0.62:
        return hsv(rng, (0.0, 0.7), (0.0, 0.12), (0.4, 0.88))
    if kind < 0.86:
        return hsv(rng, (0.0, 1.0), (0.05, 0.35), (0.3, 0.75))
    return hsv(rng, (0.0, 1.0), (0.2, 0.8), (0.06, 0.5))


def _floor(rng: np.random.Generator) -> Look:
    kind, gloss = rng.random(), rng.choice([0.0, rng.uniform(0.1, 0.8)])
    wood = timber(rng)
    if kind < 0.22:
        wide = rng.uniform(0.06, 0.24)
        params = [wide, wide * rng.uniform(5, 12), rng.uniform(0.3, 1.0)]
        return _look(srf.BOARDS, [wood, near(rng, wood, 0.25)], params, gloss)
    if kind < 0.32:
        params = [rng.uniform(0.04, 0.12), rng.uniform(0.3, 1.0)]
        return _look(srf.HERRINGBONE, [wood, near(rng, wood, 0.25)], params, gloss)
    if kind < 0.55:
        return _tiles(rng, (0.1, 0.9), gloss)
    if kind < 0.8:
        color = palette.cloth(rng) if rng.random() < 0.4 else palette.stone(rng)
        tile = rng.choice([0.0, 0.5, 0.6])
        pattern = rng.choice([0.0, 0.0, rng.uniform(0.03, 0.3)])
        colors = [color, near(rng, color, 0.3)]
        return _look(srf.CARPET, colors, [rng.uniform(0.3, 0.9), tile, pattern])
    if kind < 0.92:
        color = palette.stone(rng)
        colors = [color, near(rng, color, 0.2), palette.stone(rng)]
        params = [rng.uniform(0.05, 1.2), rng.choice([0.0, rng.uniform(0.2, 0.8)])]
        return _look(srf.STONE, colors, params, gloss)
    return _look(srf.PLASTER, [covering(rng)], [rng.uniform(0.1, 0.5), 0.8], gloss)


def _tiles(rng: np.random.Generator, size: tuple[float, float], gloss: float) -> Look:
    color = palette.stone(rng) if rng.random() < 0.6 else covering(rng)
    other = covering(rng) if rng.random() < 0.15 else near(rng, color, 0.15)
    tile = float(np.exp(rng.uniform(*np.log(size))))
    long = tile * rng.choice([1.0, 1.0, 2.0])
    params = [long, tile, rng.choice([0.0, 0.5]), rng.uniform(0.002, 0.008), rng.uniform(0, 0.8)]
    joint = hsv(rng, (0.0, 0.2), (0.0, 0.2), (0.05, 0.6))
    return _look(srf.TILES, [color, other, joint], params, gloss)


def _wall(rng: np.random.Generator) -> Look:
    kind, color = rng.random(), covering(rng)
    if kind < 0.68:
        return _look(srf.PLASTER, [color], [rng.uniform(0.02, 0.25), rng.uniform(0.4, 2.0)])
    if kind < 0.76:
        params = [rng.uniform(0.04, 0.3), rng.integers(3)]
        return _look(srf.PAPER, [color, near(rng, color, 0.12)], params)
    if kind < 0.82:  # bricks
        colors = [palette.stone(rng), palette.stone(rng), palette.stone(rng)]
        return _look(srf.TILES, colors, [0.24, 0.075, 0.5, 0.012, rng.uniform(0.2, 0.9)])
    if kind < 0.88:
        wood = timber(rng)
        params = [rng.uniform(0.1, 1.2), rng.uniform(0.6, 3.0), 0.006]
        return _look(srf.PANELS, [wood, near(rng, wood, 0.3)], params, rng.choice([0.0, 0.3]))
    if kind < 0.94:
        return _tiles(rng, (0.06, 0.4), 0.3)
    stone = palette.stone(rng)  # concrete
    params = [rng.uniform(1.0, 1.5), rng.uniform(1.2, 2.7), 0.006]
    return _look(srf.PANELS, [stone, near(rng, stone, 0.2)], params)


def _ceiling(rng: np.random.Generator) -> Look:
    kind = rng.random()
    if kind < 0.3:
        white = hsv(rng, (0.0, 0.7), (0.0, 0.06), (0.5, 0.85))
        params = [rng.choice([0.6, 0.625, 1.2]), rng.uniform(0.0, 0.5)]
        return _look(srf.CEILING_TILES, [white, near(rng, white, 0.25)], params)
    if kind < 0.42:
        wood = timber(rng)
        params = [rng.uniform(0.08, 0.2), 2.5, rng.uniform(0.2, 0.8)]
        return _look(srf.BOARDS, [wood, near(rng, wood, 0.2)], params)
    color = covering(rng) if rng.random() < 0.2 else hsv(rng, (0, 0.7), (0, 0.06), (0.5, 0.88))
    return _look(srf.PLASTER, [color], [rng.uniform(0.02, 0.2), rng.uniform(0.4, 2.0)])


def _wood(rng: np.random.Generator) -> Look:
    params = [rng.uniform(0.1, 0.7), rng.integers(2)]
    return _look(srf.WOOD, [timber(rng)], params, rng.choice([0.0, rng.uniform(0.1, 0.6)]))


def _cloth(rng: np.random.Generator) -> Look:
    color = palette.cloth(rng) if rng.random() < 0.65 else covering(rng)
    if rng.random() < 0.25:  # leather
        return _look(srf.PLASTER, [color], [0.2, 0.3], rng.uniform(0.1, 0.5))
    params = [rng.uniform(0.1, 0.6), 0.0, rng.choice([0.0, 0.0, rng.uniform(0.03, 0.2)])]
    return _look(srf.CLOTH, [color, near(rng, palette.cloth(rng))], params)


def _plastic(rng: np.random.Generator) -> Look:
    color = palette.coat(rng) if rng.random() < 0.7 else covering(rng)
    return _look(srf.PLASTER, [color], [0.05, 0.5], rng.uniform(0.0, 0.5))


def _metal(rng: np.random.Generator) -> Look:
    return _look(srf.PLASTER, [palette.metal(rng)], [0.1, 0.4], rng.uniform(0.1, 0.7))


def _chair(rng: np.random.Generator) -> ChairShape:
    legs = str(
        rng.choice(
            ['straight', 'round', 'sled', 'star', 'pedestal'], p=[0.3, 0.2, 0.15, 0.27, 0.08]
        )
    )
    return ChairShape(
        seat_m=rng.uniform(0.42, 0.5),
        width_m=rng.uniform(0.38, 0.52),
        depth_m=rng.uniform(0.38, 0.5),
        back_m=rng.uniform(0.32, 0.62),
        lean=rng.uniform(0.0, 0.12),
        legs=legs,
        back=str(rng.choice(['solid', 'slats', 'frame', 'shell'], p=[0.4, 0.22, 0.13, 0.25])),
        arms=bool(rng.random() < (0.6 if legs == 'star' else 0.25)),
        padding_m=float(rng.choice([0.02, rng.uniform(0.03, 0.1)])),
        thick_m=rng.uniform(0.02, 0.045),
    )


def _sofa(rng: np.random.Generator) -> SofaShape:
    seat = rng.uniform(0.36, 0.47)
    return SofaShape(
        seat_m=seat,
        depth_m=rng.uniform(0.75, 1.05),
        place_m=rng.uniform(0.5, 0.75),
        back_m=rng.uniform(0.65, 1.0),
        arm_m=seat + rng.uniform(0.08, 0.3),
        arm_width_m=rng.uniform(0.06, 0.3),
        leg_m=rng.uniform(0.02, 0.18),
        bevel_m=rng.uniform(0.015, 0.08),
        loose=bool(rng.random() < 0.5),
    )


def _table(rng: np.random.Generator) -> TableShape:
    return TableShape(
        legs=str(rng.choice(['straight', 'round', 'sled', 'sides', 'pedestal', 'trestle'])),
        top_m=rng.uniform(0.015, 0.06),
        leg_m=rng.uniform(0.025, 0.09),
        inset_m=rng.uniform(0.0, 0.12),
        apron=bool(rng.random() < 0.5),
        glass=bool(rng.random() < 0.1),
    )


def _door(rng: np.random.Generator) -> DoorShape:
    faces = ['flat', 'panels', 'glazed', 'half', 'slot', 'planks']
    return DoorShape(
        face=str(rng.choice(faces, p=[0.36, 0.24, 0.12, 0.1, 0.1, 0.08])),
        frame_m=rng.uniform(0.04, 0.12),
        handle=str(rng.choice(['lever', 'knob', 'bar', 'plate'])),
        painted=bool(rng.random() < 0.5),
    )


def _window(rng: np.random.Generator) -> WindowShape:
    return WindowShape(
        sill_m=float(
            rng.choice([0.02, rng.uniform(0.3, 0.6), rng.uniform(0.75, 1.1)], p=[0.25, 0.15, 0.6])
        ),
        width_m=rng.uniform(0.7, 2.6),
        columns=int(rng.integers(1, 4)),
        rows=int(rng.choice([1, 1, 2, 3])),
        frame_m=rng.uniform(0.03, 0.09),
        reveal_m=rng.uniform(0.05, 0.35),
    )


class Kit(NamedTuple):
    """The surfaces of one building as rows of its material table, and its family."""

    family: RoomFamily
    materials: Materials
    woods: tuple[int, ...]
    cloths: tuple[int, ...]
    plastics: tuple[int, ...]
    metals: tuple[int, ...]
    trim: int
    frame: int
    pane: int
    milky: int
    lamp: int
    leaves: int
    mirror: int


def add(
    materials: Materials, kind: int, colors: list[Color], params: Sequence[Any], gloss: float = 0.0
) -> int:
    """Add a surface and return its material."""
    return _look(kind, colors, params, gloss).add_to(materials)


def repainted_look(rng: np.random.Generator, look: Look, spread: float = 0.12) -> Look:
    """Return a look in colours close to its own."""
    return look._replace(colors=tuple(near(rng, color, spread) for color in look.colors))


def random_kit(rng: np.random.Generator, family: RoomFamily) -> Kit:
    """Return what one building is furnished with."""
    materials = Materials()

    def looks(group: tuple[Look, ...]) -> tuple[int, ...]:
        return tuple(repainted_look(rng, look).add_to(materials) for look in group)

    white = hsv(rng, (0.0, 0.7), (0.0, 0.08), (0.45, 0.85))
    trim = white if rng.random() < 0.6 else timber(rng)
    frame = (
        white
        if rng.random() < 0.5
        else (timber(rng) if rng.random() < 0.5 else palette.metal(rng))
    )
    glass = near(rng, (0.9, 0.92, 0.91), 0.03)
    leaf = palette.leaf(rng)
    tones = [(1.0, 0.97, 0.92), (1.0, 0.86, 0.66), (0.92, 0.97, 1.0)]
    return Kit(
        family,
        materials,
        looks(family.woods),
        looks(family.cloths),
        looks(family.plastics),
        looks(family.metals),
        add(materials, srf.PLAIN, [trim], [], rng.choice([0.0, 0.25])),
        add(materials, srf.PLAIN, [frame], [], 0.15),
        add(materials, srf.PANE, [glass], [0.0], rng.uniform(0.3, 0.8)),
        add(materials, srf.PANE, [glass], [rng.uniform(0.6, 0.95)], 0.2),
        add(materials, srf.LAMP, [tones[rng.integers(3)]], [rng.uniform(3.0, 9.0)]),
        add(materials, srf.LEAVES, [leaf, near(rng, leaf, 0.3)], [0.3]),
        add(materials, srf.PLAIN, [(0.03, 0.03, 0.03)], [], 1.0),
    )
