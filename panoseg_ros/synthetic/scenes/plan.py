"""Measures of a street or square: strips beside strips, what crosses them, what opens.

Convention: street coordinates (see bend.py). A side is left (+1, d > 0) or right (-1);
the strips of a side are given by |d|.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.chance import weighted
from panoseg_ros.synthetic.scenes.bend import REACH_M

CROSS_M = 95.0  # cross streets are built this far to both sides

KINDS = {
    'street': 0.42,
    'avenue': 0.16,
    'alley': 0.08,
    'country': 0.06,
    'dirt': 0.07,
    'pedestrian': 0.07,
    'square': 0.14,
}
# Which kinds of lots line which kind of street, see lots.DISTRICTS.
DISTRICTS = {
    'street': {'town': 0.42, 'suburb': 0.28, 'business': 0.14, 'industry': 0.08, 'green': 0.08},
    'avenue': {'town': 0.5, 'business': 0.3, 'industry': 0.08, 'green': 0.12},
    'alley': {'town': 0.8, 'suburb': 0.2},
    'country': {'fields': 0.6, 'green': 0.2, 'suburb': 0.2},
    'dirt': {'dry': 0.55, 'fields': 0.25, 'suburb': 0.2},
    'pedestrian': {'town': 0.75, 'business': 0.25},
    'square': {'town': 0.62, 'business': 0.3, 'suburb': 0.08},
}


class Strip(NamedTuple):
    """A band along the street from |d| = near to |d| = far.

    Kinds on the carriageway: median, tram, lane, bus, cycle_lane, parking; beyond the
    kerb: verge, cycle_path, walk.
    """

    kind: str
    near: float
    far: float

    @property
    def middle(self) -> float:
        """Return |d| of its middle."""
        return 0.5 * (self.near + self.far)


class Side(NamedTuple):
    """One half of the street, from the middle outwards."""

    road: tuple[Strip, ...]
    edge: tuple[Strip, ...]

    @property
    def road_m(self) -> float:
        """Return how far the carriageway reaches."""
        return self.road[-1].far if self.road else 0.0

    @property
    def lots_m(self) -> float:
        """Return where the lots begin."""
        return self.edge[-1].far if self.edge else self.road_m

    def strips(self, *kinds: str) -> list[Strip]:
        """Return the strips of some kinds."""
        return [strip for strip in (*self.road, *self.edge) if strip.kind in kinds]


class Crossing(NamedTuple):
    """A cross street at `s`, on both sides or only on one (+1 left, -1 right, 0 both)."""

    s: float
    half_m: float
    walk_m: float
    side: int
    island_m: float  # radius of a roundabout's island, 0 without

    def on(self, sign: int) -> bool:
        """Return whether it leaves on this side."""
        return self.side in (0, sign)


class Plaza(NamedTuple):
    """An open place beside the street: paved, planted or for parked cars."""

    kind: str  # stone, green, parking
    sign: int
    start: float  # s
    end: float
    near: float  # |d|
    depth: float

    @property
    def centre(self) -> tuple[float, float]:
        """Return its middle (s, d)."""
        return 0.5 * (self.start + self.end), self.sign * (self.near + 0.5 * self.depth)


class Plan(NamedTuple):
    """Measures of the whole scene."""

    kind: str
    district: str
    kerb_m: float
    left: Side
    right: Side
    crossing: Crossing | None
    plazas: tuple[Plaza, ...]
    focus_s: float  # around here cameras stand
    hand: int  # the side one drives on; 0: both sides lead along +s
    crowd: float  # 0 nobody to 1 very many
    flow: float  # 0 empty lanes to 1 jam

    def side(self, sign: int) -> Side:
        """Return the left (+1) or the right (-1) side."""
        return self.left if sign > 0 else self.right

    @property
    def road_half_m(self) -> float:
        """Return |d| below which both sides are carriageway, 0 without one."""
        return min(self.left.road_m, self.right.road_m)

    def ground_z(self, d: float) -> float:
        """Return the height of the ground at d, away from cross streets."""
        return 0.0 if abs(d) < self.side(1 if d > 0 else -1).road_m else self.kerb_m

    def way(self, sign: int) -> float:
        """Return the yaw (rad) of traffic on a side."""
        return 0.0 if self.hand in (0, sign) else np.pi

    def has_kerb(self, s: float, sign: int) -> bool:
        """Return whether no cross street cuts a side at s, with half a metre to spare."""
        cut = self.crossing
        return cut is None or not cut.on(sign) or abs(s - cut.s) > cut.half_m + 0.5

    def blocks(self, sign: int) -> list[tuple[float, float]]:
        """Return the intervals of s between cross streets on a side."""
        cut = self.crossing
        if cut is None or not cut.on(sign):
            return [(-REACH_M, REACH_M)]
        return [(-REACH_M, cut.s - cut.half_m), (cut.s + cut.half_m, REACH_M)]

    def fronts(self, sign: int, flank_m: float) -> list[tuple[float, float]]:
        """Return the intervals of s where lots line the street on a side.

        Beside a plaza `flank_m` stays free for the houses that face it.
        """
        holes = [(p.start - flank_m, p.end + flank_m) for p in self.plazas if p.sign == sign]
        cut = self.crossing
        if cut is not None and cut.on(sign):
            room = cut.half_m + cut.walk_m
            holes.append((cut.s - room, cut.s + room))
        spans, begin = [], -REACH_M
        for low, high in sorted(holes):
            if low > begin + 3.0:
                spans.append((begin, low))
            begin = max(begin, high)
        return [*spans, (begin, REACH_M)] if begin < REACH_M - 3.0 else spans


def _stack(start: float, parts: list[tuple[str, float]]) -> tuple[Strip, ...]:
    strips, here = [], start
    for kind, width in parts:
        if width > 0.0:
            strips.append(Strip(kind, here, here + width))
            here += width
    return tuple(strips)


def random_plan(rng: np.random.Generator) -> Plan:
    """Draw the measures of a scene."""
    kind = weighted(rng, KINDS)
    district = weighted(rng, DISTRICTS[kind])
    left, right = _SIDES[kind](rng, district)
    crossing = _crossing(rng, kind, left, right)
    plazas = _plazas(rng, kind, left, right, crossing)
    kerb = 0.0 if kind == 'dirt' else float(rng.choice([0.0, 0.04, 0.09, 0.13, 0.17]))
    one_way = kind in ('street', 'alley') and not left.strips('tram') and rng.random() < 0.15
    return Plan(
        kind,
        district,
        max(0.01, kerb),
        left,
        right,
        crossing,
        plazas,
        _focus(rng, crossing, plazas),
        0 if one_way else -1 if rng.random() < 0.75 else 1,
        float(rng.beta(1.4, 1.4)) * {'country': 0.25, 'dirt': 0.35, 'square': 1.1}.get(kind, 1.0),
        float(rng.beta(1.6, 0.9)),
    )


def _focus(
    rng: np.random.Generator, crossing: Crossing | None, plazas: tuple[Plaza, ...]
) -> float:
    if plazas and rng.random() < 0.8:
        return plazas[0].centre[0]
    if crossing is not None and rng.random() < 0.78:
        return crossing.s
    return float(rng.uniform(-30, 30))


def _edge(rng: np.random.Generator, start: float, district: str) -> tuple[Strip, ...]:
    """Draw what lies between kerb and lots in a built-up street."""
    verge = rng.random() < (0.2 if district == 'town' else 0.4)
    cycle = rng.random() < 0.2
    bare = district not in ('town', 'business') and rng.random() < 0.08
    return _stack(
        start,
        [
            ('verge', rng.uniform(0.8, 2.4) * verge),
            ('cycle_path', rng.uniform(1.2, 2.2) * cycle),
            ('walk', 0.0 if bare else 1.2 + 2.4 * rng.beta(1.0, 1.8)),
        ],
    )


def _street(rng: np.random.Generator, district: str) -> tuple[Side, Side]:
    lane, tram = rng.uniform(2.5, 3.3), rng.random() < 0.5
    sides = []
    for _ in range(2):
        road = [
            ('tram', 3.2 * tram),
            ('lane', 0.0 if tram and rng.random() < 0.7 else lane),
            ('cycle_lane', rng.uniform(1.2, 1.9) * (rng.random() < 0.22)),
            ('parking', 2.1 * (rng.random() < 0.94)),
        ]
        strips = _stack(0.0, road)
        sides.append(Side(strips, _edge(rng, strips[-1].far, district)))
    return sides[0], sides[1]


def _avenue(rng: np.random.Generator, district: str) -> tuple[Side, Side]:
    lane, tram = rng.uniform(2.8, 3.5), rng.random() < 0.7
    median = 0.5 * rng.uniform(1.2, 6.0) if rng.random() < (0.2 if tram else 0.6) else 0.0
    bus, lanes = rng.random() < 0.3, 1 if rng.random() < (0.6 if tram else 0.3) else 2
    sides = []
    for _ in range(2):
        road = [('median', median), ('tram', 3.2 * tram), *[('lane', lane)] * lanes]
        road += [
            ('bus', 3.3 * bus),
            ('cycle_lane', rng.uniform(1.3, 2.0) * (rng.random() < 0.25)),
            ('parking', 2.1 * (rng.random() < 0.85)),
        ]
        strips = _stack(0.0, road)
        sides.append(Side(strips, _edge(rng, strips[-1].far, district)))
    return sides[0], sides[1]


def _alley(rng: np.random.Generator, district: str) -> tuple[Side, Side]:
    half = rng.uniform(1.5, 2.4)
    road = _stack(0.0, [('lane', half)])
    walks = [rng.uniform(0.7, 1.6) * (rng.random() < 0.75) for _ in range(2)]
    left, right = (Side(road, _stack(half, [('walk', walk)])) for walk in walks)
    return left, right


def _country(rng: np.random.Generator, district: str) -> tuple[Side, Side]:
    lane, sides = rng.uniform(2.5, 3.5), []
    for _ in range(2):
        verge, path = rng.uniform(1.0, 4.0), rng.random() < 0.25
        road = _stack(0.0, [('lane', lane), ('cycle_lane', 1.3 * (rng.random() < 0.15))])
        edge = [('verge', verge), ('cycle_path', 2.2 * path), ('verge', 1.0 * path)]
        sides.append(Side(road, _stack(road[-1].far, edge)))
    return sides[0], sides[1]


def _dirt(rng: np.random.Generator, district: str) -> tuple[Side, Side]:
    half = rng.uniform(1.4, 3.4)
    road = _stack(0.0, [('lane', half)])
    edges = [_stack(half, [('verge', rng.uniform(0.8, 4.0))]) for _ in range(2)]
    return Side(road, edges[0]), Side(road, edges[1])


def _pedestrian(rng: np.random.Generator, district: str) -> tuple[Side, Side]:
    tram = rng.random() < 0.6
    road = _stack(0.0, [('tram', 3.0 * tram)])
    walk = _stack(3.0 * tram, [('walk', rng.uniform(2.2, 6.0))])
    return Side(road, walk), Side(road, walk)


def _square(rng: np.random.Generator, district: str) -> tuple[Side, Side]:
    return (_pedestrian if rng.random() < 0.35 else _street)(rng, 'town')


_SIDES = {
    'street': _street,
    'avenue': _avenue,
    'alley': _alley,
    'country': _country,
    'dirt': _dirt,
    'pedestrian': _pedestrian,
    'square': _square,
}


def _crossing(rng: np.random.Generator, kind: str, left: Side, right: Side) -> Crossing | None:
    share = {'street': 0.55, 'avenue': 0.68, 'alley': 0.4, 'square': 0.5}
    share |= {'country': 0.35, 'dirt': 0.3}
    if rng.random() > share.get(kind, 0.0) or not left.road:
        return None
    half = rng.uniform(1.5, 3.0) if kind in ('alley', 'dirt') else rng.uniform(3.0, 7.0)
    bare = left.edge == () or right.edge == () or kind in ('country', 'dirt')
    side = int(rng.choice([-1, 0, 0, 1]))
    room = min(half, left.road_m, right.road_m)
    tram = left.strips('tram', 'median')
    ring = 0.38 * room if not tram and room > 4.0 and rng.random() < 0.3 else 0.0
    walk = 0.0 if bare else rng.uniform(1.6, 4.0)
    return Crossing(float(rng.uniform(-30, 30)), half, walk, side, ring)


def _plazas(
    rng: np.random.Generator, kind: str, left: Side, right: Side, cut: Crossing | None
) -> tuple[Plaza, ...]:
    """Draw one or two open places; other streets may have a small one or a car park."""
    square = kind == 'square'
    share = {'square': 1.0, 'street': 0.3, 'avenue': 0.26, 'pedestrian': 0.2}.get(kind, 0.0)
    found = []
    first = int(rng.choice([-1, 1]))
    for sign, chance in ((first, share), (-first, 0.3 * share)):
        if rng.random() > chance:
            continue
        wide = rng.uniform(20, 42) if square else rng.uniform(16, 32)
        depth = rng.uniform(12, 28) if square else rng.uniform(13, 24)
        names, shares = ['stone', 'green', 'parking'], [0.56, 0.2, 0.24]
        what = str(rng.choice(names, p=shares if square else [0.2, 0.2, 0.6]))
        start = rng.uniform(-0.7, -0.3) * wide
        if cut is not None and cut.on(sign):
            start = cut.s + cut.half_m + cut.walk_m
        near = (left if sign > 0 else right).lots_m
        found.append(Plaza(what, sign, float(start), float(start + wide), near, float(depth)))
    return tuple(found)
