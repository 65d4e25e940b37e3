"""Where the labels of a moment come from: the truth, or a network that sees its picture."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.cameras import Leveller
from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.environment import SCORED_IN
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.inference import load_backend
from panoseg_ros.labels import LabelSet, load_label_set
from panoseg_ros.metrics.flicker import turn_labels

TRUE_LABELS = 'cityscapes19'  # the ids that the rendered world carries


def solid_classes() -> tuple[int, ...]:
    """Return the true ids that are obstacles."""
    classes = load_label_set(TRUE_LABELS).classes
    return tuple(cls.id for cls in classes if cls.surface == 'obstacle')


class Seen(NamedTuple):
    """An upright panorama as the ground map is given it; all (H, W)."""

    labels: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    valid: NDArray[np.bool_]


class Look(Protocol):
    """Labels the panorama of a moment."""

    label_set: LabelSet
    geometry: PanoramaGeometry

    def __call__(self, moment: Moment, level_from_pano: NDArray[np.float64]) -> Seen:
        """Return what is seen once the panorama is turned by (3, 3)."""
        ...


class TrueLook:
    """The true labels, all of them certain; turned panoramas take the nearest pixel."""

    def __init__(self, rows: int) -> None:
        self.label_set = load_label_set(TRUE_LABELS)
        self.geometry = PanoramaGeometry(rows, 2 * rows)

    def __call__(self, moment: Moment, level_from_pano: NDArray[np.float64]) -> Seen:
        """Return the true labels."""
        labels = moment.labels[self.geometry.height]
        turn = None if np.allclose(level_from_pano, np.eye(3)) else level_from_pano
        return Seen(
            turn_labels(labels, self.geometry, turn),
            np.full(labels.shape, 255, np.uint8),
            np.ones(labels.shape, np.bool_),
        )


class PredictedLook:
    """What a bundle makes of the picture, levelled before the network sees it as in `Pipeline`.

    Args:
        bundle: the model.
        threads: CPU threads of the network.

    Raises:
        MetricsError: if the bundle's panoramas are not whole ones.
        BackendError: if the bundle cannot run.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        self.geometry = check_geometry(bundle)
        self.label_set = load_label_set(bundle.label_set)
        self._backend = load_backend(bundle, threads=threads, precision=SCORED_IN)
        self._level = Leveller(bundle.geometry)

    def __call__(self, moment: Moment, level_from_pano: NDArray[np.float64]) -> Seen:
        """Return labels and confidence of the bundle."""
        image = moment.picture
        assert image is not None  # rendered wherever a bundle is asked for
        valid = np.ones(image.shape[:2], np.bool_)
        if not np.allclose(level_from_pano, np.eye(3)):
            image, valid = self._level(image, valid, level_from_pano)
        labels, confidence = self._backend.segment(image)
        labels[~valid], confidence[~valid] = UNLABELLED, 0
        return Seen(labels, confidence, valid)


def check_geometry(bundle: Bundle) -> PanoramaGeometry:
    """Return the geometry of a bundle.

    Raises:
        MetricsError: if its panoramas are not whole ones, twice as wide as high.
    """
    geometry = bundle.geometry
    span = (geometry.top_deg, geometry.bottom_deg)
    if span != (90.0, -90.0) or geometry.width != 2 * geometry.height:
        raise MetricsError(
            f'bundle {bundle.name} wants {geometry.width} x {geometry.height} from {span[0]:g} to '
            f'{span[1]:g} degrees, the ground bench renders whole panoramas (2:1, 90 to -90)'
        )
    return geometry
