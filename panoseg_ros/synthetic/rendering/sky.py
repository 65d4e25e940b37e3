"""Light and air of a scene, drawn at random: the weather and the time of day."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SyntheticError

WEATHERS = ('clear', 'cloudy', 'overcast', 'fog', 'rain', 'dusk', 'night')
_SHARES = (0.20, 0.20, 0.15, 0.12, 0.13, 0.08, 0.12)

Color = NDArray[np.float64]

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
    haze_per_m: float  # extinction of the air at z = 0
    fog_top_m: float = math.inf  # height over which the air clears by a factor e
    wet: float = 0.0  # 0 = dry, 1 = water stands on the ground
    night: float = 0.0  # 0 = lamps are off, 1 = all lamps and many windows are lit
    kind: int = 0  # row of WEATHERS

    @property
    def weather(self) -> str:
        """The weather's name, one of WEATHERS."""
        return WEATHERS[self.kind]


class _Kind(NamedTuple):
    """Ranges a weather is drawn from; (low, high) each."""

    elevation_deg: tuple[float, float]
    sun: tuple[float, float]  # strength
    cover: tuple[float, float]  # of clouds; above 1 nothing of the sky shows
    light: tuple[float, float]  # of the sky
    wet: tuple[float, float] = (0.0, 0.0)
    night: tuple[float, float] = (0.0, 0.0)


_KINDS = {
    'clear': _Kind((6, 70), (1.8, 3.2), (0.0, 0.35), (0.8, 1.2)),
    'cloudy': _Kind((8, 70), (1.2, 2.6), (0.4, 0.75), (0.8, 1.2)),
    'overcast': _Kind((10, 70), (0.05, 0.2), (0.85, 1.15), (0.7, 1.2)),
    'fog': _Kind((8, 60), (0.02, 0.12), (1.2, 1.3), (0.6, 1.2)),
    'rain': _Kind((10, 60), (0.0, 0.08), (1.0, 1.3), (0.3, 0.8), wet=(0.5, 1.0)),
    'dusk': _Kind((0.5, 7), (0.15, 0.9), (0.1, 0.9), (0.25, 0.7), night=(0.05, 0.7)),
    'night': _Kind((30, 60), (0.0, 0.006), (0.0, 1.2), (0.0015, 0.012), night=(1.0, 1.0)),
}


def check_weather(name: str) -> None:
    """Refuse a name that is none of WEATHERS.

    Raises:
        SyntheticError: naming the known ones.
    """
    if name not in WEATHERS:
        raise SyntheticError(f'unknown weather {name!r}, expected {", ".join(WEATHERS)}')


def random_sky(rng: np.random.Generator, weather: str | None = None) -> Sky:
    """Draw the time of day and, unless it is given, the weather (one of WEATHERS).

    Raises:
        SyntheticError: if the weather is unknown.
    """
    drawn = str(rng.choice(WEATHERS, p=_SHARES))
    name = drawn if weather is None else weather
    check_weather(name)
    kind = _KINDS[name]
    direction, sun = _sun(rng, kind, name)
    cover = float(rng.uniform(*kind.cover))
    colors = _colors(rng, kind, name)
    cloudy = min(cover, 1.0)
    ambient = 0.45 * (colors[0] * (1 - cloudy) + colors[2] * cloudy) + 0.25 * colors[1]
    ambient = ambient * rng.uniform(0.8, 1.2)
    bounce = 0.35 * ambient + 0.06 * sun * direction[2]
    haze, top = _air(rng, name)
    clouds = np.array([cover, rng.uniform(0.5, 2.5), rng.uniform(0.12, 0.5), rng.integers(9999)])
    wet = float(rng.uniform(*kind.wet))
    if name in ('night', 'dusk') and rng.random() < 0.3:
        wet = float(rng.uniform(0.3, 1.0))  # it rained before
    night = float(rng.uniform(*kind.night))
    f32 = np.float32
    return Sky(
        direction.astype(f32),
        sun.astype(f32),
        ambient.astype(f32),
        bounce.astype(f32),
        colors.astype(f32),
        clouds.astype(f32),
        haze_per_m=haze,
        fog_top_m=top,
        wet=wet,
        night=night,
        kind=WEATHERS.index(name),
    )


def _sun(rng: np.random.Generator, kind: _Kind, name: str) -> tuple[Color, Color]:
    """Return direction and colour of the sun, or of the moon at night."""
    azimuth = rng.uniform(0, 2 * np.pi)
    elevation = np.deg2rad(rng.uniform(*kind.elevation_deg))
    flat = np.cos(elevation)
    direction = np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])
    high, low = np.array([1.0, 0.93, 0.82]), np.array([1.0, 0.72, 0.45])
    warm = low + (high - low) * np.clip(np.rad2deg(elevation) / 30.0, 0.0, 1.0)
    if name == 'night':
        warm = np.array([0.8, 0.9, 1.0])
    return direction, warm * rng.uniform(0.93, 1.07, 3) * rng.uniform(*kind.sun)


def _colors(rng: np.random.Generator, kind: _Kind, name: str) -> Color:
    """Return the radiance of zenith, horizon, clouds and far air, (4, 3)."""
    blue = np.array([0.20, 0.38, 0.80]) * rng.uniform(0.6, 1.3, 3) * rng.uniform(0.5, 1.1)
    grey = np.full(3, rng.uniform(0.45, 1.05)) * rng.uniform(0.94, 1.06, 3)
    zenith, horizon, cloud = blue, blue * 0.4 + grey * 0.6, grey * rng.uniform(0.7, 1.15)
    if name in ('overcast', 'rain'):
        zenith, horizon = grey * rng.uniform(0.6, 1.0), grey * rng.uniform(0.8, 1.1)
    if name == 'fog':
        zenith, horizon, cloud = grey * rng.uniform(0.9, 1.1), grey, grey
    if name == 'dusk':
        horizon = np.array([1.0, 0.62, 0.38]) * rng.uniform(0.7, 1.2, 3) * rng.uniform(0.5, 0.9)
        zenith, cloud = zenith * 0.5, 0.5 * cloud + 0.4 * horizon
    if name == 'night':
        green = rng.uniform(0.6, 1.0)
        glow = np.array([1.0, green, green * rng.uniform(0.5, 1.1)])
        zenith, horizon = zenith * rng.uniform(0.2, 0.6), glow * rng.uniform(0.4, 1.6)
        cloud = glow * rng.uniform(0.5, 1.5)
    far = horizon if name == 'fog' else 0.6 * horizon + 0.4 * grey * (name != 'night')
    return np.stack([zenith, horizon, cloud, far]) * rng.uniform(*kind.light)


def _air(rng: np.random.Generator, name: str) -> tuple[float, float]:
    """Return the air's extinction per metre at the ground and the height of the fog.

    Fog of visibility V takes 98 % of the contrast over V: extinction 3.912 / V (Koschmieder).
    """
    haze = float(rng.choice([0.0004, 0.0015, 0.004, 0.010], p=[0.35, 0.35, 0.22, 0.08]))
    haze *= float(rng.uniform(0.6, 1.5))
    if name == 'fog':
        return 3.912 / float(np.exp(rng.uniform(np.log(15.0), np.log(150.0)))), float(
            rng.choice([8.0, 25.0, 100.0])
        )
    if name == 'rain':
        return float(rng.uniform(0.002, 0.02)), np.inf
    return haze, np.inf
