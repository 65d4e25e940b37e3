"""The street side of a building: what its ornaments need to know of it.

Convention: as in buildings.py.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.assets.skins import FacadeDesign, Skin
from panoseg_ros.synthetic.surfaces.materials import Materials


class Front(NamedTuple):
    """The street side of a building: its left foot (x, y), size and division."""

    x: float
    y: float
    wide: float
    tall: float
    bays: int
    storeys: int


class Dress(NamedTuple):
    """What an ornament is made for."""

    rng: np.random.Generator
    materials: Materials
    front: Front
    design: FacadeDesign
    skin: Skin

    def slots(self, share: float, first: int = 1) -> NDArray[np.float64]:
        """Return (x, z) of the floor's middle of windows in a share of the columns."""
        front = self.front
        columns = np.flatnonzero(self.rng.random(front.bays) < share)
        rows = np.arange(first, front.storeys)
        i, j = np.meshgrid(columns, rows, indexing='ij')
        bay, storey = front.wide / front.bays, front.tall / front.storeys
        return np.column_stack([front.x + (i.ravel() + 0.5) * bay, j.ravel() * storey])


def feet_at(
    slots: NDArray[np.float64], y: float, dz: float = 0.0, dx: float = 0.0
) -> NDArray[np.float64]:
    """Return points (N, 3) under slots (N, 2), moved by dx and dz."""
    return np.column_stack([slots[:, 0] + dx, np.full(len(slots), y), slots[:, 1] + dz])
