"""Vehicles and riders: parked, driving, waiting, delivering.

Convention: street coordinates (see bend.py). Rare kinds are placed near the focus, where
cameras stand, because elsewhere they would hardly cover a pixel.
"""

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh
from panoseg_ros.synthetic.scenes.markings import BAY_WIDTH_M, bay_rows
from panoseg_ros.synthetic.scenes.plan import Plaza, Strip
from panoseg_ros.synthetic.scenes.site import Site

_END_M = 95.0  # lanes carry vehicles from -_END_M to _END_M


def put_traffic(site: Site) -> None:
    """Put everything that rolls on road, bays, pavements and plazas."""
    _put_trams(site)
    _put_guests(site)
    _put_riders(site)
    for sign in (-1, 1):
        for strip in site.plan.side(sign).strips('parking'):
            _park(site, sign, strip)
        for strip in _driven(site, sign):
            _drive(site, sign, strip)
    _put_in_cross_street(site)
    _park_in_cross_street(site)
    for plaza in site.plan.plazas:
        if plaza.kind == 'parking':
            _fill_bays(site, plaza)
    _put_two_wheelers(site)


def _driven(site: Site, sign: int) -> list[Strip]:
    """Return the lanes of a side; where there is none, cars share the tram's track."""
    side, kind = site.plan.side(sign), site.plan.kind
    shared = side.strips('tram') if kind in ('street', 'avenue') else []
    return side.strips('lane', 'bus') or shared


def half_length(mesh: Mesh) -> float:
    """Return half the length of a vehicle in metres."""
    return 0.5 * float(np.ptp(mesh.corners[..., 0]))


def _put(
    site: Site, mesh: Mesh, s: float, d: float, yaw: float, z: float = 0.0, radius: float = 0.95
) -> bool:
    return site.put(mesh, s, d, z, yaw, radius, half_length(mesh))


def _put_trams(site: Site) -> None:
    plan, rng = site.plan, site.rng
    if not plan.left.strips('tram'):
        return
    for sign in (-1, 1):
        for strip in plan.side(sign).strips('tram'):
            if rng.random() < 0.8:
                s = plan.focus_s + rng.choice([-1, 1]) * rng.uniform(12, 50)
                mesh = site.stock.tram(rng)
                _put(site, mesh, s, sign * strip.middle, plan.way(sign), 0.01, 1.3)


def _put_guests(site: Site) -> None:
    """Put lorries and buses near the focus, in lanes, bays or on a plaza's edge."""
    rng = site.rng
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.6, 0.32, 0.07, 0.01]))):
        _put_large(site, site.stock.truck(rng), 8.0)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.47, 0.44, 0.09]))):
        _put_large(site, site.stock.bus(rng), 14.0)


def _put_large(site: Site, mesh: Mesh, nearest_m: float) -> bool:
    plan, rng = site.plan, site.rng
    lanes = [
        (sign, strip)
        for sign in (-1, 1)
        for strip in plan.side(sign).strips('lane', 'bus', 'parking')
    ]
    for _ in range(4):
        s = plan.focus_s + rng.choice([-1, 1]) * rng.uniform(nearest_m, 38)
        if lanes and not (plan.plazas and rng.random() < 0.15):
            sign, strip = pick(rng, lanes)
            d, z = sign * strip.middle, 0.0
        elif plan.plazas and plan.plazas[0].kind != 'green':
            plaza = plan.plazas[0]
            s = rng.uniform(plaza.start + 5, plaza.end - 5)
            sign, z = plaza.sign, plan.kerb_m
            d = sign * (plaza.near + rng.uniform(0.15, 0.85) * plaza.depth)
        else:
            walks = [(k, strip) for k in (-1, 1) for strip in plan.side(k).strips('walk')]
            if not walks:
                return False
            sign, strip = pick(rng, walks)
            if strip.far - strip.near < 3.2:
                continue
            d, z = sign * strip.middle, plan.kerb_m
        if _put(site, mesh, s, d, plan.way(sign) + rng.normal(0, 0.02), z, 1.35):
            return True
    return False


def _put_riders(site: Site) -> None:
    """Put cyclists and motorcyclists in lanes, on paths and plazas, most near the focus."""
    plan, rng = site.plan, site.rng
    ways: list[tuple[int, Strip]] = []
    for sign in (-1, 1):
        side = plan.side(sign)
        ways += [(sign, k) for k in side.strips('lane', 'bus')]
        ways += 3 * [(sign, k) for k in side.strips('cycle_lane', 'cycle_path')]
        if not side.road or plan.kind in ('square', 'pedestrian'):
            ways += [(sign, k) for k in side.strips('walk')]
    if not ways:
        return
    for _ in range(int(rng.poisson(3.6))):
        sign, strip = pick(rng, ways)
        motor = strip.kind in ('lane', 'bus') and rng.random() < 0.55
        reach = min(0.5 * (strip.far - strip.near) - 0.4, 1.2)
        d = sign * (strip.middle + rng.uniform(-1, 1) * max(reach, 0.0))
        s = plan.focus_s + rng.normal(0, 9.0)
        yaw = plan.way(sign) + rng.normal(0, 0.06) + np.pi * (rng.random() < 0.08)
        mesh = site.stock.mounted(rng, float(motor))
        _put(site, mesh, s, d, yaw, plan.ground_z(d), 0.45)


def _gap(site: Site) -> float:
    """Draw the room between two vehicles: a metre in a jam, half a street when empty."""
    flow = site.plan.flow
    if flow > 0.88:
        return float(site.rng.uniform(1.0, 4.0))
    return float(site.rng.exponential(2.5 + 18.0 * (1.0 - flow) ** 1.5) + 4.0)


def _drive(site: Site, sign: int, strip: Strip) -> None:
    plan, rng = site.plan, site.rng
    if rng.random() < 0.06 or (plan.kind == 'alley' and rng.random() < 0.6):
        return
    yaw, s = plan.way(sign), -_END_M + site.rng.uniform(0, 20)
    while s < _END_M:
        near = abs(s - plan.focus_s) < 45.0
        kind = rng.random()
        mesh = site.stock.car(rng, driving=True)
        if near and kind < (0.1 if strip.kind == 'bus' else 0.01):
            mesh = site.stock.bus(rng)
        elif near and kind < 0.02:
            mesh = site.stock.truck(rng)
        half = half_length(mesh)
        s += half
        if not _in_the_way(site, s, half):
            d = sign * strip.middle + rng.normal(0, 0.15)
            _put(site, mesh, s, d, yaw + rng.normal(0, 0.02))
        s += half + _gap(site)


def _in_the_way(site: Site, s: float, half: float) -> bool:
    """Return whether a vehicle at s would stand in the crossing; a few do."""
    cut = site.plan.crossing
    if cut is None:
        return False
    inside = abs(s - cut.s) < cut.half_m + half + 3.5
    return inside and (cut.island_m > 0 or site.rng.random() < 0.75)


def _park(site: Site, sign: int, strip: Strip) -> None:
    plan, rng, cut = site.plan, site.rng, site.plan.crossing
    full = rng.beta(3.0, 0.6)
    for s in np.arange(-80.0, 80.0, rng.uniform(5.0, 6.0)):
        near = cut is not None and abs(s - cut.s) < cut.half_m + cut.walk_m + 4.0
        if near or rng.random() > full:
            continue
        yaw = plan.way(sign) + np.pi * (rng.random() < 0.1)
        d = sign * (strip.middle + rng.normal(0, 0.07))
        if abs(s - plan.focus_s) < 40 and rng.random() < 0.03:
            _put(site, site.stock.truck(rng), s, d, yaw)
        else:
            car = site.stock.car(rng)
            _put(site, car, s + rng.normal(0, 0.2), d, yaw + rng.normal(0, 0.02), radius=0.9)


def _put_in_cross_street(site: Site) -> None:
    plan, rng, cut = site.plan, site.rng, site.plan.crossing
    if cut is None:
        return
    for sign in (-1, 1):
        if not cut.on(sign):
            continue
        for hand in (-1, 1):
            d = plan.side(sign).lots_m + 3.0 + rng.exponential(10)
            while d < 70:
                lane = cut.s + hand * (0.5 if cut.half_m < 4.2 else 0.32) * cut.half_m
                turn = 0.5 * np.pi if (plan.hand or -1) == -hand else -0.5 * np.pi
                mesh = site.stock.car(rng, driving=True)
                _put(site, mesh, lane, sign * (d + half_length(mesh)), turn)
                d += 2 * half_length(mesh) + _gap(site) + 4.0


def _park_in_cross_street(site: Site) -> None:
    """Put parked cars along both kerbs of a cross street that is wide enough."""
    plan, rng, cut = site.plan, site.rng, site.plan.crossing
    if cut is None or cut.half_m < 4.2:
        return
    for sign in (-1, 1):
        for hand in (-1, 1):
            if not cut.on(sign) or rng.random() < 0.25:
                continue
            kerb = cut.s + hand * (cut.half_m - 1.1)
            for d in np.arange(plan.side(sign).lots_m + 6.0, 62.0, 5.6):
                if rng.random() < 0.85:
                    yaw = 0.5 * np.pi * float(rng.choice([-1, 1]))
                    _put(site, site.stock.car(rng), kerb, sign * d, yaw, radius=0.9)


def _fill_bays(site: Site, plaza: Plaza) -> None:
    rng, plan = site.rng, site.plan
    full = rng.beta(2.0, 0.7)
    for d in bay_rows(plaza):
        for s in np.arange(plaza.start + 2.3, plaza.end - 1.0, BAY_WIDTH_M):
            if rng.random() < full:
                yaw = rng.choice([-0.5, 0.5]) * np.pi + rng.normal(0, 0.03)
                place = plaza.sign * (d + rng.normal(0, 0.15))
                _put(site, site.stock.car(rng), s, place, yaw, plan.kerb_m, 0.85)


def _put_two_wheelers(site: Site) -> None:
    """Put rows of parked motorcycles and bicycles beside the kerb and in bays."""
    plan, rng = site.plan, site.rng
    for chance, motor, most in (
        (0.5, True, 3),
        (0.85, False, 18),
        (0.7, False, 9),
        (0.4, False, 6),
    ):
        sign = int(rng.choice([-1, 1]))
        bands = plan.side(sign).strips('walk', 'verge', 'parking')
        if rng.random() > chance or not bands:
            continue
        strip = bands[0] if rng.random() < 0.7 else bands[-1]
        wide = strip.far - strip.near
        inset = min(1.0, 0.5 * wide) if rng.random() < 0.7 else max(0.5 * wide, wide - 1.1)
        d, s = sign * (strip.near + inset), plan.focus_s + rng.normal(0, 6.0)
        lean = 0.5 * np.pi + rng.normal(0, 0.3) if wide > 1.8 else rng.normal(0, 0.1)
        pitch = rng.uniform(0.6, 1.1)
        mesh = site.stock.motorcycle(rng) if motor else site.stock.bicycle(rng)
        for _ in range(int(rng.integers(1, most + 1))):
            if rng.random() < 0.5:
                mesh = site.stock.motorcycle(rng) if motor else site.stock.bicycle(rng)
            yaw = lean + rng.normal(0, 0.12) + np.pi * (rng.random() < 0.2)
            step = pitch if wide > 1.8 else 2.0
            if plan.has_kerb(s, sign):
                site.put(mesh, s, d, plan.ground_z(d), yaw, 0.28, 0.8)
            s += step + abs(rng.normal(0, 0.2))
