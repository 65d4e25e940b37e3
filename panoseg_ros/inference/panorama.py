"""What a device needs to make the panoramas of `cameras.PanoramaMapper` from raw lens pictures.

Its tables are those of the CPU road, as one dense map for each lens, so that neighbouring
threads read neighbouring places; the pictures of one moment and what goes with them travel
as one run of bytes, the parcel.

Convention of a parcel: float32 numbers first, which are `directions` (3 W columns, 3 of the
axis, 4 of the scale, 1 unused; see `cameras.Directions`) and for each lens and channel two
`slopes`; then the pictures (h, w, 3) uint8, row by row.
"""

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Directions, Moment
from panoseg_ros.cameras.canvas import slopes
from panoseg_ros.cameras.layers import taps_of
from panoseg_ros.cameras.tables import Tables
from panoseg_ros.frames import Panorama

ALIGNED = 16  # bytes: where the pictures of a parcel begin


class LensTable(NamedTuple):
    """Where each of L lenses sees the P pixels of a panorama."""

    places: NDArray[np.float32]  # (L, 2, P) column and row in its shrunk picture, 0 unseen
    weights: NDArray[np.float32]  # (L, P), 0 where it does not see; else their sum is 1


def lens_table(tables: Tables) -> LensTable:
    """Return the samples of the CPU road, to its 1/32 pixel, lens by lens."""
    taps = taps_of(tables.layers, tables.canvas.picture.shape[1])
    lefts = np.array([slot.left for slot in tables.slots])
    lens = np.searchsorted(lefts, np.floor(taps.at[:, 0]), 'right') - 1
    shape = len(lefts), tables.valid.size
    places, weights = np.zeros((shape[0], 2, shape[1]), np.float32), np.zeros(shape, np.float32)
    places[lens, 0, taps.pixels] = taps.at[:, 0] - lefts[lens]
    places[lens, 1, taps.pixels] = taps.at[:, 1]
    weights[lens, taps.pixels] = taps.weights
    return LensTable(places, weights)


class Slip(NamedTuple):
    """Where a lens' picture lies in a parcel, and how it is shrunk before it is sampled."""

    offset: int  # bytes
    stride: int  # bytes from row to row
    width: int  # pixels, shrunk
    height: int
    halvings: int  # so often it is halved
    rounding: int  # added to the sum of the pixels that become one, before it is divided


class Parcel:
    """How lens pictures of certain sizes and what goes with them are packed.

    Args:
        moment: pictures of these sizes.
        width: columns of the panorama.
    """

    def __init__(self, moment: Moment, width: int) -> None:
        self._width, lenses = width, len(moment.views)
        self.first_slope = 3 * width + 8  # among the numbers
        self.numbers = self.first_slope + 6 * lenses
        offset = -(-4 * self.numbers // ALIGNED) * ALIGNED
        slips = []
        for view, slot in zip(moment.views, moment.tables.slots, strict=True):
            stride, halvings = 3 * view.shape[1], slot.halvings
            slips.append(
                Slip(offset, stride, slot.width, slot.height, halvings, _rounding(halvings))
            )
            offset += view.size
        self.slips, self.size = tuple(slips), offset

    def pack(
        self, memory: NDArray[np.uint8], moment: Moment, directions: Directions | None
    ) -> None:
        """Write a moment into `memory`, (size,) uint8; directions are left alone if None."""
        numbers = memory[: 4 * self.numbers].view(np.float32)
        if directions is not None:
            end = 3 * self._width
            numbers[:end] = directions.columns.reshape(-1)
            numbers[end : end + 3], numbers[end + 3 : end + 7] = directions[2:]
        steep = np.stack(slopes(moment.gains), -1)  # (L, 3, 2)
        numbers[self.first_slope :] = steep.reshape(-1)
        for view, slip in zip(moment.views, self.slips, strict=True):
            memory[slip.offset : slip.offset + view.size].reshape(view.shape)[...] = view


def _rounding(halvings: int) -> int:
    """Return half, and what the CPU adds, which rounds at every halving: an eighth each time."""
    pixels = 4**halvings
    return pixels // 2 + max(0, (halvings * pixels - 4) // 8)


class Shot:
    """A picture on a device, fetched when somebody first looks at it; from any thread.

    Args:
        fetch: returns it; is called once.
        lock: held meanwhile, by which the device's owner keeps the picture from changing.
    """

    def __init__(self, fetch: Callable[[], NDArray[np.uint8]], lock: 'threading.RLock') -> None:
        self._fetch: Callable[[], NDArray[np.uint8]] | None = fetch
        self._lock, self._picture = lock, np.empty((0, 0, 3), np.uint8)

    def __call__(self) -> NDArray[np.uint8]:
        """Return the picture (H, W, 3) uint8 RGB.

        Raises:
            GpuError: if the device has failed meanwhile.
        """
        with self._lock:
            if self._fetch is not None:
                self._picture, self._fetch = self._fetch(), None
            return self._picture


class DevicePanorama(Panorama):
    """A panorama whose picture stays on the device until somebody looks at it.

    Its third item is a `Shot` instead of an array.
    """

    __slots__ = ()

    @property
    def image(self) -> NDArray[np.uint8]:
        """The picture (H, W, 3) uint8 RGB.

        Raises:
            GpuError: if the device has failed since the panorama was made.
        """
        shot: Any = self[2]
        picture: NDArray[np.uint8] = shot()
        return picture


class Seen(NamedTuple):
    """What became of the lens pictures of one moment on a device."""

    shot: Shot
    valid: NDArray[np.bool_]  # (H, W), read-only
    labels: NDArray[np.uint8]  # (H, W), of every pixel, valid or not
    confidence: NDArray[np.uint8]  # (H, W)
