"""Lamps of a scene, found in its mesh, and the light that they throw.

A lamp is a group of neighbouring triangles of one EMIT material whose params[1], its
strength, is positive. Strength 1 gives a surface that faces the lamp 5 m away as much
light as a sun of radiance 1. A flat lamp shines as the cosine to its normal, a small one
that looks sideways as a beam (head and tail lights), a closed one to all sides.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.mesh import F32, Mesh
from panoseg_ros.synthetic.rendering.compiling import kernel
from panoseg_ros.synthetic.rendering.sky import Sky
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import MaterialTable

NEAREST = 6  # lamps that light one place
REACH_M = 45.0  # a lamp's light fades to nothing here
_CELL_M = 6.0  # side of a cell of the grid
_NEIGHBOUR_M = 0.9  # triangles of one lamp lie closer
_BEAM_M2 = 0.12  # sideways lamps below this area are beams
_BEAM = 24.0  # exponent of a beam's cosine
_AT_M2 = 25.0  # square of the distance at which strength is measured


class Lamps(NamedTuple):
    """Lamps and the grid of those that are near a place; empty when none is lit."""

    places: F32  # (L, 3) world
    light: F32  # (L, 3) linear RGB times strength
    facing: F32  # (L, 3) unit direction of most light
    beams: F32  # (L,) exponent of the cosine to `facing`, 0 = shines to all sides
    corner: F32  # (2,) lower corner of the grid
    nearest: NDArray[np.int32]  # (rows, columns, NEAREST) rows of the above, -1 = none


def lamp_is_on(material: int, night: float) -> bool:
    """Return whether the lamps of a material are lit; at dusk some kinds are."""
    return night > ((material * 0.6180339887) % 1.0) * 0.8 + 0.02


def lit_materials(table: MaterialTable, night: float) -> NDArray[np.float32]:
    """Return the strength of the lamps of every material, 0 where none is lit, (M,)."""
    strength = np.where(table.kinds == mat.EMIT, table.params[:, 1], np.float32(0.0))
    on = np.array([lamp_is_on(row, night) for row in range(len(strength))])
    return np.where(on, strength, np.float32(0.0)).astype(np.float32)


def gather_lamps(mesh: Mesh, table: MaterialTable, sky: Sky) -> Lamps:
    """Return the lamps that are lit under this sky."""
    strength = lit_materials(table, sky.night)
    rows = np.flatnonzero(strength[mesh.materials] > 0.0)
    if not rows.size:
        none = np.zeros((0, 3), np.float32)
        empty = np.zeros(0, np.float32)
        return Lamps(none, none, none, empty, np.zeros(2, np.float32), _no_grid())
    corners, material = mesh.corners[rows].astype(np.float64), mesh.materials[rows]
    centre = corners.mean(1)
    step = np.linalg.norm(np.diff(centre, axis=0), axis=1)
    fresh = np.concatenate([[True], (step > _NEIGHBOUR_M) | (np.diff(material) != 0)])
    first = np.flatnonzero(fresh)
    cross = 0.5 * np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1)
    total = np.maximum(np.add.reduceat(area, first), 1e-9)
    places = np.add.reduceat(centre * area[:, None], first) / total[:, None]
    normal = np.add.reduceat(cross, first) / total[:, None]
    flat = np.linalg.norm(normal, axis=1)
    facing = normal / np.maximum(flat, 1e-9)[:, None]
    sideways = (np.abs(facing[:, 2]) < 0.5) & (total < _BEAM_M2)
    beams = np.where(flat < 0.3, 0.0, np.where(sideways, _BEAM, 1.0))
    kind = material[first]
    light = table.colors[kind, 0] * strength[kind, None]
    nearest, corner = _grid(places, light.mean(1))
    f32 = np.float32
    return Lamps(
        places.astype(f32),
        light.astype(f32),
        facing.astype(f32),
        beams.astype(f32),
        corner.astype(f32),
        nearest,
    )


def _no_grid() -> NDArray[np.int32]:
    return np.full((0, 0, NEAREST), -1, np.int32)


def _grid(
    places: NDArray[np.float64], power: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the strongest lamps around every cell, and the grid's lower corner."""
    corner = places[:, :2].min(0) - REACH_M
    columns, rows = np.ceil((places[:, :2].max(0) + REACH_M - corner) / _CELL_M).astype(int)
    x = corner[0] + (np.arange(columns) + 0.5) * _CELL_M
    y = corner[1] + (np.arange(rows) + 0.5) * _CELL_M
    away = (x[None, :, None] - places[:, 0]) ** 2 + (y[:, None, None] - places[:, 1]) ** 2
    score = power / (away + 9.0)
    score[away > (REACH_M + _CELL_M) ** 2] = 0.0
    order = np.argsort(-score, axis=2, kind='stable')[..., :NEAREST]
    picked = np.where(np.take_along_axis(score, order, 2) > 0.0, order, -1)
    nearest = np.full((rows, columns, NEAREST), -1, np.int32)
    nearest[..., : picked.shape[2]] = picked
    return nearest, corner


@kernel(inline='always')
def cell_of(lamps, x, y):  # type: ignore[no-untyped-def]
    """Return the grid cell (row, column) of a place, row -1 outside."""
    column = int((x - lamps.corner[0]) / _CELL_M)
    row = int((y - lamps.corner[1]) / _CELL_M)
    inside = x > lamps.corner[0] and y > lamps.corner[1]
    if inside and row < lamps.nearest.shape[0] and column < lamps.nearest.shape[1]:
        return row, column
    return -1, -1


@kernel()
def lamp_light(lamps, k, x, y, z):  # type: ignore[no-untyped-def]
    """Return (light, ux, uy, uz, distance) of lamp k at a place.

    Light is per colour of the lamp, before the cosine at the surface: inverse square,
    faded to zero at REACH_M; u points to the lamp.
    """
    ux, uy, uz = lamps.places[k, 0] - x, lamps.places[k, 1] - y, lamps.places[k, 2] - z
    square = ux * ux + uy * uy + uz * uz
    distance = np.sqrt(square) + 1e-6
    ux, uy, uz = ux / distance, uy / distance, uz / distance
    shape = 1.0
    if lamps.beams[k] > 0.0:
        ahead = -(ux * lamps.facing[k, 0] + uy * lamps.facing[k, 1] + uz * lamps.facing[k, 2])
        if ahead <= 0.0:
            return 0.0, ux, uy, uz, distance
        shape = ahead ** lamps.beams[k]
    share = square / (REACH_M * REACH_M)
    window = max(0.0, 1.0 - share * share)
    return _AT_M2 * shape * window * window / (square + 0.02), ux, uy, uz, distance
