"""What stands out of a facade above the street: balconies, bays, cornices, stairs, ivy.

Convention: as in buildings.py. Parts reach up to 1.6 m out of the facade.
"""

from collections.abc import Callable

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import massing, storefronts
from panoseg_ros.synthetic.assets.fronts import Dress, Front, feet_at
from panoseg_ros.synthetic.assets.skins import FacadeDesign, Skin
from panoseg_ros.synthetic.assets.vegetation import ivy
from panoseg_ros.synthetic.mesh import Mesh, boxes, moved, quads, upright
from panoseg_ros.synthetic.surfaces import facades as fac
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials


def _balconies(d: Dress) -> list[Mesh]:
    slots = d.slots(float(d.rng.uniform(0.25, 0.8)))[:24]
    if len(slots) == 0:
        return []
    n, y, out = len(slots), d.front.y, float(d.rng.uniform(0.6, 1.5))
    wide = d.front.wide / d.front.bays * float(d.rng.uniform(0.65, 0.97))
    skin, middle = d.skin, y - 0.5 * out
    parts = [boxes([(wide, out, 0.16)] * n, feet_at(slots, middle, -0.1), ids.BUILDING, skin.trim)]
    if d.rng.random() < 0.5:  # closed parapets
        panel = skin.accent if d.rng.random() < 0.5 else skin.plain
        parts.append(boxes([(wide, 0.06, 1.0)] * n, feet_at(slots, y - out), ids.BUILDING, panel))
        for side in (-0.5, 0.5):
            feet = feet_at(slots, middle, 0.0, side * wide)
            parts.append(boxes([(0.06, out, 1.0)] * n, feet, ids.BUILDING, panel))
        return parts
    count = max(3, int(wide / 0.4))
    x = np.linspace(-0.5 * wide, 0.5 * wide, count)
    posts = np.repeat(feet_at(slots, y - out), count, 0) + np.column_stack(
        [np.tile(x, n), np.zeros((n * count, 2))]
    )
    sizes = [(wide, 0.04, 0.05)] * n + [(0.035, 0.035, 1.0)] * (n * count)
    feet = np.concatenate([feet_at(slots, y - out, 1.0), posts])
    parts.append(boxes(sizes, feet, ids.BUILDING, skin.metal))
    for side in (-0.5, 0.5):
        feet = feet_at(slots, middle, 1.0, side * wide)
        parts.append(boxes([(0.04, out, 0.05)] * n, feet, ids.BUILDING, skin.metal))
    return parts


def _bay_windows(d: Dress) -> list[Mesh]:
    """Return oriels: three-sided or square bays over one or more storeys."""
    front, rng = d.front, d.rng
    bay, storey = front.wide / front.bays, front.tall / front.storeys
    first = int(rng.integers(0, 2)) if front.storeys > 1 else 0
    last = int(rng.integers(first + 1, front.storeys + 1))
    out, slope = rng.uniform(0.5, 1.2), rng.uniform(0.0, 0.3) * bay
    parts = []
    for column in np.flatnonzero(rng.random(front.bays) < 0.4):
        a, b = front.x + (column + 0.04) * bay, front.x + (column + 0.96) * bay
        y = front.y
        plan = [(a, y), (a + slope, y - out), (b - slope, y - out), (b, y)]
        parts.append(massing.prism(plan, first * storey, last * storey, d.skin))
        for z in (first * storey, last * storey):
            lid = [[(px, py, z) for px, py in plan]]
            parts.append(quads(lid, ids.BUILDING, d.skin.trim))
    return parts


def _cornices(d: Dress) -> list[Mesh]:
    front, rng = d.front, d.rng
    storey = front.tall / front.storeys
    levels = [front.tall - 0.25]
    levels += [j * storey for j in range(1, front.storeys) if rng.random() < 0.35]
    out = rng.uniform(0.1, 0.5, len(levels)) * np.where(np.arange(len(levels)) == 0, 1.0, 0.4)
    sizes = np.column_stack(
        [np.full(len(levels), front.wide + 0.1), out, rng.uniform(0.1, 0.4, len(levels))]
    )
    feet = np.column_stack(
        [np.full(len(levels), front.x + 0.5 * front.wide), front.y - 0.5 * out, levels]
    )
    return [boxes(sizes, feet, ids.BUILDING, d.skin.trim)]


def _pilasters(d: Dress) -> list[Mesh]:
    front, rng = d.front, d.rng
    step = int(rng.integers(1, 4))
    x = front.x + np.arange(0, front.bays + 1, step) * front.wide / front.bays
    wide, out = rng.uniform(0.2, 0.6), rng.uniform(0.08, 0.3)
    feet = np.column_stack([x, np.full(len(x), front.y - 0.5 * out), np.zeros(len(x))])
    material = d.skin.trim if rng.random() < 0.6 else d.skin.plain
    return [boxes([(wide, out, front.tall)] * len(x), feet, ids.BUILDING, material)]


def _fire_escape(d: Dress) -> list[Mesh]:
    """Return platforms, rails and ladders in front of one column of windows."""
    front, skin = d.front, d.skin
    if front.storeys < 3:
        return []
    storey, rows = front.tall / front.storeys, front.storeys - 1
    x = front.x + float(d.rng.uniform(0.3, 0.7)) * front.wide
    z = storey * np.arange(1, front.storeys)
    y, wide = front.y - 0.55, 3.0
    parts = [
        boxes([(wide, 1.0, 0.06)] * rows, [(x, y, k) for k in z], ids.BUILDING, skin.metal),
        boxes(
            [(wide, 0.04, 0.05)] * 2 * rows,
            [(x, y - 0.5, k + h) for k in z for h in (0.5, 1.0)],
            ids.BUILDING,
            skin.metal,
        ),
        boxes(
            [(0.05, 0.05, 1.0)] * 4 * rows,
            [(x + i * wide / 3, y - 0.5, k) for k in z for i in (-1.5, -0.5, 0.5, 1.5)],
            ids.BUILDING,
            skin.metal,
        ),
    ]
    flip = np.where(np.arange(rows) % 2 == 0, 1.0, -1.0)
    for k, way in zip(z[:-1], flip, strict=False):
        a, b = x - 1.1 * way, x + 1.1 * way
        flight = [
            [
                (a, y - 0.35, k),
                (b, y - 0.35, k + storey),
                (b, y + 0.2, k + storey),
                (a, y + 0.2, k),
            ]
        ]
        parts.append(quads(flight, ids.BUILDING, skin.metal))
    return parts


def _machines(d: Dress) -> list[Mesh]:
    """Return air conditioners, meters and dishes below windows."""
    slots = d.slots(0.5, 0 if d.rng.random() < 0.2 else 1)
    slots = slots[d.rng.random(len(slots)) < 0.5]
    if len(slots) == 0:
        return []
    bay = d.front.wide / d.front.bays
    feet = feet_at(slots, d.front.y - 0.2, 0.1, 0.3 * bay)
    return [boxes([(0.75, 0.35, 0.55)] * len(slots), feet, ids.BUILDING, d.skin.metal)]


def _sills(d: Dress) -> list[Mesh]:
    """Return stone sills or flower boxes under windows."""
    slots = d.slots(1.0)[:36]
    params = d.design.params
    if len(slots) == 0 or params[fac.RIBBON] > 0.5:
        return []
    storey, bay = d.skin.storey_m, d.skin.bay_m
    wide, low = params[fac.WIN_W] * bay + 0.2, params[fac.SILL] * storey
    parts = [
        boxes(
            [(wide, 0.2, 0.08)] * len(slots),
            feet_at(slots, d.front.y - 0.08, low - 0.08),
            ids.BUILDING,
            d.skin.trim,
        )
    ]
    if d.rng.random() < 0.4:
        lintel = low + params[fac.WIN_H] * storey
        parts.append(
            boxes(
                [(wide, 0.18, 0.14)] * len(slots),
                feet_at(slots, d.front.y - 0.07, lintel),
                ids.BUILDING,
                d.skin.trim,
            )
        )
    return parts


def _scaffold(d: Dress) -> list[Mesh]:
    """Return a scaffold in front of the whole facade, open or behind a net."""
    front, rng = d.front, d.rng
    rows, count = max(1, int(front.tall / 2.0)), max(2, round(front.wide / 2.5)) + 1
    x = np.linspace(front.x, front.x + front.wide, count)
    y, z = front.y - 0.9, 2.0 * np.arange(1, rows + 1)
    middle = front.x + 0.5 * front.wide
    wood = d.materials.add(mat.PLANKS, [palette.stone(rng)], [0.2, 0.4, 1.0])
    parts = [
        boxes(
            [(0.05, 0.05, front.tall + 1.0)] * count,
            [(k, y, 0) for k in x],
            ids.BUILDING,
            d.skin.metal,
        ),
        boxes(
            [(front.wide, 0.8, 0.05)] * rows,
            [(middle, y + 0.45, k) for k in z],
            ids.BUILDING,
            wood,
        ),
        boxes(
            [(front.wide, 0.05, 0.05)] * rows,
            [(middle, y, k + 1.0) for k in z],
            ids.BUILDING,
            d.skin.metal,
        ),
    ]
    if rng.random() < 0.5:
        net = d.materials.add(mat.PLAIN, [palette.coat(rng)], [0.5, 0.8])
        low = rng.uniform(0.0, 2.5)
        sheet = upright((x[0], y - 0.06), (x[-1], y - 0.06), low, front.tall + 0.8)
        parts.append(quads([sheet], ids.BUILDING, net))
    return parts


def _ivy(d: Dress) -> list[Mesh]:
    front, rng = d.front, d.rng
    wide = front.wide * rng.uniform(0.15, 0.6)
    tall = front.tall * rng.uniform(0.25, 0.9)
    x = front.x + rng.uniform(0, front.wide - wide)
    return [moved(ivy(rng, d.materials, wide, tall), (x, front.y, 0))]


_ORNAMENTS: tuple[tuple[Callable[[Dress], list[Mesh]], float], ...] = (
    (_cornices, 0.45),
    (_balconies, 0.26),
    (_sills, 0.3),
    (storefronts.awnings, 0.5),
    (storefronts.shop_signs, 0.36),
    (storefronts.posters, 0.42),
    (storefronts.canopy, 0.14),
    (storefronts.eaves, 0.14),
    (_bay_windows, 0.12),
    (_pilasters, 0.16),
    (storefronts.columns, 0.1),
    (_machines, 0.14),
    (storefronts.lamps, 0.3),
    (storefronts.stoop, 0.3),
    (_fire_escape, 0.05),
    (storefronts.flags, 0.1),
    (_scaffold, 0.04),
    (_ivy, 0.08),
)


def dress(
    rng: np.random.Generator,
    materials: Materials,
    front: Front,
    design: FacadeDesign,
    skin: Skin,
) -> list[Mesh]:
    """Return a random choice of ornaments for the street side of a building."""
    task = Dress(rng, materials, front, design, skin)
    parts: list[Mesh] = []
    for make, chance in _ORNAMENTS:
        if rng.random() < chance:
            parts += make(task)
    return parts
