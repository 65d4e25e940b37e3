"""Confusion matrices of parts of a panorama, counted in one pass over its pixels.

Convention: as `confusion`; a panorama is cut into five bands of elevation and, across
them, into the columns near its seam and all others. Solid angle: a row at elevation e
covers the share cos(e) of what a row at the horizon covers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.errors import MetricsError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.metrics.seam import BAND_SHARE

BANDS = (  # lower and upper elevation in degrees, highest first
    (60.0, 90.0),
    (30.0, 60.0),
    (-30.0, 30.0),
    (-60.0, -30.0),
    (-90.0, -60.0),
)
MOST_CLASSES = 255


class ZoneCounts(NamedTuple):
    """Pairs of true and predicted class of one panorama.

    Args:
        zones: (bands, 2, C, C) int64; of the two, the second is near the seam.
        spherical: (C, C) float64, every pixel counted with the cosine of its elevation.
    """

    zones: NDArray[np.int64]
    spherical: NDArray[np.float64]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Return the matrix (C, C) of the whole panorama."""
        return np.asarray(self.zones.sum((0, 1)), np.int64)


def count_zones(
    truth: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    num_classes: int,
    geometry: PanoramaGeometry | None = None,
    band_px: int | None = None,
) -> ZoneCounts:
    """Count every pair of classes by band of elevation and nearness to the seam.

    Args:
        truth: (H, W) class ids, 255 where nothing is known.
        prediction: (H, W) class ids.
        num_classes: C.
        geometry: which elevation each row has; None for a picture that is no panorama, all of
            which lies in the middle band, away from any seam, with weight 1.
        band_px: columns on each side of the seam that are near it, W / 32 when None.

    Raises:
        MetricsError: if shapes differ or do not fit the geometry, an array is not uint8, or an
            id is not allowed, see `confusion.confusion_matrix`.
    """
    check_pair(truth, prediction)
    if not 1 <= num_classes <= MOST_CLASSES:
        raise MetricsError(f'num_classes must be 1 to {MOST_CLASSES}, got {num_classes}')
    rows, near, weights = _layout(truth.shape, geometry, band_px)
    counts = np.zeros((len(BANDS), 2, num_classes, num_classes), np.int64)
    spherical = np.zeros((num_classes, num_classes), np.float64)
    wrong = _count(truth, prediction, rows, near, weights, counts, spherical)
    if wrong >= 0:
        is_truth, value = divmod(int(wrong), 256)
        raise MetricsError(
            f'{"truth" if is_truth else "prediction"} holds id {value}, allowed are 0 to '
            f'{num_classes - 1} {"and 255" if is_truth else "wherever the truth is known"}'
        )
    return ZoneCounts(counts, spherical)


def check_pair(truth: NDArray[np.uint8], prediction: NDArray[np.uint8]) -> None:
    """Refuse labels that are not two (H, W) uint8 of one shape.

    Raises:
        MetricsError: saying what they are instead.
    """
    if truth.ndim != 2 or truth.shape != prediction.shape or not truth.size:
        raise MetricsError(
            f'truth and prediction must be two (H, W) of one shape, '
            f'got {truth.shape} and {prediction.shape}'
        )
    for name, array in (('truth', truth), ('prediction', prediction)):
        if array.dtype != np.uint8:
            raise MetricsError(f'{name} must be uint8, got {array.dtype}')


def _layout(
    shape: tuple[int, ...], geometry: PanoramaGeometry | None, band_px: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the band (H,) and weight (H,) of every row and whether columns (W,) are near."""
    height, width = shape
    near = np.zeros(width, np.int64)
    if geometry is None:
        return np.full(height, len(BANDS) // 2), near, np.ones(height)
    if (geometry.height, geometry.width) != (height, width):
        raise MetricsError(
            f'labels are {width}x{height}, their geometry is {geometry.width}x{geometry.height}'
        )
    reach = max(1, width // BAND_SHARE) if band_px is None else band_px
    if not 1 <= reach <= max(1, width // 2):
        raise MetricsError(f'band_px must be 1 to half the width of {width}, got {reach}')
    near[:reach] = near[width - reach :] = 1
    elevation_deg = np.rad2deg(geometry.elevation_rad())
    rows = np.searchsorted([-low for low, _ in BANDS[:-1]], -elevation_deg)
    return rows.astype(np.int64), near, np.cos(geometry.elevation_rad())


@compiled()
def _count(
    truth: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    rows: NDArray[np.int64],
    near: NDArray[np.int64],
    weights: NDArray[np.float64],
    counts: NDArray[np.int64],
    spherical: NDArray[np.float64],
) -> int:
    """Fill the counts; return -1, or 256 * (it is the truth) + the id that is not allowed."""
    classes = spherical.shape[0]
    row_counts = np.zeros((2, classes, classes), np.int64)
    for y in range(truth.shape[0]):
        row_counts[:] = 0
        for x in range(truth.shape[1]):
            true = truth[y, x]
            if true == UNLABELLED:
                continue
            found = prediction[y, x]
            if true >= classes:
                return 256 + true
            if found >= classes:
                return np.int64(found)
            row_counts[near[x], true, found] += 1
        counts[rows[y]] += row_counts
        for i in range(classes):
            for j in range(classes):
                spherical[i, j] += weights[y] * (row_counts[0, i, j] + row_counts[1, i, j])
    return np.int64(-1)
