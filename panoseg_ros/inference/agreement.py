"""Whether a runtime gives the labels of the network that it runs."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.inference.probes import Probe
from panoseg_ros.metrics import confusion_matrix, iou

LEAST_PIXELS = 1000  # of a class; in fewer a single pixel would be too many points
IDS = 256  # so that any label set, and 255 for what is not finite, has a column


class Limits(NamedTuple):
    """What two runtimes of one network may differ by."""

    least_same: float  # share of pixels
    most_iou_points: float


EXACT = Limits(0.999, 0.3)  # one precision
# Half precision in one of them. bfloat16, the coarser one, keeps 0.9973 of the pixels of the
# probes and moves a class by 0.4 points (nano learnt from rendered streets, torch on a CPU).
HALF = Limits(0.995, 1.0)

Segment = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]  # (H, W, 3) -> labels (H, W)


class Agreement(NamedTuple):
    """How far two sets of labels agree."""

    same: float  # share of all pixels with one class in both
    iou_points: float  # the largest difference in a class's IoU with the truth, 0..100

    @property
    def fault(self) -> str:
        """Return what is not good enough for one precision, empty if all is well."""
        return self.beyond(EXACT)

    def beyond(self, limits: Limits) -> str:
        """Return what is beyond some limits, empty if nothing is."""
        if self.same < limits.least_same:
            return f'only {self.same:.4f} of the pixels keep their class, {limits.least_same} must'
        if self.iou_points > limits.most_iou_points:
            return (
                f"a class's IoU moves by {self.iou_points:.2f} points, at most "
                f'{limits.most_iou_points} are allowed'
            )
        return ''

    def note(self) -> dict[str, float]:
        """Return what a card says."""
        return {
            'pixels_with_the_same_class_as_torch': round(self.same, 5),
            'largest_difference_of_iou_points': round(self.iou_points, 3),
        }


def compare(probes: Sequence[Probe], expected: Segment, found: Segment) -> Agreement:
    """Segment probes in two ways and compare.

    The IoU is with the probes' true labels. For a network of other classes these are as good as
    any fixed partition of the pictures.
    """
    same = []
    counts = np.zeros((2, IDS, IDS), np.int64)
    for probe in probes:
        labels = [segment(probe.image) for segment in (expected, found)]
        same.append((labels[0] == labels[1]).mean())
        counts += [confusion_matrix(probe.labels, each, IDS) for each in labels]
    frequent = counts[0].sum(1) >= LEAST_PIXELS
    first, second = (iou(one)[frequent] for one in counts)
    points = 100 * np.abs(first - second)
    return Agreement(float(np.mean(same)), float(points.max(initial=0.0)))
