import numpy as np
import pytest

from panoseg_ros.errors import TrainingError
from panoseg_ros.training import Augmentation, Samples, read_samples
from panoseg_ros.training.samples import class_shares, class_weights, make_batch, stream_indices


class Folder:
    """Three images of one value each."""

    def __init__(self, count=3):
        self._count = count

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        image = np.full((64, 128, 3), index * 10, np.uint8)
        return image, np.full((64, 128), index, np.uint8), f'{index}.png'


def test_samples_are_resized_and_thinned_evenly():
    samples = read_samples(Folder(9), 32, 64, most=3)
    assert samples.images.shape == (3, 32, 64, 3)
    assert samples.names == ('0.png', '4.png', '8.png')
    assert [labels.max() for labels in samples.labels] == [0, 4, 8]


def test_empty_set_is_refused():
    with pytest.raises(TrainingError, match='no images'):
        read_samples(Folder(0), 32, 64)


def test_stream_visits_each_sample_once_per_round_and_can_be_entered_anywhere():
    whole = stream_indices(5, seed=3, position=0, length=15)
    assert [sorted(whole[i : i + 5]) for i in (0, 5, 10)] == [[0, 1, 2, 3, 4]] * 3
    assert len({tuple(whole[i : i + 5]) for i in (0, 5, 10)}) > 1
    assert stream_indices(5, seed=3, position=7, length=4) == whole[7:11]
    assert stream_indices(5, seed=4, position=0, length=15) != whole


def test_batch_depends_on_seed_and_position_alone():
    samples = read_samples(Folder(), 32, 64)
    places = [(10, 1), (11, 2)]
    first, again = (make_batch(samples, places, (32, 64), Augmentation(), 1) for _ in range(2))
    assert (first.images == again.images).all()
    assert first.names == ('1.png', '2.png')
    half = make_batch(samples, places, (16, 32), Augmentation(), 1)
    assert half.images.shape == (2, 16, 32, 3) and half.labels.shape == (2, 16, 32)


def test_class_weights_level_the_classes():
    labels = np.repeat(np.array([0, 1, 255, 2], np.uint8), [80, 16, 500, 4])
    shares = class_shares(labels, 4)
    assert np.allclose(shares, [0.8, 0.16, 0.04, 0])
    assert np.allclose(class_weights(shares, 1.0), [0.2, 1.0, 4.0, 0.0])
    assert np.allclose(class_weights(shares, 0.0), [1, 1, 1, 0])
    assert class_weights(np.array([0.999, 0.001]), 1.0).max() == 5.0


@pytest.mark.parametrize(('value', 'words'), [(7, 'hold 7, expected 0..3'), (255, 'no pixel')])
def test_odd_labels_are_refused(value, words):
    with pytest.raises(TrainingError, match=words):
        class_shares(np.full((2, 2), value, np.uint8), 4)


def test_samples_need_no_copy_to_be_made_by_hand():
    images, labels = np.zeros((1, 32, 64, 3), np.uint8), np.zeros((1, 32, 64), np.uint8)
    batch = make_batch(Samples(images, labels, ('a',)), [(0, 0)], (32, 64), Augmentation(), 0)
    assert batch.labels.max() == 0
