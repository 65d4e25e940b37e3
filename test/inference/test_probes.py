"""The shipped panoramas on which exports are checked."""

import numpy as np
import pytest

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import BackendError
from panoseg_ros.inference import probes
from panoseg_ros.inference.agreement import LEAST_PIXELS


def test_probes_have_the_size_of_the_network() -> None:
    for image, labels in probes.load_probes(InputSpec(64, 160)):
        assert image.shape == (64, 160, 3) and image.dtype == np.uint8
        assert labels.shape == (64, 160) and labels.dtype == np.uint8


def test_sky_is_bright_blue_or_grey_and_above_the_road() -> None:
    for image, labels in probes.load_probes(InputSpec(256, 512)):
        rows = np.arange(256)[:, None] * np.ones((1, 512))
        assert rows[labels == 10].mean() < rows[labels == 0].mean()
        red, _, blue = image[labels == 10].mean(0)
        assert blue >= red - 8  # not BGR


def test_most_classes_are_held_often_enough_to_be_compared() -> None:
    labels = np.stack([probe.labels for probe in probes.load_probes(InputSpec(256, 512))])
    counts = np.bincount(labels.ravel(), minlength=256)
    assert (counts[:19] > 0).all() and counts[19:255].sum() == 0
    assert (counts[:19] >= LEAST_PIXELS).sum() >= 13


def test_missing_pictures_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, 'FOLDER', 'config/nothing')
    with pytest.raises(BackendError, match='config/nothing: holds no pictures'):
        probes.load_probes(InputSpec(64, 128))
