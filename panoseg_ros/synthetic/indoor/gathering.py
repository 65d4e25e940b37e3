"""The compiled passes over rays that `RoomRenderer` is made of.

Convention: rays, points and light are (N, 3) float32, one row for each ray; `prims` (N,)
int32 are the triangles that rays meet, -1 for none. Passes fill the arrays they are given.
"""

import math

import numpy as np

from panoseg_ros.synthetic.indoor.lighting import HALF_U, HALF_V, outside, pick_source
from panoseg_ros.synthetic.indoor.surfaces import GLOSS, PANE, surface
from panoseg_ros.synthetic.rendering.compiling import kernel
from panoseg_ros.synthetic.rendering.shading import texture_uv
from panoseg_ros.synthetic.surfaces.noise import lattice

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


@kernel(inline='always')
def _even(i, column, jitter):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1); those of neighbouring rays are spread evenly.

    Roberts' R5 sequence in runs of 61 rays, each run shifted at random: the mean over a
    few neighbours is close to that over all, and rows of a picture do not repeat.
    """
    value = (i + 1.0) * _STEPS[column] + lattice(i // 61, column, jitter)
    return value - math.floor(value)


@kernel()
def _plane(corners, k, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Return the distance along a ray to triangle k, its unit normal to the viewer, the cosine."""
    ax, ay, az = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
    e1x, e1y, e1z = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay, corners[k, 1, 2] - az
    e2x, e2y, e2z = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay, corners[k, 2, 2] - az
    nx, ny, nz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
    size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-30
    along = (nx * dx + ny * dy + nz * dz) / size
    side = -1.0 if along > 0.0 else 1.0
    nx, ny, nz = side * nx / size, side * ny / size, side * nz / size
    t = (nx * (ax - ox) + ny * (ay - oy) + nz * (az - oz)) / min(-1e-9, -abs(along))
    return t, nx, ny, nz, abs(along)


@kernel()
def reach(prims, starts, rays, corners, depth):  # type: ignore[no-untyped-def]
    """Fill how far each hit is away, infinitely far where there is none."""
    for i in range(len(prims)):
        if prims[i] < 0:
            depth[i] = math.inf
            continue
        ox, oy, oz = starts[i, 0], starts[i, 1], starts[i, 2]
        dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
        depth[i] = _plane(corners, prims[i], ox, oy, oz, dx, dy, dz)[0]


@kernel()
def meet(prims, starts, rays, corners, jitter, depth, points, normals, around, facing):  # type: ignore[no-untyped-def]
    """Fill what is known of each hit: how far, where (lifted off the surface), its normal.

    `around` is one direction distributed by the cosine about the normal, of no rows where
    none is wanted; `facing` is the cosine between the normal and the way to the viewer.
    """
    for i in range(len(prims)):
        k = prims[i]
        if k < 0:
            depth[i], facing[i] = math.inf, 1.0
            for a in range(3):
                points[i, a], normals[i, a] = 0.0, 0.0
            normals[i, 2] = 1.0
            if len(around) > 0:
                around[i, 0], around[i, 1], around[i, 2] = 0.0, 0.0, 1.0
            continue
        ox, oy, oz = starts[i, 0], starts[i, 1], starts[i, 2]
        dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
        t, nx, ny, nz, facing[i] = _plane(corners, k, ox, oy, oz, dx, dy, dz)
        depth[i] = t
        lift = _LIFT_M + 1e-5 * t
        points[i, 0] = ox + t * dx + lift * nx
        points[i, 1] = oy + t * dy + lift * ny
        points[i, 2] = oz + t * dz + lift * nz
        normals[i, 0], normals[i, 1], normals[i, 2] = nx, ny, nz
        if len(around) == 0:
            continue
        turn, z = 6.2831853 * _even(i, 0, jitter), 2.0 * _even(i, 1, jitter) - 1.0
        flat = math.sqrt(max(0.0, 1.0 - z * z))
        bx, by, bz = nx + flat * math.cos(turn), ny + flat * math.sin(turn), nz + z
        norm = math.sqrt(bx * bx + by * by + bz * bz) + 1e-6
        around[i, 0], around[i, 1], around[i, 2] = bx / norm, by / norm, bz / norm


@kernel()
def aim(prims, points, normals, sources, jitter, weights, light, starts, towards, owners):  # type: ignore[no-untyped-def]
    """Fill the unshadowed light of all sources; write the rays that look for shadows.

    Each lit point `owners` (M,) gets one ray to a point on one source, where reach 1 is that
    point; M is returned. `weights` is room for one number for each source.
    """
    count = 0
    for i in range(len(prims)):
        light[i, 0], light[i, 1], light[i, 2] = 0.0, 0.0, 0.0
        if prims[i] < 0:
            continue
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
        r, g, b, k = pick_source(sources, x, y, z, nx, ny, nz, _even(i, 2, jitter), weights)
        if k < 0:
            continue
        light[i, 0], light[i, 1], light[i, 2] = r, g, b
        su, sv = 2.0 * _even(i, 3, jitter) - 1.0, 2.0 * _even(i, 4, jitter) - 1.0
        for a in range(3):
            q = sources[k, a] + su * sources[k, HALF_U + a] + sv * sources[k, HALF_V + a]
            starts[count, a], towards[count, a] = points[i, a], q - points[i, a]
        owners[count] = i
        count += 1
    return count


@kernel()
def face_sun(prims, points, normals, direction, sunny, starts, owners):  # type: ignore[no-untyped-def]
    """Fill the cosine (N,) at which the sun falls in; write where from to look for shadows.

    Returns how many points `owners` face the sun.
    """
    count = 0
    for i in range(len(prims)):
        sunny[i] = 0.0
        if prims[i] < 0:
            continue
        nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
        sunny[i] = max(0.0, nx * direction[0] + ny * direction[1] + nz * direction[2])
        if sunny[i] > 0.0:
            for a in range(3):
                starts[count, a] = points[i, a]
            owners[count] = i
            count += 1
    return count


@kernel()
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
                        xx = x + dx
                        while xx < 0:  # a panorama goes on at its other border
                            xx += width
                        while xx >= width:
                            xx -= width
                        j = yy * width + xx
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


@kernel()
def _surfaced(i, hits, light, sunny, angle, mesh, table, sky):  # type: ignore[no-untyped-def]
    """Return the RGB radiance of what ray i meets behind glass: a surface, or the outside."""
    prims, _, starts, rays, depth, facing = hits
    colors, view, sun_direction, sun = sky
    k = prims[i]
    dx, dy, dz = rays[i, 0], rays[i, 1], rays[i, 2]
    if k < 0:
        return outside(dx, dy, dz, colors, view, sun_direction, sun)
    t, m = depth[i], mesh.materials[k]
    x, y, z = starts[i, 0] + t * dx, starts[i, 1] + t * dy, starts[i, 2] + t * dz
    u, v = texture_uv(mesh.corners, mesh.uv, k, x, y, z)
    foot = t * angle / max(0.15, math.sqrt(facing[i]))
    color, glow = surface(table.kinds[m], u, v, foot, table.colors[m], table.params[m], k, m)
    s = sunny[i]
    return (
        color[0] * (light[i, 0] + sun[0] * s + glow),
        color[1] * (light[i, 1] + sun[1] * s + glow),
        color[2] * (light[i, 2] + sun[2] * s + glow),
    )


@kernel()
def _fronted(r, g, b, i, hits, lights, mesh, table, colors):  # type: ignore[no-untyped-def]
    """Return the radiance r, g, b of ray i after the glass and gloss that it meets first."""
    prims, panes, _, _, _, facing = hits
    light, _, mirror, free = lights
    front = panes[i]
    if front < 0:
        return r, g, b
    m = mesh.materials[front]
    if table.kinds[m] == PANE:
        frost = table.params[m, 0]
        r = table.colors[m, 0, 0] * (r + (0.5 * (colors[1, 0] + light[i, 0]) - r) * frost)
        g = table.colors[m, 0, 1] * (g + (0.5 * (colors[1, 1] + light[i, 1]) - g) * frost)
        b = table.colors[m, 0, 2] * (b + (0.5 * (colors[1, 2] + light[i, 2]) - b) * frost)
    gloss = table.params[m, GLOSS]
    if gloss <= 0.0:
        return r, g, b
    c = facing[i] if front == prims[i] else 0.6  # of a pane the cosine is not known
    share = gloss * (0.08 + 0.92 * (1.0 - min(1.0, c)) ** 4)
    if gloss > 0.95:
        share = 0.85  # a mirror
    if free[i]:
        share *= 0.5
        return r + share * colors[1, 0], g + share * colors[1, 1], b + share * colors[1, 2]
    return r + share * mirror[i, 0], g + share * mirror[i, 1], b + share * mirror[i, 2]


@kernel()
def finish(hits, lights, seen, angle, mesh, table, sky, out):  # type: ignore[no-untyped-def]
    """Fill the radiance out (H, W, 3): the mean over the 2 x 2 rays of every pixel.

    hits: prims behind glass, prims with glass, starts, rays, depth and cosines; lights:
    irradiance, the sun's cosine, mirrored light and whether the mirrored ray gets out;
    seen: (4 H W,) whether the camera sees anything along a ray; sky: columns of `Daylight`.
    """
    height, width = out.shape[:2]
    for y in range(height):
        for x in range(width):
            red = green = blue = np.float32(0.0)
            for sub in range(4):
                i = (2 * y + sub // 2) * 2 * width + 2 * x + sub % 2
                if not seen[i]:
                    continue
                r, g, b = _surfaced(i, hits, lights[0], lights[1], angle, mesh, table, sky)
                r, g, b = _fronted(r, g, b, i, hits, lights, mesh, table, sky[0])
                red += np.float32(r)
                green += np.float32(g)
                blue += np.float32(b)
            quarter = np.float32(0.25)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = (
                red * quarter,
                green * quarter,
                blue * quarter,
            )
