"""The fast road from lens pictures to a panorama."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.coverage import Coverage, look
from panoseg_ros.cameras.layers import Layers, build_layers, mix, strip_buffers
from panoseg_ros.cameras.lenses.equirectangular import Equirectangular
from panoseg_ros.cameras.lenses.lens import MAX_SIDE
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry

if TYPE_CHECKING:
    from panoseg_ros.cameras.rig import Rig

KEPT_SIZES = 2  # a rig seldom changes its picture sizes, but a bag may mix two
Size = tuple[int, int]


class _Slot(NamedTuple):
    """A lens' place in the canvas, where all shrunk pictures stand side by side."""

    left: int
    width: int
    height: int
    halvings: int  # the picture is halved so often, by area, before it is sampled
    wraps: bool  # its first column stands again behind its last


class _Tables(NamedTuple):
    """Everything that belongs to one set of picture sizes; the arrays are reused."""

    slots: tuple[_Slot, ...]
    layers: Layers
    canvas: NDArray[np.uint8]
    strips: list[NDArray[np.uint8]]


class PanoramaMapper:
    """Makes panoramas of one rig and one geometry from precomputed tables.

    Tables for the rig's own picture sizes are built at once, those for other sizes of the
    same aspect ratio when such pictures first come. Pictures finer than the panorama are
    area-averaged first, by the power of two that comes closest. Safe to call from several
    threads, one panorama at a time.

    Raises:
        CameraError: if the lens pictures are too large together for fixed-point tables.
    """

    def __init__(self, rig: 'Rig', geometry: PanoramaGeometry) -> None:
        self.rig, self.geometry = rig, geometry
        self._lock = threading.Lock()
        self._kept: dict[tuple[Size, ...], _Tables] = {}
        self._coverages = [look(entry, geometry) for entry in rig.lenses]
        seen = np.stack([coverage.reach_rad > 0.0 for coverage in self._coverages])
        self.valid: NDArray[np.bool_] = np.asarray(seen.any(0), dtype=np.bool_)
        self.valid.setflags(write=False)
        tables = self._tables(tuple(entry.lens.size for entry in rig.lenses))
        mix(tables.canvas, tables.layers, tables.strips)  # compiles before the first frame comes

    def __call__(
        self, images: Mapping[str, NDArray[np.uint8]]
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return a new panorama (H, W, 3) and where it is valid (H, W), read-only.

        Args:
            images: lens name to (h, w, 3) uint8 RGB.

        Raises:
            CameraError: if a picture is missing or does not fit its lens.
        """
        views = [self._checked(entry, images) for entry in self.rig.lenses]
        with self._lock:
            tables = self._tables(tuple((view.shape[1], view.shape[0]) for view in views))
            for view, slot in zip(views, tables.slots, strict=True):
                _place(view, slot, tables.canvas)
            return mix(tables.canvas, tables.layers, tables.strips), self.valid

    def _checked(
        self, entry: RigLens, images: Mapping[str, NDArray[np.uint8]]
    ) -> NDArray[np.uint8]:
        where = f'rig {self.rig.name}: picture of lens {entry.name}'
        if entry.name not in images:
            raise CameraError(f'{where} is missing, got {", ".join(images) or "none"}')
        view = images[entry.name]
        if view.ndim != 3 or view.shape[2] != 3 or 0 in view.shape or view.dtype != np.uint8:
            raise CameraError(f'{where} must be (H, W, 3) uint8, got {view.shape} {view.dtype}')
        (width, height), (lens_width, lens_height) = view.shape[1::-1], entry.lens.size
        if abs(width * lens_height - height * lens_width) > max(lens_width, lens_height):
            raise CameraError(
                f'{where} is {width}x{height}, expected the aspect ratio of '
                f'{lens_width}x{lens_height}'
            )
        return view

    def _tables(self, sizes: tuple[Size, ...]) -> _Tables:
        if sizes not in self._kept:
            while len(self._kept) >= KEPT_SIZES:
                del self._kept[next(iter(self._kept))]
            self._kept[sizes] = self._build(sizes)
        return self._kept[sizes]

    def _build(self, sizes: tuple[Size, ...]) -> _Tables:
        slots: list[_Slot] = []
        left = 0
        for entry, coverage, size in zip(self.rig.lenses, self._coverages, sizes, strict=True):
            slots.append(self._slot(entry, coverage, size, left))
            left += slots[-1].width + slots[-1].wraps
        height = max(slot.height for slot in slots)
        if max(left, height) > MAX_SIDE:
            raise CameraError(
                f'rig {self.rig.name}: the lens pictures are {left}x{height} side by side, '
                f'at most {MAX_SIDE} are possible'
            )
        maps = [
            _canvas_map(entry, coverage, size, slot)
            for entry, coverage, size, slot in zip(
                self.rig.lenses, self._coverages, sizes, slots, strict=True
            )
        ]
        layers = build_layers(self._coverages, maps)
        canvas = np.zeros((height, left, 3), np.uint8)
        return _Tables(tuple(slots), layers, canvas, strip_buffers(layers))

    def _slot(self, entry: RigLens, coverage: Coverage, size: Size, left: int) -> _Slot:
        finest = max(
            self.geometry.width / (2.0 * np.pi),
            self.geometry.height / np.deg2rad(self.geometry.top_deg - self.geometry.bottom_deg),
        )
        ratio = coverage.pixels_per_rad * size[0] / entry.lens.size[0] / finest
        halvings = max(0, round(float(np.log2(ratio))))
        halvings = min(halvings, min(size).bit_length() - 1)
        wraps = isinstance(entry.lens, Equirectangular)
        return _Slot(left, size[0] >> halvings, size[1] >> halvings, halvings, wraps)


def _canvas_map(
    entry: RigLens, coverage: Coverage, size: Size, slot: _Slot
) -> NDArray[np.float32]:
    """Return where in the canvas (as pixel indices) each panorama pixel is, (H, W, 2)."""
    scale = np.array(size) / np.array(entry.lens.size) / (1 << slot.halvings)
    at = coverage.pixels * scale - 0.5
    last = slot.width - 1
    at[..., 0] = at[..., 0] % slot.width if slot.wraps else np.clip(at[..., 0], 0, last)
    at[..., 1] = np.clip(at[..., 1], 0, slot.height - 1)  # never into a neighbour's picture
    at[..., 0] += slot.left
    return at.astype(np.float32)


def _place(view: NDArray[np.uint8], slot: _Slot, canvas: NDArray[np.uint8]) -> None:
    """Write a picture, halved by area as often as its slot says, into the canvas."""
    target = canvas[: slot.height, slot.left : slot.left + slot.width]
    for left_over in range(slot.halvings, 0, -1):
        half = (slot.width << (left_over - 1), slot.height << (left_over - 1))
        whole = view[: 2 * half[1], : 2 * half[0]]
        out = target if left_over == 1 else None
        view = cv2.resize(whole, half, dst=out, interpolation=cv2.INTER_AREA)
    if slot.halvings == 0:
        target[...] = view
    if slot.wraps:
        canvas[: slot.height, slot.left + slot.width] = target[:, 0]
