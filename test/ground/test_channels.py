import numpy as np
import pytest

from panoseg_ros.errors import GroundError
from panoseg_ros.ground.channels import DYNAMIC, GROUND, SILENT, STATIC, channels_of
from panoseg_ros.labels import LabelSet


def test_labels_of_one_meaning_share_a_channel(label_set):
    channels = channels_of(label_set)
    assert channels.count == 5  # ground at three costs, static and dynamic obstacles
    np.testing.assert_array_equal(channels.bounds, [0, 3, 4, 5])
    assert channels.of_label[2] == channels.of_label[5]
    assert channels.of_label[11] == channels.of_label[13]
    assert channels.of_label[10] == channels.of_label[19] == channels.of_label[255] == SILENT


def test_every_label_keeps_its_cost_and_group_whatever_is_wanted(label_set):
    names = [cls.name for cls in label_set.classes if cls.surface != 'none']
    for classes in ((), ('road', 'person'), names):
        channels = channels_of(label_set, classes)
        for cls in label_set.classes:
            if cls.surface == 'none':
                continue
            channel = channels.of_label[cls.id]
            assert channels.cost[channel] == cls.cost
            group = np.searchsorted(channels.bounds, channel, side='right') - 1
            wanted = DYNAMIC if cls.dynamic else STATIC
            assert group == (GROUND if cls.surface == 'ground' else wanted)


def test_wanted_classes_have_a_channel_of_their_own(label_set):
    channels = channels_of(label_set, ['person', 'traffic light', 'person'])
    assert channels.slugs == ('person', 'traffic_light')
    assert list(channels.of_slug) == [channels.of_label[11], channels.of_label[6]]
    for channel, label in zip(channels.of_slug, (11, 6), strict=True):
        assert list(np.flatnonzero(channels.of_label == channel)) == [label]


def test_label_set_of_sky_alone_is_refused(label_set):
    sky = LabelSet('skies', (label_set.classes[10],))
    with pytest.raises(GroundError, match='skies has neither ground nor obstacle'):
        channels_of(sky)
