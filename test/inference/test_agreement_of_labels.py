"""How two ways of segmenting are compared."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.inference.agreement import Agreement, compare
from panoseg_ros.inference.probes import Probe

Labels = NDArray[np.uint8]
TRUTH = np.zeros((100, 200), np.uint8)
TRUTH[50:] = 3
TRUTH[:2, :10] = 7  # too few pixels to be compared
PROBE = Probe(np.zeros((100, 200, 3), np.uint8), TRUTH)


def changed(pixels: int, to: int = 5) -> Labels:
    labels = TRUTH.copy()
    labels[99, :pixels] = to
    return labels


def agreement(found: Labels) -> Agreement:
    return compare([PROBE, PROBE], lambda _: TRUTH, lambda _: found)


def test_equal_labels_agree() -> None:
    assert agreement(TRUTH) == (1.0, 0.0)
    assert agreement(TRUTH).fault == ''


def test_a_few_other_pixels_are_allowed() -> None:
    few = agreement(changed(10))
    assert few.same == 1 - 10 / 20_000
    assert np.isclose(few.iou_points, 100 * 10 / 10_000)
    assert few.fault == ''


def test_too_many_other_pixels_are_a_fault() -> None:
    assert 'only 0.9950 of the pixels' in agreement(changed(100)).fault


def test_a_class_that_suffers_is_a_fault() -> None:
    truth = np.zeros((100, 200), np.uint8)
    truth[:5, :100] = 3
    found = truth.copy()
    found[0, :10] = 0
    probe = [Probe(PROBE.image, truth)] * 2
    said = compare(probe, lambda _: truth, lambda _: found)
    assert said.same > 0.999 and "a class's IoU moves by 2.00 points" in said.fault


def test_rare_classes_and_what_is_not_finite_do_not_break_it() -> None:
    found = TRUTH.copy()
    found[:2, :10] = 255
    assert agreement(found).iou_points < 0.3


def test_the_note_is_plain() -> None:
    assert agreement(changed(10)).note() == {
        'pixels_with_the_same_class_as_torch': 0.9995,
        'largest_difference_of_iou_points': 0.1,
    }
