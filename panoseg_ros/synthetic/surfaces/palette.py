"""Random albedos. Ranges of different classes overlap widely on purpose.

Nothing in the world may be recognised by its colour alone, so walls can be as green
as hedges, cars as grey as roads and pavements as red as bricks.
"""

import colorsys

import numpy as np

Color = tuple[float, float, float]


def hsv(
    rng: np.random.Generator,
    hue: tuple[float, float],
    saturation: tuple[float, float],
    value: tuple[float, float],
) -> Color:
    """Draw a linear albedo; hue in turns (may exceed 1), value is the linear maximum."""
    h, s, v = rng.uniform(*hue) % 1.0, rng.uniform(*saturation), rng.uniform(*value)
    red, green, blue = colorsys.hsv_to_rgb(float(h), float(s), float(v))
    return (red, green, blue)


def near(rng: np.random.Generator, color: Color, spread: float = 0.12) -> Color:
    """Draw a colour close to another one."""
    r, g, b = (
        float(np.clip(c * k, 0.01, 0.95))
        for c, k in zip(color, rng.normal(1.0, spread, 3) * rng.normal(1.0, spread), strict=True)
    )
    return (r, g, b)


def stone(rng: np.random.Generator) -> Color:
    """Draw a grey, beige, brown or reddish mineral colour."""
    if rng.random() < 0.5:
        return hsv(rng, (0.02, 0.7), (0.0, 0.12), (0.10, 0.55))
    return hsv(rng, (0.0, 0.14), (0.12, 0.6), (0.12, 0.55))


def asphalt(rng: np.random.Generator) -> Color:
    """Draw a road colour: dark to pale grey, sometimes warm or reddish."""
    if rng.random() < 0.12:
        return hsv(rng, (0.0, 0.1), (0.15, 0.45), (0.12, 0.32))
    return hsv(rng, (0.0, 0.72), (0.0, 0.12), (0.05, 0.34))


def wall(rng: np.random.Generator) -> Color:
    """Draw a facade colour; any hue occurs, pale, warm and mineral ones prevail."""
    kind = rng.random()
    if kind < 0.42:
        return stone(rng)
    if kind < 0.62:  # whites and pale greys
        return hsv(rng, (0.0, 0.7), (0.0, 0.12), (0.45, 0.88))
    if kind < 0.84:  # cream, ochre, terracotta, brick
        return hsv(rng, (0.99, 1.15), (0.12, 0.75), (0.15, 0.75))
    if kind < 0.94:  # pastels
        return hsv(rng, (0.0, 1.0), (0.08, 0.35), (0.35, 0.8))
    return hsv(rng, (0.0, 1.0), (0.15, 0.75), (0.08, 0.6))


def leaf(rng: np.random.Generator) -> Color:
    """Draw a foliage colour: mostly green, also olive, yellow, red, brown and grey."""
    kind = rng.random()
    if kind < 0.52:
        return hsv(rng, (0.15, 0.36), (0.25, 0.75), (0.05, 0.28))
    if kind < 0.7:  # olive and brown
        return hsv(rng, (0.09, 0.19), (0.25, 0.65), (0.05, 0.24))
    if kind < 0.9:
        return hsv(rng, (0.03, 0.17), (0.4, 0.85), (0.08, 0.40))
    return hsv(rng, (0.9, 1.4), (0.05, 0.5), (0.06, 0.3))


def soil(rng: np.random.Generator) -> Color:
    """Draw a ground cover: grass, straw, earth, gravel, rarely snow."""
    kind = rng.random()
    if kind < 0.55:
        return hsv(rng, (0.15, 0.33), (0.3, 0.8), (0.07, 0.34))
    if kind < 0.97:
        return hsv(rng, (0.05, 0.16), (0.1, 0.6), (0.12, 0.48))
    return hsv(rng, (0.5, 0.7), (0.0, 0.06), (0.5, 0.8))


def coat(rng: np.random.Generator) -> Color:
    """Draw a vehicle paint: half of them black, grey, silver or white."""
    if rng.random() < 0.6:
        return hsv(rng, (0.5, 0.7), (0.0, 0.08), (0.012, 0.75))
    return hsv(rng, (0.0, 1.0), (0.35, 0.95), (0.05, 0.55))


def cloth(rng: np.random.Generator) -> Color:
    """Draw a textile colour; dark ones prevail."""
    if rng.random() < 0.5:
        return hsv(rng, (0.0, 1.0), (0.0, 0.4), (0.012, 0.16))
    return hsv(rng, (0.0, 1.0), (0.1, 0.9), (0.05, 0.65))


def skin(rng: np.random.Generator) -> Color:
    """Draw a skin colour from dark to pale."""
    return hsv(rng, (0.03, 0.08), (0.35, 0.65), (0.08, 0.62))


def metal(rng: np.random.Generator) -> Color:
    """Draw a colour of poles and rails: grey, or painted in any colour."""
    if rng.random() < 0.75:
        return hsv(rng, (0.05, 0.65), (0.0, 0.15), (0.03, 0.5))
    return hsv(rng, (0.0, 1.0), (0.2, 0.8), (0.03, 0.4))
