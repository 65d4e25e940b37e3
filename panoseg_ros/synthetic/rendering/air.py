"""What the sky shines and the air takes away, compiled."""

import math

from numba import njit

from panoseg_ros.synthetic.rendering.sky import COVER, SCALE, SEED, SOFT
from panoseg_ros.synthetic.surfaces.noise import fractal_noise


@njit(nogil=True)
def radiance(dx, dy, dz, colors, clouds, sun_direction, sun, detail):  # type: ignore[no-untyped-def]
    """Return the sky's linear RGB radiance; `detail` False leaves out clouds' fine parts."""
    up = max(dz, 0.0)
    share = math.sqrt(up)
    r = colors[1, 0] + (colors[0, 0] - colors[1, 0]) * share
    g = colors[1, 1] + (colors[0, 1] - colors[1, 1]) * share
    b = colors[1, 2] + (colors[0, 2] - colors[1, 2]) * share
    facing = dx * sun_direction[0] + dy * sun_direction[1] + dz * sun_direction[2]
    if clouds[COVER] > 0.0:
        flat = 1.0 / (up + 0.12)
        x, y = dx * flat * clouds[SCALE], dy * flat * clouds[SCALE]
        seed = int(clouds[SEED])
        density = fractal_noise(x, y, seed, 5 if detail else 2)
        cloud = (density - 1.0 + clouds[COVER]) / clouds[SOFT]
        cloud = min(1.0, max(0.0, cloud))
        shade = 0.75 + 0.5 * fractal_noise(x * 1.7 + 5.0, y * 1.7, seed + 31, 3)
        r += (colors[2, 0] * shade - r) * cloud
        g += (colors[2, 1] * shade - g) * cloud
        b += (colors[2, 2] * shade - b) * cloud
    if facing > 0.0:
        glow = 0.25 * facing**24 + 0.9 * facing**900
        r += sun[0] * glow
        g += sun[1] * glow
        b += sun[2] * glow
    return r, g, b
