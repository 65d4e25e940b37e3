"""What fills squares, small parks and car parks beside the street.

Convention: street coordinates (see bend.py).
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic.assets import furniture, stalls
from panoseg_ros.synthetic.assets.vegetation import bush
from panoseg_ros.synthetic.chance import any_yaw, pick
from panoseg_ros.synthetic.mesh import Mesh, box, join, moved, tube
from panoseg_ros.synthetic.scenes.lots import edging
from panoseg_ros.synthetic.scenes.plan import Plaza
from panoseg_ros.synthetic.scenes.site import Site
from panoseg_ros.synthetic.surfaces import materials as mat

Rng = np.random.Generator


def put_plazas(site: Site) -> None:
    """Fill every open place of the scene."""
    for plaza in site.plan.plazas:
        _put_rows(site, plaza)
        if plaza.kind == 'stone':
            _put_centrepiece(site, plaza)
            _put_stalls(site, plaza)
            _scatter(site, plaza, int(site.rng.integers(3, 14)))
        elif plaza.kind == 'green':
            _put_plants(site, plaza, int(site.rng.integers(6, 18)))
            _scatter(site, plaza, int(site.rng.integers(0, 5)))
        _put_edge(site, plaza)


def _spot(site: Site, plaza: Plaza, margin: float) -> tuple[float, float]:
    s = site.rng.uniform(plaza.start + margin, plaza.end - margin)
    d = plaza.near + site.rng.uniform(min(margin, 2.0), plaza.depth - margin)
    return float(s), float(plaza.sign * d)


def _put_rows(site: Site, plaza: Plaza) -> None:
    """Put rows of trees and lamps parallel to the street."""
    rng, plan, stock = site.rng, site.plan, site.stock
    glow = stock.materials.add(mat.EMIT, [(0.8, 0.72, 0.5)], [0.3, 1.0])
    metal = pick(rng, stock.metals)
    lamp = furniture.street_lamp(rng, metal, glow)
    for _ in range(int(rng.integers(0, 5))):
        d = plaza.sign * (plaza.near + rng.uniform(0.04, 0.9) * plaza.depth)
        trees, gap = rng.random() < 0.72, rng.uniform(4.5, 11)
        scale = rng.uniform(0.55, 1.1)
        for s in np.arange(plaza.start + 2.5, plaza.end - 2.0, gap):
            mesh = moved(stock.tree(rng), scale=scale) if trees else lamp
            site.put(mesh, s, d, plan.kerb_m, any_yaw(rng), 0.5)


def _put_centrepiece(site: Site, plaza: Plaza) -> None:
    """Put a fountain or a monument, which have no class, or nothing."""
    rng = site.rng
    if rng.random() < 0.45:
        return
    mesh, radius = (fountain if rng.random() < 0.5 else monument)(site)
    s, d = plaza.centre
    site.put(mesh, s + rng.normal(0, 3), d + rng.normal(0, 2), site.plan.kerb_m, 0.0, radius)


def fountain(site: Site) -> tuple[Mesh, float]:
    """Return a round basin with water and a column, and its radius in metres."""
    rng, materials = site.rng, site.stock.materials
    stone = pick(rng, site.stock.walls)
    water = materials.add(mat.GLASS, [(0.03, 0.06, 0.07)], [0.9])
    radius, rim = rng.uniform(1.8, 5.0), rng.uniform(0.4, 0.8)
    parts = [
        tube((0, 0, -0.1), (0, 0, rim), (radius, radius), UNLABELLED, stone, 16),
        tube((0, 0, rim), (0, 0, rim + 0.01), (radius - 0.3,) * 2, UNLABELLED, water, 16),
        tube((0, 0, rim), (0, 0, rim + 1.6), (0.3, 0.2), UNLABELLED, stone, 8),
        tube((0, 0, rim + 1.2), (0, 0, rim + 1.5), (0.3, 0.9), UNLABELLED, stone, 12),
    ]
    return join(parts), radius + 0.2


def monument(site: Site) -> tuple[Mesh, float]:
    """Return a pedestal with a column or figure, and its radius in metres."""
    rng = site.rng
    stone = pick(rng, site.stock.walls)
    wide, high = rng.uniform(1.0, 2.2), rng.uniform(1.2, 2.6)
    steps = [(wide + 0.5 * (3 - k), 0.2 * k) for k in range(3)]
    parts = [box((w, w, 0.2), (0, 0, z), UNLABELLED, stone) for w, z in steps]
    parts.append(box((wide, wide, high), (0, 0, 0.6), UNLABELLED, stone))
    top = 0.6 + high
    parts.append(
        tube((0, 0, top), (0, 0, top + rng.uniform(1.5, 5)), (0.4, 0.25), UNLABELLED, stone)
    )
    return join(parts), 0.7 * (wide + 1.5)


def _put_stalls(site: Site, plaza: Plaza) -> None:
    """Put cafes along the houses and market stalls in rows."""
    rng, plan, materials = site.rng, site.plan, site.stock.materials
    for _ in range(int(rng.integers(0, 4))):
        mesh = stalls.cafe(rng, materials)
        radius = _radius(mesh)
        s, d = _spot(site, plaza, radius + 0.5)
        site.put(mesh, s, d, plan.kerb_m, any_yaw(rng), radius)
    if rng.random() > 0.25:
        return
    d = plaza.sign * (plaza.near + rng.uniform(0.2, 0.8) * plaza.depth)
    yaw = float(rng.choice([-0.5, 0.5]) * np.pi)
    for s in np.arange(plaza.start + 4, plaza.end - 4, rng.uniform(3.6, 5.5)):
        mesh = stalls.market_stall(rng, materials)
        site.put(mesh, s, d, plan.kerb_m, yaw, _radius(mesh))


def _radius(mesh: Mesh) -> float:
    return float(np.hypot(mesh.corners[..., 0], mesh.corners[..., 1]).max())


def _scatter(site: Site, plaza: Plaza, count: int) -> None:
    """Put benches, bins, bollards, posts, planters and large things anywhere."""
    rng, plan, stock = site.rng, site.plan, site.stock
    for _ in range(count):
        s, d = _spot(site, plaza, 1.5)
        kind, yaw = rng.random(), float(rng.choice([0, 0.5, 1, 1.5]) * np.pi)
        metal = pick(rng, stock.metals)
        if kind < 0.5:
            mesh, radius = furniture.clutter(rng, stock.materials), 0.8
        elif kind < 0.62:
            mesh, radius = furniture.bollard(rng, metal), 0.15
        elif kind < 0.74:
            mesh, radius = furniture.sign_post(rng, stock.materials, metal), 0.4
        elif kind < 0.84:
            mesh, radius = planter(site), 1.0
        else:
            mesh, radius = furniture.large_clutter(rng, stock.materials)
        site.put(mesh, s, d, plan.kerb_m, yaw, radius)


def planter(site: Site) -> Mesh:
    """Return a box with a bush in it."""
    rng, stock = site.rng, site.stock
    wall = pick(rng, stock.walls)
    green = pick(rng, stock.greens)
    wide, high = rng.uniform(0.7, 1.3), rng.uniform(0.4, 0.8)
    plant = moved(bush(rng, green, wide), (0, 0, high - 0.1))
    return join([box((wide, wide, high), (0, 0, 0), UNLABELLED, wall), plant])


def _put_plants(site: Site, plaza: Plaza, count: int) -> None:
    rng, stock = site.rng, site.stock
    for _ in range(count):
        s, d = _spot(site, plaza, 2.0)
        if rng.random() < 0.6:
            grown = moved(stock.tree(rng), scale=rng.uniform(0.6, 1.2))
            site.put(grown, s, d, site.plan.kerb_m, any_yaw(rng), 0.6)
        else:
            green = pick(rng, stock.greens)
            site.put(bush(rng, green, rng.uniform(0.6, 2.2)), s, d, site.plan.kerb_m, 0.0, 1.0)


def _put_edge(site: Site, plaza: Plaza) -> None:
    """Put a low wall, hedge or fence along part of an inner line of the place."""
    rng = site.rng
    if rng.random() < (0.6 if plaza.kind == 'parking' else 0.4):
        return
    kind = str(rng.choice(['hedge', 'wall', 'fence'], p=[0.2, 0.5, 0.3]))
    d = plaza.sign * (
        plaza.near + (0.4 if plaza.kind != 'stone' else rng.uniform(0.3, 0.9) * plaza.depth)
    )
    start = rng.uniform(plaza.start + 1, plaza.start + 0.4 * (plaza.end - plaza.start))
    length = rng.uniform(0.2, 0.5) * (plaza.end - plaza.start)
    for piece in edging(rng, site.stock, kind)(length):
        put_along(site, piece, start, d)


def put_along(site: Site, piece: Mesh, start: float, d: float) -> None:
    """Put a piece of a line along +x, unless something stands there."""
    low, high = piece.corners[..., 0].min(), piece.corners[..., 0].max()
    middle = 0.5 * float(low + high)
    centred = moved(piece, (-middle, 0, 0))
    z = site.plan.kerb_m
    site.put(centred, start + middle, d, z, 0.0, 0.35, 0.5 * float(high - low) + 0.1)
