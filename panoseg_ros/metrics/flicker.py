"""Temporal flicker: labels that change although what they show does not.

The earlier labels are turned by the camera's known rotation and compared with the later
ones. Pixels whose true labels, turned likewise, change as well do not count: something moved
there, or came into view. Without truth every change counts. After S. Varghese et al.,
"Unsupervised Temporal Consistency Metric for Video Segmentation in Highly-Automated Driving",
CVPR workshops 2020, with a known rotation in the place of optical flow.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import MetricsError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry


class FlickerCounts(NamedTuple):
    """Pixels that could be compared, and those that changed without need."""

    changed: int = 0
    pixels: int = 0

    @property
    def share(self) -> float:
        """Return the share that changed, NaN without pixels."""
        return self.changed / self.pixels if self.pixels else float('nan')


def flicker(
    earlier: NDArray[np.uint8],
    later: NDArray[np.uint8],
    geometry: PanoramaGeometry,
    later_from_earlier: NDArray[np.float64] | None = None,
    truths: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None,
) -> FlickerCounts:
    """Compare the labels of two panoramas of one camera.

    Args:
        earlier: (H, W) class ids, 255 = unlabelled.
        later: (H, W).
        geometry: of both.
        later_from_earlier: (3, 3) rotation of panorama coordinates; no rotation when None.
        truths: the true labels of both, (H, W) each.

    Raises:
        MetricsError: if a shape does not fit the geometry or the matrix is no rotation.
    """
    size = (geometry.height, geometry.width)
    for labels in (earlier, later, *(truths or ())):
        if labels.shape != size:
            raise MetricsError(f'labels must be {size} as their geometry, got {labels.shape}')
    turned = turn_labels(earlier, geometry, later_from_earlier)
    compared = (turned != UNLABELLED) & (later != UNLABELLED)
    if truths is not None:
        before = turn_labels(truths[0], geometry, later_from_earlier)
        compared &= (before == truths[1]) & (before != UNLABELLED)
    changed = compared & (turned != later)
    return FlickerCounts(int(changed.sum()), int(compared.sum()))


def turn_labels(
    labels: NDArray[np.uint8],
    geometry: PanoramaGeometry,
    new_from_old: NDArray[np.float64] | None,
) -> NDArray[np.uint8]:
    """Return labels (H, W) as the turned camera sees them, 255 where it sees beyond them.

    Raises:
        MetricsError: if the matrix is no rotation.
    """
    if new_from_old is None:
        return labels
    matrix = np.asarray(new_from_old, np.float64)
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-6):
        raise MetricsError(f'later_from_earlier must be a (3, 3) rotation, got {matrix.tolist()}')
    rays = geometry.rays() @ matrix.astype(np.float32)  # v_old = R^T v_new
    at = geometry.pixels(rays)  # (H, W, 2)
    outside = np.isnan(at[..., 0])
    u = np.floor(np.where(outside, 0.0, at[..., 0])).astype(np.float32) % geometry.width
    v = np.where(outside, -1.0, np.minimum(np.floor(at[..., 1]), geometry.height - 1))
    picked = cv2.remap(
        labels,
        u,
        v.astype(np.float32),
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=UNLABELLED,
    )
    return np.asarray(picked, np.uint8)
