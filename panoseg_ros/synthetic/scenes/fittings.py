"""What stands along a street: lamps, masts, signs, signals, bollards, trees, boxes.

Convention: street coordinates (see bend.py).
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import furniture
from panoseg_ros.synthetic.assets.vegetation import bush
from panoseg_ros.synthetic.chance import any_yaw, pick
from panoseg_ros.synthetic.mesh import Mesh, counted, join, mirrored, moved, tube
from panoseg_ros.synthetic.scenes.bend import REACH_M
from panoseg_ros.synthetic.scenes.ground import median_spans
from panoseg_ros.synthetic.scenes.lots import edging
from panoseg_ros.synthetic.scenes.plan import Side
from panoseg_ros.synthetic.scenes.plazas import put_along
from panoseg_ros.synthetic.scenes.site import Site
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette


def put_fittings(site: Site) -> None:
    """Put the furniture of both pavements and of the crossing."""
    _signals(site)
    _median_row(site)
    for sign in (-1, 1):
        side = site.plan.side(sign)
        if side.lots_m - side.road_m < 0.9:
            continue
        _lamps(site, sign, side)
        _signs(site, sign, side)
        _bollards(site, sign, side)
        _railing(site, sign, side)
        _catenary(site, sign, side)
        _boxes(site, sign, side)
        _tree_row(site, sign, side)


def _kerb_d(site: Site, sign: int, side: Side) -> float:
    """Return where things stand between kerb and walkers."""
    first = side.edge[0]
    wide = first.far - first.near
    if not side.road:
        return sign * wide * float(site.rng.uniform(0.3, 0.75))
    return sign * (side.road_m + (0.5 * wide if first.kind == 'verge' else min(0.5, 0.4 * wide)))


def _toward_road(sign: int) -> float:
    """Return the yaw of a thing whose front looks at the road."""
    return -0.5 * np.pi * sign


def _lamps(site: Site, sign: int, side: Side) -> None:
    rng, stock, plan = site.rng, site.stock, site.plan
    if rng.random() < (0.6 if plan.kind in ('country', 'dirt') else 0.06):
        return
    glow = stock.materials.add(mat.EMIT, [_lamp_color(rng)], [0.3, rng.uniform(0.6, 1.4)])
    metal = pick(rng, stock.metals)
    lines = rng.random() < (0.6 if plan.kind in ('country', 'dirt') else 0.16)
    d, feet = _kerb_d(site, sign, side), []
    make = furniture.mast(rng, metal) if lines else furniture.street_lamp(rng, metal, glow)
    pitch = rng.uniform(14, 36)
    for s in np.arange(-REACH_M + 5 + rng.uniform(0, pitch), REACH_M - 5, pitch):
        if plan.has_kerb(s, sign):
            site.put(make, s, d, plan.kerb_m, 0.0 if sign > 0 else np.pi, 0.3)
            feet.append((s, d, plan.kerb_m))
    if lines and len(feet) > 1 and rng.random() < 0.85:
        top = np.array(feet)
        top[:, 2] += make.corners[..., 2].max() - 0.2
        black = stock.materials.add(mat.PLAIN, [(0.03, 0.03, 0.03)])
        site.add(furniture.wires(rng, top[:-1], top[1:], rng.uniform(0.8, 2.0), black))


def _catenary(site: Site, sign: int, side: Side) -> None:
    """Put the poles that carry a tram's wire, with an arm over the track."""
    rng, plan = site.rng, site.plan
    tracks = side.strips('tram')
    if not tracks or rng.random() < 0.4:
        return
    metal, high = site.stock.metals[-1], rng.uniform(6.0, 8.0)
    d, thick = _kerb_d(site, sign, side), rng.uniform(0.07, 0.13)
    reach = min(abs(d) - tracks[0].middle, 6.0)
    pole = tube((0, 0, 0), (0, 0, high), (thick, 0.7 * thick), ids.POLE, metal, 7)
    arm = tube((0, 0, high - 0.5), (0, -reach, high - 0.2), (0.04, 0.04), ids.POLE, metal, 5)
    mesh, pitch = join([pole, arm]), rng.uniform(22, 38)
    for s in np.arange(-REACH_M + rng.uniform(5, pitch), REACH_M - 5, pitch):
        if plan.has_kerb(s, sign):
            site.put(mesh, s, d, plan.kerb_m, 0.0 if sign > 0 else np.pi, 0.2)


def _lamp_color(rng: np.random.Generator) -> palette.Color:
    warm = rng.random() < 0.6
    return palette.hsv(rng, (0.07, 0.13), (0.2, 0.6), (0.75, 0.9)) if warm else (0.8, 0.8, 0.8)


def _signs(site: Site, sign: int, side: Side) -> None:
    rng, stock, plan = site.rng, site.stock, site.plan
    d = _kerb_d(site, sign, side)
    for _ in range(int(rng.integers(3, 15))):
        large = rng.random() < 0.15
        metal = pick(rng, stock.metals)
        make = furniture.gantry_sign if large else furniture.sign_post
        post = make(rng, stock.materials, metal)
        s = plan.focus_s + rng.normal(0, 10 if rng.random() < 0.75 else 40)
        yaw = plan.way(sign) + np.pi + rng.normal(0, 0.25) + np.pi * (rng.random() < 0.25)
        if plan.has_kerb(s, sign):
            site.put(post, s, d, plan.kerb_m, yaw, 0.4)


def _bollards(site: Site, sign: int, side: Side) -> None:
    rng, plan = site.rng, site.plan
    if not side.road or rng.random() > 0.3:
        return
    metals = site.stock.metals
    mesh = furniture.bollard(rng, pick(rng, metals))
    length, pitch = rng.uniform(5, 35), rng.uniform(1.3, 3.0)
    start = plan.focus_s + rng.uniform(-25, 10)
    for s in np.arange(start, start + length, pitch):
        if plan.has_kerb(s, sign):
            site.put(mesh, s, sign * (side.road_m + 0.35), plan.kerb_m, 0.0, 0.1)


def _railing(site: Site, sign: int, side: Side) -> None:
    """Put a fence between road and pavement, near the focus."""
    rng, plan = site.rng, site.plan
    if not side.road or side.edge[0].kind != 'walk' or rng.random() > 0.28:
        return
    start, length = plan.focus_s + rng.uniform(-25, 12), rng.uniform(5, 30)
    for piece in edging(rng, site.stock, 'fence')(length):
        middle = 0.5 * float(piece.corners[..., 0].min() + piece.corners[..., 0].max())
        if plan.has_kerb(start + middle - 2.6, sign) and plan.has_kerb(start + middle + 2.6, sign):
            put_along(site, piece, start, sign * (side.road_m + 0.4))


def _boxes(site: Site, sign: int, side: Side) -> None:
    """Put benches, bins, cabinets, and large things such as shelters and kiosks."""
    rng, plan, materials = site.rng, site.plan, site.stock.materials
    near = _kerb_d(site, sign, side)
    for _ in range(int(rng.integers(0, 9))):
        d = near if rng.random() < 0.5 else sign * (side.lots_m - 0.45)
        yaw = _toward_road(sign) + float(np.pi * rng.integers(2))
        s = plan.focus_s + rng.normal(0, 18)
        if plan.has_kerb(s, sign):
            site.put(furniture.clutter(rng, materials), s, d, plan.kerb_m, yaw, 0.6)
    walk = side.edge[-1]
    if walk.kind != 'walk' or plan.kind == 'alley':
        return
    for _ in range(int(rng.integers(0, 3))):
        mesh, radius = furniture.large_clutter(rng, materials)
        deep = float(np.ptp(mesh.corners[..., 0]))
        room = walk.far - walk.near
        if deep > room - 0.3:
            continue
        inner = rng.random() < 0.4
        away = walk.far - 0.5 * deep - 0.1 if inner else walk.near + 0.5 * deep + 0.3
        yaw = _toward_road(sign) + (np.pi if not inner and rng.random() < 0.7 else 0.0)
        s = plan.focus_s + rng.normal(0, 20)
        if plan.has_kerb(s - radius, sign) and plan.has_kerb(s + radius, sign):
            _put_wide(site, mesh, s, sign * away, yaw, 0.5 * deep)


def _put_wide(site: Site, mesh: Mesh, s: float, d: float, yaw: float, radius: float) -> None:
    """Put a thing that is wider (along its y) than deep."""
    half = 0.5 * float(np.ptp(mesh.corners[..., 1]))
    turned = moved(mesh, yaw=0.5 * np.pi)  # its length along x, as `Site.put` wants it
    site.put(turned, s, d, site.plan.kerb_m, yaw - 0.5 * np.pi, max(radius, 0.2), half)


def _tree_row(site: Site, sign: int, side: Side) -> None:
    rng, plan = site.rng, site.plan
    verge = side.strips('verge')
    room = side.lots_m - side.road_m
    if plan.kind == 'alley' or rng.random() > (0.95 if verge else 0.88 * (room > 1.4)):
        return
    d = sign * verge[0].middle if verge else _kerb_d(site, sign, side)
    gap = rng.uniform(4.5, 8.5)
    scale = rng.uniform(1.2, 1.9) if rng.random() < 0.6 else rng.uniform(0.75, 1.2)
    for s in np.arange(-REACH_M + 8 + rng.uniform(0, gap), REACH_M - 5, gap):
        if plan.has_kerb(s, sign):
            kind = site.stock.tree(rng, abs(s - plan.focus_s) > 28.0)
            grown = moved(kind, scale=scale * rng.uniform(0.85, 1.15))
            site.put(grown, s + rng.normal(0, 0.4), d, plan.kerb_m, any_yaw(rng), 0.5)


def _median_row(site: Site) -> None:
    """Put trees, bushes or lamps in a raised median."""
    plan, rng, stock = site.plan, site.rng, site.stock
    median = max((strip.far for strip in plan.left.strips('median')), default=0.0)
    if median < 0.6 or rng.random() < 0.15:
        return
    gap, leafy = rng.uniform(3.5, 10), rng.random() < 0.35 or median < 0.9
    green = pick(rng, stock.greens)
    shrub = bush(rng, green, min(1.6 * median, 2.0))
    for low, high in median_spans(plan):
        for s in np.arange(max(low, -REACH_M) + 3, min(high, REACH_M) - 3, gap):
            kind = stock.tree(rng, abs(s - plan.focus_s) > 28.0)
            mesh = shrub if leafy else moved(kind, scale=rng.uniform(0.7, 1.3))
            site.put(mesh, s, 0.0, max(plan.kerb_m, 0.05), any_yaw(rng), 0.4)


def _signals(site: Site) -> None:
    """Put traffic lights at the corners of a crossing or at a crosswalk."""
    plan, rng, cut = site.plan, site.rng, site.plan.crossing
    if not plan.left.road or plan.kind in ('alley', 'pedestrian', 'dirt') or rng.random() > 0.8:
        return
    if cut is None and rng.random() > 0.5:
        return
    metal = site.stock.metals[0]
    s, room = (cut.s, cut.half_m + 0.8) if cut else (plan.focus_s + rng.normal(0, 8), 2.4)
    room += max(0.0, cut.walk_m - 0.8) if cut else 0.0
    for hand in (-1, 1):
        for sign in (-1, 1):
            mesh = _anchored(site, metal)
            # its front meets traffic; its arm (along -y) has to reach over the road
            comes = plan.way(sign) == 0.0
            front = np.pi if comes == (rng.random() < 0.85) else 0.0
            mesh = mirrored(mesh) if (front == 0.0) == (sign < 0) else mesh
            d = sign * (plan.side(sign).road_m + 0.5)
            site.put(mesh, s + hand * room, d, plan.kerb_m, front, 0.25)
            if cut is not None and cut.on(sign) and rng.random() < 0.5:
                _cross_signal(site, hand, sign, metal)


def _anchored(site: Site, metal: int) -> Mesh:
    """Return a traffic light without a wire, or with one whose far end has a post."""
    plan = site.plan
    for _ in range(6):
        mesh = furniture.traffic_light(site.rng, site.stock.materials, metal)
        wire = mesh.corners[mesh.labels == UNLABELLED]
        reach = -float(wire[..., 1].min(initial=0.0))
        if reach < 8.0:
            return mesh
        beyond = reach - plan.left.road_m - plan.right.road_m - 0.5
        if 0.3 < beyond < 0.5 + min(plan.left.lots_m - plan.left.road_m, 2.5):
            top = (0, -reach, float(wire[..., 2].max()) + 0.2)
            post = tube((0, -reach, 0), top, (0.12, 0.1), ids.POLE, metal, 7)
            return join([mesh, counted(post, 1)])
    return furniture.sign_post(site.rng, site.stock.materials, metal)


def _cross_signal(site: Site, hand: int, sign: int, metal: int) -> None:
    """Put a light for the cross street on one of its corners."""
    plan, cut = site.plan, site.plan.crossing
    assert cut is not None
    mesh = _anchored(site, metal)
    s = cut.s + hand * (cut.half_m + min(0.5, 0.5 * cut.walk_m + 0.3))
    d = sign * (plan.side(sign).lots_m + 0.3)
    yaw = 0.5 * np.pi * sign
    # with yaw +90 the arm points along +s, with -90 along -s
    mesh = mirrored(mesh) if (hand > 0) == (sign > 0) else mesh
    site.put(mesh, s, d, plan.kerb_m, yaw, 0.25)
