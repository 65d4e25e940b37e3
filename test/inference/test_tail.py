"""The fused tail against plain resampling, arg-max and softmax."""

import numpy as np
import pytest

from panoseg_ros.errors import BackendError
from panoseg_ros.inference.tail import upsample_argmax


def reference(logits: np.ndarray, height: int, width: int, wrap: int) -> np.ndarray:
    """Resample with aligned corners in float64, one axis after the other, and cut."""

    def axis(values: np.ndarray, size: int) -> np.ndarray:
        old = np.linspace(0.0, 1.0, values.shape[-1])
        new = np.linspace(0.0, 1.0, size)
        return np.apply_along_axis(lambda line: np.interp(new, old, line), -1, values)

    wide = axis(logits.astype(np.float64), width + 2 * wrap)
    full = axis(wide.swapaxes(1, 2), height).swapaxes(1, 2)
    return full[:, :, wrap : wrap + width]


@pytest.mark.parametrize(
    ('classes', 'height', 'width', 'wrap'),
    [(19, 64, 128, 16), (19, 64, 128, 0), (2, 32, 64, 8), (1, 16, 32, 0), (255, 16, 32, 4)],
)
def test_matches_the_plain_computation(classes: int, height: int, width: int, wrap: int) -> None:
    rng = np.random.default_rng(classes)
    shape = (classes, height // 4, (width + 2 * wrap) // 4)
    logits = rng.normal(0.0, 3.0, shape).astype(np.float32)
    labels, confidence = upsample_argmax(logits, height, width, wrap)
    full = reference(logits, height, width, wrap)
    assert labels.shape == confidence.shape == (height, width)
    assert np.mean(labels == full.argmax(0)) > 0.9999  # float32 ties
    shares = np.exp(full - full.max(0))
    assert np.abs(255.0 / shares.sum(0) - confidence).max() < 0.8  # rounding is 0.5


@pytest.mark.parametrize('sharpness', [0.5, 4.0, 40.0])
def test_regions_of_one_class_are_exact_too(sharpness: float) -> None:
    """Logits as networks give them: a few classes count in most places, one in many."""
    rng = np.random.default_rng(3)
    coarse = rng.normal(0.0, sharpness, (19, 4, 8))
    logits = np.kron(coarse, np.ones((1, 8, 8))) + rng.normal(0.0, 0.3, (19, 32, 64))
    logits = logits.astype(np.float32)
    labels, confidence = upsample_argmax(logits, 128, 224, 16)
    full = reference(logits, 128, 224, 16)
    assert np.mean(labels == full.argmax(0)) > 0.9999  # float32 ties
    shares = np.exp(full - full.max(0))
    assert np.abs(255.0 / shares.sum(0) - confidence).max() < 0.8  # rounding is 0.5
    assert ((confidence == 255).mean() > 0.3) == (sharpness > 30)


def test_a_class_low_at_all_corners_can_win_between_them() -> None:
    """Held against each corner's largest class it would be left out."""
    logits = np.full((3, 2, 2), -50.0, np.float32)
    logits[0, :, 0], logits[1, :, 1] = 50.0, 50.0
    logits[2] = 20.0
    labels, _ = upsample_argmax(logits, 8, 9)
    assert labels[:, 0].tolist() == [0] * 8 and labels[:, -1].tolist() == [1] * 8
    assert labels[:, 4].tolist() == [2] * 8


def test_equal_logits_take_the_smallest_id() -> None:
    labels, confidence = upsample_argmax(np.zeros((4, 8, 8), np.float32), 32, 32)
    assert (labels == 0).all()
    assert (confidence == 64).all()  # a quarter


def test_how_classes_are_numbered_does_not_matter() -> None:
    """With regions, noise and what is not finite, at a width that no block divides."""
    logits = np.random.default_rng(5).normal(0.0, 4.0, (19, 8, 51)).astype(np.float32)
    logits[3, :, :20] += 40.0
    logits[5, 2, 30] = np.nan
    labels, confidence = upsample_argmax(logits, 32, 172, 16)
    known = labels != 255
    assert 0 < (~known).sum() < 200
    for turn in (1, 7):
        turned, shares = upsample_argmax(np.roll(logits, turn, 0), 32, 172, 16)
        assert ((turned != 255) == known).all()
        assert ((turned + 19 - turn) % 19 == labels)[known].all()
        assert (np.abs(shares.astype(int) - confidence) <= 1).all()


def test_writes_where_it_is_told() -> None:
    logits = np.random.default_rng(1).normal(0.0, 3.0, (5, 8, 16)).astype(np.float32)
    out = np.full((32, 64), 9, np.uint8), np.full((32, 64), 9, np.uint8)
    found = upsample_argmax(logits, 32, 64, out=out)
    assert found is out
    for written, expected in zip(out, upsample_argmax(logits, 32, 64), strict=True):
        assert np.array_equal(written, expected)


@pytest.mark.parametrize('bad', [np.nan, np.inf])
def test_a_single_class_that_is_not_finite_is_unlabelled(bad: float) -> None:
    labels, confidence = upsample_argmax(np.full((1, 4, 4), bad, np.float32), 16, 16)
    assert (labels == 255).all() and (confidence == 0).all()


@pytest.mark.parametrize('bad', [np.nan, np.inf])
def test_not_finite_is_unlabelled_and_without_confidence(bad: float) -> None:
    logits = np.random.default_rng(0).normal(0, 1, (19, 16, 32)).astype(np.float32)
    logits[3, 8, 16] = bad
    labels, confidence = upsample_argmax(logits, 64, 128)
    touched = labels == 255
    assert 9 <= touched.sum() <= 100  # the cells around it, nothing else
    assert (confidence[touched] == 0).all()
    assert (confidence[~touched] > 0).all()


@pytest.mark.parametrize('shape', [(19, 8), (0, 8, 8), (256, 8, 8)])
def test_impossible_logits_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BackendError, match='expected logits'):
        upsample_argmax(np.zeros(shape, np.float32), 32, 32)
