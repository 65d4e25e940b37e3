"""The compiled passes over rays that `RoomRenderer` is made of."""

import math

import numpy as np
from numba import njit

from panoseg_ros.synthetic.indoor.lighting import outside, pick_source
from panoseg_ros.synthetic.indoor.surfaces import GLOSS, LAMP, PANE, surface
from panoseg_ros.synthetic.surfaces.noise import lattice

__all__ = ['GLOSS', 'LAMP', 'PANE', 'aim', 'finish', 'meet', 'smooth']

# g ** -k for k = 1..5 with g ** 6 = g + 1 (M. Roberts, The unreasonable effectiveness of
# quasirandom sequences, 2018).
_STEPS = (
    0.8812714616335696,
    0.7766393890897682,
    0.6844301295853426,
    0.6031687406857282,
    0.5315553977157913,
)
_LIFT_M = 2e-3  # secondary rays start this far above the surface, plus 1e-5 of the range


@njit(nogil=True, inline='always')
def _even(i, column, jitter):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1); those of neighbouring rays are spread evenly.

    Roberts' R5 sequence in runs of 61 rays, each run shifted at random: the mean over a
    few neighbours is close to that over all, and rows of a picture do not repeat.
    """
    value = (i + 1.0) * _STEPS[column] + lattice(i // 61, column, jitter)
    return value - math.floor(value)


@njit(nogil=True)
def meet(prims, starts, rays, mesh, jitter, depth, points, normals, around, facing):  # type: ignore[no-untyped-def]
    """Fill what is known of each hit: where, how far, which way it faces.

    `around` is one direction distributed by the cosine about the normal, `facing` the
    cosine between the normal and the way to the viewer.
    """
    corners = mesh.corners
    for i in range(len(prims)):
        k = prims[i]
        if k < 0:
            depth[i], facing[i] = math.inf, 1.0
            for a in range(3):
                points[i, a], normals[i, a], around[i, a] = 0.0, 0.0, 0.0
            normals[i, 2] = around[i, 2] = 1.0
            continue
        ax, ay, az = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
        e1x, e1y, e1z = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay, corners[k, 1, 2] - az
        e2x, e2y, e2z = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay, corners[k, 2, 2] - az
        nx, ny, nz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
        size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-30
        dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
        along = (nx * dx + ny * dy + nz * dz) / size
        side = -1.0 if along > 0.0 else 1.0
        nx, ny, nz = side * nx / size, side * ny / size, side * nz / size
        facing[i] = abs(along)
        ox, oy, oz = starts[i, 0], starts[i, 1], starts[i, 2]
        t = (nx * (ax - ox) + ny * (ay - oy) + nz * (az - oz)) / min(-1e-9, -abs(along))
        depth[i] = t
        lift = _LIFT_M + 1e-5 * t
        points[i, 0] = ox + t * dx + lift * nx
        points[i, 1] = oy + t * dy + lift * ny
        points[i, 2] = oz + t * dz + lift * nz
        normals[i, 0], normals[i, 1], normals[i, 2] = nx, ny, nz
        turn, z = 6.2831853 * _even(i, 0, jitter), 2.0 * _even(i, 1, jitter) - 1.0
        flat = math.sqrt(max(0.0, 1.0 - z * z))
        bx, by, bz = nx + flat * math.cos(turn), ny + flat * math.sin(turn), nz + z
        norm = math.sqrt(bx * bx + by * by + bz * bz) + 1e-6
        around[i, 0], around[i, 1], around[i, 2] = bx / norm, by / norm, bz / norm


@njit(nogil=True)
def aim(prims, points, normals, sources, sun_direction, jitter, light, towards, sunny):  # type: ignore[no-untyped-def]
    """Fill unshadowed light of the sources, the way to a point on one of them, sun's cosine."""
    weights = np.zeros(max(1, len(sources)))
    for i in range(len(prims)):
        if prims[i] < 0:
            for a in range(3):
                light[i, a], towards[i, a] = 0.0, 0.0
            sunny[i] = 0.0
            continue
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
        r, g, b, k = pick_source(sources, x, y, z, nx, ny, nz, _even(i, 2, jitter), weights)
        light[i, 0], light[i, 1], light[i, 2] = r, g, b
        if k >= 0:
            su, sv = 2.0 * _even(i, 3, jitter) - 1.0, 2.0 * _even(i, 4, jitter) - 1.0
            for a in range(3):
                q = sources[k, a] + su * sources[k, 3 + a] + sv * sources[k, 6 + a]
                towards[i, a] = q - points[i, a]
        sunny[i] = max(0.0, nx * sun_direction[0] + ny * sun_direction[1] + nz * sun_direction[2])


@njit(nogil=True)
def smooth(light, prims, points, normals, height, width, step, out):  # type: ignore[no-untyped-def]
    """Fill the mean light over 3 x 3 rays, `step` apart, that lie in the plane of the middle."""
    for y in range(height):
        for x in range(width):
            i = y * width + x
            r, g, b, count = light[i, 0], light[i, 1], light[i, 2], 1.0
            if prims[i] >= 0:
                nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
                px, py, pz = points[i, 0], points[i, 1], points[i, 2]
                for dy in range(-step, step + 1, step):
                    yy = y + dy
                    if yy < 0 or yy >= height:
                        continue
                    for dx in range(-step, step + 1, step):
                        j = yy * width + (x + dx) % width
                        if j == i or prims[j] < 0:
                            continue
                        turn = nx * normals[j, 0] + ny * normals[j, 1] + nz * normals[j, 2]
                        ex, ey = points[j, 0] - px, points[j, 1] - py
                        ez = points[j, 2] - pz
                        off = abs(nx * ex + ny * ey + nz * ez)
                        if turn > 0.9 and off < 0.02 and ex * ex + ey * ey + ez * ez < 0.25:
                            r += light[j, 0]
                            g += light[j, 1]
                            b += light[j, 2]
                            count += 1.0
            out[i, 0], out[i, 1], out[i, 2] = r / count, g / count, b / count


@njit(nogil=True)
def _uv(corners, uv, k, x, y, z):  # type: ignore[no-untyped-def]
    """Return the texture coordinates at a point of triangle k (barycentric)."""
    ax, ay, az = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
    bx, by, bz = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay, corners[k, 1, 2] - az
    cx, cy, cz = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay, corners[k, 2, 2] - az
    px, py, pz = x - ax, y - ay, z - az
    bb, bc = bx * bx + by * by + bz * bz, bx * cx + by * cy + bz * cz
    cc = cx * cx + cy * cy + cz * cz
    pb, pc = px * bx + py * by + pz * bz, px * cx + py * cy + pz * cz
    det = max(bb * cc - bc * bc, 1e-20)
    s, t = (cc * pb - bc * pc) / det, (bb * pc - bc * pb) / det
    r = 1.0 - s - t
    return (
        r * uv[k, 0, 0] + s * uv[k, 1, 0] + t * uv[k, 2, 0],
        r * uv[k, 0, 1] + s * uv[k, 1, 1] + t * uv[k, 2, 1],
    )


@njit(nogil=True)
def finish(hits, lights, angle, mesh, table, sky, out):  # type: ignore[no-untyped-def]
    """Fill the radiance of every ray: surface or outside, then glass and gloss before it."""
    prims, panes, starts, rays, depth, facing = hits
    light, sunny, mirror, free = lights
    colors, view, sun_direction, sun = sky
    for i in range(len(prims)):
        k = prims[i]
        dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
        if k < 0:
            r, g, b = outside(dx, dy, dz, colors, view, sun_direction, sun)
        else:
            t, m = depth[i], mesh.materials[k]
            x, y, z = starts[i, 0] + t * dx, starts[i, 1] + t * dy, starts[i, 2] + t * dz
            u, v = _uv(mesh.corners, mesh.uv, k, x, y, z)
            foot = t * angle / max(0.15, math.sqrt(facing[i]))
            color, glow = surface(
                table.kinds[m], u, v, foot, table.colors[m], table.params[m], k, m
            )
            s = sunny[i]
            r = color[0] * (light[i, 0] + sun[0] * s + glow)
            g = color[1] * (light[i, 1] + sun[1] * s + glow)
            b = color[2] * (light[i, 2] + sun[2] * s + glow)
        front = panes[i]
        if front >= 0:
            m = mesh.materials[front]
            if table.kinds[m] == PANE:
                frost = table.params[m, 0]
                r = table.colors[m, 0, 0] * (r + (0.5 * (colors[1, 0] + light[i, 0]) - r) * frost)
                g = table.colors[m, 0, 1] * (g + (0.5 * (colors[1, 1] + light[i, 1]) - g) * frost)
                b = table.colors[m, 0, 2] * (b + (0.5 * (colors[1, 2] + light[i, 2]) - b) * frost)
            gloss = table.params[m, GLOSS]
            if gloss > 0.0:
                c = facing[i] if front == k else 0.6
                share = gloss * (0.08 + 0.92 * (1.0 - min(1.0, c)) ** 4)
                if gloss > 0.95:
                    share = 0.85  # a mirror
                if free[i]:
                    share *= 0.5
                    r += share * colors[1, 0]
                    g += share * colors[1, 1]
                    b += share * colors[1, 2]
                else:
                    r += share * mirror[i, 0]
                    g += share * mirror[i, 1]
                    b += share * mirror[i, 2]
        out[i, 0], out[i, 1], out[i, 2] = r, g, b
