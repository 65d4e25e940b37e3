"""What the sky shines and the air takes away, compiled."""

import math

from panoseg_ros.synthetic.rendering.compiling import kernel
from panoseg_ros.synthetic.rendering.sky import COVER, SCALE, SEED, SOFT
from panoseg_ros.synthetic.surfaces.noise import fractal_noise


@kernel()
def sky_radiance(dx, dy, dz, height_m, sky, detail):  # type: ignore[no-untyped-def]
    """Return the linear RGB that arrives along a unit direction at a height.

    `detail` False leaves out the clouds' fine parts.
    """
    up = max(dz, 0.0)
    share = math.sqrt(up)
    colors, clouds, sun = sky.colors, sky.clouds, sky.sun
    r = colors[1, 0] + (colors[0, 0] - colors[1, 0]) * share
    g = colors[1, 1] + (colors[0, 1] - colors[1, 1]) * share
    b = colors[1, 2] + (colors[0, 2] - colors[1, 2]) * share
    veil = 1.0
    if clouds[COVER] > 0.0:
        flat = 1.0 / (up + 0.12)
        x, y = dx * flat * clouds[SCALE], dy * flat * clouds[SCALE]
        seed = int(clouds[SEED])
        density = fractal_noise(x, y, seed, 5 if detail else 2)
        cloud = min(1.0, max(0.0, (density - 1.0 + clouds[COVER]) / clouds[SOFT]))
        veil -= 0.93 * cloud
        if cloud > 0.0:
            octaves = 3 if detail else 1
            shade = 0.75 + 0.5 * fractal_noise(x * 1.7 + 5.0, y * 1.7, seed + 31, octaves)
            r += (colors[2, 0] * shade - r) * cloud
            g += (colors[2, 1] * shade - g) * cloud
            b += (colors[2, 2] * shade - b) * cloud
    to_sun = sky.sun_direction
    facing = dx * to_sun[0] + dy * to_sun[1] + dz * to_sun[2]
    if facing > 0.0:
        glow = 0.25 * facing**24 + 0.9 * facing**900
        if facing > 0.99997:  # the disc, 0.9 degrees wide
            glow += 12.0
        glow *= veil
        r, g, b = r + sun[0] * glow, g + sun[1] * glow, b + sun[2] * glow
    if math.isfinite(sky.fog_top_m):
        clear = math.exp(-_fog(sky, height_m) * sky.fog_top_m / max(up, 1e-3))
        r = colors[3, 0] + (r - colors[3, 0]) * clear
        g = colors[3, 1] + (g - colors[3, 1]) * clear
        b = colors[3, 2] + (b - colors[3, 2]) * clear
    return r, g, b


@kernel(inline='always')
def _fog(sky, z):  # type: ignore[no-untyped-def]
    """Return the extinction per metre at a height."""
    return sky.haze_per_m * math.exp(-max(z, -5.0) / sky.fog_top_m)


@kernel()
def transmittance(sky, z, rise, depth):  # type: ignore[no-untyped-def]
    """Return the share of light that passes the air from height z along a ray.

    The extinction falls as exp(-z / top); its integral along a ray that rises by `rise`
    per metre is closed (e.g. Quilez, "Better fog", 2010).
    """
    if not math.isfinite(sky.fog_top_m):
        return math.exp(-sky.haze_per_m * depth)
    steep = rise / sky.fog_top_m
    way = depth
    if abs(steep * depth) > 1e-4:
        way = (1.0 - math.exp(-min(max(steep * depth, -30.0), 30.0))) / steep
    return math.exp(-_fog(sky, z) * way)
