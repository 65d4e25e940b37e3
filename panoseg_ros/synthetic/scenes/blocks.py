"""Lots around streets and squares: which frontages there are and what lines them.

Convention: street coordinates (see bend.py); a frontage is as in lots.py.
"""

from itertools import pairwise

import numpy as np

from panoseg_ros.synthetic.scenes import lots
from panoseg_ros.synthetic.scenes.bend import REACH_M
from panoseg_ros.synthetic.scenes.plan import Crossing, Plaza
from panoseg_ros.synthetic.scenes.site import Site

FLANK_M = 13.0  # depth of the houses beside a plaza and along a cross street
_CORNER_M = 15.0  # depth of lots that have others behind them


def put_lots(site: Site) -> None:
    """Line the street, the cross street and the plazas with lots."""
    plan = site.plan
    for sign in (-1, 1):
        for front in plan.fronts(sign, FLANK_M):
            _along_street(site, sign, front)
        if plan.crossing is not None and plan.crossing.on(sign):
            _along_cross_street(site, sign, plan.crossing)
    for plaza in plan.plazas:
        _around_plaza(site, plaza)


def _row(site: Site, length: float, depth: float, s: float, d: float, yaw: float) -> None:
    plan, away = site.plan, site.plan.focus_s - s
    focus = (
        float(away * np.cos(yaw) - d * np.sin(yaw)),
        float(-away * np.sin(yaw) - d * np.cos(yaw)),
    )
    row = lots.frontage(site.rng, site.stock, plan.district, (length, depth), plan.kerb_m, focus)
    for part in row:
        site.add_lot(part, s, d, yaw)


def _along_street(site: Site, sign: int, front: tuple[float, float]) -> None:
    """Line one interval of a side; its ends at a cross street hold shallow lots."""
    plan, (start, end) = site.plan, front
    edge, cuts = plan.side(sign).lots_m, [front[0]]
    if start > -REACH_M and end - start > 2 * _CORNER_M:
        cuts.append(start + FLANK_M + 1.0)
    if end < REACH_M and end - cuts[-1] > 2 * _CORNER_M:
        cuts.append(end - FLANK_M - 1.0)
    cuts.append(end)
    for a, b in pairwise(cuts):
        deep = 40.0 if b - a > FLANK_M + 1.1 else _CORNER_M
        if sign > 0:
            _row(site, b - a, deep, a, edge, 0.0)
        else:
            _row(site, b - a, deep, b, -edge, np.pi)


def _facing_along(site: Site, hand: int, s: float, sign: int, reach: tuple[float, float]) -> None:
    """Line a street across, or a plaza's flank: lots beyond s towards `hand`, over |d|."""
    yaw = -0.5 * np.pi if hand > 0 else 0.5 * np.pi
    foot = reach[1] if sign * hand > 0 else reach[0]
    _row(site, reach[1] - reach[0], FLANK_M, s, sign * foot, yaw)


def _along_cross_street(site: Site, sign: int, cut: Crossing) -> None:
    for hand in (-1, 1):
        begin = site.plan.side(sign).lots_m + _CORNER_M + 1.0
        for plaza in site.plan.plazas:
            if plaza.sign == sign and hand > 0:
                begin = plaza.near + plaza.depth + _CORNER_M
        room = cut.half_m + max(cut.walk_m, 1.0)
        _facing_along(site, hand, cut.s + hand * room, sign, (begin, begin + 45.0))


def _around_plaza(site: Site, plaza: Plaza) -> None:
    cut, reach = site.plan.crossing, (plaza.near, plaza.near + plaza.depth)
    open_start = cut is not None and cut.on(plaza.sign)
    if not open_start:
        _facing_along(site, -1, plaza.start, plaza.sign, reach)
    _facing_along(site, 1, plaza.end, plaza.sign, reach)
    back = reach[1]
    low = plaza.start - (0.0 if open_start else FLANK_M)
    length = plaza.end + FLANK_M - low
    if plaza.sign > 0:
        _row(site, length, _CORNER_M, low, back, 0.0)
    else:
        _row(site, length, _CORNER_M, low + length, -back, np.pi)
