"""From raw lens pictures to labels on a torch device, with one upload and one download."""

import logging
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from panoseg_ros.cameras import Directions, Leveller, Moment, PanoramaMapper
from panoseg_ros.cameras.tables import Tables
from panoseg_ros.errors import BackendError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.inference.frame_road import FrameRoad
from panoseg_ros.inference.panorama import Parcel, Seen, Shot, lens_table
from panoseg_ros.inference.panorama_torch import Sources, mix_torch, turn_torch

KEPT_TABLES = 4  # as many as PanoramaMapper keeps
TOLERANCE = 2  # of 255: mixed lenses are rounded once instead of twice
LEAST_ALIKE = 0.999  # of the pixels of a turned panorama, whose places may differ by 1/32 pixel
_log = logging.getLogger(__name__)


class _Loaded(NamedTuple):
    """The tables of some lenses and picture sizes, on the device."""

    tables: Tables  # held, so that their id is not another's
    parcel: Parcel
    memory: NDArray[np.uint8]  # pinned, where a parcel is packed
    pinned: torch.Tensor  # the same
    sources: Sources


class LensRoad:
    """Takes the pictures of a moment to a device, and panorama and labels from there.

    The panorama is made in the network's input, without leaving the device; it is fetched
    when somebody looks at it, from any thread. Buffers are made once for the lenses and
    picture sizes that occur.

    Args:
        geometry: of the panorama.
        frames: the network's road, whose input is written.
        guard: wraps what is done on the device for a frame.
    """

    def __init__(
        self,
        geometry: PanoramaGeometry,
        frames: FrameRoad,
        guard: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._geometry, self._frames, self._guard = geometry, frames, guard
        self._kept: dict[int, _Loaded] = {}
        self._last: weakref.ref[Shot] | None = None
        size = (geometry.height, geometry.width, 3)
        self._mixed = torch.zeros(size, dtype=torch.uint8, device=frames.device)
        self._turned = torch.zeros_like(self._mixed)
        self._shown = frames.pinned(size)
        elevation = geometry.elevation_rad()
        rows = np.stack([np.cos(elevation), np.sin(elevation)]).astype(np.float32)
        self._rows = torch.tensor(rows, device=frames.device)
        self._use_kernels = frames.on_gpu and find_spec('triton') is not None

    def __call__(self, moment: Moment, directions: Directions | None) -> Seen:
        """Return what the pictures of a moment show.

        Args:
            moment: of `PanoramaMapper.measured`.
            directions: of `Leveller.directions`, None to leave the panorama as it is seen.

        Raises:
            GpuError: as `guard` makes it.
        """
        with self._frames.lock:
            last = None if self._last is None else self._last()
            if last is not None:
                last()  # somebody keeps it, and its memory is written now
            with self._guard():
                picture, planes = self._see(moment, directions)
            shot = Shot(partial(self._fetch, picture), self._frames.lock)
            self._last = weakref.ref(shot)
        return Seen(shot, _valid(moment, directions, planes), planes[0], planes[1])

    def prove(self, mapper: PanoramaMapper) -> None:
        """Hold panoramas against the CPU's; afterwards all kernels are compiled.

        Args:
            mapper: whose rig and geometry these are; its gains stay what they are.

        Raises:
            BackendError: if the device gives other pictures.
        """
        images = {entry.name: _pattern(entry.lens.size) for entry in mapper.rig.lenses}
        moment = mapper.measured(images, alone=True)
        image, valid = mapper(images, alone=True)
        leveller = Leveller(self._geometry)
        tilt = rotation_from_rpy_deg(3.0, -4.0, 0.0)
        self._compile(moment)
        level, sound = leveller(image, valid, tilt)
        for directions, wanted, seen in (
            (None, image, valid),
            (leveller.directions(tilt), level, sound),
        ):
            with self._frames.lock:
                picture, planes = self._see(moment, directions)
                gap = np.abs(self._copied(picture).astype(np.int16) - wanted).max(-1)
            agree = _valid(moment, directions, planes) == seen
            alike = float(np.mean((gap <= TOLERANCE) & agree))
            if alike < LEAST_ALIKE:
                raise BackendError(
                    f'its panorama is not that of the CPU: only {alike:.4f} of the pixels are '
                    f'equal to {TOLERANCE}/255, {LEAST_ALIKE} must'
                )

    def _compile(self, moment: Moment) -> None:
        """Run all kernels once; let the formulas do it where one cannot be compiled."""
        with self._frames.lock:
            try:
                self._draw(self._loaded(moment), turned=False)
                self._draw(self._loaded(moment), turned=True)
            except Exception as err:  # Triton raises many kinds
                if not self._use_kernels or _is_device_error(err):
                    raise
                self._use_kernels = False
                reason = (str(err).strip().splitlines() or [''])[-1]
                _log.warning('panoramas are made without Triton, which failed: %s', reason)

    def _see(
        self, moment: Moment, directions: Directions | None
    ) -> tuple[torch.Tensor, NDArray[np.uint8]]:
        """Return the panorama, which the next call overwrites, and the planes of the network."""
        loaded = self._loaded(moment)
        loaded.parcel.pack(loaded.memory, moment, directions)
        loaded.sources.parcel.copy_(loaded.pinned, non_blocking=True)
        picture = self._draw(loaded, turned=directions is not None)
        return picture, self._frames.finish(2 if directions is None else 3)

    def _draw(self, loaded: _Loaded, turned: bool) -> torch.Tensor:
        """Write the network's input; return the panorama."""
        if self._use_kernels:
            return self._draw_by_kernels(loaded, turned)
        sources, picture = loaded.sources, self._mixed
        mix_torch(sources, loaded.parcel.slips, loaded.parcel.first_slope, picture)
        if turned:
            picture, valid = self._turned, self._frames.planes[2]
            turn_torch(self._mixed, sources, self._rows, self._geometry, picture, valid)
        self._frames.take(picture[None])
        return picture

    def _draw_by_kernels(self, loaded: _Loaded, turned: bool) -> torch.Tensor:
        from panoseg_ros.inference import panorama_kernel as kernels

        frames, sources = self._frames, loaded.sources
        taken = frames.tensor, frames.norms
        kernels.mix(sources, loaded.parcel.first_slope, self._mixed, *taken, not turned)
        if not turned:
            return self._mixed
        poles = self._geometry.top_deg == 90.0, self._geometry.bottom_deg == -90.0
        valid = frames.planes[2]
        kernels.turn(self._mixed, sources, self._rows, poles, self._turned, valid, *taken)
        return self._turned

    def _fetch(self, picture: torch.Tensor) -> NDArray[np.uint8]:
        with self._guard():
            return self._copied(picture)

    def _copied(self, picture: torch.Tensor) -> NDArray[np.uint8]:
        self._shown.copy_(picture, non_blocking=True)
        self._frames.wait()
        return self._shown.numpy().copy()

    def _loaded(self, moment: Moment) -> _Loaded:
        key = id(moment.tables)
        loaded = self._kept.pop(key, None) or self._load(moment)
        while len(self._kept) >= KEPT_TABLES:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = loaded  # the last used stands last
        return loaded

    def _load(self, moment: Moment) -> _Loaded:
        parcel, table = Parcel(moment, self._geometry.width), lens_table(moment.tables)
        device, pinned = self._frames.device, self._frames.pinned((parcel.size,))
        memory = torch.zeros(parcel.size, dtype=torch.uint8, device=device)
        sources = Sources(
            memory,
            memory[: 4 * parcel.numbers].view(torch.float32),
            torch.tensor(parcel.slips, dtype=torch.int32, device=device),
            torch.tensor(table.places, device=device),
            torch.tensor(table.weights, device=device),
            torch.tensor(moment.tables.valid, dtype=torch.uint8, device=device),
        )
        return _Loaded(moment.tables, parcel, pinned.numpy(), pinned, sources)


def _is_device_error(err: Exception) -> bool:
    from panoseg_ros.networks.kernels.fallback import is_device_error  # which imports Triton

    return is_device_error(err)


def _valid(
    moment: Moment, directions: Directions | None, planes: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    if directions is None:
        return moment.tables.valid
    valid = planes[2].view(np.bool_)
    valid.setflags(write=False)
    return valid


def _pattern(size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture (h, w, 3) that is smooth, but differs everywhere."""
    across, down = np.meshgrid(*(np.linspace(0.0, 1.0, side) for side in size))
    waves = [np.sin(9.0 * across + 4.0 * down), np.cos(11.0 * down), np.cos(7.0 * across * down)]
    return np.asarray(128.0 + 80.0 * np.stack(waves, -1), np.uint8)
