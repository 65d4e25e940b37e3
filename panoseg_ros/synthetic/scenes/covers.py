"""What lies overhead: bridges, arcades, covered passages, decks over parked cars.

Convention: street coordinates (see bend.py). A bridge with all that carries it has no class
(label 255, as in Cityscapes' 19 classes); arcades, passages and decks are buildings.
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh, boxes
from panoseg_ros.synthetic.scenes.bend import REACH_M
from panoseg_ros.synthetic.scenes.ground import span
from panoseg_ros.synthetic.scenes.plan import Plaza
from panoseg_ros.synthetic.scenes.site import Site
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette

_BRIDGE, _PASSAGE, _ARCADE, _DECK = 0.06, 0.25, 0.16, 0.3  # shares of scenes, sides, places
_CLEAR_M = 4.0  # of a cross street, for whoever turns


def put_covers(site: Site) -> None:
    """Put what hangs over road, pavements and car parks; low things still fit below."""
    plan, rng = site.plan, site.rng
    if plan.road_half_m > 0 and rng.random() < _BRIDGE:
        _put_bridge(site)
    elif plan.kind in ('alley', 'pedestrian') and rng.random() < _PASSAGE:
        _put_passage(site)
    elif plan.district in ('town', 'business'):
        for sign in (-1, 1):
            if rng.random() < _ARCADE:
                _put_arcade(site, sign)
    for plaza in plan.plazas:
        if plaza.kind == 'parking' and rng.random() < _DECK:
            _put_deck(site, plaza)


def _concrete(site: Site) -> int:
    rng = site.rng
    if rng.random() < 0.4:
        return pick(rng, site.stock.walls)
    grey = palette.hsv(rng, (0.0, 0.7), (0.0, 0.2), (0.08, 0.4))
    return site.stock.materials.add(mat.PLAIN, [grey], [rng.uniform(0.2, 0.8), 1.5])


def _slab(
    s: tuple[float, float], d: tuple[float, float], z: float, thick: float, style: tuple[int, int]
) -> Mesh:
    """Return a level slab in pieces of about 4 m along s, which follow a bend."""
    count = max(1, round((s[1] - s[0]) / 4.0))
    cuts = np.linspace(*s, count + 1)
    middle = 0.5 * (cuts[1:] + cuts[:-1])
    feet = np.stack([middle, np.full(count, 0.5 * (d[0] + d[1])), np.full(count, z)], 1)
    return boxes([((s[1] - s[0]) / count, d[1] - d[0], thick)] * count, feet, *style)


def _put_columns(
    site: Site, at: list[tuple[float, float]], top: float, wide: float, style: tuple[int, int]
) -> None:
    for s, d in at:
        size, foot = (wide, wide, top + 0.1), (s, d, -0.1)
        site.add(boxes([size], [foot], *style))
        site.block(s, d, 0.7 * wide)


def _put_bridge(site: Site) -> None:
    """Put a road or rail bridge across the street, on walls at both sides."""
    plan, rng = site.plan, site.rng
    s = plan.focus_s + float(rng.choice([-1, 1]) * rng.uniform(5, 28))
    half, z, thick = rng.uniform(2.0, 8.0), rng.uniform(4.4, 6.0), rng.uniform(0.6, 1.8)
    cut = plan.crossing
    if cut is not None and abs(s - cut.s) < cut.half_m + half + 3.0:
        s = cut.s + float(rng.choice([-1, 1])) * (cut.half_m + half + 4.0)
    style, along = (UNLABELLED, _concrete(site)), (s - half, s + half)
    low, high = -plan.right.lots_m - 1.5, plan.left.lots_m + 1.5
    site.add(_slab(along, (low, high), z, thick, style))
    for edge in (s - half, s + half):
        site.add(_slab((edge - 0.15, edge + 0.15), (low, high), z + thick, 1.0, style))
    for sign in (-1, 1):
        foot = sign * (plan.side(sign).lots_m + 0.7)
        site.add(_slab(along, (foot - 0.8, foot + 0.8), -0.5, z + 0.5, style))
    site.cover(along, (low, high), z)


def _put_passage(site: Site) -> None:
    """Put a roof over a narrow street, with beams; cameras look into it from outside."""
    plan, rng = site.plan, site.rng
    long, z = rng.uniform(8, 30), rng.uniform(3.2, 5.5)
    start = plan.focus_s + rng.uniform(3, 9)
    along = (start, start + long) if rng.random() < 0.5 else (
        2 * plan.focus_s - start - long, 2 * plan.focus_s - start)  # fmt: skip
    style = (ids.BUILDING, _concrete(site))
    wide = (-plan.right.lots_m - 0.5, plan.left.lots_m + 0.5)
    site.add(_slab(along, wide, z, rng.uniform(0.4, 6.0), style))
    for s in np.arange(along[0] + 0.4, along[1], rng.uniform(2.0, 5.0)):
        site.add(_slab((s, s + 0.35), wide, z - 0.35, 0.36, style))
    site.cover(along, wide, z - 0.4)


def _put_arcade(site: Site, sign: int) -> None:
    """Put a roof on columns over the pavement, in front of the houses."""
    plan, rng = site.plan, site.rng
    side = plan.side(sign)
    walks = side.strips('walk')
    if not walks or walks[-1].far - walks[-1].near < 1.8:
        return
    near, far = max(walks[-1].near + 0.4, walks[-1].far - 4.0), walks[-1].far + 0.3
    for low, high in plan.fronts(sign, 15.0):
        start = max(low, plan.focus_s - rng.uniform(0, 30))
        end = min(high, plan.focus_s + rng.uniform(8, 30), REACH_M)
        if plan.crossing is not None and plan.crossing.on(sign):
            before = end <= plan.crossing.s
            start, end = (start, end - _CLEAR_M) if before else (start + _CLEAR_M, end)
        if end - start < 6.0:
            continue
        z, style = plan.kerb_m + rng.uniform(2.8, 4.4), (ids.BUILDING, _concrete(site))
        d = span(sign * near, sign * far)
        site.add(_slab((start, end), d, z, rng.uniform(0.25, 0.9), style))
        pitch, wide = rng.uniform(2.5, 6.0), rng.uniform(0.2, 0.6)
        at = [(float(s), sign * (near + 0.5 * wide)) for s in np.arange(start + 0.3, end, pitch)]
        _put_columns(site, at, z, wide, style)
        site.cover((start, end), d, z)


def _put_deck(site: Site, plaza: Plaza) -> None:
    """Put one or more floors over a car park, on columns between the bays."""
    rng, z = site.rng, site.plan.kerb_m + site.rng.uniform(2.5, 3.2)
    style = (ids.BUILDING, _concrete(site))
    near, far = plaza.near + rng.uniform(0.8, 3.0), plaza.near + plaza.depth
    d = span(plaza.sign * near, plaza.sign * far)
    s = (plaza.start + 0.5, plaza.end - 0.5)
    for floor in range(int(rng.integers(1, 4))):
        site.add(_slab(s, d, z + 3.0 * floor, 0.35, style))
        for edge in (d[0], d[1] - 0.2):
            site.add(_slab(s, (edge, edge + 0.2), z + 3.0 * floor + 0.35, 0.9, style))
    rows = np.arange(near + 0.4, far, 5.2)
    at = [
        (float(a), plaza.sign * float(b)) for a in np.arange(s[0] + 0.5, s[1], 5.2) for b in rows
    ]
    _put_columns(site, at, z, rng.uniform(0.25, 0.45), style)
    site.cover(s, d, z)
