import numpy as np
import pytest

from panoseg_ros.ground import GroundSettings, ground_map

PERSON, CAR = 11, 13


def mapped(place, label_set, frame=None, valid=None):
    frame = place.render() if frame is None else frame
    valid = np.ones((place.height, place.width), bool) if valid is None else valid
    return ground_map(
        frame, valid, place.geometry, place.base_from_pano, label_set, GroundSettings(bearings=720)
    )


def ring_at(ground, azimuth_rad):
    count = len(ground.ranges_m)
    return ground.ranges_m[int(np.rint((azimuth_rad + np.pi) * count / (2 * np.pi))) % count]


def somebody(scene, camera_z_m=0.6, low=0.8, high=1.4, label=PERSON, ahead=1):
    """Return somebody 3 m ahead (or behind), 0.2 m wide at the legs and 0.6 m at the arms."""
    place = scene(512, 1024, (0.0, 0.0, camera_z_m))
    for bottom, top, half in ((0.0, 1.75, 0.1), (low, high, 0.3)):
        near, far = sorted((3.0 * ahead, 3.2 * ahead))
        place.box((near, -half, bottom), (far, half, top), label)
    return place


@pytest.mark.parametrize('ahead', [1, -1])
def test_arms_above_the_horizon_are_met_where_the_legs_stand(scene, label_set, cells, ahead):
    ground = mapped(somebody(scene, ahead=ahead), label_set)
    x, y = cells(ground)
    for side in (-0.25, 0.0, 0.25):
        azimuth = np.arctan2(side, 3.0 * ahead)
        assert ring_at(ground, azimuth) == pytest.approx(3.0, abs=0.15)
        at = np.hypot(x - 3.05 * ahead, y - side) < 0.1
        assert (ground.combined[at] == 100).any()
    assert np.isposinf(ring_at(ground, np.arctan2(0.6, 3.0 * ahead)))


def test_what_is_higher_than_anybody_is_in_nobodys_way(scene, label_set):
    ground = mapped(somebody(scene, low=2.3, high=2.5), label_set)
    assert ring_at(ground, 0.0) == pytest.approx(3.0, abs=0.15)
    assert np.isposinf(ring_at(ground, np.arctan2(0.25, 3.0)))


def test_things_on_wheels_are_no_wider_than_their_lower_ends(scene, label_set):
    ground = mapped(somebody(scene, label=CAR), label_set)
    assert np.isposinf(ring_at(ground, np.arctan2(0.25, 3.0)))


@pytest.mark.parametrize('how', ['unsure', 'unseen'])
def test_pixels_that_say_nothing_make_nothing_wider(scene, label_set, how):
    place = somebody(scene)
    frame = place.render()
    above = np.zeros(frame.labels.shape, bool)
    above[: place.height // 2] = True
    if how == 'unsure':
        frame = frame._replace(confidence=np.where(above, 0, frame.confidence).astype(np.uint8))
    valid = ~above if how == 'unseen' else None
    ground = mapped(place, label_set, frame, valid)
    assert ring_at(ground, 0.0) == pytest.approx(3.0, abs=0.15)
    assert np.isposinf(ring_at(ground, np.arctan2(0.25, 3.0)))


def test_uncertain_pixels_make_wider_all_the_same(scene, label_set):
    place = somebody(scene)
    sure = place.render()
    unsure = sure._replace(confidence=np.minimum(sure.confidence, np.uint8(120)))
    unsure.confidence[: place.height // 2] = 9
    expected, found = (mapped(place, label_set, frame) for frame in (sure, unsure))
    np.testing.assert_array_equal(found.ranges_m, expected.ranges_m)
    assert np.isfinite(ring_at(found, np.arctan2(0.25, 3.0)))


def test_somebody_beside_and_behind_keeps_a_mark_of_its_own(scene, label_set, cells):
    place = somebody(scene).box((6.0, 0.9, 0.0), (6.2, 1.1, 1.75), PERSON)
    ground = mapped(place, label_set)
    x, y = cells(ground)
    assert (ground.combined[np.hypot(x - 6.05, y - 1.0) < 0.25] == 100).any()


def test_ground_just_before_somebody_is_not_called_free(scene, label_set, cells):
    ground = mapped(somebody(scene, camera_z_m=1.8), label_set)
    x, y = cells(ground)
    before = (x > 2.65) & (x < 2.95) & (np.abs(y) < 0.1)
    assert np.all(ground.combined[before] == -1)
    assert np.all(ground.combined[(x > 1.0) & (x < 2.4) & (np.abs(y) < 0.5)] == 0)
    assert np.all(
        ground.combined[(np.abs(x - 2.8) < 0.1) & (np.abs(y) > 0.5) & (np.abs(y) < 1)] == 0
    )
