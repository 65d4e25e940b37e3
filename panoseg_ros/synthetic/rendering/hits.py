"""Geometry of a view: which pixels need which rays, and where light is gathered, compiled.

A pixel is even where the rays of its centre and of its eight neighbours' centres meet one
triangle or nothing; there the four sub-rays need no search. All others are mixed.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from panoseg_ros.synthetic.rendering.casting import MISS
from panoseg_ros.synthetic.rendering.compiling import SOURCES, kernel
from panoseg_ros.synthetic.rendering.lamps import cell_of, lamp_light
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.noise import lattice

BLIND = -2  # in place of a triangle: the camera sees nothing here
EMPTY, SKY, EVEN, MIXED = range(4)  # states of a pixel

_LIFT = 2e-3  # secondary rays start this far above the surface, metres (plus 1e-5 of the range)
_SHADOW = 0.3  # a sun weaker than this share of the sky's light throws no shadow
_AMBIENT_FAR_M = 70.0  # beyond, no ray is spent on how open a point is


@kernel()
def plane_distance(corners, k, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Return distance along a ray to the plane of triangle k and its normal, not unit."""
    ax, ay, az = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
    e1x, e1y, e1z = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay, corners[k, 1, 2] - az
    e2x, e2y, e2z = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay, corners[k, 2, 2] - az
    nx, ny, nz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
    along = nx * dx + ny * dy + nz * dz
    if along == 0.0:
        return 0.0, nx, ny, nz
    return (nx * (ax - ox) + ny * (ay - oy) + nz * (az - oz)) / along, nx, ny, nz


@kernel()
def lifted(corners, k, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Return (depth, point lifted off triangle k, unit normal towards the viewer)."""
    t, nx, ny, nz = plane_distance(corners, k, ox, oy, oz, dx, dy, dz)
    size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-30
    if nx * dx + ny * dy + nz * dz > 0.0:
        size = -size
    nx, ny, nz = nx / size, ny / size, nz / size
    lift = _LIFT + 1e-5 * t
    px, py, pz = ox + t * dx + lift * nx, oy + t * dy + lift * ny, oz + t * dz + lift * nz
    return t, px, py, pz, nx, ny, nz


@kernel()
def _depths(prims, origin, rays, corners, depth):  # type: ignore[no-untyped-def]
    ox, oy, oz = np.float64(origin[0]), np.float64(origin[1]), np.float64(origin[2])
    for i in range(len(prims)):
        if prims[i] < 0:
            depth[i] = np.inf
            continue
        dx, dy, dz = np.float64(rays[i, 0]), np.float64(rays[i, 1]), np.float64(rays[i, 2])
        depth[i] = plane_distance(corners, prims[i], ox, oy, oz, dx, dy, dz)[0]


@kernel()
def _states(prims, out):  # type: ignore[no-untyped-def]
    """Fill the state of every pixel of prims (H, W) and return how many are mixed."""
    height, width = prims.shape
    mixed = 0
    for y in range(height):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            k = prims[y, x]
            same = prims[y, left] == k and prims[y, right] == k
            same = same and prims[above, x] == k and prims[below, x] == k
            same = same and prims[above, left] == k and prims[above, right] == k
            same = same and prims[below, left] == k and prims[below, right] == k
            if not same:
                out[y, x] = MIXED
                mixed += 1
            elif k >= 0:
                out[y, x] = EVEN
            else:
                out[y, x] = SKY if k == MISS else EMPTY
    return mixed


@kernel()
def _sub_rays(states, fine, turn, rays):  # type: ignore[no-untyped-def]
    """Fill the world rays (4 N, 3) of the mixed pixels; straight up where nothing is seen."""
    height, width = states.shape
    n = 0
    for y in range(height):
        for x in range(width):
            if states[y, x] != MIXED:
                continue
            for sub in range(4):
                a, b, c = fine[2 * y + sub // 2, 2 * x + sub % 2]
                if math.isnan(a):
                    a, b, c = turn[2, 0], turn[2, 1], turn[2, 2]
                for axis in range(3):
                    rays[n, axis] = turn[axis, 0] * a + turn[axis, 1] * b + turn[axis, 2] * c
                n += 1


@kernel()
def _wants_sun(k, nx, ny, nz, mesh, table, sky):  # type: ignore[no-untyped-def]
    to_sun = sky.sun_direction
    toward = nx * to_sun[0] + ny * to_sun[1] + nz * to_sun[2]
    if table.kinds[mesh.materials[k]] == mat.FOLIAGE:
        return toward > -0.6
    return toward > 0.0


@kernel()
def _pick_lamp(x, y, z, nx, ny, nz, leaf, lamps, chance):  # type: ignore[no-untyped-def]
    """Return one of the lamps that light a point, drawn by its share, and where it is."""
    row, column = cell_of(lamps, x, y)
    if row < 0:
        return -1, 0.0, 0.0, 1.0, 0.0
    total, picked = 0.0, -1
    bx, by, bz, far = 0.0, 0.0, 1.0, 0.0
    for slot in range(lamps.nearest.shape[2]):
        k = lamps.nearest[row, column, slot]
        if k < 0:
            break
        light, ux, uy, uz, distance = lamp_light(lamps, k, x, y, z)
        toward = ux * nx + uy * ny + uz * nz
        if leaf:
            toward = abs(toward) + 0.3
        weight = light * toward * (lamps.light[k, 0] + lamps.light[k, 1] + lamps.light[k, 2])
        if weight <= 0.0:
            continue
        total += weight
        draw = chance * total
        if draw < weight:
            picked, bx, by, bz, far = k, ux, uy, uz, distance
            chance = draw / weight
        else:
            chance = (draw - weight) / (total - weight)
    return picked, bx, by, bz, far


@kernel()
def _gather(index, prims, origin, rays, mesh, table, sky, lamps, jitter, work):  # type: ignore[no-untyped-def]
    """Write the light rays of the hit points `index`; return how many of each kind.

    work: (starts, directions, owners, reach) of the sun's rays and of the lamps' rays.
    """
    sun_starts, sun_rays, sun_owner, lamp_starts, lamp_rays, lamp_owner, lamp_reach = work
    ox, oy, oz = np.float64(origin[0]), np.float64(origin[1]), np.float64(origin[2])
    bright = sky.sun[1] > _SHADOW * sky.ambient[1]
    lamplit = lamps.nearest.shape[0] > 0
    suns, lamp_count = 0, 0
    for i in index:
        k = prims[i]
        if k < 0:
            continue
        dx, dy, dz = np.float64(rays[i, 0]), np.float64(rays[i, 1]), np.float64(rays[i, 2])
        _, x, y, z, nx, ny, nz = lifted(mesh.corners, k, ox, oy, oz, dx, dy, dz)
        if bright and _wants_sun(k, nx, ny, nz, mesh, table, sky):
            sun_starts[suns, 0], sun_starts[suns, 1], sun_starts[suns, 2] = x, y, z
            for axis in range(3):
                sun_rays[suns, axis] = sky.sun_direction[axis]
            sun_owner[suns] = i
            suns += 1
        if lamplit:
            leaf = table.kinds[mesh.materials[k]] == mat.FOLIAGE
            chance = lattice(i, 13, jitter)
            picked, ux, uy, uz, far = _pick_lamp(x, y, z, nx, ny, nz, leaf, lamps, chance)
            if picked >= 0 and far > 0.5:
                n = lamp_count
                lamp_starts[n, 0], lamp_starts[n, 1], lamp_starts[n, 2] = x, y, z
                lamp_rays[n, 0], lamp_rays[n, 1], lamp_rays[n, 2] = ux, uy, uz
                lamp_owner[n], lamp_reach[n] = i, far - 0.35  # its own housing is no shade
                lamp_count += 1
    return suns, lamp_count


@kernel()
def _around(prims, origin, rays, corners, jitter, starts, out, owner):  # type: ignore[no-untyped-def]
    """Write one diffuse ray for each near hit of prims (H, W); return how many.

    Pixels in blocks of 3 x 3 look into nine different parts of the half space.
    """
    height, width = prims.shape
    ox, oy, oz = np.float64(origin[0]), np.float64(origin[1]), np.float64(origin[2])
    n = 0
    for i in range(height * width):
        py, px = i // width, i % width
        k = prims[py, px]
        if k < 0:
            continue
        dx, dy, dz = np.float64(rays[i, 0]), np.float64(rays[i, 1]), np.float64(rays[i, 2])
        t, x, y, z, nx, ny, nz = lifted(corners, k, ox, oy, oz, dx, dy, dz)
        if t > _AMBIENT_FAR_M:
            continue
        a = 6.2831853 * (px % 3 + lattice(i, 11, jitter)) / 3.0
        up = 2.0 * (py % 3 + lattice(i, 12, jitter)) / 3.0 - 1.0
        flat = math.sqrt(max(0.0, 1.0 - up * up))
        bx, by, bz = nx + flat * math.cos(a), ny + flat * math.sin(a), nz + up
        norm = math.sqrt(bx * bx + by * by + bz * bz) + 1e-6
        starts[n, 0], starts[n, 1], starts[n, 2] = x, y, z
        out[n, 0], out[n, 1], out[n, 2] = bx / norm, by / norm, bz / norm
        owner[n] = i
        n += 1
    return n


@kernel()
def _smoothed(values, prims, materials, reach, out):  # type: ignore[no-untyped-def]
    """Fill the mean of values (H, W) over neighbours of the same material."""
    height, width = prims.shape
    for y in range(height):
        for x in range(width):
            k = prims[y, x]
            out[y, x] = values[y, x] if values[y, x] >= 0.0 else 1.0
            if k < 0 or reach == 0:
                continue
            m = materials[k]
            total, count = 0.0, 0
            for yy in range(max(0, y - reach), min(height, y + reach + 1)):
                for xx in range(max(0, x - reach), min(width, x + reach + 1)):
                    other = prims[yy, xx]
                    alike = other == k or (other >= 0 and materials[other] == m)
                    if alike and values[yy, xx] >= 0.0:
                        total += values[yy, xx]
                        count += 1
            out[y, x] = total / count if count > 0 else 1.0


def _cached(sources: int) -> tuple[Callable[..., Any], ...]:
    @kernel(cache=True)
    def depths(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:  # always; names the variable
            _depths(*args)

    @kernel(cache=True)
    def states(*args):  # type: ignore[no-untyped-def]
        return _states(*args) if sources >= 0 else 0

    @kernel(cache=True)
    def sub_rays(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            _sub_rays(*args)

    @kernel(cache=True)
    def gather(*args):  # type: ignore[no-untyped-def]
        return _gather(*args) if sources >= 0 else (0, 0)

    @kernel(cache=True)
    def around(*args):  # type: ignore[no-untyped-def]
        return _around(*args) if sources >= 0 else 0

    @kernel(cache=True)
    def smoothed(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            _smoothed(*args)

    return depths, states, sub_rays, gather, around, smoothed


depths, states, sub_rays, gather, around, smoothed = _cached(SOURCES)
