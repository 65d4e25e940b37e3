"""What each kind of room is furnished with."""

from collections.abc import Callable

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor import clutter, seating, tables
from panoseg_ros.synthetic.indoor.arranging import Floor, ahead
from panoseg_ros.synthetic.indoor.groups import (
    put_columns,
    put_desk,
    put_desks,
    put_dining_group,
    put_extras,
    put_sofa_group,
    put_storage,
    put_table_group,
    seat_at,
)

# How often a kind of room begins with a sofa; the other kinds see to it themselves.
_SOFAS = {
    'office': 0.5,
    'open office': 0.6,
    'classroom': 0.12,
    'bedroom': 0.5,
    'kitchen': 0.3,
    'dining': 0.4,
    'corridor': 0.5,
    'hall': 0.5,
}


def furnish(floor: Floor) -> None:
    """Furnish a room as its kind asks for, and strew small things."""
    if floor.chance(_SOFAS.get(floor.room.kind, 0.0)):
        put_sofa_group(floor)
    _ROOMS[floor.room.kind](floor)
    put_extras(floor)


def _office(floor: Floor) -> None:
    put_desks(floor, max(1, int(floor.room.area / 6)), 0.6)
    if floor.chance(0.4):
        size = (floor.draw(0.7, 1.0), floor.draw(0.7, 1.2))
        place = floor.on_floor((size[0] + 1.2, size[1] + 0.2))
        if place is not None:
            put_table_group(floor, size, place, None)
    put_storage(floor, int(floor.rng.integers(1, 4)))


def _open_office(floor: Floor) -> None:
    """Blocks of desks face to face, with or without screens between."""
    rng, kit = floor.rng, floor.kit
    size = (floor.draw(0.7, 0.85), floor.draw(1.2, 1.8))
    chair = seating.random_chair(rng, kit, swivel=True)
    desk = tables.random_table(rng, kit, (*size, 0.74))
    per_row, high = int(rng.integers(1, 4)), floor.draw(1.1, 1.6)
    divided, cover = floor.chance(0.55), pick(rng, kit.cloths)
    yaw = float(rng.integers(2)) * np.pi / 2
    whole = (2 * size[0] + 1.7, per_row * size[1] + 0.1)
    for _ in range(int(floor.room.area / 5)):
        place = floor.on_floor(whole, yaw, tries=12)
        if place is None:
            continue
        x, y, _ = place
        floor.taken.pop()
        floor.taken.append(floor.around(x, y, yaw, (2 * size[0], whole[1])))
        for k in range(per_row):
            off = ((k + 0.5) / per_row - 0.5) * per_row * size[1]
            for side in (1, -1):
                spot = ahead(x, y, yaw, side * (0.5 * size[0] + 0.02), off)
                put_desk(floor, chair, desk, size, (*spot, yaw if side > 0 else yaw + np.pi))
        if divided:
            part = clutter.screen_wall(per_row * size[1], high, cover, kit.metals[0])
            floor.put(part, x, y, yaw)
    put_storage(floor, int(rng.integers(2, 6)))


def _meeting(floor: Floor) -> None:
    rng, kit = floor.rng, floor.kit
    x0, y0, x1, y1 = floor.room.largest
    w, d = x1 - x0, y1 - y0
    yaw = 0.0 if d > w else np.pi / 2
    across, along = min(w, d), max(w, d)
    size = (min(floor.draw(0.9, 1.8), across - 1.9), min(floor.draw(1.6, 5.0), along - 2.0))
    if min(size) > 0.5:
        place = (0.5 * (x0 + x1), 0.5 * (y0 + y1), yaw)
        floor.taken.append(floor.around(*place, size))
        put_table_group(floor, size, place, True if floor.chance(0.6) else None)
    floor.hang(clutter.screen(rng, kit, floor.draw(1.0, 2.0), False), 2.0, 1.5, 0.05)
    if floor.chance(0.5):
        put_sofa_group(floor)
    put_storage(floor, int(rng.integers(0, 3)))


def _classroom(floor: Floor) -> None:
    """Rows of tables that face a board on one wall."""
    rng, kit = floor.rng, floor.kit
    x0, y0, x1, y1 = floor.room.largest
    turn = int(rng.integers(4))
    yaw = turn * np.pi / 2
    middle = (0.5 * (x0 + x1), 0.5 * (y0 + y1))
    deep, wide = (x1 - x0, y1 - y0) if turn % 2 == 0 else (y1 - y0, x1 - x0)
    size = (floor.draw(0.5, 0.7), float(rng.choice([0.7, 1.3, 1.5])))
    desk = tables.random_table(rng, kit, (*size, 0.73))
    chair = seating.random_chair(rng, kit, False)
    pitch, gap = size[0] + floor.draw(0.65, 0.9), floor.draw(0.1, 0.7)
    rows, columns = int((deep - 2.8) / pitch), int((wide - 0.8) / (size[1] + gap))
    for r in range(rows):
        for c in range(columns):
            off = ((c + 0.5) - 0.5 * columns) * (size[1] + gap)
            at = ahead(*middle, yaw, 0.5 * deep - 2.4 - r * pitch, off)
            if not floor.claim(*at, yaw, size):
                continue
            floor.put(desk, *at, yaw + rng.normal(0, 0.03))
            for s in (-0.25, 0.25) if size[1] > 1 else (0.0,):
                seat = ahead(*at, yaw, -0.5 * size[0] - floor.draw(0.0, 0.3), s * size[1])
                seat_at(floor, chair, *seat, yaw, 0.15)
    front = ahead(*middle, yaw, 0.5 * deep - 0.02)
    face = clutter.board(rng, kit, min(0.7 * wide, floor.draw(2.0, 4.5)), 1.25)
    floor.put(face, *front, yaw + np.pi, 1.55)
    at = ahead(*middle, yaw, 0.5 * deep - 1.1, floor.draw(-0.3, 0.3) * wide)
    own = (0.7, 1.4)
    if floor.claim(*at, yaw, own):
        put_desk(
            floor,
            seating.random_chair(rng, kit, True),
            tables.random_table(rng, kit, (*own, 0.74)),
            own,
            (*at, yaw),
        )
    put_storage(floor, int(rng.integers(1, 4)))


def _living(floor: Floor) -> None:
    rng, kit = floor.rng, floor.kit
    put_sofa_group(floor)
    if floor.room.area > 16 and floor.chance(0.7):
        put_sofa_group(floor, anywhere=True)
    wide = floor.draw(1.2, 2.2)
    place = floor.by_wall((0.42, wide), low_only=True)
    if place is not None and floor.chance(0.8):
        floor.put(clutter.cabinet(rng, kit, wide, 0.48, 0.42), *place)
        tv = clutter.screen(rng, kit, floor.draw(0.8, 1.5), True)
        floor.put(tv, *place, 0.48)
    if floor.room.area > 16 or floor.chance(0.4):
        put_dining_group(floor)
    put_storage(floor, int(rng.integers(1, 4)))
    if floor.chance(0.5):
        place = floor.on_floor((0.4, 0.4))
        if place is not None:
            floor.put(clutter.floor_lamp(rng, kit), *place)


def _dining(floor: Floor) -> None:
    put_dining_group(floor)
    if floor.room.area > 25:
        for _ in range(int(floor.room.area / 6)):
            put_dining_group(floor)
    put_storage(floor, int(floor.rng.integers(1, 4)))


def _bedroom(floor: Floor) -> None:
    rng, kit = floor.rng, floor.kit
    for _ in range(1 if floor.chance(0.75) else 2):
        wide = float(rng.choice([0.9, 1.4, 1.8]))
        place = floor.by_wall((2.1, wide), low_only=True, tries=25)
        if place is None:
            continue
        floor.put(clutter.bed(rng, kit, wide), *place)
        for side in (-1, 1):
            at = ahead(*place, -0.8, side * (0.5 * wide + 0.3))
            if floor.chance(0.7) and floor.claim(*at, place[2], (0.4, 0.45)):
                floor.put(clutter.cabinet(rng, kit, 0.45, 0.5, 0.4), *at, place[2])
                floor.put(clutter.small_things(rng, kit, 0.3, 0.3, 2), *at, place[2], 0.5)
    wide = floor.draw(1.0, 2.6)
    place = floor.by_wall((0.6, wide))
    if place is not None:
        floor.put(clutter.cabinet(rng, kit, wide, floor.draw(1.9, 2.3), 0.6), *place)
    if floor.chance(0.7):
        put_desks(floor, 1, 1.0)
    put_storage(floor, int(rng.integers(0, 3)))


def _kitchen(floor: Floor) -> None:
    rng, kit = floor.rng, floor.kit
    for _ in range(int(rng.integers(1, 4))):
        wide = floor.draw(1.2, 4.0)
        place = floor.by_wall((0.62, wide), low_only=floor.chance(0.5), tries=20)
        if place is not None:
            floor.put(clutter.kitchen_row(rng, kit, wide), *place)
    place = floor.by_wall((0.65, 0.65), tries=16)
    if place is not None:
        floor.put(clutter.cabinet(rng, kit, 0.62, floor.draw(1.6, 2.1), 0.62), *place)
    if floor.room.area > 12 and floor.chance(0.5):
        long, high = floor.draw(1.2, 2.6), floor.draw(0.9, 1.1)
        place = floor.on_floor((1.7, long + 0.3))
        if place is not None:
            x, y, yaw = place
            body, top = pick(rng, kit.plastics), pick(rng, kit.woods)
            floor.put(tables.counter(long, 0.8, high, body, top), x, y, yaw)
            shape = pick(rng, kit.family.chairs)
            seat = seating.stool(shape, pick(rng, kit.metals), pick(rng, kit.cloths), high - 0.28)
            for k in range(int(rng.integers(0, int(long / 0.55) + 1))):
                seat_at(floor, seat, *ahead(x, y, yaw, 0.55, 0.3 + k * 0.55 - 0.5 * long), yaw)
    put_dining_group(floor)


def _corridor(floor: Floor) -> None:
    rng, kit = floor.rng, floor.kit
    for _ in range(int(rng.integers(0, 5))):
        kind = rng.random()
        if kind < 0.45:
            long = floor.draw(1.0, 2.0)
            place = floor.by_wall((0.45, long), low_only=True)
            if place is not None:
                mesh = seating.bench(
                    long,
                    pick(rng, kit.metals),
                    pick(rng, kit.woods + kit.cloths),
                    floor.chance(0.5),
                )
                floor.put(mesh, *place)
        elif kind < 0.6:
            chair = seating.random_chair(rng, kit, False)
            for _ in range(int(rng.integers(1, 4))):
                place = floor.by_wall((0.5, 0.55), low_only=True)
                if place is not None:
                    floor.put(chair, *place)
        else:
            put_storage(floor, 1)
    if floor.chance(0.3):
        place = floor.by_wall((0.45, 1.2), low_only=True)
        if place is not None:
            floor.put(tables.random_table(rng, kit, (0.42, 1.1, 0.74)), *place)


def _lobby(floor: Floor) -> None:
    rng, kit = floor.rng, floor.kit
    long = floor.draw(1.8, 4.0)
    place = floor.by_wall((0.8, long), low_only=True, front=0.8)
    if place is not None:
        body, top = pick(rng, kit.woods + kit.plastics), pick(rng, kit.woods)
        floor.put(
            tables.counter(long, 0.7, floor.draw(0.95, 1.15), body, top),
            *ahead(*place, 0.9),
            place[2],
        )
        floor.taken.append(floor.around(*ahead(*place, 0.9), place[2], (0.8, long)))
    put_columns(floor)
    for _ in range(int(rng.integers(2, 3 + int(floor.room.area / 12)))):
        put_sofa_group(floor, anywhere=floor.chance(0.6))
    for _ in range(int(rng.integers(0, 4))):
        put_dining_group(floor)
    _corridor(floor)


def _hall(floor: Floor) -> None:
    """Rows of chairs towards one side, or many tables."""
    rng, kit = floor.rng, floor.kit
    put_columns(floor)
    if floor.chance(0.5):
        for _ in range(int(floor.room.area / 6)):
            put_dining_group(floor)
    else:
        x0, y0, x1, y1 = floor.room.largest
        chair = seating.random_chair(rng, kit, False)
        yaw, pitch = float(rng.integers(4)) * np.pi / 2, floor.draw(0.8, 1.1)
        for x in np.arange(x0 + 1.2, x1 - 2.0, pitch):
            for y in np.arange(y0 + 1.2, y1 - 1.2, pitch if yaw % np.pi else 0.6):
                if floor.claim(float(x), float(y), 0.0, (0.5, 0.5)):
                    floor.put(chair, float(x), float(y), yaw + rng.normal(0, 0.05))
    for _ in range(int(rng.integers(0, 3))):
        put_sofa_group(floor, anywhere=floor.chance(0.4))
    put_storage(floor, int(rng.integers(0, 4)))


_ROOMS: dict[str, Callable[[Floor], None]] = {
    'office': _office,
    'open office': _open_office,
    'meeting': _meeting,
    'classroom': _classroom,
    'living': _living,
    'bedroom': _bedroom,
    'kitchen': _kitchen,
    'dining': _dining,
    'corridor': _corridor,
    'lobby': _lobby,
    'hall': _hall,
}
