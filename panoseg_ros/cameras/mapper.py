"""The fast road from lens pictures to a panorama."""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.canvas import brighten, close_turn, place, place_some
from panoseg_ros.cameras.coverage import Coverage, look
from panoseg_ros.cameras.gains import Brightness, Gains
from panoseg_ros.cameras.layers import mix
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.cameras.tables import Looking, Size, Tables, build_tables
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry

if TYPE_CHECKING:
    from panoseg_ros.cameras.rig import Rig

KEPT_TABLES = 4  # a rig seldom changes its picture sizes, but lenses may come and go


class Moment(NamedTuple):
    """Lens pictures that were checked and compared, but not yet mixed."""

    tables: Tables  # of these lenses and picture sizes
    views: tuple[NDArray[np.uint8], ...]  # (h, w, 3) RGB, in the order of `tables.slots`
    gains: NDArray[np.float64]  # (n, 3) of the views


class PanoramaMapper:
    """Makes panoramas of one rig and one geometry from precomputed tables.

    Tables for all lenses at the rig's own picture sizes are built at once, those for some
    of the lenses, or for other sizes of the same aspect ratio, when such pictures first
    come. Pictures finer than the panorama are area-averaged first, by the power of two
    that comes closest. Safe to call from several threads, one panorama at a time.

    Args:
        rig: the lenses. Its `photometric_gain` says whether their brightness is evened out.
        geometry: size and elevations of the panorama.

    Raises:
        CameraError: if the lens pictures are too large together for fixed-point tables.
    """

    def __init__(self, rig: 'Rig', geometry: PanoramaGeometry) -> None:
        self.rig, self.geometry = rig, geometry
        self._lock = threading.Lock()
        self._kept: dict[tuple[tuple[int, Size], ...], Tables] = {}
        self._coverages = [look(entry, geometry) for entry in rig.lenses]
        self._gains = Gains(_areas(self._coverages, geometry))
        tables = self._tables({i: entry.lens.size for i, entry in enumerate(rig.lenses)})
        self.valid = tables.valid
        self._compile(tables)

    def __call__(
        self,
        images: Mapping[str, NDArray[np.uint8]],
        *,
        alone: bool = False,
        out: NDArray[np.uint8] | None = None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return a panorama (H, W, 3) and where it is valid (H, W), read-only.

        Args:
            images: lens name to (h, w, 3) uint8 RGB. Lenses may be left out: the panorama
                is that of the others, and valid where these see.
            alone: take the gains from these pictures only, and do not remember them.
            out: C-contiguous (H, W, 3) uint8, written and returned as the panorama, so that it
                holds until it is given again; without it the panorama is a new array.

        Raises:
            CameraError: if there is no picture, or one of an unknown lens, or one that does
                not fit its lens.
        """
        views = self._checked(images)
        with self._lock:
            tables = self._tables({i: view.shape[1::-1] for i, view in views.items()})
            for view, slot in zip(views.values(), tables.slots, strict=True):
                place(view, slot, tables.canvas)
            gains = self._gains_of(tables, list(views), alone)
            for gain, slot in zip(gains, tables.slots, strict=True):
                brighten(slot, tables.canvas, gain)
                close_turn(slot, tables.canvas)
            return mix(tables.canvas, tables.layers, out), tables.valid

    def measured(self, images: Mapping[str, NDArray[np.uint8]], *, alone: bool = False) -> Moment:
        """Return what a panorama of these pictures is made of, for devices that make it.

        The gains move on as by a call, whose arguments and errors these are.
        """
        views = self._checked(images)
        with self._lock:
            tables = self._tables({i: view.shape[1::-1] for i, view in views.items()})
            for view, slot in zip(views.values(), tables.slots, strict=True):
                place_some(view, slot, tables.canvas, tables.common.cells.reshape(-1))
            return Moment(
                tables, tuple(views.values()), self._gains_of(tables, list(views), alone)
            )

    @property
    def gains(self) -> NDArray[np.float64]:
        """The running gain of every lens of the rig and channel, (L, 3)."""
        with self._lock:
            return self._gains.values

    @property
    def brightness(self) -> Brightness:
        """What was learned of how bright the lenses are; the next panorama changes it."""
        with self._lock:
            return self._gains.learned

    @brightness.setter
    def brightness(self, learned: Brightness) -> None:
        with self._lock:
            self._gains.learned = learned

    def reset_gains(self) -> None:
        """Forget how bright the lenses were."""
        with self._lock:
            self._gains.reset()

    def _gains_of(self, tables: Tables, lenses: list[int], alone: bool) -> NDArray[np.float64]:
        """Return the gains (n, 3) of n lenses from what is in their canvas."""
        if not self.rig.photometric_gain or len(self.rig.lenses) == 1:
            return np.ones((len(lenses), 3))
        picture = tables.canvas.picture
        if alone:
            return np.exp(self._gains.estimate(picture, tables.common)[0])[lenses]
        return self._gains.update(picture, tables.common)[lenses]

    def _checked(self, images: Mapping[str, NDArray[np.uint8]]) -> dict[int, NDArray[np.uint8]]:
        """Return the pictures by the index of their lens, in the order of the rig."""
        known = [entry.name for entry in self.rig.lenses]
        unknown = [name for name in images if name not in known]
        if unknown or not images:
            given = f'a picture of lens {unknown[0]}' if unknown else 'no picture'
            expected = ', '.join(known)
            raise CameraError(f'rig {self.rig.name}: got {given}, its lenses are {expected}')
        named = enumerate(self.rig.lenses)
        present = {i: (entry, images[entry.name]) for i, entry in named if entry.name in images}
        for entry, view in present.values():
            _check(self.rig.name, entry, view)
        return {i: view for i, (_, view) in present.items()}

    def _tables(self, sizes: Mapping[int, Size]) -> Tables:
        """Return the tables of these lenses (by index) and picture sizes, kept or new."""
        key = tuple(sizes.items())
        tables = self._kept.pop(key, None)
        if tables is None:
            looking = [
                Looking(i, self.rig.lenses[i], self._coverages[i], size)
                for i, size in sizes.items()
            ]
            tables = build_tables(looking, self.geometry, self.rig.name)
        while len(self._kept) >= KEPT_TABLES:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = tables  # the last used stands last
        return tables

    def _compile(self, tables: Tables) -> None:
        """Go the whole way once over a black canvas, before the first frame comes."""
        self._gains.estimate(tables.canvas.picture, tables.common)
        brighten(tables.slots[0], tables.canvas, np.full(3, 0.5))
        mix(tables.canvas, tables.layers)


def _check(rig: str, entry: RigLens, view: NDArray[np.uint8]) -> None:
    where = f'rig {rig}: picture of lens {entry.name}'
    if view.ndim != 3 or view.shape[2] != 3 or 0 in view.shape or view.dtype != np.uint8:
        raise CameraError(f'{where} must be (H, W, 3) uint8, got {view.shape} {view.dtype}')
    (width, height), (lens_width, lens_height) = view.shape[1::-1], entry.lens.size
    if abs(width * lens_height - height * lens_width) > max(lens_width, lens_height):
        raise CameraError(
            f'{where} is {width}x{height}, expected the aspect ratio of {lens_width}x{lens_height}'
        )


def _areas(coverages: list[Coverage], geometry: PanoramaGeometry) -> NDArray[np.float64]:
    """Return how much of the panorama each lens contributes, (L,)."""
    squares = np.stack([coverage.reach_rad**2 for coverage in coverages])  # (L, H, W)
    shares = squares / np.maximum(squares.sum(0), np.finfo(np.float32).tiny)
    return np.asarray(shares.sum(2) @ np.cos(geometry.elevation_rad()), dtype=np.float64)
