"""Sky, sun and air of one scene, and the radiance of the sky in a direction."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.synthetic.surfaces.noise import fractal_noise

# Columns of Sky.clouds.
COVER, SCALE, SOFT, SEED = range(4)


class Sky(NamedTuple):
    """Light of a scene; colours are linear RGB radiances, directions unit vectors."""

    sun_direction: NDArray[np.float32]  # (3,) towards the sun
    sun: NDArray[np.float32]  # (3,)
    ambient: NDArray[np.float32]  # (3,) arriving from above
    bounce: NDArray[np.float32]  # (3,) arriving from below
    colors: NDArray[np.float32]  # (4, 3) zenith, horizon, cloud, haze
    clouds: NDArray[np.float32]  # (4,) cover, scale, softness, seed
    haze_per_m: float


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


def random_sky(rng: np.random.Generator) -> Sky:
    """Draw the weather and the time of day."""
    azimuth, elevation = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(6, 70))
    flat = np.cos(elevation)
    direction = np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])
    weather = rng.choice(['clear', 'broken', 'overcast', 'dusk'], p=[0.28, 0.34, 0.28, 0.10])
    warm = np.array([1.0, 0.93, 0.82]) if elevation > 0.45 else np.array([1.0, 0.78, 0.55])
    warm = warm * rng.uniform(0.93, 1.07, 3)
    strength = {'clear': 2.6, 'broken': 2.0, 'overcast': 0.12, 'dusk': 0.7}[weather]
    blue = np.array([0.20, 0.38, 0.80]) * rng.uniform(0.6, 1.3, 3) * rng.uniform(0.5, 1.1)
    grey = np.full(3, rng.uniform(0.45, 1.05)) * rng.uniform(0.94, 1.06, 3)
    zenith, horizon = blue, blue * 0.4 + grey * 0.6
    cover = {
        'clear': rng.uniform(0.0, 0.35),
        'broken': rng.uniform(0.4, 0.75),
        'overcast': rng.uniform(0.85, 1.15),
        'dusk': rng.uniform(0.1, 0.9),
    }[weather]
    if weather == 'overcast':
        zenith, horizon = grey * rng.uniform(0.6, 1.0), grey * rng.uniform(0.8, 1.1)
    if weather == 'dusk':
        horizon = np.array([1.0, 0.62, 0.38]) * rng.uniform(0.5, 0.9)
        zenith = zenith * 0.4
    cloud = grey * rng.uniform(0.7, 1.15)
    ambient = 0.45 * (zenith * (1 - min(cover, 1.0)) + cloud * min(cover, 1.0)) + 0.25 * horizon
    ambient = ambient * rng.uniform(0.8, 1.2)
    sun = warm * strength * rng.uniform(0.7, 1.2)
    bounce = 0.35 * ambient + 0.06 * sun * np.sin(elevation)
    haze = float(rng.choice([0.0004, 0.0015, 0.004, 0.010], p=[0.35, 0.35, 0.22, 0.08]))
    colors = np.stack([zenith, horizon, cloud, 0.6 * horizon + 0.4 * grey])
    clouds = np.array([cover, rng.uniform(0.5, 2.5), rng.uniform(0.12, 0.5), rng.integers(9999)])
    f32 = np.float32
    return Sky(
        direction.astype(f32),
        sun.astype(f32),
        ambient.astype(f32),
        bounce.astype(f32),
        colors.astype(f32),
        clouds.astype(f32),
        haze * float(rng.uniform(0.6, 1.5)),
    )
