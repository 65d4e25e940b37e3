"""How a torch device makes a panorama from a parcel, and turns it upright: the plain formulas.

They say what `panorama_kernel` computes, and are what runs where Triton is missing. Parcels
and tables are those of `panorama`; what is rounded, and when, is as on the CPU road, but for
pictures halved more than once and for mixed lenses, which are rounded once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from panoseg_ros.cameras.canvas import KNEE
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.inference.panorama import Slip

SUBPIXELS = 32  # as in cameras.levelling


class Sources(NamedTuple):
    """Where a panorama comes from, on one device."""

    parcel: Tensor  # (N,) uint8
    numbers: Tensor  # (M,) float32, the first bytes of the parcel
    slips: Tensor  # (L, 6) int32, see `panorama.Slip`
    places: Tensor  # (L, 2, P) float32, see `panorama.LensTable`
    weights: Tensor  # (L, P) float32
    valid: Tensor  # (H, W) uint8, 1 where a lens sees


def mix_torch(sources: Sources, slips: Sequence[Slip], first_slope: int, image: Tensor) -> None:
    """Write the panorama (H, W, 3) uint8, black where no lens sees."""
    steep = sources.numbers[first_slope:].view(-1, 3, 2).to(torch.int32)
    mixed = sources.weights.new_zeros(3, sources.weights.shape[1])
    lenses = zip(slips, steep, sources.places, sources.weights, strict=True)
    for slip, slopes, places, weights in lenses:
        planes = _shrunk(sources.parcel, slip, slopes).to(torch.float32)  # (3, h w)
        whole = places.floor()
        right, down = places - whole
        column, row = whole.long()
        for across, beside in ((0, 1 - right), (1, right)):
            for below, above in ((0, 1 - down), (1, down)):
                rows = (row + below).clamp(max=slip.height - 1)
                columns = (column + across) % slip.width
                mixed += weights * beside * above * planes[:, rows * slip.width + columns]
    image.copy_((mixed + 0.5).floor().T.view(image.shape))


def _shrunk(parcel: Tensor, slip: Slip, slopes: Tensor) -> Tensor:
    """Return a lens' picture (3, h w) int32, halved and brightened."""
    side = 1 << slip.halvings
    rows = parcel[slip.offset :][: slip.stride * slip.height * side].view(-1, slip.stride // 3, 3)
    blocks = rows[:, : slip.width * side].reshape(slip.height, side, slip.width, side, 3)
    total = blocks.to(torch.int32).sum((1, 3), dtype=torch.int32)
    value = (total + slip.rounding) >> (2 * slip.halvings)
    low = (value * 128 * slopes[:, 0] + 32768) >> 16
    high = 255 - (((255 - value) * 128 * slopes[:, 1] + 32768) >> 16)
    return torch.where(value < KNEE, low, high).view(-1, 3).T


def turn_torch(
    seen: Tensor,
    sources: Sources,
    rows: Tensor,
    geometry: PanoramaGeometry,
    image: Tensor,
    valid: Tensor,
) -> None:
    """Write a panorama as a level camera would see it.

    Args:
        seen: (H, W, 3) uint8.
        sources: its `valid`, and `Directions` among its numbers.
        rows: (2, H) float32 of `Directions`.
        geometry: of both panoramas.
        image: (H, W, 3) uint8, written.
        valid: (H, W) uint8, written: 1 where all that was mixed is valid.
    """
    height, width = geometry.height, geometry.width
    columns = sources.numbers[: 3 * width].view(3, width)
    axis, scale = sources.numbers[3 * width :][:3], sources.numbers[3 * width + 3 :][:4]
    x, y, z = rows[0, :, None] * columns[:, None] + rows[1, :, None] * axis[:, None, None]
    across = (scale[0] - scale[1] * _arctan2(y, x)).to(torch.int64)
    down = scale[2] - scale[3] * _arctan2(z, torch.sqrt(x * x + y * y))
    reached = (down >= SUBPIXELS / 2) & (down <= (height + 0.5) * SUBPIXELS + 1)
    down = torch.where(reached, down, SUBPIXELS).to(torch.int64)
    column, row = across // SUBPIXELS, down // SUBPIXELS
    right, below = across % SUBPIXELS, down % SUBPIXELS
    total, sound = torch.zeros_like(image, dtype=torch.int64), reached
    for step_down, share_down in ((0, SUBPIXELS - below), (1, below)):
        for step_right, share_right in ((0, SUBPIXELS - right), (1, right)):
            at = _bordered(row + step_down, column + step_right, geometry)
            total += (share_down * share_right)[..., None] * seen.view(-1, 3)[at]
            sound = sound & (sources.valid.view(-1)[at] > 0)
    mixed = (total + SUBPIXELS * SUBPIXELS // 2) // SUBPIXELS**2
    image.copy_(torch.where(reached[..., None], mixed, 0))
    valid.copy_(sound)


def _bordered(row: Tensor, column: Tensor, geometry: PanoramaGeometry) -> Tensor:
    """Return the panorama pixel behind one of a picture with a border of one pixel."""
    height, width = geometry.height, geometry.width
    top, bottom = geometry.top_deg == 90.0, geometry.bottom_deg == -90.0
    beyond = ((row < 1) & top) | ((row > height) & bottom)  # of a pole: half a turn further
    column = (column - 1 + beyond * (width // 2)) % width
    return (row - 1).clamp(0, height - 1) * width + column


def _arctan2(y: Tensor, x: Tensor) -> Tensor:
    """Return the angle to 1e-5 rad, by the formula of the CPU road (see `cameras.levelling`)."""
    across, along = y.abs(), x.abs()
    steep = across > along
    t = torch.where(steep, along, across) / (torch.where(steep, across, along) + 1e-30)
    s = t * t
    angle = 0.1801410 + s * (-0.0851330 + s * 0.0208351)
    angle = t * (0.9998660 + s * (-0.3302995 + s * angle))
    angle = torch.where(steep, torch.pi / 2 - angle, angle)
    angle = torch.where(x < 0, torch.pi - angle, angle)
    return torch.where(y < 0, -angle, angle)
