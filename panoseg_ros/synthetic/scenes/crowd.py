"""People: walking, standing, in groups, crossing, sitting.

Convention: street coordinates (see bend.py).
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import box, counted, join, moved
from panoseg_ros.synthetic.scenes.plan import Plaza
from panoseg_ros.synthetic.scenes.site import Site

_SPREAD_M = 8.5  # around the focus: most people are 3 to 25 m from a camera
_MOST = 104


def put_people(site: Site) -> None:
    """Put walkers and groups on pavements, crosswalks and plazas around the focus."""
    plan, rng = site.plan, site.rng
    left = int(_MOST * plan.crowd * rng.uniform(0.5, 1.0)) + int(rng.integers(1, 5))
    for _ in range(int(rng.binomial(4, 0.35 * min(1.0, 0.3 + plan.crowd)))):
        _put_bench(site)
    while left > 0:
        group = min(left, int(rng.choice([1, 2, 3, 4, 6], p=[0.6, 0.22, 0.1, 0.05, 0.03])))
        s, d, yaw = _place(site)
        _put_group(site, group, s, d, yaw)
        left -= group


def _put_group(site: Site, count: int, s: float, d: float, yaw: float) -> None:
    rng, stock = site.rng, site.stock
    mesh = stock.passer_by(rng) if count == 1 else stock.group(rng, count)
    reach = 0.5 * float(np.ptp(mesh.corners[..., :2], axis=(0, 1)).max())
    lots = site.plan.side(1 if d > 0 else -1).lots_m
    if abs(d) < lots:  # not on a plaza: keep clear of the houses
        d = float(np.clip(d, reach - lots, lots - reach)) if reach < lots else 0.0
    z, yaw = site.plan.ground_z(d), yaw + rng.normal(0, 0.2)
    if site.put(mesh, s, d, z, yaw, max(0.3, reach - 0.2)) and count == 1:
        own = mesh.corners[np.isin(mesh.labels, [ids.PERSON, ids.RIDER])]
        middle = moved(mesh._replace(corners=own), yaw=yaw).corners.mean((0, 1))
        site.people.append((float(s + middle[0]), float(d + middle[1]), z))


def _put_bench(site: Site) -> None:
    """Put a bench with one to three people on it."""
    rng, stock = site.rng, site.stock
    s, d, yaw = _place(site)
    if abs(d) < site.plan.side(1 if d > 0 else -1).road_m:
        return
    wood = pick(rng, stock.walls)
    wide, count = rng.uniform(1.5, 2.4), int(rng.choice([1, 2, 3], p=[0.5, 0.38, 0.12]))
    parts = [
        box((0.5, wide, 0.08), (0.02, 0, 0.37), UNLABELLED, wood),
        box((0.4, 0.1, 0.37), (0, 0.35 * wide, 0), UNLABELLED, wood),
        box((0.4, 0.1, 0.37), (0, -0.35 * wide, 0), UNLABELLED, wood),
    ]
    if rng.random() < 0.6:
        parts.append(box((0.07, wide, 0.42), (-0.24, 0, 0.45), UNLABELLED, wood))
    for k in range(count):
        y = ((k + 0.5) / count - 0.5) * (wide - 0.2) + rng.normal(0, 0.06)
        parts.append(moved(counted(stock.seated(rng), k + 1), (0.0, y, 0.0), rng.normal(0, 0.12)))
    way = yaw + 0.5 * np.pi * int(rng.integers(4))
    site.put(join(parts), s, d, site.plan.ground_z(d), way, 0.5 * wide)


def _place(site: Site) -> tuple[float, float, float]:
    """Draw where somebody is and where they go: s, d, yaw."""
    plan, rng = site.plan, site.rng
    s = plan.focus_s + float(rng.normal(0, _SPREAD_M))
    open_places = [p for p in plan.plazas if p.kind == 'stone']
    if open_places and rng.random() < 0.55:
        return _on_plaza(site, pick(rng, open_places))
    if plan.road_half_m > 0 and rng.random() < 0.15:
        if plan.crossing is not None and rng.random() < 0.8:
            hand = rng.choice([-1, 1])
            s = plan.crossing.s + hand * (plan.crossing.half_m + rng.uniform(0.8, 3.2))
        d = float(rng.uniform(-1, 1) * plan.road_half_m)
        return float(s), d, float(rng.choice([-0.5, 0.5]) * np.pi)
    sign = int(rng.choice([-1, 1]))
    strips = plan.side(sign).strips('walk') or plan.side(sign).strips('cycle_path', 'verge')
    along = float(rng.choice([0.0, np.pi]) + rng.normal(0, 0.2))
    if not strips:
        return s, sign * max(0.5, plan.side(sign).road_m - 0.4), along
    strip = strips[-1]
    if strip.kind == 'walk' and rng.random() < 0.2:  # in front of a shop, its back to it
        return s, sign * (strip.far - 0.45), float(-0.5 * np.pi * sign + rng.normal(0, 0.8))
    room = max(0.0, 0.5 * (strip.far - strip.near) - 0.4)
    d = sign * (strip.middle + rng.uniform(-1, 1) * room)
    cut = plan.crossing
    if cut is not None and not plan.has_kerb(s, sign):
        s = cut.s + float(rng.choice([-1, 1])) * (cut.half_m + rng.uniform(0.6, 3.0))
    return s, float(d), along


def _on_plaza(site: Site, plaza: Plaza) -> tuple[float, float, float]:
    rng = site.rng
    middle = np.clip(site.plan.focus_s, plaza.start, plaza.end)
    s = float(np.clip(middle + rng.normal(0, 14), plaza.start + 0.8, plaza.end - 0.8))
    depth = float(np.clip(rng.beta(1.2, 2.0), 0.03, 0.97)) * plaza.depth
    return s, plaza.sign * (plaza.near + depth), float(rng.uniform(0, 2 * np.pi))
