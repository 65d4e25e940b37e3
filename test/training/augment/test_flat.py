import numpy as np
import pytest

from panoseg_ros.training.augment import Picture
from panoseg_ros.training.augment.flat import mirror, yaw, zoom


@pytest.fixture
def picture():
    """An image whose red channel is its label, so that the two can be compared afterwards."""
    labels = np.random.default_rng(0).integers(0, 19, (32, 64)).astype(np.uint8)
    return Picture(np.repeat(labels[..., None], 3, 2), labels)


def test_yaw_is_exact_and_circular(picture):
    image, labels, _ = yaw(picture, 17)
    assert (image[..., 0] == labels).all()
    assert (labels[:, 17] == picture.labels[:, 0]).all()
    assert (labels[:, 0] == picture.labels[:, -17]).all()


def test_mirror_moves_image_and_labels_alike(picture):
    image, labels, _ = mirror(picture)
    assert (image[..., 0] == labels).all() and (labels[:, 0] == picture.labels[:, -1]).all()


def test_zoom_keeps_size_and_adds_no_label(picture):
    image, labels, _ = zoom(picture, 1.5, np.random.default_rng(0))
    assert image.shape == (32, 64, 3) and labels.shape == (32, 64)
    assert set(np.unique(labels)) <= set(np.unique(picture.labels))


@pytest.mark.parametrize('factor', [1.1, 1.25, 1.37, 1.6])
def test_zoom_shifts_no_label_against_its_image(factor):
    ramp = np.broadcast_to(2 * np.arange(128, dtype=np.uint8), (64, 128))
    image, labels, _ = zoom(
        Picture(np.repeat(ramp[..., None], 3, 2), ramp), factor, np.random.default_rng(0)
    )
    apart = (image[..., 0].astype(float) - labels) / 2  # in pixels of the picture
    assert np.abs(apart).max() <= 0.5 and abs(apart.mean()) < 0.1


def test_zoom_of_one_changes_nothing(picture):
    image, labels, _ = zoom(picture, 1.0, np.random.default_rng(0))
    assert (image == picture.image).all() and (labels == picture.labels).all()
