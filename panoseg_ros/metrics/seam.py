"""How much a segmentation depends on where a panorama happens to be cut open.

A panorama has no border left and right: segmented as it is, and turned by half its
width, segmented and turned back, it should get the same labels. The two cuts lie at
columns 0 and W / 2, one per run; near both, one of the runs saw a border.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import MetricsError

BAND_SHARE = 32  # the default band is this part of the width, on each side of a cut
RESAMPLINGS = 10_000


class SeamCounts(NamedTuple):
    """Pixels whose two labels differ, and all pixels, near the cuts and far from them.

    Far means bands of the same width around columns W / 4 and 3 W / 4.
    """

    seam_differing: int = 0
    seam_pixels: int = 0
    interior_differing: int = 0
    interior_pixels: int = 0

    @property
    def seam(self) -> float:
        """Return the share of differing pixels near the cuts, NaN without pixels."""
        return _ratio(self.seam_differing, self.seam_pixels)

    @property
    def interior(self) -> float:
        """Return the share of differing pixels far from the cuts, NaN without pixels."""
        return _ratio(self.interior_differing, self.interior_pixels)


def seam_counts(
    labels: NDArray[np.uint8], turned_back: NDArray[np.uint8], band_px: int
) -> SeamCounts:
    """Count where two segmentations of one panorama differ.

    Args:
        labels: (H, W) of the panorama.
        turned_back: (H, W) of the panorama rolled by W / 2, rolled back.
        band_px: columns on each side of a cut that are near it, 1 to W / 8.

    Raises:
        MetricsError: if the shapes differ, W is no multiple of 4 or the band too wide.
    """
    if labels.ndim != 2 or labels.shape != turned_back.shape:
        raise MetricsError(
            f'labels must be two (H, W) of one shape, got {labels.shape} and {turned_back.shape}'
        )
    width = labels.shape[1]
    if width % 4 or not 1 <= band_px <= width // 8:
        raise MetricsError(
            f'the width must be a multiple of 4 and band_px 1 to width / 8, '
            f'got width {width} and band_px {band_px}'
        )
    differs = labels != turned_back
    seam = _bands(differs, (0, width // 2), band_px)
    interior = _bands(differs, (width // 4, 3 * width // 4), band_px)
    return SeamCounts(int(seam.sum()), seam.size, int(interior.sum()), interior.size)


def pooled(counts: Sequence[SeamCounts]) -> SeamCounts:
    """Return the counts of several panoramas together."""
    return SeamCounts(*(sum(values) for values in zip(*counts, strict=True)))


def seam_gain(
    without: Sequence[SeamCounts], with_margin: Sequence[SeamCounts], seed: int = 0
) -> tuple[float, float, float]:
    """Return how much a margin lowers the pooled share near the cuts: mean, low, high.

    Low and high bound the middle 95 % of 10,000 resamplings of the panoramas, each
    drawn with both of its counts; they are NaN for one panorama.

    Raises:
        MetricsError: if there are no panoramas, or not as many of both.
    """
    if len(without) != len(with_margin) or not without:
        raise MetricsError(
            f'counts must come in pairs, got {len(without)} without and {len(with_margin)} with'
        )
    before, after = (
        np.array([[c.seam_differing, c.seam_pixels] for c in counts], np.float64)
        for counts in (without, with_margin)
    )
    found = float(_share(before.sum(0)) - _share(after.sum(0)))
    pictures = len(before)
    if pictures < 2:  # one drawn again and again says nothing
        return found, float('nan'), float('nan')
    times = np.random.default_rng(seed).multinomial(
        pictures, np.full(pictures, 1.0 / pictures), RESAMPLINGS
    )
    low, high = np.percentile(_share(times @ before) - _share(times @ after), [2.5, 97.5])
    return found, float(low), float(high)


def _share(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return differing / all (...) of totals (..., 2)."""
    return np.asarray(totals[..., 0] / totals[..., 1])


def _bands(
    differs: NDArray[np.bool_], centres: tuple[int, int], band_px: int
) -> NDArray[np.bool_]:
    """Return the columns within `band_px` of the left edges of the centre columns."""
    reach = np.arange(-band_px, band_px)
    columns = np.concatenate([centre + reach for centre in centres]) % differs.shape[1]
    return np.asarray(differs[:, columns])


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float('nan')
