"""Tyres and mudguards of two-wheelers.

Convention: a wheel turns about y; angles in rad from +x towards +z.
"""

import numpy as np

from panoseg_ros.synthetic.assets.solids import Point, Solids, circle, vec


def _around(angle: Point) -> Point:
    """Return unit vectors (..., 3) in the plane of a wheel."""
    return np.stack([np.cos(angle), 0 * angle, np.sin(angle)], -1)


def tyre(
    solids: Solids,
    hub: Point,
    radius: float,
    section: tuple[float, float],
    steps: tuple[int, int],
    material: int,
) -> None:
    """Add a ring about hub (3,) whose section has its middle at `radius` metres.

    `section` are half its depth and half its width, `steps` the edges around the hub and
    around the section.
    """
    spin = _around(np.linspace(0, 2 * np.pi, steps[0] + 1))[:, None]  # (steps + 1, 1, 3)
    cos, sin = circle(steps[1])
    reach = radius + section[0] * cos[:, None]
    across = np.array([0.0, 1.0, 0.0]) * (section[1] * sin)[:, None]
    solids.loft(hub + spin * reach + across, material, (False, False))


def mudguard(
    solids: Solids, hub: Point, radius: float, angle: Point, half: float, material: int
) -> None:
    """Add a strip around hub (3,) over angles (N,), `half` its width, metres."""
    arc, aside = _around(angle) * radius, vec(0, half, 0)
    left, right = hub + arc + aside, hub + arc - aside
    solids.quads(np.stack([left[:-1], right[:-1], right[1:], left[1:]], 1), material)
