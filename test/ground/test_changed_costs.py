"""Other costs apply to what was gathered before."""

from dataclasses import replace

import numpy as np
import pytest

from panoseg_ros.geometry import transform
from panoseg_ros.ground import GroundFusion, GroundProjector, GroundSettings
from panoseg_ros.ground.channels import channels_of, regrouped

ROAD, SIDEWALK, WALL, VEGETATION = 0, 1, 3, 8
SETTINGS = GroundSettings(size_m=12.0, max_range_m=6.0)
SECOND = 1_000_000_000


def priced(label_set, **costs):
    return replace(
        label_set,
        classes=tuple(replace(c, cost=costs.get(c.slug, c.cost)) for c in label_set.classes),
    )


@pytest.fixture
def seen(scene, label_set):
    """Return (fusion, a function that shows a blind frame) after some frames of a scene."""
    place = scene(height=128, width=256)
    place.box((2.0, -1.0, 0.0), (2.4, 1.0, 2.0), WALL)
    place.box((-1.0, 2.0, 0.0), (1.0, 2.4, 2.0), VEGETATION)
    fusion = GroundFusion(label_set, SETTINGS, ('road',))
    projector = GroundProjector(
        place.geometry, place.base_from_pano, label_set, SETTINGS, ('road',)
    )
    valid, pose = np.ones((128, 256), bool), transform(np.eye(3), (0.0, 0.0, 0.0))

    def show(tenths, sees=True):
        segmentation = place.render(tenths * SECOND // 10)
        return fusion.update(projector.observe(segmentation, valid & sees, pose))

    for tenths in range(4):
        show(tenths)
    return fusion, projector, show


def test_what_is_out_of_sight_costs_what_the_new_policy_says(seen, label_set):
    fusion, _, show = seen
    before = show(4, sees=False)
    fusion.set_costs(priced(label_set, road=70))
    after = show(5, sees=False)
    assert (before.combined == 0).sum() > 500
    np.testing.assert_array_equal(after.combined == 70, before.combined == 0)
    np.testing.assert_array_equal(after.combined == 100, before.combined == 100)
    np.testing.assert_array_equal(after.classes['road'], before.classes['road'])


def test_and_back_again_nothing_is_lost(seen, label_set):
    fusion, _, show = seen
    before = show(4, sees=False)
    for costs in (priced(label_set, road=0, vegetation=50, wall=100), label_set):
        fusion.set_costs(costs)
    after = show(5, sees=False)
    np.testing.assert_array_equal(after.combined, before.combined)


def test_classes_that_shared_a_cost_are_the_dearest_until_they_are_seen_again(seen, label_set):
    fusion, projector, show = seen
    before = show(4, sees=False)
    costs = priced(label_set, vegetation=50)
    fusion.set_costs(costs)
    projector.set_costs(costs)
    hidden = show(5, sees=False)
    np.testing.assert_array_equal(hidden.combined, before.combined)
    for tenths in range(6, 30):
        now = show(tenths)
    feet = before.combined == 100
    assert (now.combined[feet] == 50).sum() > 10  # the hedge
    assert (now.combined[feet] == 100).sum() > 10  # the wall


def test_costs_that_come_together_keep_both(label_set):
    apart, together = (
        channels_of(priced(label_set, terrain=60)),
        channels_of(priced(label_set, terrain=0, sidewalk=0)),
    )
    follows = regrouped(apart, together)
    assert len(follows) == apart.count > together.count
    for label in (ROAD, SIDEWALK, WALL, VEGETATION):
        assert follows[apart.of_label[label]] == together.of_label[label]
