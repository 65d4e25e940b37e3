"""The material table: what each surface looks like, as rows of plain numbers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Kinds of texture; `surface.surface` holds one branch for each.
PLAIN = 0  # params: dirt, scale_m
ASPHALT = 1  # params: grain, blotch, cracks, patches, oil, tyre marks
PAVING = 2  # params: tile_u_m, tile_v_m, bond, grout_m, variation
GRASS = 3  # params: patch_m, soil, detail, stripes, flowers (colors[3])
FOLIAGE = 4  # params: variation, gap
FACADE = 5  # params: see facades.py
PAINT = 6  # params: wear, worn colour is colors[1]
GLOSS = 7  # params: reflectance, dirt
GLASS = 8  # params: reflectance, pane_m, frame, glow by night (of colors[2])
SIGN = 9  # params: design (pictograms.py), border, glow by day, glow by night
STRIPES = 10  # params: period_m, share, direction
POSTER = 11  # params: cell_m, cells
EMIT = 12  # params: strength by day, strength as a lamp by night (0: no lamp)
PLANKS = 13  # params: width_m, variation, direction
CORRUGATED = 14  # params: period_m, dirt, direction
MASONRY = 15  # params: kind (walls.py), stains, sprayed, bay_m, storey_m of half-timber
BARK = 16  # params: roughness, birch (0 or 1)
SETTS = 17  # params: kind (grounds.py), size_m, joint_m, variation, moss
LOOSE = 18  # params: kind (grounds.py), grain_m, cover

COLORS = 4
PARAMS = 24


class MaterialTable(NamedTuple):
    """All materials of a world; albedos are linear reflectances 0..1."""

    kinds: NDArray[np.int32]  # (M,)
    colors: NDArray[np.float32]  # (M, COLORS, 3)
    params: NDArray[np.float32]  # (M, PARAMS)


class Materials:
    """Collects materials while a world is built, from scratch or after those of a table."""

    def __init__(self, table: MaterialTable | None = None) -> None:
        self._rows: list[tuple[int, NDArray[np.float32], NDArray[np.float32]]] = []
        if table is not None:
            self._rows += zip(map(int, table.kinds), table.colors, table.params, strict=True)

    def add(
        self, kind: int, colors: Sequence[Sequence[float]], params: Sequence[float] = ()
    ) -> int:
        """Add a material and return its id; missing colours repeat the last one."""
        filled = list(colors) + [colors[-1]] * (COLORS - len(colors))
        padded = list(params) + [0.0] * (PARAMS - len(params))
        self._rows.append((kind, np.array(filled, np.float32), np.array(padded, np.float32)))
        return len(self._rows) - 1

    def table(self) -> MaterialTable:
        """Return the table of everything that was added."""
        kinds, colors, params = zip(*self._rows, strict=True)
        return MaterialTable(np.array(kinds, np.int32), np.stack(colors), np.stack(params))
