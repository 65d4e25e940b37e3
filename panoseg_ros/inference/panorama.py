"""The panorama of `cameras.PanoramaMapper` as one texture sampling on a torch device.

The tables are those of the CPU road, so that the two agree: to rounding where the device
interpolates in float32.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import PanoramaMapper, Rig
from panoseg_ros.cameras.layers import taps_of
from panoseg_ros.cameras.tables import Tables
from panoseg_ros.geometry import PanoramaGeometry

KEPT_TABLES = 4
Tensor = Any  # torch.Tensor; torch is imported only where a device is asked for


class _Taps(NamedTuple):
    """Every sample of a table, on the device."""

    grid: Tensor  # (1, 1, T, 2) canvas places in -1..1, as grid_sample wants them
    pixels: Tensor  # (T,) panorama pixel, row-major
    weights: Tensor  # (T,)


class TorchPanoramaMapper:
    """Makes the panoramas of a `PanoramaMapper` on a device.

    Shrinking the pictures and evening out their brightness stay on the CPU, where they
    cost least and leave little to carry over; sampling and mixing run on the device.

    Args:
        rig: the lenses.
        geometry: size and elevations of the panorama.
        device: a torch device such as `cpu` or `cuda:0`.

    Raises:
        CameraError: if the lens pictures are too large together.
    """

    def __init__(self, rig: Rig, geometry: PanoramaGeometry, device: str = 'cpu') -> None:
        import torch

        self.mapper, self.device = PanoramaMapper(rig, geometry), torch.device(device)
        self._kept: dict[int, tuple[Tables, _Taps]] = {}

    def __call__(
        self, images: Mapping[str, NDArray[np.uint8]]
    ) -> tuple[Tensor, NDArray[np.bool_]]:
        """Return a panorama (H, W, 3) uint8 on the device, and where it is valid (H, W).

        Args:
            images: as `PanoramaMapper` takes them.

        Raises:
            CameraError: as `PanoramaMapper` does.
        """
        import torch

        with self.mapper.filled(images) as tables:
            taps = self._taps(tables)
            picture = torch.tensor(tables.canvas.picture, device=self.device)  # a copy
        return _sample(picture, taps, tables.layers.shape), tables.valid

    def _taps(self, tables: Tables) -> _Taps:
        known = self._kept.get(id(tables))  # holding the tables keeps their id from another's
        if known is None:
            if len(self._kept) >= KEPT_TABLES:
                del self._kept[next(iter(self._kept))]
            known = self._kept[id(tables)] = tables, _taps_on(tables, self.device)
        return known[1]


def _taps_on(tables: Tables, device: Any) -> _Taps:
    import torch

    height, width = tables.canvas.picture.shape[:2]
    taps = taps_of(tables.layers, width)
    grid = (2.0 * taps.at + 1.0) / np.array([width, height], np.float32) - 1.0
    return _Taps(
        torch.tensor(grid, dtype=torch.float32, device=device)[None, None],
        torch.tensor(taps.pixels, device=device),
        torch.tensor(taps.weights, device=device),
    )


def _sample(picture: Tensor, taps: _Taps, shape: tuple[int, int]) -> Tensor:
    """Return the mixture (H, W, 3) uint8 of a canvas picture (h, w, 3) uint8."""
    import torch
    from torch.nn import functional

    planes = picture.permute(2, 0, 1)[None].to(torch.float32)  # (1, 3, h, w)
    colours = functional.grid_sample(
        planes, taps.grid, mode='bilinear', padding_mode='border', align_corners=False
    )[0, :, 0]  # (3, T)
    mixed = torch.zeros(3, shape[0] * shape[1], device=picture.device)
    mixed.index_add_(1, taps.pixels, colours * taps.weights)
    return mixed.round().clamp(0, 255).to(torch.uint8).T.reshape(*shape, 3)
