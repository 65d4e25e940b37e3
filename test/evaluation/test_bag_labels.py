"""Masks and truth in bags, joined by stamp, with the camera turning."""

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros.bags import BagWriter, ImageMessage, OdometryMessage, png
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.bag_labels import BagLabels
from panoseg_ros.evaluation.pair_counts import Counting

SIZE = (32, 64)
STEP_NS = 100_000_000


def stripes(turn):
    return np.roll(np.broadcast_to(np.arange(64, dtype=np.uint8) // 8, SIZE), 4 * turn, 1).copy()


@pytest.fixture
def bags(tmp_path):
    """Truth of six frames of a camera that turns left; masks of four, one pixel row wrong."""
    truth, masks = tmp_path / 'truth.mcap', tmp_path / 'masks.mcap'
    with BagWriter(truth) as bag:
        for i in range(6):
            half = np.deg2rad(22.5 * i) / 2.0
            turned = (0.0, 0.0, float(np.sin(half)), float(np.cos(half)))
            odometry = OdometryMessage(i * STEP_NS, 'odom', 'base', (0.0, 0.0, 0.0), turned)
            bag.write('/odom', i * STEP_NS, odometry)
            labels = png(i * STEP_NS, 'p', stripes(i))
            bag.write('/truth/panorama/labels', i * STEP_NS, labels)
    with BagWriter(masks) as bag:
        for i in range(1, 5):
            mask = stripes(i)
            mask[0, :10] = 18 if i == 3 else mask[0, :10]
            bag.write(
                '/segmentation/mask',
                i * STEP_NS + 7,
                ImageMessage(i * STEP_NS, 'p', mask, 'mono8'),
            )
    return masks, truth


def test_pairs_are_joined_by_stamp(bags):
    pairs = list(BagLabels(*bags))
    assert [int(pair.name) // STEP_NS for pair in pairs] == [1, 2, 3, 4]
    assert [int((p.truth != p.prediction).sum()) for p in pairs] == [0, 0, 10, 0]
    assert pairs[0].flicker is None


def test_ten_seconds_are_resampled_together(tmp_path):
    bag = tmp_path / 'run.mcap'
    with BagWriter(bag) as writer:
        for second in (3, 9, 10, 19, 31):
            stamp = second * 10**9
            for topic in ('/segmentation/mask', '/truth/panorama/labels'):
                writer.write(topic, stamp, ImageMessage(stamp, 'p', stripes(0), 'mono8'))
    assert [pair.scene for pair in BagLabels(bag)] == ['0', '0', '1', '1', '3']


def test_labels_that_do_not_fit_name_both_bags_and_the_stamp(bags):
    (pair, *_) = BagLabels(*bags)
    with pytest.raises(DatasetError, match=r'masks\.mcap: .* at 100000000 against .*truth\.mcap'):
        Counting(3)(pair)


def test_known_rotation_is_no_flicker(bags):
    found = [pair.flicker for pair in BagLabels(*bags, odom_topic='/odom')][1:]
    assert [flicker.changed for flicker in found] == [0, 10, 10]
    assert all(flicker.pixels == 32 * 64 for flicker in found)


def test_missing_topics_are_named(bags, tmp_path):
    with pytest.raises(DatasetError, match='has no topic /no, it has /segmentation/mask'):
        list(BagLabels(*bags, mask_topic='/no'))
    with pytest.raises(DatasetError, match='no stamp of'):
        late = tmp_path / 'late.mcap'
        with BagWriter(late) as bag:
            bag.write('/segmentation/mask', 5, ImageMessage(5, 'p', stripes(0), 'mono8'))
        list(BagLabels(late, bags[1]))
    with pytest.raises(DatasetError, match='holds OdometryMessage'):
        list(BagLabels(bags[0], bags[1], truth_topic='/odom'))


def test_masks_without_truth_between_two_others_are_passed_over(tmp_path):
    """A hundred of them: more than are kept until their counterpart comes."""
    bag = tmp_path / 'run.mcap'
    with BagWriter(bag) as writer:
        for i in range(500):
            stamp, mask = i * STEP_NS // 4, np.zeros((2, 4), np.uint8)
            writer.write('/segmentation/mask', stamp, ImageMessage(stamp, 'p', mask, 'mono8'))
            if i % 100 == 99:
                truth = ImageMessage(stamp, 'p', mask, 'mono8')
                writer.write('/truth/panorama/labels', stamp, truth)
    pairs = [int(pair.name) * 4 // STEP_NS for pair in BagLabels(bag)]
    assert pairs == [99, 199, 299, 399, 499]
