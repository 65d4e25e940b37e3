"""From a hit on a triangle to the linear RGB radiance that leaves it, compiled."""

import math

from panoseg_ros.synthetic.rendering.air import sky_radiance, transmittance
from panoseg_ros.synthetic.rendering.compiling import kernel
from panoseg_ros.synthetic.rendering.lamps import cell_of, lamp_light
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.noise import fractal_noise, lattice, value_noise
from panoseg_ros.synthetic.surfaces.surface import surface

_LAMP_FACE = 14.0  # a lamp's own face is brighter than what it lights at 5 m
_PUDDLE_M = 3.1  # about the distance of puddles
_WET_POLISH = 90.0  # exponent of a lamp's streak on wet ground
_GLOSS_POLISH = 350.0  # the same of glass and paint


@kernel()
def texture_uv(corners, uv, k, x, y, z):  # type: ignore[no-untyped-def]
    """Return the texture coordinates at a point of triangle k (barycentric)."""
    ax, ay, az = corners[k, 0, 0], corners[k, 0, 1], corners[k, 0, 2]
    bx, by, bz = corners[k, 1, 0] - ax, corners[k, 1, 1] - ay, corners[k, 1, 2] - az
    cx, cy, cz = corners[k, 2, 0] - ax, corners[k, 2, 1] - ay, corners[k, 2, 2] - az
    px, py, pz = x - ax, y - ay, z - az
    bb = bx * bx + by * by + bz * bz
    bc = bx * cx + by * cy + bz * cz
    cc = cx * cx + cy * cy + cz * cz
    pb, pc = px * bx + py * by + pz * bz, px * cx + py * cy + pz * cz
    det = bb * cc - bc * bc
    det = det if abs(det) > 1e-20 else 1e-20
    s, t = (cc * pb - bc * pc) / det, (bb * pc - bc * pb) / det
    r = 1.0 - s - t
    return (
        r * uv[k, 0, 0] + s * uv[k, 1, 0] + t * uv[k, 2, 0],
        r * uv[k, 0, 1] + s * uv[k, 1, 1] + t * uv[k, 2, 1],
    )


@kernel(inline='always')
def gets_wet(kind, nz):  # type: ignore[no-untyped-def]
    """Return whether rain stands on a surface: level ground of stone, asphalt or wood."""
    hard = kind in (mat.ASPHALT, mat.PAVING, mat.SETTS, mat.PAINT, mat.PLANKS, mat.PLAIN)
    return hard and nz > 0.9


@kernel()
def puddle(x, y):  # type: ignore[no-untyped-def]
    """Return how deep water stands at a place of level ground, 0..1."""
    depth = fractal_noise(x / _PUDDLE_M, y / _PUDDLE_M, 4711, 3)
    return min(1.0, max(0.0, 5.0 * (depth - 0.52)))


@kernel()
def _lamps_on(x, y, z, nx, ny, nz, dx, dy, dz, leaf, polish, lamps):  # type: ignore[no-untyped-def]
    """Return diffuse and mirrored light of the lamps at a point seen along d, two RGBs."""
    r, g, b, sr, sg, sb = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    row, column = cell_of(lamps, x, y)
    if row < 0:
        return r, g, b, sr, sg, sb
    for slot in range(lamps.nearest.shape[2]):
        k = lamps.nearest[row, column, slot]
        if k < 0:
            break
        light, ux, uy, uz, _ = lamp_light(lamps, k, x, y, z)
        if light <= 0.0:
            continue
        toward = ux * nx + uy * ny + uz * nz
        if leaf:
            toward = 0.7 * abs(toward) + 0.2
        if toward <= 0.0:
            continue
        lr, lg, lb = (
            light * lamps.light[k, 0],
            light * lamps.light[k, 1],
            light * lamps.light[k, 2],
        )
        r, g, b = r + lr * toward, g + lg * toward, b + lb * toward
        if polish > 0.0 and light * toward > 1e-3:
            hx, hy, hz = ux - dx, uy - dy, uz - dz
            size = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
            lobe = max(0.0, (hx * nx + hy * ny + hz * nz) / size) ** polish
            lobe *= 0.04 * polish * toward
            sr, sg, sb = sr + lr * lobe, sg + lg * lobe, sb + lb * lobe
    return r, g, b, sr, sg, sb


@kernel()
def _daylight(nx, ny, nz, leaf, lit, open_sky, sky):  # type: ignore[no-untyped-def]
    """Return the RGB light of sun, sky and ground on a surface of normal n."""
    to_sun = sky.sun_direction
    toward = nx * to_sun[0] + ny * to_sun[1] + nz * to_sun[2]
    if leaf:
        toward = 0.45 + 0.55 * toward if toward > -0.6 else 0.12  # light shines through
    direct = max(0.0, toward) * lit
    up = 0.5 + 0.5 * nz
    low = 1.0 - up
    share = 0.25 + 0.75 * open_sky
    return (
        sky.sun[0] * direct + share * (sky.ambient[0] * up + sky.bounce[0] * low),
        sky.sun[1] * direct + share * (sky.ambient[1] * up + sky.bounce[1] * low),
        sky.sun[2] * direct + share * (sky.ambient[2] * up + sky.bounce[2] * low),
    )


@kernel()
def _skyline(rx, ry, rz, z, seed, sky):  # type: ignore[no-untyped-def]
    """Return what glass and paint mirror along r: the sky above dark houses or trees."""
    r, g, b = sky_radiance(rx, ry, max(rz, 0.02), z, sky, False)
    turn = math.atan2(ry, rx)
    trees = seed % 3 == 0
    if trees:
        high = 0.04 + 0.5 * fractal_noise(5.0 * turn, 0.0, seed, 3)
    else:
        high = 0.08 + 0.42 * lattice(math.floor(7.0 * turn), 2, seed)
    if rz > high:
        return r, g, b
    dim = 0.12 + 0.25 * value_noise(9.0 * turn, 30.0 * rz, seed + 1)
    if trees:
        return 0.8 * r * dim, g * dim, 0.6 * b * dim
    return r * dim, g * dim, b * dim


@kernel()
def lamps_on_triangle(k, ox, oy, oz, dx, dy, dz, t, scene):  # type: ignore[no-untyped-def]
    """Return the lamps' diffuse and mirrored RGB light at a hit, if nothing is in their way."""
    mesh, table, sky, lamps, _ = scene
    nx, ny, nz = mesh.normals[k, 0], mesh.normals[k, 1], mesh.normals[k, 2]
    kind = table.kinds[mesh.materials[k]]
    leaf = kind == mat.FOLIAGE
    if nx * dx + ny * dy + nz * dz > 0.0 and not leaf:
        nx, ny, nz = -nx, -ny, -nz
    polish = 0.0
    if sky.wet > 0.0 and gets_wet(kind, nz):
        polish = _WET_POLISH
    elif kind in (mat.GLOSS, mat.GLASS, mat.FACADE):
        polish = _GLOSS_POLISH
    x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
    return _lamps_on(x, y, z, nx, ny, nz, dx, dy, dz, leaf, polish, lamps)


@kernel()
def shade_point(k, ox, oy, oz, dx, dy, dz, t, seen, glow, image, angle, scene):  # type: ignore[no-untyped-def]
    """Return the RGB radiance of triangle k, t metres from o along d, at the ray's start.

    `seen` says how much of the sun's, the lamps' and the sky's light arrives, 0..1 each;
    `glow` is the lamps' light from `lamps_on_triangle`; `image` (r, g, b, known) is what the
    point would mirror if it were level water; `angle` is that of a picture element in rad.
    """
    mesh, table, sky, _, strengths = scene
    lit, lamplit, open_sky = seen
    x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
    u, v = texture_uv(mesh.corners, mesh.uv, k, x, y, z)
    nx, ny, nz = mesh.normals[k, 0], mesh.normals[k, 1], mesh.normals[k, 2]
    facing = nx * dx + ny * dy + nz * dz
    m = mesh.materials[k]
    kind = table.kinds[m]
    leaf = kind == mat.FOLIAGE
    if facing > 0.0 and not leaf:
        nx, ny, nz, facing = -nx, -ny, -nz, -facing
    foot = t * angle / max(0.15, math.sqrt(abs(facing)))
    night = sky.night
    if kind == mat.EMIT:
        night = _LAMP_FACE if strengths[m] > 0.0 else 0.0
    color, mirror, emission = surface(
        kind, u, v, foot, table.colors[m], table.params[m], k, night, m
    )
    water, film = 0.0, 0.0
    if sky.wet > 0.0 and gets_wet(kind, nz):
        water = sky.wet * puddle(x, y)
        film = sky.wet * 0.45
        dark = 1.0 - 0.5 * sky.wet
        color = (color[0] * dark, color[1] * dark, color[2] * dark)
    r, g, b = _daylight(nx, ny, nz, leaf, lit, open_sky, sky)
    lr, lg, lb, sr, sg, sb = glow
    r, g, b = r + lr * lamplit, g + lg * lamplit, b + lb * lamplit
    r, g, b = color[0] * (r + emission), color[1] * (g + emission), color[2] * (b + emission)
    if mirror > 0.0 or film > 0.0:
        rx, ry, rz = dx - 2.0 * facing * nx, dy - 2.0 * facing * ny, dz - 2.0 * facing * nz
        grazing = 1.0 - min(1.0, abs(facing))
        fresnel = min(0.9, mirror * (0.12 + 0.88 * grazing**4))
        if film > 0.0:
            fresnel = (0.03 + 0.97 * grazing**4) * (film + (1.0 - film) * water)
        ir, ig, ib, known = image
        if film <= 0.0 or not known:
            if kind == mat.FACADE:  # no pane stands quite like the next
                rz += 0.08 * (lattice(math.floor(u), math.floor(v), m) - 0.5)
            ir, ig, ib = _skyline(rx, ry, rz, z, m, sky)
        keep = 1.0 - fresnel
        r = r * keep + fresnel * (ir + sr * lamplit)
        g = g * keep + fresnel * (ig + sg * lamplit)
        b = b * keep + fresnel * (ib + sb * lamplit)
    clear = transmittance(sky, oz, dz, t)
    far = sky.colors[3]
    return (
        far[0] + (r - far[0]) * clear,
        far[1] + (g - far[1]) * clear,
        far[2] + (b - far[2]) * clear,
    )
