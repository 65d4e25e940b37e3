"""Where a camera may stand: on road, pavement, path, crosswalk or plaza near the focus."""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.scenes.plan import Plan

Rng = np.random.Generator


class Spot(NamedTuple):
    """A place where a camera can stand, in street coordinates."""

    s: float
    d: float
    ground_z: float


def draw_spot(plan: Plan, rng: Rng) -> Spot:
    """Draw a place where a rover or a car drives."""
    drawn = [(name, place(plan, rng)) for name, place in _PLACES.items()]
    found = [(name, spot) for name, spot in drawn if spot is not None]
    shares = np.array([_SHARES[name] for name, _ in found])
    if plan.plazas and plan.plazas[0].kind != 'green':
        shares[[name == 'plaza' for name, _ in found]] *= 1.6 if plan.kind == 'square' else 1.0
    return found[rng.choice(len(found), p=shares / shares.sum())][1]


def beside_someone(
    people: tuple[tuple[float, float, float], ...], plan: Plan, rng: Rng
) -> Spot | None:
    """Draw a place at 0.6 to 1 m or 1.2 to 4 m from one of people (s, d, z), often nothing."""
    kind = rng.random()
    if not people or kind > _HELD + _CLOSE:
        return None
    here = min(
        range(len(people)), key=lambda k: abs(people[k][0] - plan.focus_s) + 40 * rng.random()
    )
    away = float(rng.uniform(0.6, 1.0) if kind < _HELD else rng.uniform(1.2, 4.0))
    way = float(rng.choice([0.0, np.pi]) + rng.normal(0, 0.4))
    s, d, z = people[here]
    return Spot(s + away * np.cos(way), d + away * np.sin(way), z)


def _near_focus(plan: Plan, rng: Rng, spread_m: float = 8.0) -> float:
    return float(plan.focus_s + np.clip(rng.normal(0, spread_m), -30, 30))


def _on_road(plan: Plan, rng: Rng) -> Spot | None:
    if plan.road_half_m == 0.0:
        return None
    d = float(rng.uniform(-plan.right.road_m + 0.6, plan.left.road_m - 0.6))
    rows = [(sign, k) for sign in (-1, 1) for k in plan.side(sign).strips('parking')]
    if rows and rng.random() < 0.6:  # along a row of parked cars
        sign, strip = pick(rng, rows)
        d = sign * float(max(strip.near - rng.uniform(0.6, 1.6), 0.0))
    return Spot(_near_focus(plan, rng), d, 0.0)


def _on_walk(plan: Plan, rng: Rng) -> Spot | None:
    sign = int(rng.choice([-1, 1]))
    strips = plan.side(sign).strips('walk', 'cycle_path') or plan.side(-sign).strips(
        'walk', 'cycle_path'
    )
    if not strips:
        return None
    sign = sign if plan.side(sign).strips('walk', 'cycle_path') else -sign
    strip = pick(rng, strips)
    room = max(0.0, 0.5 * (strip.far - strip.near) - 0.4)
    s, cut = _near_focus(plan, rng), plan.crossing
    if cut is not None and cut.on(sign) and abs(s - cut.s) < cut.half_m:
        s = cut.s + float(rng.choice([-1, 1])) * (cut.half_m + rng.uniform(0.5, 6.0))
    return Spot(s, float(sign * (strip.middle + rng.uniform(-1, 1) * room)), plan.kerb_m)


def _on_verge(plan: Plan, rng: Rng) -> Spot | None:
    sign = int(rng.choice([-1, 1]))
    strips = plan.side(sign).strips('verge')
    if not strips:
        return None
    return Spot(_near_focus(plan, rng), float(sign * strips[0].middle), plan.kerb_m)


def _on_plaza(plan: Plan, rng: Rng) -> Spot | None:
    if not plan.plazas:
        return None
    plaza = pick(rng, plan.plazas)
    middle = np.clip(plan.focus_s, plaza.start + 4, plaza.end - 4)
    s = float(np.clip(middle + rng.normal(0, 9), plaza.start + 1.5, plaza.end - 1.5))
    d = plaza.near + float(np.clip(rng.beta(1.1, 2.0), 0.04, 0.95)) * plaza.depth
    return Spot(s, plaza.sign * d, plan.kerb_m)


def _on_cross_street(plan: Plan, rng: Rng) -> Spot | None:
    cut = plan.crossing
    if cut is None:
        return None
    sign = cut.side or int(rng.choice([-1, 1]))
    d = float(sign * (plan.side(sign).lots_m + rng.uniform(0.0, 12.0)))
    half, walk = cut.half_m, cut.walk_m
    if walk > 1.0 and rng.random() < 0.5:
        hand = float(rng.choice([-1, 1]))
        return Spot(cut.s + hand * (half + rng.uniform(0.4, walk - 0.3)), d, plan.kerb_m)
    return Spot(cut.s + float(rng.uniform(-0.8, 0.8)) * half, d, 0.0)


# Shares of pictures from a hand, or with somebody close by.
_HELD, _CLOSE = 0.14, 0.10
_SHARES = {'road': 0.7, 'walk': 0.18, 'verge': 0.03, 'plaza': 0.16, 'cross': 0.12}
_PLACES = {
    'road': _on_road,
    'walk': _on_walk,
    'verge': _on_verge,
    'plaza': _on_plaza,
    'cross': _on_cross_street,
}
