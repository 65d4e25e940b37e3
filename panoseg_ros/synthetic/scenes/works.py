"""Road works: a trench or a pile fenced off with barriers, cones and signs.

Convention: street coordinates (see bend.py).
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import furniture
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh, ball, box, boxes, join, moved, tube
from panoseg_ros.synthetic.scenes.site import Site
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette


def put_works(site: Site) -> None:
    """Put road works beside the focus in some scenes, on road, pavement or plaza."""
    plan, rng = site.plan, site.rng
    if rng.random() > 0.2:
        return
    sign = int(rng.choice([-1, 1]))
    bands = plan.side(sign).strips('lane', 'parking', 'walk', 'bus')
    if not bands:
        return
    strip = pick(rng, bands)
    wide = min(strip.far - strip.near, 3.2) - 0.3
    d, long = sign * strip.middle, rng.uniform(4, 14)
    s = plan.focus_s + rng.choice([-1, 1]) * rng.uniform(4, 20)
    if plan.crossing is not None and abs(s - plan.crossing.s) < plan.crossing.half_m + long:
        return
    pit = trench(site, long, wide)
    if not site.put(pit, s, d, plan.ground_z(d), 0.0, max(0.3, 0.5 * wide), 0.5 * long + 0.4):
        return
    _put_cones(site, s, d, long, wide)
    post = furniture.sign_post(rng, site.stock.materials, site.stock.metals[0])
    at = s - 0.5 * long - 3.0
    site.put(post, at, d, plan.ground_z(d), rng.choice([0.0, np.pi]), 0.4)


def trench(site: Site, long: float, wide: float) -> Mesh:
    """Return broken ground and a heap inside a ring of barriers, centred on the origin."""
    rng, stock = site.rng, site.stock
    soil = pick(rng, stock.grounds)
    parts = [box((long, wide, 0.04), (0, 0, 0), ids.TERRAIN, soil)]
    if rng.random() < 0.6:
        heap = (0.25 * wide, 0.3 * wide, rng.uniform(0.3, 0.8))
        parts.append(ball((rng.uniform(-0.3, 0.3) * long, 0, 0.0), heap, ids.TERRAIN, soil))
    barrier, length = barrier_of(site)
    count = max(2, round(long / length))
    for side in (-0.5, 0.5):
        for k in range(count):
            x = (k + 0.5) * long / count - 0.5 * long
            parts.append(moved(barrier, (x, side * wide, 0), rng.normal(0, 0.04)))
        parts.append(moved(barrier, (side * (long + 0.2), 0, 0), 0.5 * np.pi))
    return join(parts)


def barrier_of(site: Site) -> tuple[Mesh, float]:
    """Return one barrier along x, a grid or striped boards, and its length in metres."""
    rng, materials = site.rng, site.stock.materials
    length, metal = rng.uniform(1.6, 2.4), site.stock.metals[-1]
    if rng.random() < 0.45:
        height = rng.uniform(1.0, 2.0)
        x = np.arange(-0.5 * length, 0.5 * length, 0.14)
        feet = np.stack([x, 0 * x, 0 * x + 0.1], 1)
        bars = boxes([(0.025, 0.02, height - 0.1)] * len(x), feet, ids.FENCE, metal)
        rails = boxes([(length, 0.04, 0.04)] * 2, [(0, 0, 0.1), (0, 0, height)], ids.FENCE, metal)
        return join([bars, rails]), length
    bright = palette.near(rng, (0.75, 0.75, 0.72))
    red = palette.hsv(rng, (0.95, 1.1), (0.7, 0.95), (0.35, 0.7))
    board = materials.add(mat.STRIPES, [red, bright], [rng.uniform(0.3, 0.6), 0.5, 0.0])
    planks = boxes([(length, 0.04, 0.2)] * 2, [(0, 0, 0.35), (0, 0, 0.8)], ids.FENCE, board)
    legs = boxes(
        [(0.06, 0.4, 1.05)] * 2, [(-0.45 * length, 0, 0), (0.45 * length, 0, 0)], ids.FENCE, metal
    )
    return join([planks, legs]), length


def _put_cones(site: Site, s: float, d: float, long: float, wide: float) -> None:
    rng, materials = site.rng, site.stock.materials
    color = palette.hsv(rng, (0.0, 0.07), (0.8, 0.95), (0.5, 0.8))
    coat = materials.add(mat.STRIPES, [color, (0.8, 0.8, 0.8)], [0.4, 0.6, 1.0])
    base = materials.add(mat.PLAIN, [(0.03, 0.03, 0.03)], [0.2, 0.2])
    cone = join(
        [
            box((0.36, 0.36, 0.04), (0, 0, 0), UNLABELLED, base),
            tube((0, 0, 0.04), (0, 0, rng.uniform(0.5, 0.8)), (0.14, 0.03), UNLABELLED, coat, 8),
        ]
    )
    for _ in range(int(rng.integers(0, 9))):
        at = s + rng.uniform(-1, 1) * (0.5 * long + 5.0)
        side = d + rng.choice([-1, 1]) * (0.5 * wide + 0.5) + rng.normal(0, 0.1)
        site.put(cone, at, side, site.plan.ground_z(side), 0.0, 0.2)
