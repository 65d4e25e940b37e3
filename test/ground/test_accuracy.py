import numpy as np
import pytest

from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import PanoramaGeometry, transform
from panoseg_ros.ground import GroundFusion, GroundProjector, GroundSettings
from panoseg_ros.ground.accuracy import (
    SURE_M,
    depression_error_rad,
    range_error_m,
    trust,
    useful_range_m,
)

PERSON, ROAD = 11, 0


@pytest.mark.parametrize('height_m', [0.6, 1.8])
@pytest.mark.parametrize('most_m', [0.5, 5.0])
def test_the_useful_range_is_where_the_error_reaches_its_bound(height_m, most_m):
    error_rad = depression_error_rad(np.pi / 512, 0.25)
    range_m = useful_range_m(error_rad, height_m, most_m)
    ranges = np.array([0.99, 1.01]) * range_m
    depression = np.arctan2(height_m, ranges)
    moved = height_m / np.tan(depression - 1e-6) - ranges  # the slope, by a small step
    off = moved / 1e-6 * error_rad
    assert off[0] < most_m < off[1]


def test_a_range_is_as_uncertain_as_a_small_turn_moves_it():
    range_m, turn = np.array([0.5, 3.0, 12.0]), 1e-6
    moved = 0.6 / np.tan(np.arctan2(0.6, range_m) - turn) - range_m
    np.testing.assert_allclose(range_error_m(range_m, 0.6, turn), moved, rtol=1e-4)


def test_pitch_and_pixel_add_up_and_an_error_of_nothing_reaches_everywhere():
    assert depression_error_rad(0.0, 1.0) == pytest.approx(np.deg2rad(1.0))
    assert depression_error_rad(np.sqrt(12.0) * 3e-3, np.rad2deg(4e-3)) == pytest.approx(5e-3)
    assert useful_range_m(0.0, 1.0, 5.0) == np.inf
    assert useful_range_m(1.0, 3.0, 0.5) == 0.0


def test_trust_is_full_near_by_and_falls_with_the_error():
    height_m, error_rad = 1.2, 0.01
    found = np.empty((200, 200), np.float32)
    trust((100.0, 100.0), 0.1, height_m, error_rad, found)
    range_m = 0.1 * np.hypot(*(np.mgrid[:200, :200] + 0.5 - 100.0))
    off = error_rad * (height_m**2 + range_m**2) / height_m
    np.testing.assert_allclose(found, np.minimum(1.0, SURE_M / off), rtol=1e-5)
    trust((5.0, 5.0), 0.1, 1.0, 0.0, found)
    assert np.all(found == 1.0)


def test_ground_that_is_known_too_badly_is_not_used(scene, label_set, cells):
    place = scene()
    whole = np.ones((place.height, place.width), bool)
    settings = GroundSettings(max_error_m=0.2)
    projector = GroundProjector(place.geometry, place.base_from_pano, label_set, settings)
    ground = projector(place.render(), whole)
    reach_m = useful_range_m(depression_error_rad(np.pi / 256, 0.25), 1.2, 0.2)
    x, y = cells(ground)
    away = np.hypot(x, y)
    assert reach_m < 7.0
    assert np.all(ground.combined[away < reach_m - 0.1] == 0)
    assert np.all(ground.combined[away > reach_m + 0.1] == -1)


def test_what_was_seen_from_far_is_cleared_by_one_look_from_near(scene, label_set, cells):
    # A wrong person 10 m ahead, often seen; then the robot stands 2 m in front of the place.
    settings = GroundSettings(size_m=30.0, pitch_error_deg=1.0)
    geometry = PanoramaGeometry(256, 512)
    camera = transform(np.eye(3), [0.0, 0.0, 1.2])
    projector = GroundProjector(geometry, camera, label_set, settings)
    fusion = GroundFusion(label_set, settings)
    whole = np.ones((256, 512), bool)

    def see(place, seconds, x):
        pose = transform(np.eye(3), [x, 0.0, 0.0])
        segmentation = place.render(int(seconds * 1e9) + 1, (x, 0.0, 0.0))
        return fusion.update(projector.observe(segmentation, whole, pose))

    def marks(ground):
        x, y = cells(ground)
        near = np.hypot(x - 10.0, y) < 2.0
        return (ground.combined == 100) & near

    wrong = scene().cylinder(10.0, 0.0, 0.3, 1.7, PERSON)
    for i in range(10):
        before = see(wrong, 0.1 * i, 0.0)
    assert marks(before).any()
    assert not marks(see(scene(), 1.5, 8.0)).any()
    for i in range(10):
        before = see(wrong, 2.0 + 0.1 * i, 8.0)
    assert marks(before).any()
    assert marks(see(scene(), 3.0, 8.0)).any()


def test_doubtful_ground_takes_longer_to_clear_what_was_sure(label_set):
    settings = GroundSettings(size_m=6.0, max_range_m=3.0)
    camera = transform(np.eye(3), [0.0, 0.0, 1.2])
    projector = GroundProjector(PanoramaGeometry(64, 128), camera, label_set, settings)
    whole = np.ones((64, 128), bool)

    def looks(confidence):
        fusion = GroundFusion(label_set, settings)
        for i in range(40):
            sure = i < 4
            labels = np.full((64, 128), PERSON if sure else ROAD, np.uint8)
            labels[:32] = 10
            labels[44:] = ROAD
            level = np.full((64, 128), 255 if sure else confidence, np.uint8)
            seen = projector.observe(Segmentation(i, 'pano', labels, level), whole, np.eye(4))
            if not np.any(fusion.update(seen).combined == 100):
                return i - 3
        return 99

    assert looks(255) < looks(140)
