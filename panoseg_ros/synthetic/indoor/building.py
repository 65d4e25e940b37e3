"""A whole furnished room from one seed."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor import ids, lamps, openings, shell
from panoseg_ros.synthetic.indoor.arranging import Floor
from panoseg_ros.synthetic.indoor.furnishing import furnish
from panoseg_ros.synthetic.indoor.layout import random_plan
from panoseg_ros.synthetic.indoor.lighting import (
    Daylight,
    area,
    random_daylight,
    rectangle,
    stacked,
)
from panoseg_ros.synthetic.indoor.looks import (
    STREAM,
    Kit,
    WindowShape,
    random_kit,
    repainted_look,
    room_family,
)
from panoseg_ros.synthetic.indoor.plan import Opening, Plan, Rect, Room, Wall
from panoseg_ros.synthetic.mesh import Mesh, box, counted, join, quads, tube
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION
from panoseg_ros.synthetic.surfaces.looks import Look
from panoseg_ros.synthetic.surfaces.materials import MaterialTable

_DIM = 0.06  # of the floor: a room whose windows are smaller has its lamps on


class Interior(NamedTuple):
    """A furnished room ready to be rendered by `RoomRenderer`."""

    mesh: Mesh
    table: MaterialTable
    sky: Daylight
    plan: Plan

    @property
    def weather(self) -> str:
        """Return the light's name, one of `lighting.MOODS`."""
        return self.sky.weather


class _Style(NamedTuple):
    """What the rooms of one building share."""

    hull: shell.HullLook
    doors: openings.DoorLook
    window: WindowShape
    dressing: str  # curtains, roller, blinds or none
    cloth: int
    pane: int
    lamps: str


class _Site:
    """A building while it is put together."""

    def __init__(self, rng: np.random.Generator, kit: Kit, style: _Style) -> None:
        self.rng, self.kit, self.style = rng, kit, style
        self.parts: list[Mesh] = []
        self.windows: list[NDArray[np.float64]] = []
        self.lamps: list[NDArray[np.float64]] = []
        self.next_number = 1

    def number(self, mesh: Mesh) -> Mesh:
        """Return a mesh as the next single object."""
        self.next_number += 1
        return counted(mesh, self.next_number - 1)


def build_room(seed: int, family: int) -> Interior:
    """Return the room of a seed, made from the interiors of a family.

    Convention: metres, z up, the main room's floor at z = 0. Seeds and families of the
    splits are those of the streets; the numbers drawn from them are others.
    """
    rng = np.random.default_rng([int(GENERATOR_VERSION), STREAM, seed, family])
    looks = room_family(family)
    plan = random_plan(rng, looks)
    kit = random_kit(rng, looks)
    style = _style(rng, kit)
    site = _Site(rng, kit, style)
    _room(site, plan.room, style, main=True)
    dim = sum(map(area, site.windows)) < _DIM * plan.room.area
    for room in plan.beyond:
        other = style if rng.random() < 0.5 else style._replace(hull=_hull(rng, kit))
        _room(site, room, other, main=False)
    sky = random_daylight(rng, stacked(site.windows), stacked(site.lamps), dim)
    table = kit.materials.table()
    if not sky.lamps_on:
        table.params[kit.lamp, 0] = 0.0
    return Interior(join(site.parts), table, sky, plan)


def _hull(rng: np.random.Generator, kit: Kit) -> shell.HullLook:
    family, materials = kit.family, kit.materials

    def one(group: tuple[Look, ...], spread: float) -> int:
        return repainted_look(rng, pick(rng, group), spread).add_to(materials)

    wall = one(family.walls, 0.1)
    skirting = kit.trim if rng.random() < 0.7 else pick(rng, kit.woods)
    return shell.HullLook(
        floor=one(family.floors, 0.1),
        wall=wall,
        accent=one(family.walls, 0.1),
        wainscot=one(family.walls, 0.1),
        wainscot_m=float(rng.uniform(0.8, 1.4)) if rng.random() < 0.12 else 0.0,
        ceiling=one(family.ceilings, 0.06),
        skirting=skirting,
        skirting_m=float(rng.uniform(0.05, 0.16)) if rng.random() < 0.8 else 0.0,
        accent_wall=int(rng.integers(4)) if rng.random() < 0.35 else -1,
    )


def _style(rng: np.random.Generator, kit: Kit) -> _Style:
    family = kit.family
    shape = pick(rng, family.doors)
    leaf = kit.trim if shape.painted else pick(rng, kit.woods + kit.plastics)
    frame = kit.trim if rng.random() < 0.6 else leaf
    milky = rng.random() < 0.25
    doors = openings.DoorLook(
        shape, leaf, frame, pick(rng, kit.metals), kit.milky if milky else kit.pane
    )
    return _Style(
        _hull(rng, kit),
        doors,
        pick(rng, family.windows),
        str(rng.choice(['curtains', 'roller', 'blinds', 'none'], p=[0.27, 0.13, 0.15, 0.45])),
        pick(rng, kit.cloths),
        kit.milky if rng.random() < 0.06 else kit.pane,
        str(rng.choice(lamps.STYLES)),
    )


def _room(site: _Site, room: Room, style: _Style, main: bool) -> None:
    rng, kit = site.rng, site.kit
    skylights = _skylights(rng, room) if main else ()
    site.parts.append(shell.hull(room, style.hull, skylights))
    for hole in skylights:
        _skylight(site, room, hole)
    for wall in room.walls:
        for opening in wall.openings:
            _opening(site, room, wall, opening, style)
    if main and room.roof.kind == 'flat' and rng.random() < 0.2:
        wood = pick(rng, kit.woods) if rng.random() < 0.6 else style.hull.wall
        drop, pitch = float(rng.uniform(0.08, 0.35)), float(rng.uniform(0.6, 2.5))
        site.parts.append(shell.beams(room, rng, wood, drop, pitch))
    if main and room.roof.height > 2.7 and rng.random() < 0.2:
        site.parts.append(_duct(rng, room, kit))
    lit = lamps.ceiling_lamps(rng, room, kit, style.lamps, skylights)
    site.parts.append(lit.mesh)
    site.lamps += lit.rows
    floor = Floor(room, kit, rng, site.next_number)
    furnish(floor)
    site.parts += floor.parts
    site.next_number = floor.next_number


def _opening(site: _Site, room: Room, wall: Wall, opening: Opening, style: _Style) -> None:
    if opening.kind == 'hole':  # seen from the other side, built there
        return
    rng, kit, thick = site.rng, site.kit, room.thick_m
    s = 0.5 * (opening.start + opening.end)

    def put(mesh: Mesh) -> None:
        site.parts.append(openings.placed(mesh, wall, s))

    put(openings.reveal(opening, thick, style.hull.floor, style.hull.wall))
    if opening.kind == 'door':
        look = style.doors
        mesh = openings.door(rng, opening, look, thick, wall.outer)
        if wall.outer:
            site.windows.append(openings.portal(wall, opening, thick, 0.8))
        if wall.outer or not opening.beyond:
            back = kit.pane if wall.outer else kit.plastics[0]
            mesh = join([mesh, _back(opening, thick, back)])
        put(site.number(mesh))
    elif opening.kind in ('window', 'glazing'):
        shape = style.window
        if opening.kind == 'glazing':
            shape = shape._replace(rows=1, frame_m=0.04)
        put(site.number(openings.window(opening, shape, kit.frame, style.pane, thick)))
        if opening.kind == 'window':
            _dress(site, room, wall, opening, style, put)
    elif rng.random() < 0.4:  # a passage with a casing
        size = (0.02, 0.08, opening.top + 0.08)
        y = 0.5 * (opening.end - opening.start) + 0.04
        put(join(box(size, (0.01, side * y, 0), ids.WALL, kit.trim) for side in (-1, 1)))


def _dress(
    site: _Site,
    room: Room,
    wall: Wall,
    opening: Opening,
    style: _Style,
    put: Callable[[Mesh], None],
) -> None:
    """Put curtain or blind, radiator and sill of a window; note the light that comes in."""
    rng, kit, share = site.rng, site.kit, 1.0
    if style.dressing != 'none' and rng.random() < 0.85:
        mesh, share = openings.dressing(rng, opening, kit, style.cloth, style.dressing)
        put(mesh)
    site.windows.append(openings.portal(wall, opening, room.thick_m, share))
    wide = opening.end - opening.start
    if opening.bottom > 0.55 and rng.random() < 0.45:
        high = min(opening.bottom - 0.25, 0.6)
        put(openings.radiator(wide * float(rng.uniform(0.6, 0.95)), high, kit.trim))
    if opening.bottom > 0.3:
        size = (float(rng.uniform(0.02, 0.2)), wide + 0.08, 0.03)
        put(box(size, (0.5 * size[0], 0, opening.bottom - 0.03), ids.WALL, kit.trim))


def _back(opening: Opening, thick: float, material: int) -> Mesh:
    """Close the far side of a shut door, so that no ray slips past its leaves."""
    y, top = 0.5 * (opening.end - opening.start), opening.top
    corners = [(-thick, -y, 0), (-thick, y, 0), (-thick, y, top), (-thick, -y, top)]
    return quads([corners], ids.DOOR, material)


def _skylights(rng: np.random.Generator, room: Room) -> tuple[Rect, ...]:
    if room.roof.kind == 'gable' or rng.random() > 0.1:
        return ()
    x0, y0, x1, y1 = room.largest
    w, d = float(rng.uniform(0.6, 1.3)), float(rng.uniform(0.8, 2.0))
    if x1 - x0 < w + 0.6 or y1 - y0 < d + 0.6:
        return ()
    x, y = float(rng.uniform(x0 + 0.3, x1 - w - 0.3)), float(rng.uniform(y0 + 0.3, y1 - d - 0.3))
    return ((x, y, x + w, y + d),)


def _skylight(site: _Site, room: Room, hole: Rect) -> None:
    """Put a shaft, a frame and a pane above a hole in the ceiling."""
    x0, y0, x1, y1 = hole
    rise = float(site.rng.uniform(0.1, 0.5))
    flat = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    low = np.array([(x, y, room.roof.z(x, y)) for x, y in flat])
    high = low + np.array([0, 0, rise])
    sides = [[low[(k + 1) % 4], low[k], high[k], high[(k + 1) % 4]] for k in range(4)]
    middle = 0.5 * (high[0] + high[2])
    bar = site.style.window.frame_m
    inner = middle + (high - middle) * (1 - 2 * bar / min(x1 - x0, y1 - y0))
    frame = [[high[k], high[(k + 1) % 4], inner[(k + 1) % 4], inner[k]] for k in range(4)]
    site.parts.append(quads(sides, ids.CEILING, site.style.hull.ceiling))
    pane = join(
        [
            quads(frame, ids.WINDOW, site.kit.frame),
            quads([inner], ids.WINDOW, site.kit.pane),
        ]
    )
    site.parts.append(site.number(pane))
    half = np.array([0.5 * (x1 - x0), 0, 0]), np.array([0, 0.5 * (y1 - y0), 0])
    down = np.array([0.0, 0.0, -1.0])
    site.windows.append(rectangle(middle - [0, 0, 0.05], *half, down, (1.5, 1.5, 1.5)))


def _duct(rng: np.random.Generator, room: Room, kit: Kit) -> Mesh:
    """Return an air duct below the ceiling along the longer side."""
    x0, y0, x1, y1 = room.largest
    r, metal = float(rng.uniform(0.1, 0.25)), pick(rng, kit.metals)
    z = room.roof.height - r - 0.05
    share = float(rng.uniform(0.2, 0.8))
    if x1 - x0 > y1 - y0:
        y = y0 + share * (y1 - y0)
        ends = ((x0, y, z), (x1, y, z))
    else:
        x = x0 + share * (x1 - x0)
        ends = ((x, y0, z), (x, y1, z))
    return tube(*ends, (r, r), ids.OTHER, metal, 14)
