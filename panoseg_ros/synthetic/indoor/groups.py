"""Groups of furniture: desks with chairs, tables with chairs, sofas with low tables."""

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor import clutter, ids, seating, tables
from panoseg_ros.synthetic.indoor import surfaces as srf
from panoseg_ros.synthetic.indoor.arranging import Floor, ahead
from panoseg_ros.synthetic.indoor.looks import add, covering
from panoseg_ros.synthetic.indoor.shapes import pillow, sheet
from panoseg_ros.synthetic.mesh import Mesh, moved, quads
from panoseg_ros.synthetic.surfaces import palette


def seat_at(floor: Floor, mesh: Mesh, x: float, y: float, yaw: float, loose: float = 0.25) -> None:
    """Put a chair, not quite straight, if the spot lies in the room."""
    turn = yaw + float(floor.rng.normal(0, loose))
    rect = floor.around(x, y, 0.0, (0.45, 0.45))
    if not floor.room.holds(rect):
        return
    floor.put(mesh, x, y, turn)
    floor.taken.append(rect)
    if floor.chance(0.06):
        floor.put(clutter.person(floor.rng, floor.kit, True), x, y, turn)


def put_desk(
    floor: Floor,
    chair: Mesh,
    desk: Mesh,
    size: tuple[float, float],
    place: tuple[float, float, float],
) -> None:
    """Put a desk whose user sits in front of it (+x), with a screen and things on it."""
    x, y, yaw = place
    rng, kit = floor.rng, floor.kit
    floor.put(desk, x, y, yaw)
    if floor.chance(0.95):
        at = ahead(x, y, yaw, 0.5 * size[0] + floor.draw(0.05, 0.45), floor.draw(-0.2, 0.2))
        seat_at(floor, chair, *at, yaw + np.pi, 0.5)
    for _ in range(int(rng.choice([0, 1, 1, 2]))):
        at = ahead(x, y, yaw, -0.25 * size[0], floor.draw(-0.3, 0.3) * size[1])
        floor.put(
            clutter.screen(rng, kit, floor.draw(0.35, 0.65), True),
            *at,
            yaw + rng.normal(0, 0.15),
            0.74,
        )
    things = clutter.small_things(rng, kit, 0.8 * size[0], size[1], int(rng.integers(0, 5)))
    floor.put(things, x, y, yaw, 0.74)
    if floor.chance(0.35):
        box = clutter.cabinet(rng, kit, 0.4, 0.55, 0.5)
        floor.put(box, *ahead(x, y, yaw, 0.0, 0.5 * size[1] - 0.25), yaw)


def put_desks(floor: Floor, count: int, by_wall: float) -> None:
    """Put equal desks against walls, or anywhere, as `by_wall` is 1 or 0."""
    rng, kit = floor.rng, floor.kit
    size = (floor.draw(0.6, 0.85), floor.draw(1.1, 1.9))
    chair = seating.random_chair(rng, kit, swivel=floor.chance(0.8) or None)
    desk = tables.random_table(rng, kit, (*size, 0.74))
    for _ in range(count):
        whole = (size[0] + 0.75, size[1])
        if floor.chance(by_wall):
            place = floor.by_wall(size, low_only=True, front=0.75)
        else:
            place = floor.on_floor(whole)
            if place is not None:
                place = (*ahead(*place, -0.37), place[2])
        if place is not None:
            put_desk(floor, chair, desk, size, place)


def put_storage(floor: Floor, count: int) -> None:
    """Put shelves and cabinets against walls."""
    rng, kit = floor.rng, floor.kit
    for _ in range(count):
        wide, high, deep = floor.draw(0.5, 1.8), floor.draw(0.7, 2.2), floor.draw(0.28, 0.5)
        place = floor.by_wall((deep, wide), low_only=high < 0.85)
        if place is None:
            continue
        make = clutter.shelf if floor.chance(0.5) else clutter.cabinet
        floor.put(make(rng, kit, wide, high, deep), *place)
        if high < 1.3 and floor.chance(0.6):
            floor.put(clutter.small_things(rng, kit, deep, wide, 4), *place, high)


def put_table_group(
    floor: Floor,
    size: tuple[float, float],
    place: tuple[float, float, float],
    swivel: bool | None = False,
) -> None:
    """Put a table with chairs on its sides; size is across and along the table."""
    rng, kit = floor.rng, floor.kit
    x, y, yaw = place
    floor.put(tables.random_table(rng, kit, (*size, floor.draw(0.71, 0.77))), x, y, yaw)
    chair = seating.random_chair(rng, kit, swivel)
    count = max(1, int(size[1] / floor.draw(0.58, 0.85)))
    missing = float(rng.choice([0.0, 0.15]))
    for side in (-1, 1):
        for k in range(count):
            if floor.chance(missing):
                continue
            off = ((k + 0.5) / count - 0.5) * size[1]
            out = 0.5 * size[0] + floor.draw(0.0, 0.35)
            at = ahead(x, y, yaw, side * out, off)
            seat_at(floor, chair, *at, yaw + (np.pi if side > 0 else 0.0))
        if size[1] > 1.1 and floor.chance(0.5):
            at = ahead(x, y, yaw, 0.0, side * (0.5 * size[1] + 0.2))
            seat_at(floor, chair, *at, yaw - side * np.pi / 2)
    if floor.chance(0.7):
        floor.put(
            clutter.small_things(rng, kit, size[0], size[1], int(rng.integers(1, 7))),
            x,
            y,
            yaw,
            0.75,
        )


def put_dining_group(floor: Floor) -> None:
    """Put a dining table with chairs somewhere, a smaller one where it is narrow."""
    wide = floor.draw(0.75, 1.05)
    long = wide if floor.chance(0.3) else floor.draw(1.2, 2.4)
    for factor in (1.0, 0.75):
        size = (wide * factor, long * factor)
        place = floor.on_floor((size[0] + 1.0, size[1] + 0.4), tries=16)
        if place is not None:
            put_table_group(floor, size, place, False)
            return


def put_sofa_group(floor: Floor, anywhere: bool = False) -> bool:
    """Put a sofa with a low table, perhaps armchairs and a rug; return whether it fitted."""
    rng, kit = floor.rng, floor.kit
    shape = pick(rng, kit.family.sofas)
    frame, cover = pick(rng, kit.woods), pick(rng, kit.cloths)
    for places in (int(rng.choice([2, 2, 3, 3, 4])), 2):
        size = seating.sofa_size(shape, places)
        place = _sofa_place(floor, size, anywhere)
        if place is not None:
            break
    if place is None:
        return False
    make = seating.corner_sofa if floor.chance(0.25) else seating.sofa
    floor.put(make(shape, places, frame, cover), *place)
    for _ in range(int(rng.integers(0, 4))):
        at = ahead(*place, -0.05, floor.draw(-0.4, 0.4) * size[1])
        pad = pillow((0.12, 0.42, 0.4), (0, 0, 0), ids.OTHER, pick(rng, kit.cloths), 0.05)
        floor.put(pad, *at, place[2] + rng.normal(0, 0.2), shape.seat_m)
    _before_sofa(floor, *place, size)
    return True


def _sofa_place(
    floor: Floor, size: tuple[float, float], anywhere: bool
) -> tuple[float, float, float] | None:
    """Take a place with floor before it, against a wall or `anywhere`."""
    front = floor.draw(0.8, 1.2)
    if not anywhere:
        place = floor.by_wall(size, low_only=True, front=front, tries=40)
        if place is not None or floor.chance(0.5):
            return place
    place = floor.on_floor((size[0] + front, size[1]), tries=30)
    if place is None:
        return None
    x, y = ahead(*place, -0.5 * front)
    floor.taken[-1] = floor.around(x, y, place[2], size)
    return x, y, place[2]


def _before_sofa(floor: Floor, x: float, y: float, yaw: float, size: tuple[float, float]) -> None:
    rng, kit = floor.rng, floor.kit
    wide = min(size[1], floor.draw(0.5, 1.3))
    deep = wide if wide < 0.8 else floor.draw(0.45, 0.75)
    at = ahead(x, y, yaw, 0.5 * size[0] + 0.35 + 0.5 * deep)
    if floor.chance(0.85) and floor.claim(*at, yaw, (deep, wide)):
        low = floor.draw(0.3, 0.48)
        floor.put(tables.random_table(rng, kit, (deep, wide, low)), *at, yaw)
        floor.put(
            clutter.small_things(rng, kit, deep, wide, int(rng.integers(0, 4))), *at, yaw, low
        )
    if floor.chance(0.5):
        _rug(floor, *at, yaw, (floor.draw(1.4, 2.2), floor.draw(1.6, 3.0)))
    shape = pick(rng, kit.family.sofas)
    cover = pick(rng, kit.cloths)
    for _ in range(int(rng.integers(0, 3))):
        side = int(rng.choice([-1, 1]))
        armchair = seating.sofa(shape, 1, pick(rng, kit.woods), cover, ids.CHAIR)
        own = seating.sofa_size(shape, 1)
        spot = ahead(
            x,
            y,
            yaw,
            0.5 * size[0] + floor.draw(0.4, 1.4),
            side * (0.5 * size[1] + 0.5 * own[0]),
        )
        turn = yaw - side * np.pi / 2
        if floor.claim(*spot, turn, own):
            floor.put(armchair, *spot, turn + rng.normal(0, 0.15))


def _rug(floor: Floor, x: float, y: float, yaw: float, size: tuple[float, float]) -> None:
    rect = floor.around(x, y, yaw, size)
    if not floor.room.holds(rect):
        return
    rng, color = floor.rng, covering(floor.rng)
    pattern = rng.choice([0.0, rng.uniform(0.05, 0.4)])
    rug = add(floor.kit.materials, srf.CARPET, [color, palette.cloth(rng)], [0.5, 0.0, pattern])
    half = 0.5 * size[0], 0.5 * size[1]
    flat = [
        [
            (half[0], -half[1], 0.01),
            (half[0], half[1], 0.01),
            (-half[0], half[1], 0.01),
            (-half[0], -half[1], 0.01),
        ]
    ]
    floor.parts.append(moved(quads(flat, ids.FLOOR, rug), (x, y, 0.0), yaw))


def put_columns(floor: Floor) -> None:
    """Put columns or none."""
    rng = floor.rng
    if floor.chance(0.5):
        cover = pick(rng, floor.kit.plastics + floor.kit.woods)
        mesh = clutter.column(rng, floor.kit, floor.room.roof.height, cover)
        for _ in range(int(rng.integers(1, 5))):
            place = floor.on_floor((0.6, 0.6))
            if place is not None:
                floor.put(mesh, *place)


def put_extras(floor: Floor) -> None:
    """Hang pictures and boards, strew plants, bins, people."""
    rng, kit = floor.rng, floor.kit
    for _ in range(int(rng.integers(0, 3 + int(floor.room.area / 12)))):
        wide, high = floor.draw(0.25, 1.6), floor.draw(0.25, 1.1)
        floor.hang(clutter.board(rng, kit, wide, high), wide, floor.draw(1.35, 1.75))
    if floor.chance(0.15):
        wide = floor.draw(0.4, 1.2)
        pane = sheet((wide, 1.0), (0.01, 0, 0), ids.OTHER, kit.mirror)
        floor.hang(pane, wide, 1.5)
    for _ in range(int(rng.integers(0, 4))):
        place = floor.on_floor((0.4, 0.4), tries=4)
        if place is not None:
            high = floor.draw(0.5, 1.9)
            mesh = (
                clutter.plant(rng, kit, high)
                if floor.chance(0.5)
                else clutter.box_of_things(rng, kit)
            )
            floor.put(mesh, *place)
    for _ in range(int(rng.choice([0, 0, 0, 1, 2, 4]))):
        place = floor.on_floor((0.5, 0.5), tries=4)
        if place is not None:
            floor.put(clutter.person(rng, kit, False), *place[:2], floor.draw(0, 6.28))
