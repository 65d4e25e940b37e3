import numpy as np
import pytest

from panoseg_ros.ground import GroundSettings, ground_map

SIDEWALK, POLE, PERSON, RIDER, BICYCLE = 1, 5, 11, 12, 18


def told_m(place, label_set, valid=None):
    """Return the range that the map says straight ahead."""
    whole = np.ones((place.height, place.width), bool) if valid is None else valid
    settings = GroundSettings(kerb_m=0.0)
    ground = ground_map(
        place.render(), whole, place.geometry, place.base_from_pano, label_set, settings
    )
    return ground.ranges_m[len(ground.ranges_m) // 2]


def on_kerb(scene, kerb_m, label=PERSON, tall_m=1.7, at_m=5.0, camera_z_m=0.6):
    place = scene(512, 1024, (0.0, 0.0, camera_z_m))
    if kerb_m > 0.0:
        place.box((at_m - 0.5, -9.0, 0.0), (at_m + 9.0, 9.0, kerb_m - 1e-3), SIDEWALK)
    return place.box((at_m, -0.2, kerb_m), (at_m + 0.2, 0.2, kerb_m + tall_m), label)


@pytest.mark.parametrize('kerb_m', [0.16, 0.2])
@pytest.mark.parametrize('at_m', [3.0, 5.0])
def test_who_would_be_a_giant_stands_on_higher_ground(scene, label_set, kerb_m, at_m):
    told = told_m(on_kerb(scene, kerb_m, at_m=at_m), label_set)
    assert told == pytest.approx(at_m, abs=0.1 * at_m)


def test_a_rider_is_as_tall_as_the_cycle_is_with_her(scene, label_set):
    place = on_kerb(scene, 0.2, BICYCLE, 0.9).box((5.0, -0.2, 0.9), (5.2, 0.2, 1.9), RIDER)
    assert told_m(place, label_set) == pytest.approx(5.0, abs=0.5)
    parked = told_m(on_kerb(scene, 0.2, BICYCLE, 0.9), label_set)
    assert parked == pytest.approx(5.0 * 0.6 / 0.4, rel=0.1)


@pytest.mark.parametrize('tall_m', [1.2, 1.7, 1.9])
@pytest.mark.parametrize('at_m', [0.8, 3.0, 8.0])
@pytest.mark.parametrize('camera_z_m', [0.6, 1.8])
def test_people_on_flat_ground_stand_where_their_feet_are(
    scene, label_set, tall_m, at_m, camera_z_m
):
    place = on_kerb(scene, 0.0, tall_m=tall_m, at_m=at_m, camera_z_m=camera_z_m)
    pixel = np.pi / 512 * (camera_z_m**2 + at_m**2) / camera_z_m
    assert told_m(place, label_set) == pytest.approx(at_m, abs=max(0.1, pixel))


def test_other_things_may_be_as_tall_as_they_like(scene, label_set):
    told = told_m(on_kerb(scene, 0.2, POLE, 4.0), label_set)
    assert told == pytest.approx(5.0 * 0.6 / 0.4, rel=0.1)


def test_a_head_that_is_not_seen_makes_nobody_tall(scene, label_set):
    place = on_kerb(scene, 0.2)
    valid = np.repeat(place.geometry.elevation_rad()[:, None] < 0.05, place.width, 1)
    assert told_m(place, label_set, valid) == pytest.approx(5.0 * 0.6 / 0.4, rel=0.1)
