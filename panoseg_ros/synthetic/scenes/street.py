"""The ground of a scene: carriageway, markings, kerbs, pavements and verges.

Convention: street coordinates (s, d, z): s along the middle of the road, d to the
left of it, z up, metres. `Bend` maps them to the world at the very end.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import Mesh, quads

REACH_M = 100.0  # the road is built from -REACH_M to REACH_M
BLOCK_M = 70.0  # cross streets are built this far to both sides


class Bend(NamedTuple):
    """A road of constant curvature (1/m, positive to the left)."""

    curvature: float

    def points(self, street: ArrayLike) -> NDArray[np.float64]:
        """Return world points (..., 3) of street points (..., 3)."""
        p = np.asarray(street, np.float64)
        s, d = p[..., 0], p[..., 1]
        turn = self.curvature * s
        chord = s * np.sinc(turn / (2 * np.pi))  # 2 sin(turn / 2) / curvature
        x = chord * np.cos(0.5 * turn) - d * np.sin(turn)
        y = chord * np.sin(0.5 * turn) + d * np.cos(turn)
        return np.stack([x, y, p[..., 2]], -1)

    def pose(self, at: ArrayLike, rpy_deg: tuple[float, float, float]) -> NDArray[np.float64]:
        """Return world_from_camera (4, 4) at a street point with roll, pitch, yaw there."""
        point = np.asarray(at, np.float64)
        roll, pitch, yaw = rpy_deg
        heading = yaw + float(np.rad2deg(self.curvature * point[0]))
        return transform(rotation_from_rpy_deg(roll, pitch, heading), self.points(point))


class Side(NamedTuple):
    """What lies between kerb and lots on one side."""

    parking: bool
    verge_m: float
    walk_m: float


class Crossing(NamedTuple):
    """A cross street at `s`, on both sides or only on one (+1 left, -1 right, 0 both)."""

    s: float
    half_m: float
    walk_m: float
    side: int


class Plan(NamedTuple):
    """Measures of the street."""

    road_half_m: float
    kerb_m: float
    median_m: float
    lanes: int  # in each direction
    left: Side
    right: Side
    crossing: Crossing | None

    def side(self, sign: int) -> Side:
        """Return the left (+1) or the right (-1) side."""
        return self.left if sign > 0 else self.right

    def lots_d(self, sign: int) -> float:
        """Return how far from the middle the lots of a side begin."""
        side = self.side(sign)
        return self.road_half_m + side.verge_m + side.walk_m

    def blocks(self, sign: int) -> list[tuple[float, float]]:
        """Return the intervals of s that are not cut by a cross street."""
        cut = self.crossing
        if cut is None or cut.side not in (0, sign):
            return [(-REACH_M, REACH_M)]
        return [(-REACH_M, cut.s - cut.half_m), (cut.s + cut.half_m, REACH_M)]


class GroundLook(NamedTuple):
    """Material ids of the ground."""

    road: int
    cross_road: int
    patch: int
    walk: int
    kerb: int
    verge: int
    paint: int


def rect(
    s: tuple[float, float],
    d: tuple[float, float],
    z: float,
    label: int,
    material: int,
    step_m: float = 4.0,
) -> Mesh:
    """Return a level rectangle, cut small enough to follow a bend; uv is (s, d)."""
    ns = max(1, int(np.ceil((s[1] - s[0]) / step_m)))
    nd = max(1, int(np.ceil((d[1] - d[0]) / (4 * step_m))))
    gs, gd = np.meshgrid(np.linspace(*s, ns + 1), np.linspace(*d, nd + 1), indexing='ij')
    p = np.stack([gs, gd, np.full_like(gs, z)], -1)
    cells = np.stack([p[:-1, :-1], p[1:, :-1], p[1:, 1:], p[:-1, 1:]], 2).reshape(-1, 4, 3)
    return quads(cells, label, material, cells[..., :2])


def _kerb(s: tuple[float, float], d: float, top: float, sign: int, material: int) -> list[Mesh]:
    """Return the stone at the edge of a raised pavement whose road side is at d."""
    cuts = np.linspace(s[0], s[1], max(2, int((s[1] - s[0]) / 4.0)))
    a, b = cuts[:-1], cuts[1:]
    if sign < 0:
        a, b = b, a
    face = np.stack(
        [
            np.stack([q, np.full_like(q, d), np.full_like(q, z)], 1)
            for q, z in ((b, -0.02), (a, -0.02), (a, top), (b, top))
        ],
        1,
    )
    inner = sorted((d, d + sign * 0.16))
    return [
        quads(face, ids.SIDEWALK, material),
        rect(s, (inner[0], inner[1]), top + 0.003, ids.SIDEWALK, material),
    ]


def ground(plan: Plan, look: GroundLook, rng: np.random.Generator) -> list[Mesh]:
    """Return road, pavements and markings of the whole street."""
    half = plan.road_half_m
    parts = [rect((-REACH_M, REACH_M), (-95, 95), -0.03, ids.TERRAIN, look.verge)]
    if half > 0:
        parts.append(rect((-REACH_M, REACH_M), (-half, half), 0.0, ids.ROAD, look.road))
        parts += _patches(plan, look, rng)
        parts += _markings(plan, look, rng)
    for sign in (-1, 1):
        for block in plan.blocks(sign):
            parts += _pavement(plan, look, sign, block)
    if plan.median_m > 0:
        wide = 0.5 * plan.median_m
        for s in _median_spans(plan):
            parts.append(rect(s, (-wide, wide), plan.kerb_m, ids.TERRAIN, look.verge))
            for sign in (-1, 1):
                parts += _kerb(s, -sign * wide, plan.kerb_m + 0.002, sign, look.kerb)
    if plan.crossing is not None:
        parts += _cross_street(plan, plan.crossing, look)
    return parts


def _median_spans(plan: Plan) -> list[tuple[float, float]]:
    if plan.crossing is None:
        return [(-REACH_M, REACH_M)]
    room = plan.crossing.half_m + 4.0
    return [(-REACH_M, plan.crossing.s - room), (plan.crossing.s + room, REACH_M)]


def _pavement(plan: Plan, look: GroundLook, sign: int, s: tuple[float, float]) -> list[Mesh]:
    side, top, d = plan.side(sign), plan.kerb_m, sign * plan.road_half_m
    parts: list[Mesh] = []
    if plan.road_half_m > 0 and side.walk_m > 0:
        parts += _kerb(s, d, top, sign, look.kerb)
    if side.verge_m > 0:
        edge = sorted((d, d + sign * side.verge_m))
        parts.append(rect(s, (edge[0], edge[1]), top, ids.TERRAIN, look.verge))
    if side.walk_m > 0:
        start = d + sign * side.verge_m
        edge = sorted((start, start + sign * side.walk_m))
        parts.append(rect(s, (edge[0], edge[1]), top, ids.SIDEWALK, look.walk))
        # one more layer below closes the hairline gaps that a bend opens between strips
        parts.append(rect(s, (edge[0] - 0.1, edge[1] + 0.1), top - 0.008, ids.SIDEWALK, look.walk))
    return parts


def _cross_street(plan: Plan, cut: Crossing, look: GroundLook) -> list[Mesh]:
    parts: list[Mesh] = []
    for sign in (-1, 1):
        if cut.side not in (0, sign):
            continue
        near, far = plan.road_half_m - 0.01, BLOCK_M + 25
        d = (near, far) if sign > 0 else (-far, -near)
        parts.append(
            rect((cut.s - cut.half_m, cut.s + cut.half_m), d, -0.001, ids.ROAD, look.cross_road)
        )
        for edge in (-1, 1):
            begin = cut.s + edge * cut.half_m
            s = sorted((begin, begin + edge * cut.walk_m))
            parts.append(rect((s[0], s[1]), d, plan.kerb_m + 0.001, ids.SIDEWALK, look.walk))
            a, b = (d[0], d[1]) if edge > 0 else (d[1], d[0])
            parts.append(
                quads(
                    [
                        [
                            (begin, b, -0.02),
                            (begin, a, -0.02),
                            (begin, a, plan.kerb_m),
                            (begin, b, plan.kerb_m),
                        ]
                    ][::1],
                    ids.SIDEWALK,
                    look.kerb,
                )
            )
    return parts


def _patches(plan: Plan, look: GroundLook, rng: np.random.Generator) -> list[Mesh]:
    """Return mended places and utility covers in the carriageway."""
    parts = []
    for _ in range(int(rng.integers(0, 14))):
        s, d = rng.uniform(-60, 60), rng.uniform(-0.9, 0.9) * plan.road_half_m
        length, wide = rng.choice([0.3, 1.2, 4.0]) * rng.uniform(1, 2), rng.uniform(0.3, 1.3)
        parts.append(rect((s, s + length), (d, d + wide), 0.003, ids.ROAD, look.patch))
    return parts


def _markings(plan: Plan, look: GroundLook, rng: np.random.Generator) -> list[Mesh]:
    z, wide, half = 0.006, rng.uniform(0.10, 0.20), plan.road_half_m
    parts: list[Mesh] = []

    def line(s: tuple[float, float], d: float, width: float = wide) -> None:
        if s[1] - s[0] > 0.05:
            parts.append(rect(s, (d - 0.5 * width, d + 0.5 * width), z, ids.ROAD, look.paint))

    def dashes(s: tuple[float, float], d: float, on: float, off: float) -> None:
        for start in np.arange(s[0], s[1] - on, on + off):
            line((float(start), float(start) + on), d)

    spans = (
        plan.blocks(0)
        if plan.crossing is None
        else [
            (-REACH_M, plan.crossing.s - plan.crossing.half_m - 4.0),
            (plan.crossing.s + plan.crossing.half_m + 4.0, REACH_M),
        ]
    )
    style = rng.choice(['dashed', 'solid', 'double', 'none'], p=[0.5, 0.2, 0.12, 0.18])
    lane = lane_width(plan)
    on, off = rng.uniform(2.0, 5.0), rng.uniform(2.0, 6.0)
    for span in spans:
        if plan.median_m == 0 and style == 'dashed':
            dashes(span, 0.0, on, off)
        elif plan.median_m == 0 and style in ('solid', 'double'):
            for d in (0.0,) if style == 'solid' else (-wide, wide):
                line(span, d)
        for sign in (-1, 1):
            for index in range(1, plan.lanes):
                dashes(span, sign * (0.5 * plan.median_m + index * lane), on, off)
            edge = 0.5 * plan.median_m + plan.lanes * lane
            if plan.side(sign).parking and rng.random() < 0.6:
                dashes(span, sign * edge, 0.8, 0.6)
            elif rng.random() < 0.4:
                line(span, sign * (half - 0.25))
    parts += _zebra(plan, look, rng)
    return parts


def lane_width(plan: Plan) -> float:
    """Return the width of one lane in metres."""
    parking = 2.1 * max(plan.left.parking, plan.right.parking)
    return (plan.road_half_m - 0.5 * plan.median_m - parking) / max(plan.lanes, 1)


def _zebra(plan: Plan, look: GroundLook, rng: np.random.Generator) -> list[Mesh]:
    """Return crosswalks and stop lines at the crossing, or one in mid-block."""
    parts: list[Mesh] = []
    half, cut = plan.road_half_m, plan.crossing
    places = (
        [cut.s - cut.half_m - 3.2, cut.s + cut.half_m + 0.4]
        if cut
        else ([float(rng.uniform(-30, 30))] if rng.random() < 0.45 else [])
    )
    if rng.random() < 0.2:
        return parts
    stripe, long = rng.uniform(0.35, 0.6), 2.8
    for s in places:
        for d in np.arange(-half + 0.3, half - stripe, 2 * stripe):
            if abs(d) > 0.5 * plan.median_m:
                parts.append(rect((s, s + long), (d, d + stripe), 0.008, ids.ROAD, look.paint))
    if cut is not None:
        for begin, sign in ((cut.s - cut.half_m - 4.6, -1), (cut.s + cut.half_m + 4.2, 1)):
            d = sorted((sign * half * 0.97, sign * 0.5 * plan.median_m))
            parts.append(rect((begin, begin + 0.4), (d[0], d[1]), 0.008, ids.ROAD, look.paint))
    return parts
