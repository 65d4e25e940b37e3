"""Everything that a set of lenses and picture sizes needs, computed once."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.canvas import Canvas, Slot, blank_canvas
from panoseg_ros.cameras.coverage import Coverage
from panoseg_ros.cameras.gains import Common, find_common
from panoseg_ros.cameras.layers import FRACTION_BITS, Layers, build_layers, fixed_point
from panoseg_ros.cameras.lenses.equirectangular import Equirectangular
from panoseg_ros.cameras.lenses.lens import MAX_SIDE
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry

Size = tuple[int, int]


class Looking(NamedTuple):
    """A lens that has a picture at the moment."""

    place: int  # of the lens in its rig, counted from 0
    entry: RigLens
    coverage: Coverage
    size: Size  # width and height of its pictures, in proportion to the lens' own


class Tables(NamedTuple):
    """The tables, and the canvas that is used anew for every panorama."""

    slots: tuple[Slot, ...]
    canvas: Canvas
    layers: Layers
    common: Common
    valid: NDArray[np.bool_]  # (H, W), read-only


def build_tables(looking: Sequence[Looking], geometry: PanoramaGeometry, rig: str) -> Tables:
    """Return the tables of some lenses of a rig, whose name is for the error.

    Raises:
        CameraError: if the pictures are too large together.
    """
    slots = _slots(looking, geometry)
    width, height = (
        slots[-1].left + slots[-1].width + slots[-1].wraps,
        max(s.height for s in slots),
    )
    if max(width, height) > MAX_SIDE:
        raise CameraError(
            f'rig {rig}: the lens pictures are {width}x{height} side by side, '
            f'at most {MAX_SIDE} are possible'
        )
    maps = np.stack([_canvas_map(*pair) for pair in zip(looking, slots, strict=True)])
    reach = np.stack([_unmasked_reach(*each) for each in zip(looking, slots, maps, strict=True)])
    valid = np.asarray((reach > 0.0).any(0), dtype=np.bool_)
    valid.setflags(write=False)
    layers = build_layers(reach, maps, width)
    common = _common(reach, maps, width, geometry)
    indices = np.array([lens.place for lens in looking])
    common = common._replace(pairs=indices[common.pairs])
    return Tables(slots, blank_canvas(height, width), layers, common, valid)


def _slots(looking: Sequence[Looking], geometry: PanoramaGeometry) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    left = 0
    for lens in looking:
        slots.append(_slot(lens, geometry, left))
        left += slots[-1].width + slots[-1].wraps
    return tuple(slots)


def _slot(lens: Looking, geometry: PanoramaGeometry, left: int) -> Slot:
    finest = max(
        geometry.width / (2.0 * np.pi),
        geometry.height / np.deg2rad(geometry.top_deg - geometry.bottom_deg),
    )
    scale = lens.size[0] / lens.entry.lens.size[0]
    ratio = lens.coverage.pixels_per_rad * scale / finest
    halvings = max(0, round(float(np.log2(ratio))))
    halvings = min(halvings, min(lens.size).bit_length() - 1)
    wraps = isinstance(lens.entry.lens, Equirectangular)
    return Slot(left, lens.size[0] >> halvings, lens.size[1] >> halvings, halvings, wraps)


def _canvas_map(lens: Looking, slot: Slot) -> NDArray[np.float32]:
    """Return the canvas column and row of each panorama pixel, (H, W, 2)."""
    scale = np.array(lens.size) / np.array(lens.entry.lens.size) / (1 << slot.halvings)
    at = lens.coverage.pixels * scale.astype(np.float32) - np.float32(0.5)
    last = slot.width - 1
    at[..., 0] = at[..., 0] % slot.width if slot.wraps else np.clip(at[..., 0], 0, last)
    at[..., 1] = np.clip(at[..., 1], 0, slot.height - 1)  # never into a neighbour's picture
    at[..., 0] += slot.left
    return at


def _unmasked_reach(lens: Looking, slot: Slot, at: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the lens' reach, 0 also where a sample would take in any masked pixel."""
    if lens.entry.mask is None:
        return lens.coverage.reach_rad
    side = 1 << slot.halvings
    mask = 255 * lens.entry.mask.astype(np.uint8)
    mask = cv2.resize(mask, lens.size, interpolation=cv2.INTER_AREA)
    mask = mask[: slot.height * side, : slot.width * side] == 255
    clean = mask.reshape(slot.height, side, slot.width, side).all((1, 3))
    clean = np.pad(clean, ((0, 1), (0, 1)), mode='edge')
    if slot.wraps:
        clean[:, -1] = clean[:, 0]
    cells, fractions = fixed_point(at - np.array([slot.left, 0], np.float32), slot.width + 1)
    column, row = cells % (slot.width + 1), cells // (slot.width + 1)
    part = (1 << FRACTION_BITS) - 1
    right = column + ((fractions & part) > 0)
    below = row + ((fractions >> FRACTION_BITS) > 0)
    taken = clean[row, column] & clean[row, right] & clean[below, column] & clean[below, right]
    return np.where(taken, lens.coverage.reach_rad, np.float32(0.0))


def _common(
    reach: NDArray[np.float32],
    maps: NDArray[np.float32],
    width: int,
    geometry: PanoramaGeometry,
) -> Common:
    lenses = len(reach)
    nearest = np.rint(maps).astype(np.uint32)
    cells = nearest[..., 1] * np.uint32(width) + nearest[..., 0]
    areas = np.repeat(np.cos(geometry.elevation_rad()), geometry.width)
    return find_common(reach.reshape(lenses, -1), cells.reshape(lenses, -1), areas)
