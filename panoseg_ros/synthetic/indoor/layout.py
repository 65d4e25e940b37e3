"""Plans of rooms, drawn at random: outlines, heights, doors, windows, what lies behind."""

from itertools import pairwise

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor.looks import RoomFamily
from panoseg_ros.synthetic.indoor.plan import (
    Opening,
    Plan,
    Point,
    Rect,
    Roof,
    Room,
    Wall,
    common_area,
)

KINDS = (
    'office', 'open office', 'meeting', 'classroom', 'living', 'bedroom', 'kitchen', 'dining',
    'corridor', 'lobby', 'hall',
)  # fmt: skip
_SHARES = (0.11, 0.08, 0.1, 0.08, 0.17, 0.09, 0.08, 0.06, 0.11, 0.08, 0.04)
# Smallest and largest length, width and height in metres.
_SIZES = {
    'office': ((2.5, 5.2), (2.6, 5.8), (2.4, 3.2)),
    'open office': ((5.5, 12.0), (5.0, 9.5), (2.5, 3.6)),
    'meeting': ((3.2, 6.5), (3.2, 7.0), (2.4, 3.4)),
    'classroom': ((6.0, 9.5), (6.5, 11.0), (2.6, 3.8)),
    'living': ((3.3, 7.5), (3.2, 6.5), (2.3, 3.4)),
    'bedroom': ((2.8, 5.8), (2.9, 5.8), (2.3, 3.0)),
    'kitchen': ((2.4, 6.0), (2.6, 6.5), (2.3, 3.0)),
    'dining': ((3.0, 7.0), (3.2, 8.0), (2.3, 3.2)),
    'corridor': ((6.0, 20.0), (1.4, 3.4), (2.3, 3.2)),
    'lobby': ((5.5, 12.0), (4.5, 9.5), (2.8, 5.0)),
    'hall': ((8.0, 16.0), (6.5, 12.0), (3.5, 6.5)),
}
_MAY_SLOPE = ('living', 'bedroom', 'hall', 'open office', 'dining', 'classroom')


def random_plan(rng: np.random.Generator, family: RoomFamily) -> Plan:
    """Draw a room with its openings and neighbours."""
    kind = str(rng.choice(KINDS, p=np.array(_SHARES) / sum(_SHARES)))
    lengths, widths, heights = _SIZES[kind]
    size = (float(rng.uniform(*lengths)), float(rng.uniform(*widths)))
    outline = _turned(rng, _outline(rng, kind, size))
    rects = _rects(outline)
    roof = _roof(rng, kind, float(rng.uniform(*heights)), rects)
    thick = float(rng.uniform(0.1, 0.35))
    outer = _outer(rng, kind)
    room = Room(kind, rects, (), roof, thick)
    beyond: list[Room] = []
    doors = 0
    walls = []
    for k, a in enumerate(outline):
        wall = Wall(a, outline[(k + 1) % len(outline)], False, ())
        if _direction(wall) in outer:
            openings = _windows(rng, family, wall, roof.height, kind)
            walls.append(wall._replace(outer=True, openings=openings))
            continue
        last = k == len(outline) - 1
        wanted = _doors(rng, wall, kind, last and not doors)
        openings, rooms = _led_on(rng, wall, wanted, room, beyond, family)
        beyond += rooms
        doors += len(openings)
        walls.append(wall._replace(openings=openings))
    return Plan(room._replace(walls=tuple(walls)), tuple(beyond))


def _outline(rng: np.random.Generator, kind: str, size: Point) -> list[Point]:
    w, d = size
    form = rng.random()
    if kind == 'corridor':
        if form < 0.55:
            return [(0, 0), (w, 0), (w, d), (0, d)]
        arm = d + float(rng.uniform(2.5, 9.0))
        c = float(rng.uniform(0.7, 1.3) * d)
        return [(0, 0), (w, 0), (w, arm), (w - c, arm), (w - c, d), (0, d)]
    if form < 0.6 or w * d < 9:
        return [(0, 0), (w, 0), (w, d), (0, d)]
    if form < 0.85:
        x, y = float(w * rng.uniform(0.35, 0.7)), float(d * rng.uniform(0.35, 0.7))
        return [(0, 0), (w, 0), (w, y), (x, y), (x, d), (0, d)]
    x0, x1 = float(w * rng.uniform(0.15, 0.4)), float(w * rng.uniform(0.55, 0.85))
    deep = float(rng.uniform(0.3, 1.2))  # a niche
    return [(0, 0), (w, 0), (w, d), (x1, d), (x1, d + deep), (x0, d + deep), (x0, d), (0, d)]


def _turned(rng: np.random.Generator, outline: list[Point]) -> list[Point]:
    points = outline
    if rng.random() < 0.5:
        points = [(-x, y) for x, y in reversed(points)]
    for _ in range(int(rng.integers(4))):
        points = [(-y, x) for x, y in points]
    return points


def _rects(outline: list[Point]) -> tuple[Rect, ...]:
    """Return the cells of the grid through all corners that lie inside."""
    xs, ys = sorted({p[0] for p in outline}), sorted({p[1] for p in outline})
    cells = []
    for x0, x1 in pairwise(xs):
        for y0, y1 in pairwise(ys):
            if _inside(outline, 0.5 * (x0 + x1), 0.5 * (y0 + y1)):
                cells.append((x0, y0, x1, y1))
    return tuple(cells)


def _inside(outline: list[Point], x: float, y: float) -> bool:
    crossings = 0
    for k, (x0, y0) in enumerate(outline):
        x1, y1 = outline[(k + 1) % len(outline)]
        if x0 == x1 and x0 > x and min(y0, y1) < y < max(y0, y1):
            crossings += 1
    return crossings % 2 == 1


def _roof(rng: np.random.Generator, kind: str, height: float, rects: tuple[Rect, ...]) -> Roof:
    form = 'flat'
    if kind in _MAY_SLOPE and len(rects) == 1 and rng.random() < 0.3:
        form = str(rng.choice(['shed', 'gable']))
    axis = int(rng.integers(2))
    low = min(r[axis] for r in rects)
    high = max(r[axis + 2] for r in rects)
    return Roof(height, form, float(rng.uniform(0.4, 1.8)), axis, low, high)


def _outer(rng: np.random.Generator, kind: str) -> set[int]:
    """Return the directions (0 = +x, 1 = +y, ...) in which walls face the open."""
    if kind == 'corridor' and rng.random() < 0.6:
        return {int(rng.integers(4))} if rng.random() < 0.5 else set()
    first = int(rng.integers(4))
    count = int(rng.choice([1, 2, 3], p=[0.6, 0.32, 0.08]))
    return {(first + k) % 4 for k in range(count)}


def _direction(wall: Wall) -> int:
    """Return where a wall's outside lies."""
    x, y = wall.inward
    return round(float(np.arctan2(-y, -x)) / (np.pi / 2)) % 4


def _windows(
    rng: np.random.Generator, family: RoomFamily, wall: Wall, height: float, kind: str
) -> tuple[Opening, ...]:
    shape = pick(rng, family.windows)
    sill = 0.02 if kind == 'lobby' and rng.random() < 0.5 else shape.sill_m
    top = float(height - rng.uniform(0.12, 0.5)) if height < 3.4 else float(rng.uniform(2.2, 3.2))
    top = min(top, height - 0.1)
    gap = float(rng.choice([0.1, rng.uniform(0.3, 2.0)]))
    wide = min(shape.width_m, wall.length - 0.5)
    count = int((wall.length - 0.4) / (wide + gap))
    if wide < 0.4 or count < 1:
        return ()
    if rng.random() < 0.25:
        count = int(rng.integers(1, count + 1))
    slot = wall.length / count
    found = []
    balcony = int(rng.integers(count)) if sill > 0.3 and rng.random() < 0.2 else -1
    for k in range(count):
        middle = (k + 0.5) * slot
        if k == balcony:
            half = 0.5 * min(wide, 1.0)
            found.append(Opening('door', middle - half, middle + half, 0.0, min(top, 2.3), True))
        else:
            found.append(Opening('window', middle - wide / 2, middle + wide / 2, sill, top, False))
    return tuple(found)


def _doors(rng: np.random.Generator, wall: Wall, kind: str, needed: bool) -> list[Opening]:
    if wall.length < 1.3:
        return []
    busy = {'corridor': 0.9, 'lobby': 0.8, 'hall': 0.7}.get(kind, 0.5)
    if not needed and rng.random() > busy:
        return []
    pitch = float(rng.uniform(2.2, 5.0) if kind == 'corridor' else rng.uniform(3.5, 9.0))
    count = max(1, int(wall.length / pitch))
    if kind not in ('corridor', 'lobby', 'hall'):
        count = min(count, 2)
    slot, found = wall.length / count, []
    top = float(rng.uniform(1.98, 2.2))
    for k in range(count):
        wide = float(rng.uniform(0.75, 1.05))
        if rng.random() < (0.3 if kind in ('lobby', 'hall', 'classroom', 'corridor') else 0.12):
            wide = float(rng.uniform(1.3, 1.9))
        wide = min(wide, slot - 0.35)
        room = slot - wide - 0.3
        start = k * slot + 0.15 + float(rng.uniform(0, max(room, 0.01)))
        see = bool(rng.random() < (0.35 if kind == 'corridor' else 0.5))
        what = 'passage' if see and rng.random() < 0.3 else 'door'
        found.append(Opening(what, start, start + wide, 0.0, top, see))
    if kind in ('meeting', 'office', 'open office', 'lobby') and rng.random() < 0.35:
        return _glazed(wall, found)
    return found


def _glazed(wall: Wall, doors: list[Opening]) -> list[Opening]:
    """Return the doors with panes from floor to lintel in the gaps between them."""
    found, at = [], 0.12
    for door in [*doors, None]:
        until = wall.length - 0.12 if door is None else door.start - 0.1
        if until - at > 0.6:
            found.append(Opening('glazing', at, until, 0.03, doors[0].top, True))
        if door is not None:
            found.append(door._replace(beyond=True))
            at = door.end + 0.1
    return found


def _led_on(
    rng: np.random.Generator,
    wall: Wall,
    openings: list[Opening],
    room: Room,
    others: list[Room],
    family: RoomFamily,
) -> tuple[tuple[Opening, ...], list[Room]]:
    """Return the openings, closed where no next room fits, and the next rooms."""
    found: list[Room] = []
    kept = []
    whole = any(o.kind == 'glazing' for o in openings)
    for opening in openings:
        if not opening.beyond:
            kept.append(opening)
            continue
        if whole and found:  # all look into the room behind the glass
            kept.append(opening)
            continue
        span = (0.05, wall.length - 0.05) if whole else _span(rng, wall, opening)
        rect = _behind(wall, span, room.thick_m, float(rng.uniform(1.5, 6.0)))
        taken = [r for other in [*others, *found] for r in other.rects]
        near = _grown(rect, 0.1)
        clear = all(common_area(near, r) == 0.0 for r in taken)
        clear = clear and all(common_area(_grown(rect, 0.05), r) == 0.0 for r in room.rects)
        if not clear:
            if opening.kind != 'glazing':
                kept.append(opening._replace(kind='door', beyond=False))
            continue
        kept.append(opening)
        same = [o for o in openings if o.beyond] if whole else [opening]
        found.append(_next_room(rng, wall, rect, same, room, family))
    if not found:
        kept = [o for o in kept if o.kind != 'glazing']
    return tuple(kept), found


def _span(rng: np.random.Generator, wall: Wall, opening: Opening) -> tuple[float, float]:
    low = max(0.0, opening.start - float(rng.uniform(0.1, 3.0)))
    high = min(wall.length, opening.end + float(rng.uniform(0.1, 3.0)))
    return low, high


def _behind(wall: Wall, span: tuple[float, float], thick: float, deep: float) -> Rect:
    (x0, y0), (x1, y1) = wall.point(span[0], -thick), wall.point(span[1], -thick - deep)
    return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _grown(rect: Rect, by: float) -> Rect:
    return (rect[0] - by, rect[1] - by, rect[2] + by, rect[3] + by)


def _next_room(
    rng: np.random.Generator,
    wall: Wall,
    rect: Rect,
    openings: list[Opening],
    room: Room,
    family: RoomFamily,
) -> Room:
    top = max(o.top for o in openings)
    height = max(top + 0.1, float(rng.uniform(2.3, 3.2)))
    roof = Roof(height, 'flat', 0.0, 0, 0.0, 1.0)
    x0, y0, x1, y1 = rect
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    walls = []
    for k in range(4):
        side = Wall(corners[k], corners[(k + 1) % 4], False, ())
        facing = side.inward[0] * wall.inward[0] + side.inward[1] * wall.inward[1]
        if facing < -0.5:  # the wall with the door we look through
            holes = []
            for o in openings:
                p, q = wall.point(o.end), wall.point(o.start)
                s = [(c[0] - side.a[0]) * side.along[0] + (c[1] - side.a[1]) * side.along[1]
                     for c in (p, q)]  # fmt: skip
                holes.append(o._replace(kind='hole', start=s[0], end=s[1]))
            holes.sort(key=lambda o: o.start)
            side = side._replace(openings=tuple(holes))
        elif facing > 0.5 and rng.random() < 0.6:
            windows = _windows(rng, family, side, height, 'office')
            side = side._replace(outer=True, openings=windows)
        elif side.length > 1.5 and rng.random() < 0.3:
            half = 0.5 * side.length
            shut = Opening('door', half - 0.4, half + 0.4, 0.0, 2.0, False)
            side = side._replace(openings=(shut,))
        walls.append(side)
    kind = 'corridor' if min(x1 - x0, y1 - y0) < 2.0 else str(rng.choice(['office', 'living']))
    return Room(kind, (rect,), tuple(walls), roof, room.thick_m)
