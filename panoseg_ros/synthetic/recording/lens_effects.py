"""What a lens and the air before it do to light: glow, flare, dirt, drops, colour fringes.

Convention: light is linear RGB (H, W, 3) float32 in units in which 1 is nearly white.
Sizes are drawn in pixels of a picture 1024 wide and scaled to the width at hand.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

_WHITE = 3.0  # the sun, averaged into dirt or a drop, would burn all of it out
_SMALL = 4  # glow, ghosts and dirt are drawn at a quarter of the size


class Optics(NamedTuple):
    """One lens' character, or that of the two back to back behind a panorama."""

    panorama: bool = True  # else one lens whose axis is the picture's middle
    bloom: float = 0.0  # share of strong light that spreads around its source
    flare: float = 0.0  # strength of ghosts and of the veil of light
    aberration: float = 0.0  # red is imaged this much farther out than blue, of the radius
    vignette: float = 0.0  # loss of light at a lens' rim
    lens_stops: float = 0.0  # one lens is brighter than the other by this many stops
    flicker: float = 0.0  # depth of bands from lamps' mains flicker
    smears: int = 0  # fingerprints and dust on the glass
    drops: int = 0  # of rain on the glass
    streaks: int = 0  # of falling rain


def random_optics(
    rng: np.random.Generator, weather: str = 'clear', panorama: bool = True
) -> Optics:
    """Draw a lens, from clean to dirty; `weather` is one of rendering.sky.WEATHERS."""
    wet, dark = weather == 'rain', weather in ('night', 'dusk')
    drops = int(rng.integers(3, 90)) if rng.random() < (0.7 if wet else 0.02) else 0
    return Optics(
        panorama,
        bloom=float(rng.uniform(0.05, 0.5) if dark else rng.uniform(0.0, 0.12)),
        flare=float(rng.exponential(0.25)) if rng.random() < 0.6 else 0.0,
        aberration=float(rng.exponential(0.0012)) if rng.random() < 0.6 else 0.0,
        vignette=float(rng.uniform(0.0, 0.55)) if rng.random() < 0.6 else 0.0,
        lens_stops=float(rng.normal(0.0, 0.18)) if rng.random() < 0.6 else 0.0,
        flicker=float(rng.uniform(0.02, 0.15)) if rng.random() < (0.2 if dark else 0.04) else 0.0,
        smears=int(rng.integers(1, 14)) if rng.random() < 0.3 else 0,
        drops=drops,
        streaks=int(rng.integers(100, 1200)) if wet and rng.random() < 0.7 else 0,
    )


def through_lens(light: F32, optics: Optics, rng: np.random.Generator) -> F32:
    """Return the light (H, W, 3) that arrives behind the lens."""
    if optics.aberration > 0.0:
        light = _fringed(light, optics)
    if optics.streaks:
        light = light + _streaks(light, optics, rng)
    if optics.bloom > 0.0 or optics.flare > 0.0:
        light = light + _glow(light, optics, rng)
    if optics.smears:
        light = _smeared(light, optics, rng)
    if optics.drops:
        light = _behind_drops(light, optics, rng)
    if optics.vignette > 0.0 or optics.lens_stops != 0.0 or optics.flicker > 0.0:
        light = light * _gains(light.shape[:2], optics, rng)
    return light


def _fringed(light: F32, optics: Optics) -> F32:
    """Return red moved outwards and blue inwards; in a panorama, along the horizon."""
    height, width = light.shape[:2]
    channels = []
    wrap = cv2.BORDER_WRAP if optics.panorama else cv2.BORDER_REPLICATE
    for step, channel in zip((1.0, 0.0, -1.0), cv2.split(light), strict=True):
        moved = channel
        if step != 0.0:
            scale = 1.0 + step * optics.aberration
            move = np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]])
            move[:, 2] = (1.0 - scale) * np.array([0.5 * width, 0.5 * height])
            if optics.panorama:
                shift = step * optics.aberration * width / np.pi
                move = np.array([[1.0, 0.0, shift], [0.0, 1.0, 0.0]])
            moved = cv2.warpAffine(channel, move, (width, height), borderMode=wrap)
        channels.append(moved)
    return np.asarray(cv2.merge(channels), np.float32)


def _reduced(light: F32) -> F32:
    height, width = light.shape[:2]
    size = (max(1, width // _SMALL), max(1, height // _SMALL))
    return np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarged(small: F32, shape: tuple[int, ...]) -> F32:
    return np.asarray(cv2.resize(small, (shape[1], shape[0])), np.float32)


def _glow(light: F32, optics: Optics, rng: np.random.Generator) -> F32:
    """Return light scattered from strong sources: halos, ghosts and an even veil."""
    small = _reduced(light)
    strong = np.minimum(np.maximum(small - 1.2, 0.0), 60.0)
    unit = small.shape[1] / 256.0
    sizes = ((0.8, 0.5), (3.0, 0.35), (11.0, 0.15))
    out = np.zeros_like(small)
    for sigma, share in sizes:
        blurred = cv2.GaussianBlur(strong, (0, 0), sigma * unit, borderType=cv2.BORDER_REFLECT_101)
        out += np.float32(share * (optics.bloom + 0.1 * optics.flare)) * blurred
    if optics.flare > 0.0:
        out += np.float32(0.02 * optics.flare) * strong.mean((0, 1))
        out += _ghosts(strong, optics, rng)
    return _enlarged(out, light.shape)


def _ghosts(strong: F32, optics: Optics, rng: np.random.Generator) -> F32:
    """Return discs on the line from the strongest source through the lens' axis."""
    height, width = strong.shape[:2]
    out = np.zeros_like(strong)
    sums = cv2.boxFilter(strong.sum(-1), -1, (5, 5), normalize=False)
    y, x = np.unravel_index(int(sums.argmax()), sums.shape)
    power = min(float(sums[y, x]) / 60.0, 3.0) * optics.flare
    if power < 0.02:
        return out
    axis = np.array([0.5 * width, 0.5 * height])
    if optics.panorama and not 0.25 * width < x < 0.75 * width:
        axis[0] = 0.0 if x < 0.5 * width else width  # the lens that looks backwards
    for _ in range(int(rng.integers(2, 7))):
        along = float(rng.uniform(-0.4, 1.6))
        cx, cy = np.array([x, y]) + along * 1.2 * (axis - (x, y))
        radius = max(1, int(rng.uniform(0.008, 0.06) * width))
        tint = power * rng.uniform(0.01, 0.12) * rng.uniform(0.2, 1.0, 3)
        disc = np.zeros_like(strong)
        ring = int(rng.choice([-1, max(1, radius // 5)]))
        cv2.circle(
            disc,
            (int(cx) % width if optics.panorama else int(cx), int(cy)),
            radius,
            tuple(map(float, tint)),
            ring,
        )
        out += disc
    return np.asarray(cv2.GaussianBlur(out, (0, 0), 1.2), np.float32)


def _smeared(light: F32, optics: Optics, rng: np.random.Generator) -> F32:
    """Return the light with blobs in which it is blurred and pale, as behind dirty glass."""
    small = np.minimum(_reduced(light), _WHITE)
    height, width = small.shape[:2]
    unit = width / 256.0
    mask = np.zeros((height, width), np.float32)
    for _ in range(optics.smears):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = tuple(int(v) for v in rng.uniform(1.0, 26.0, 2) ** rng.uniform(0.6, 1.0) * unit + 1)
        cv2.ellipse(
            mask,
            centre,
            axes,
            float(rng.uniform(0, 180)),
            0,
            360,
            float(rng.uniform(0.15, 0.9)),
            -1,
        )
    mask = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(1.0, 4.0)) * unit)
    mask *= 0.75 + 0.25 * rng.standard_normal(mask.shape, np.float32)  # grease is uneven
    blurred = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(1.5, 5.0)) * unit)
    pale = np.float32(rng.uniform(0.1, 0.35)) * small.mean((0, 1))
    behind = np.float32(rng.uniform(0.6, 0.95)) * blurred + pale
    share = np.clip(_enlarged(mask, light.shape), 0.0, 0.95)[..., None]
    return np.asarray(light + (_enlarged(behind, light.shape) - light) * share, np.float32)


def _behind_drops(light: F32, optics: Optics, rng: np.random.Generator) -> F32:
    """Return the light with drops on the glass, each a small picture upside down."""
    out = light.copy()
    height, width = light.shape[:2]
    unit = width / 1024.0
    for _ in range(optics.drops):
        radius = max(2, int(float(rng.exponential(6.0) + 2.0) * unit))
        radius = max(1, min(radius, height // 10))
        if 2 * radius + 2 >= min(height, width):
            continue
        x, y = (
            int(rng.integers(radius, width - radius)),
            int(rng.integers(radius, height - radius)),
        )
        wide = 5 * radius
        area = light[max(0, y - wide) : y + wide, max(0, x - wide) : x + wide]
        side = 2 * radius
        lens = cv2.resize(
            np.minimum(area[::-1, ::-1], _WHITE), (side, side), interpolation=cv2.INTER_AREA
        )
        lens = cv2.GaussianBlur(lens, (0, 0), max(0.5, 0.12 * radius))
        v, u = np.mgrid[0:side, 0:side].astype(np.float32) - np.float32(radius - 0.5)
        away = (u * u + (v * rng.uniform(0.8, 1.0)) ** 2) / np.float32(radius * radius)
        mask = np.clip((1.0 - away) * 3.0, 0.0, 1.0)[..., None]
        rim = 1.0 - 0.45 * np.clip(away, 0.0, 1.0)[..., None]  # dark towards the edge
        patch = out[y - radius : y + radius, x - radius : x + radius]
        patch += (lens * rim - patch) * (mask * np.float32(0.9))
    return out


def _streaks(light: F32, optics: Optics, rng: np.random.Generator) -> F32:
    """Return the light of falling rain: short pale lines, long and blurred when near."""
    height, width = light.shape[:2]
    half = np.zeros((height // 2, width // 2), np.float32)
    unit = width / 1024.0
    count = optics.streaks
    x, y = rng.uniform(0, width // 2, count), rng.uniform(0, height // 2, count)
    long = rng.exponential(9.0, count) * unit + 1.0
    lean = rng.normal(0.0, 0.12) + rng.normal(0.0, 0.03, count)
    pale = rng.uniform(0.02, 0.14, count)
    for k in range(count):
        end = (int(x[k] + lean[k] * long[k]), int(y[k] + long[k]))
        cv2.line(half, (int(x[k]), int(y[k])), end, float(pale[k]), 1)
    half = cv2.GaussianBlur(half, (0, 0), 0.7)
    bright = np.minimum(light, _WHITE).mean((0, 1))
    return np.asarray(_enlarged(half, light.shape)[..., None] * bright, np.float32)


def _gains(shape: tuple[int, ...], optics: Optics, rng: np.random.Generator) -> F32:
    """Return the factor (H, W, 1) of vignetting, lens gain and flicker."""
    height, width = shape
    u = ((np.arange(width) + 0.5) / width).astype(np.float32)
    v = ((np.arange(height) + 0.5) / height).astype(np.float32)
    stops = np.float32(optics.lens_stops)
    if optics.panorama:  # lenses look along the middle and the borders of the picture
        facing = -np.cos(2 * np.pi * u)[None, :] * np.sin(np.pi * v)[:, None]
        rim = 1.0 - facing * facing  # 1 on the seam between the lenses
        blend = np.clip(0.5 + facing * 8.0, 0.0, 1.0)
        gain = np.exp2(stops * (blend - 0.5)) * (1.0 - optics.vignette * rim**3)
    else:
        away = (2 * u[None, :] - 1) ** 2 + (2 * v[:, None] - 1) ** 2
        gain = np.exp2(stops) * (1.0 - optics.vignette * np.minimum(away, 1.2) ** 2 / 1.44)
    if optics.flicker > 0.0:
        phase, bands = rng.uniform(0, 2 * np.pi), rng.uniform(1.5, 9.0)
        wave = np.sin(2 * np.pi * bands * v + phase)
        gain = gain * (1.0 + optics.flicker * wave[:, None])
    return np.asarray(gain[..., None], np.float32)
