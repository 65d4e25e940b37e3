"""Buildings of special form: halls, churches, garages, glass towers, building sites.

Convention: as in buildings.py, with the front corner at the origin.
"""

from collections.abc import Callable

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import massing, roofs
from panoseg_ros.synthetic.assets.skins import FacadeDesign, skin_of
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, quads, upright
from panoseg_ros.synthetic.surfaces import facades as fac
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette, walls
from panoseg_ros.synthetic.surfaces import windows as win
from panoseg_ros.synthetic.surfaces.materials import Materials

Size = tuple[float, float, float]
Builder = Callable[[np.random.Generator, Materials, FacadeDesign, Size], Mesh]


def choose(rng: np.random.Generator, size: Size, pitched: bool) -> Builder | None:
    """Return a special building that suits a lot, or None for an ordinary one."""
    wide, deep, tall = size
    chance = rng.random()
    if tall < 3.6:
        return garages if chance < 0.4 else None
    if wide > 9.0 and tall < 10.0 and not pitched and chance < 0.3:
        return hall
    if wide > 8.0 and deep > 9.0 and chance > 0.975:
        return church
    if not pitched and tall > 9.0 and chance > 0.93:
        return glass_tower if chance < 0.965 else car_deck
    if not pitched and 0.3 < chance < 0.325:
        return building_site
    return None


def _changed(design: FacadeDesign, changes: dict[int, float]) -> FacadeDesign:
    params = list(design.params)
    for column, value in changes.items():
        params[column] = value
    return design._replace(params=tuple(params))


def hall(rng: np.random.Generator, materials: Materials, design: FacadeDesign, size: Size) -> Mesh:
    """Return a workshop or market hall: sheet or brick, high windows, wide gates."""
    kind = float(rng.choice([walls.SHEET, walls.BRICK, walls.CONCRETE, walls.PANEL]))
    wide, deep, tall = size
    design = _changed(
        design,
        {
            fac.WALL: kind,
            fac.STOREY_M: tall if rng.random() < 0.5 else 0.5 * tall,
            fac.BAY_M: rng.uniform(3.5, 6.0),
            fac.WIN_H: rng.uniform(0.15, 0.5),
            fac.SILL: rng.uniform(0.3, 0.5),
            fac.WIN_W: rng.uniform(0.4, 0.95),
            fac.GROUND: float(rng.choice([fac.GROUND_SAME, fac.GROUND_PLAIN, fac.GROUND_GARAGE])),
            fac.PANES: 4.0,
            fac.SHUTTERS: 0.0,
        },
    )
    skin = skin_of(rng, materials, design, wide, tall)
    plan = roofs.Rect(0, 0, wide, deep)
    form = str(rng.choice(['sawtooth', 'barrel', 'gable', 'gable_street', 'flat']))
    rise = rng.uniform(1.2, 3.0)
    parts = [
        massing.prism(massing.rectangle(plan), 0.0, tall, skin),
        roofs.roof(rng, form, plan, tall, rise, skin),
    ]
    gates = materials.add(mat.CORRUGATED, [palette.coat(rng)], [0.4, 0.3, 1.0])
    x = rng.uniform(0.1, 0.6) * wide
    high, broad = min(4.2, 0.75 * tall), min(4.5, 0.3 * wide)
    parts.append(box((broad, 0.1, high), (x + 0.5 * broad, -0.03, 0), ids.BUILDING, gates))
    if rng.random() < 0.4:
        parts.append(
            box(
                (broad + 1.5, 1.4, 0.2),
                (x + 0.5 * broad, -0.6, high + 0.2),
                ids.BUILDING,
                skin.metal,
            )
        )
    return join(parts)


def church(
    rng: np.random.Generator, materials: Materials, design: FacadeDesign, size: Size
) -> Mesh:
    """Return a nave with a steep roof and a tower with a spire or dome."""
    nave_m = min(size[0], rng.uniform(8.0, 12.0))
    eaves = rng.uniform(6.0, 10.0)
    design = _changed(
        design,
        {
            fac.WALL: float(rng.choice([walls.ASHLAR, walls.RUBBLE, walls.BRICK, walls.PLASTER])),
            fac.SHAPE: win.ARCH,
            fac.STOREY_M: eaves,
            fac.BAY_M: nave_m / 3.0,
            fac.WIN_W: 0.32,
            fac.WIN_H: 0.55,
            fac.SILL: 0.28,
            fac.GROUND: fac.GROUND_SAME,
            fac.DOORS: 0.2,
            fac.SHUTTERS: 0.0,
            fac.RIBBON: 0.0,
        },
    )
    skin = skin_of(rng, materials, design, nave_m, eaves)
    side = rng.uniform(3.2, 5.0)
    tower = eaves * rng.uniform(1.6, 2.6)
    deep = max(size[1], 14.0)
    x = 0.5 * (nave_m - side) if rng.random() < 0.6 else 0.0
    nave = roofs.Rect(0, 0.6 * side, nave_m, deep)
    foot = roofs.Rect(x, 0, x + side, side)
    sides = int(rng.choice([4, 4, 8]))
    cap = (x + 0.5 * side, 0.5 * side, tower)
    return join(
        [
            massing.prism(massing.rectangle(nave), 0, eaves, skin),
            roofs.roof(rng, 'gable_street', nave, eaves, 0.7 * nave_m, skin),
            massing.prism(massing.rectangle(foot), 0, tower, skin),
            roofs.spire(
                cap, 0.72 * side, side * rng.uniform(1.0, 3.0), sides, skin, rng.random() < 0.3
            ),
        ]
    )


def garages(
    rng: np.random.Generator, materials: Materials, design: FacadeDesign, size: Size
) -> Mesh:
    """Return a low row of garages under one flat or tilted roof."""
    design = _changed(
        design,
        {
            fac.GROUND: fac.GROUND_GARAGE,
            fac.BAY_M: rng.uniform(2.7, 3.4),
            fac.DOORS: 0.0,
            fac.PLINTH_M: 0.0,
        },
    )
    skin = skin_of(rng, materials, design, size[0], size[2])
    plan = roofs.Rect(0, 0, size[0], size[1])
    form = str(rng.choice(['flat', 'shed', 'gable']))
    return join(
        [
            massing.prism(massing.rectangle(plan), 0, size[2], skin),
            roofs.roof(rng, form, plan, size[2], 0.8, skin),
        ]
    )


def glass_tower(
    rng: np.random.Generator, materials: Materials, design: FacadeDesign, size: Size
) -> Mesh:
    """Return a high-rise of glass, slab or with a round or cut plan."""
    dark = palette.hsv(rng, (0.45, 0.7), (0.0, 0.5), (0.02, 0.3))
    design = FacadeDesign(
        (dark, palette.near(rng, dark), palette.metal(rng), palette.coat(rng)),
        _changed(
            design,
            {
                fac.WALL: walls.PANEL,
                fac.RIBBON: 1.0,
                fac.COATED: rng.uniform(0.0, 3.0),
                fac.WIN_H: rng.uniform(0.7, 0.95),
                fac.SILL: 0.03,
                fac.BAY_M: rng.uniform(1.1, 2.5),
                fac.SHAPE: win.RECT,
                fac.SHUTTERS: 0.0,
                fac.SURROUND: 0.0,
                fac.GROUND: fac.GROUND_SAME,
                fac.BLANK: 0.0,
            },
        ).params,
    )
    tall = size[2] * rng.uniform(1.5, 3.5)
    skin = skin_of(rng, materials, design, size[0], tall)
    wide, deep = size[0], size[1]
    plan = massing.rectangle(roofs.Rect(0, 0, wide, deep))
    if rng.random() < 0.4:
        plan = massing.regular((0.5 * wide, 0.5 * deep), 0.5 * min(wide, deep), 16)
    elif rng.random() < 0.5:
        cut = 0.25 * min(wide, deep)
        plan = np.array(
            [(cut, 0), (wide, 0), (wide, deep - cut), (wide - cut, deep), (0, deep), (0, cut)]
        )
    lid = roofs.roof(
        rng, 'flat', roofs.Rect(0.3 * wide, 0.3 * deep, 0.7 * wide, 0.7 * deep), tall, 0.0, skin
    )
    return join([massing.prism(plan, 0.0, tall, skin), lid])


def car_deck(
    rng: np.random.Generator, materials: Materials, design: FacadeDesign, size: Size
) -> Mesh:
    """Return an open multi-storey car park: slabs and parapets one sees between."""
    wide, deep, tall = size
    concrete = materials.add(
        mat.MASONRY,
        [palette.stone(rng), palette.stone(rng), (0.1, 0.1, 0.1)],
        [walls.CONCRETE, rng.uniform(0.2, 0.9)],
    )
    rows = max(2, round(tall / 2.9))
    z = np.arange(rows + 1) * 2.9
    middle = (0.5 * wide, 0.5 * deep)
    parts = [
        boxes([(wide, deep, 0.3)] * rows, [(*middle, k) for k in z[1:]], ids.BUILDING, concrete)
    ]
    for y in (0.08, deep - 0.08):
        parts.append(
            boxes(
                [(wide, 0.16, 1.0)] * rows,
                [(middle[0], y, k) for k in z[1:]],
                ids.BUILDING,
                concrete,
            )
        )
    for x in (0.08, wide - 0.08):
        parts.append(
            boxes(
                [(0.16, deep, 1.0)] * rows,
                [(x, middle[1], k) for k in z[1:]],
                ids.BUILDING,
                concrete,
            )
        )
    posts = [
        (x, y, 0.0)
        for x in np.linspace(0.3, wide - 0.3, max(2, round(wide / 5.0)))
        for y in (0.5, deep - 0.5)
    ]
    parts.append(boxes([(0.5, 0.5, z[-1])] * len(posts), posts, ids.BUILDING, concrete))
    core = rng.uniform(0.0, 0.7) * wide
    parts.append(box((4.0, 4.0, z[-1] + 2.8), (core + 2.0, deep - 2.2, 0), ids.BUILDING, concrete))
    return join(parts)


def building_site(
    rng: np.random.Generator, materials: Materials, design: FacadeDesign, size: Size
) -> Mesh:
    """Return a bare frame of slabs and columns under construction, closed below at the back."""
    wide, deep, tall = size
    raw = materials.add(
        mat.MASONRY,
        [palette.stone(rng), palette.stone(rng), (0.1, 0.1, 0.1)],
        [float(rng.choice([walls.CONCRETE, walls.BRICK])), 0.4],
    )
    steel = materials.add(mat.PLAIN, [palette.metal(rng)], [0.4, 0.4])
    rows = max(1, round(tall / 3.0))
    z = np.arange(rows + 1) * 3.0
    middle = (0.5 * wide, 0.5 * deep)
    parts = [
        boxes([(wide, deep, 0.25)] * (rows + 1), [(*middle, k) for k in z], ids.BUILDING, raw)
    ]
    feet = [
        (x, y, 0.0)
        for x in np.linspace(0.4, wide - 0.4, max(2, round(wide / 4.0)))
        for y in np.linspace(0.4, deep - 0.4, 3)
    ]
    parts.append(boxes([(0.4, 0.4, z[-1])] * len(feet), feet, ids.BUILDING, raw))
    parts.append(
        boxes(
            [(0.05, 0.05, 1.6)] * len(feet),
            [(x, y, z[-1]) for x, y, _ in feet],
            ids.BUILDING,
            steel,
        )
    )
    filled = rng.random(rows) < 0.5
    back = deep - 0.2
    panels = [upright((0, back), (wide, back), k, k + 3.0) for k in z[:-1][filled]]
    if panels:
        parts.append(quads(panels, ids.BUILDING, raw))
    return join(parts)
