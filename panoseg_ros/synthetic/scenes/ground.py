"""The ground of a scene: carriageway, kerbs, pavements, verges, cross streets.

Convention: street coordinates (see bend.py). Level rectangles are cut so small that they
follow bends and hills.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import Mesh, fan, join, net, quads
from panoseg_ros.synthetic.scenes.bend import REACH_M
from panoseg_ros.synthetic.scenes.plan import CROSS_M, Crossing, Plan, Plaza, Strip

STEP_M = 4.0
_OUT_M = 190.0  # the carriageway goes on this far


class GroundLook(NamedTuple):
    """Material ids of the ground."""

    road: int
    cross_road: int
    bus: int
    cycle: int  # cycle lanes and paths
    track: int  # what trams run on
    rail: int
    patch: int
    walk: int
    plaza: int
    kerb: int
    verge: int
    paint: int
    tactile: int


def rect(
    s: tuple[float, float],
    d: tuple[float, float],
    z: float,
    label: int,
    material: int,
    step_m: float = STEP_M,
) -> Mesh:
    """Return a level rectangle, cut small enough to follow a bend; uv is (s, d)."""
    ns = max(1, int(np.ceil((s[1] - s[0]) / step_m)))
    nd = max(1, int(np.ceil((d[1] - d[0]) / (8 * step_m))))
    gs, gd = np.meshgrid(np.linspace(*s, ns + 1), np.linspace(*d, nd + 1), indexing='ij')
    return net(np.stack([gs, gd, np.full_like(gs, z)], -1), label, material)


def span(a: float, b: float) -> tuple[float, float]:
    """Return two numbers in ascending order."""
    return (a, b) if a < b else (b, a)


def riser(line: list[tuple[float, float]], low: float, high: float, material: int) -> Mesh:
    """Return the upright face of a kerb along points (s, d); it faces right of the line."""
    points = np.array(line)
    cuts = [
        np.linspace(a, b, max(2, int(np.ceil(np.hypot(*(b - a)) / STEP_M)) + 1))
        for a, b in pairwise(points)
    ]
    a = np.concatenate([c[:-1] for c in cuts])
    b = np.concatenate([c[1:] for c in cuts])

    def at(p: np.ndarray, z: float) -> np.ndarray:
        return np.concatenate([p, np.full((len(p), 1), z)], 1)

    face = np.stack([at(a, low), at(b, low), at(b, high), at(a, high)], 1)
    return quads(face, ids.SIDEWALK, material)


def ground(plan: Plan, look: GroundLook) -> list[Mesh]:
    """Return road, pavements, cross street and plazas without their markings."""
    reach = (-_OUT_M, _OUT_M)
    parts = [rect(reach, (-130, 130), -0.06, ids.TERRAIN, look.verge, 8.0)]
    for sign in (-1, 1):
        side = plan.side(sign)
        for strip in side.road:
            parts += _carriageway(plan, strip, sign, look)
        for block in plan.blocks(sign):
            parts += _pavement(plan, look, sign, block)
        outer = span(sign * side.road_m, sign * (side.lots_m + 1.5))
        for ends in ((-_OUT_M, -REACH_M), (REACH_M, _OUT_M)):
            if outer[1] - outer[0] > 1.6:
                parts.append(rect(ends, outer, plan.kerb_m - 0.01, ids.SIDEWALK, look.walk, 8.0))
    parts += [_plaza(plan, plaza, look) for plaza in plan.plazas]
    parts += [part for p in plan.plazas if p.kind == 'green' for part in _paths(plan, p, look)]
    if plan.crossing is not None:
        parts += _cross_street(plan, plan.crossing, look)
    return parts


def _carriageway(plan: Plan, strip: Strip, sign: int, look: GroundLook) -> list[Mesh]:
    material = {'tram': look.track, 'bus': look.bus, 'cycle_lane': look.cycle}
    d = span(sign * strip.near, sign * strip.far)
    own = material.get(strip.kind, look.road)
    parts = [rect((-_OUT_M, _OUT_M), d, 0.0, ids.ROAD, own)]
    if strip.kind == 'tram':
        for rail in (-0.72, 0.72):
            middle = sign * strip.middle + rail
            edges = (middle - 0.035, middle + 0.035)
            parts.append(rect((-_OUT_M, _OUT_M), edges, 0.006, ids.ROAD, look.rail, 8.0))
    if strip.kind == 'median' and strip.far > 0.5:
        parts += [_island(plan, part, d, look) for part in median_spans(plan)]
    return parts


def median_spans(plan: Plan) -> list[tuple[float, float]]:
    """Return the intervals of s where the median is raised."""
    if plan.crossing is None:
        return [(-_OUT_M, _OUT_M)]
    room = plan.crossing.half_m + 4.0
    return [(-_OUT_M, plan.crossing.s - room), (plan.crossing.s + room, _OUT_M)]


def _island(plan: Plan, s: tuple[float, float], d: tuple[float, float], look: GroundLook) -> Mesh:
    top = max(plan.kerb_m, 0.05)
    d = (d[0] + 0.15, d[1]) if d[0] < -0.01 else (d[0], d[1] - 0.15)
    ring = [(s[0], d[1]), (s[0], d[0]), (s[1], d[0]), (s[1], d[1]), (s[0], d[1])]
    return join(
        [
            rect(s, d, top, ids.TERRAIN, look.verge),
            riser(ring, -0.02, top, look.kerb),
        ]
    )


def _pavement(plan: Plan, look: GroundLook, sign: int, s: tuple[float, float]) -> list[Mesh]:
    """Return the strips beyond the kerb along one block, with corners at cross streets."""
    side, top, cut = plan.side(sign), plan.kerb_m, plan.crossing
    if not side.edge:
        return []
    parts: list[Mesh] = []
    if cut is not None and cut.walk_m > 0 and cut.on(sign):
        toward = 1 if s[1] < REACH_M else -1
        end = s[1] if toward > 0 else s[0]
        parts += _corner(plan, look, sign, end, toward)
        s = (s[0], end - cut.walk_m) if toward > 0 else (end + cut.walk_m, s[1])
    edge = [(s[0], sign * side.road_m), (s[1], sign * side.road_m)]
    if side.road:
        parts.append(riser(edge if sign > 0 else edge[::-1], -0.02, top, look.kerb))
    for strip in side.edge:
        d = span(sign * strip.near, sign * strip.far)
        label = ids.TERRAIN if strip.kind == 'verge' else ids.SIDEWALK
        own = {'verge': look.verge, 'cycle_path': look.cycle}.get(strip.kind, look.walk)
        parts.append(rect(s, d, top, label, own))
    if side.road and side.edge[0].kind != 'verge':
        stone = span(sign * side.road_m, sign * (side.road_m + 0.16))
        parts.append(rect(s, stone, top + 0.003, ids.SIDEWALK, look.kerb))
    if side.edge[-1].kind != 'verge':  # reaches under the lots, whose fronts are straight
        under = span(sign * (side.lots_m - 0.1), sign * (side.lots_m + 1.5))
        parts.append(rect(s, under, top - 0.01, ids.SIDEWALK, look.walk))
    return parts


def _corner(plan: Plan, look: GroundLook, sign: int, end: float, toward: int) -> list[Mesh]:
    """Return the rounded piece of pavement where a block meets the cross street."""
    assert plan.crossing is not None
    side, wide = plan.side(sign), plan.crossing.walk_m
    near, far = side.road_m, side.lots_m + 0.01
    radius = min(wide, far - near, 4.0) if side.road else 0.0
    angle = np.linspace(0, np.pi / 2, 6)
    arc_s = end - toward * radius * (1 - np.sin(angle))
    arc_d = sign * (near + radius * (1 - np.cos(angle)))
    inner = end - toward * wide
    arc = list(zip(arc_s, arc_d, strict=True))
    kerb = [(inner, sign * near), *arc, (end, sign * far)]
    outline = np.array([*kerb, (inner, sign * far)])
    if toward * sign < 0:
        outline = outline[::-1]
    top = np.concatenate([outline, np.full((len(outline), 1), plan.kerb_m)], 1)
    face = fan(top, ids.SIDEWALK, look.walk)
    face = face._replace(uv=face.corners[..., :2].copy())
    edge = kerb if toward * sign > 0 else kerb[::-1]
    below = span(sign * (near - 0.01), sign * far)
    cut_off = rect(span(inner, end), below, -0.002, ids.ROAD, look.cross_road)
    return [face, riser(edge, -0.02, plan.kerb_m, look.kerb), cut_off]


def _cross_street(plan: Plan, cut: Crossing, look: GroundLook) -> list[Mesh]:
    parts: list[Mesh] = []
    for sign in (-1, 1):
        if not cut.on(sign):
            continue
        side, far = plan.side(sign), CROSS_M
        d = span(sign * (side.road_m - 0.01), sign * far)
        s = (cut.s - cut.half_m, cut.s + cut.half_m)
        parts.append(rect(s, d, -0.001, ids.ROAD, look.cross_road))
        if cut.walk_m == 0:
            continue
        for hand in (-1, 1):
            begin = cut.s + hand * cut.half_m
            walk = span(begin, begin + hand * cut.walk_m)
            along = span(sign * side.lots_m, sign * far)
            parts.append(rect(walk, along, plan.kerb_m + 0.001, ids.SIDEWALK, look.walk))
            edge = [(begin, along[0]), (begin, along[1])]
            if hand > 0:
                edge = edge[::-1]
            parts.append(riser(edge, -0.02, plan.kerb_m, look.kerb))
    if cut.island_m > 0:
        parts.append(_roundabout(cut, look))
    return parts


def _roundabout(cut: Crossing, look: GroundLook) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([cut.s + cut.island_m * np.cos(angle), cut.island_m * np.sin(angle)], 1)
    top = np.concatenate([ring, np.full((24, 1), 0.12)], 1)
    edge = [(float(a), float(b)) for a, b in ring]
    return join(
        [
            fan(top, ids.TERRAIN, look.verge),
            riser([*edge, edge[0]], -0.02, 0.12, look.kerb),
        ]
    )


def _plaza(plan: Plan, plaza: Plaza, look: GroundLook) -> Mesh:
    d = span(plaza.sign * plaza.near, plaza.sign * (plaza.near + plaza.depth + 1.5))
    s = (plaza.start - 0.01, plaza.end + 1.5)
    if plaza.kind == 'parking':
        drop = 0.004 if plan.kerb_m < 0.05 else 0.0
        return rect(s, d, plan.kerb_m - drop, ids.ROAD, look.cross_road)
    if plaza.kind == 'green':
        return rect(s, d, plan.kerb_m, ids.TERRAIN, look.verge)
    return rect(s, d, plan.kerb_m, ids.SIDEWALK, look.plaza)


def _paths(plan: Plan, plaza: Plaza, look: GroundLook) -> list[Mesh]:
    """Return two paved paths that cross in a small park."""
    s, d = plaza.centre
    half, z = 0.6 + 0.03 * plaza.depth, plan.kerb_m + 0.012
    reach = span(plaza.sign * plaza.near, plaza.sign * (plaza.near + plaza.depth))
    along = ((plaza.start, plaza.end), (d - half, d + half))
    return [
        rect(*along, z, ids.SIDEWALK, look.plaza),
        rect((s - half, s + half), reach, z + 0.003, ids.SIDEWALK, look.plaza),
    ]
