"""Lattice noise for procedural textures, compiled and reproducible from a seed."""

import math

from numba import njit

_MASK = 0xFFFFFFFF


@njit(nogil=True, inline='always')
def lattice(ix, iy, seed):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1) that belongs to a lattice point and a seed."""
    h = (ix * 374761393 + iy * 668265263 + seed * 1442695041) & _MASK
    h = ((h ^ (h >> 13)) * 1274126177) & _MASK
    h = ((h ^ (h >> 16)) * 2024237689) & _MASK
    return ((h ^ (h >> 15)) & _MASK) / 4294967296.0


@njit(nogil=True)
def value_noise(x, y, seed):  # type: ignore[no-untyped-def]
    """Return smooth noise in [0, 1] with features of about one unit."""
    fx, fy = math.floor(x), math.floor(y)
    ix, iy = int(fx), int(fy)
    tx, ty = x - fx, y - fy
    tx = tx * tx * (3.0 - 2.0 * tx)
    ty = ty * ty * (3.0 - 2.0 * ty)
    a = lattice(ix, iy, seed)
    b = lattice(ix + 1, iy, seed)
    c = lattice(ix, iy + 1, seed)
    d = lattice(ix + 1, iy + 1, seed)
    low = a + (b - a) * tx
    high = c + (d - c) * tx
    return low + (high - low) * ty


@njit(nogil=True)
def fractal_noise(x, y, seed, octaves):  # type: ignore[no-untyped-def]
    """Return noise in [0, 1] with detail down to 2 ** -(octaves - 1) units."""
    total, weight, norm = 0.0, 1.0, 0.0
    for octave in range(octaves):
        total += weight * value_noise(x, y, seed + octave)
        norm += weight
        weight *= 0.5
        x, y = 2.03 * x + 17.1, 2.03 * y + 9.7
    return total / norm
