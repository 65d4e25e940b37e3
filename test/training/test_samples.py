import numpy as np
import pytest

from panoseg_ros.errors import TrainingError
from panoseg_ros.training import Augmentation, Samples, SampleSizes
from panoseg_ros.training.samples import checksum, make_batch


def plain(count=3, height=32, width=64):
    """Images of one value each."""
    labels = np.arange(count, dtype=np.uint8).repeat(height * width).reshape(-1, height, width)
    images = np.repeat(10 * labels[..., None], 3, 3)
    return Samples(images, labels, tuple(f'{i}.png' for i in range(count)))


def test_batch_depends_on_seed_and_position_alone():
    places = [(10, 1), (11, 2)]
    how = Augmentation(tilt=0.5, style=0.5, cover=0.5)
    first, again = (make_batch(plain(), places, (32, 64), how, 1) for _ in range(2))
    assert (first.images == again.images).all() and (first.labels == again.labels).all()
    assert first.names == ('1.png', '2.png')
    half = make_batch(plain(), places, (16, 32), Augmentation(), 1)
    assert half.images.shape == (2, 16, 32, 3) and half.labels.shape == (2, 16, 32)


def test_pictures_of_one_batch_are_varied_differently():
    batch = make_batch(plain(), [(0, 2), (1, 2)], (32, 64), Augmentation(), 0)
    assert (batch.images[0] != batch.images[1]).any()


def test_labels_are_counted_per_picture():
    counts = plain(3).counts()
    assert counts.shape == (3, 256) and (counts[:, :3] == 2048 * np.eye(3)).all()


def test_damaged_pictures_are_noticed():
    good = plain(2)
    sums = [checksum(good.images[i], good.labels[i]) for i in range(2)]
    stored = Samples(good.images, good.labels, good.names, checksums=np.array(sums, np.uint32))
    assert stored.picture(1, 32, 64)[1] == '1.png'
    stored.labels[1, 3, 3] = 9
    assert stored.picture(0, 32, 64)[0].labels.max() == 0
    with pytest.raises(TrainingError, match=r'1\.png: its cached copy is damaged'):
        stored.picture(1, 32, 64)


def test_the_next_larger_size_serves_a_request():
    both = SampleSizes((plain(2, 32, 64), plain(2, 48, 96)))
    assert len(both) == 2 and both.counts()[0].sum() == 32 * 64
    shown = []
    for samples in both.sizes:
        samples.images[..., 0] = samples.labels.shape[1]
    for height in (16, 32, 40, 48, 64):
        picture, _ = both.picture(1, height, 2 * height)
        assert picture.labels.shape == (height, 2 * height)
        shown.append(int(picture.image[0, 0, 0]))
    assert shown == [32, 32, 48, 48, 48]
