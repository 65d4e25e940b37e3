import numpy as np
import pytest

from panoseg_ros.ground import GroundSettings, ground_map

ROAD, SIDEWALK, WALL, PERSON = 0, 1, 3, 11
KERB_M = 0.1


def mapped(place, label_set, kerb_m=KERB_M):
    whole = np.ones((place.height, place.width), bool)
    settings = GroundSettings(kerb_m=kerb_m)
    return ground_map(
        place.render(), whole, place.geometry, place.base_from_pano, label_set, settings
    )


def ahead(ground):
    """Return the range straight ahead, and the costs of the cells there by their distance."""
    middle = len(ground.combined) // 2
    return ground.ranges_m[len(ground.ranges_m) // 2], ground.combined[middle, middle:]


def on_sidewalk(scene, label, tall_m, at_m, camera_z_m, high_m=KERB_M):
    """Return a thing that stands on a sidewalk `high_m` above the road."""
    place = scene(512, 1024, (0.0, 0.0, camera_z_m))
    place.box((at_m - 0.8, -9.0, -0.1), (at_m + 9.0, 9.0, high_m - 1e-3), SIDEWALK)
    return place.box((at_m, -0.25, high_m), (at_m + 0.3, 0.25, high_m + tall_m), label)


@pytest.mark.parametrize('camera_z_m', [0.6, 1.8])
@pytest.mark.parametrize('at_m', [3.0, 5.0])
def test_a_child_on_a_kerb_is_marked_where_it_stands(scene, label_set, at_m, camera_z_m):
    place = on_sidewalk(scene, PERSON, 1.2, at_m, camera_z_m)
    told_m, cost = ahead(mapped(place, label_set))
    seen_m = at_m * camera_z_m / (camera_z_m - KERB_M)
    assert told_m == pytest.approx(at_m, abs=0.12)
    assert np.all(cost[round(10 * at_m) + 1 : int(10 * seen_m)] == 100)
    far_m, _ = ahead(mapped(place, label_set, kerb_m=0.0))
    assert far_m == pytest.approx(seen_m, abs=0.15)


@pytest.mark.parametrize('camera_z_m', [0.6, 1.8])
def test_ground_that_a_wall_on_a_kerb_may_take_is_not_free(scene, label_set, camera_z_m):
    place = on_sidewalk(scene, WALL, 2.0, 4.0, camera_z_m)
    told_m, cost = ahead(mapped(place, label_set))
    seen_m = 4.0 * camera_z_m / (camera_z_m - KERB_M)
    assert told_m == pytest.approx(seen_m, abs=0.15)  # where it is seen
    assert np.all(cost[40 : int(10 * seen_m) - 1] == -1)
    assert np.all(cost[10:37] >= 0)
    _, careless = ahead(mapped(place, label_set, kerb_m=0.0))
    assert np.any((careless[40 : int(10 * seen_m)] >= 0) & (careless[40 : int(10 * seen_m)] < 100))


def test_a_robot_on_the_sidewalk_sees_no_kerbs(scene, label_set):
    place = scene(512, 1024, (0.0, 0.0, 1.2))
    place.box((-9.0, -9.0, -0.1), (9.0, 9.0, 1e-4), SIDEWALK)
    place.box((4.0, -0.25, 0.0), (4.3, 0.25, 1.2), PERSON).box(
        (0.0, 5.0, 0.0), (9.0, 5.2, 2.0), WALL
    )
    with_kerbs, without = (mapped(place, label_set, kerb_m).combined for kerb_m in (KERB_M, 0.0))
    np.testing.assert_array_equal(with_kerbs, without)


def test_what_stands_on_the_road_stands_on_no_kerb(scene, label_set):
    place = scene(512, 1024, (0.0, 0.0, 1.2))
    place.box((4.5, -9.0, -0.1), (9.0, 9.0, 1e-4), SIDEWALK)
    place.box((4.0, -0.25, 0.0), (4.3, 0.25, 1.2), PERSON)
    with_kerbs, without = (ahead(mapped(place, label_set, k))[0] for k in (KERB_M, 0.0))
    assert with_kerbs == without == pytest.approx(4.0, abs=0.1)


def test_whose_stature_says_the_height_already_is_drawn_in_once(scene, label_set):
    place = on_sidewalk(scene, PERSON, 1.75, 5.0, 0.6, high_m=0.2)  # a giant if it were level
    with_kerbs, without = (ahead(mapped(place, label_set, k))[0] for k in (KERB_M, 0.0))
    assert without < 6.5  # seen at 7.5 m
    assert with_kerbs == without


def test_a_kerb_as_high_as_the_camera_leaves_half_of_the_range(scene, label_set):
    place = on_sidewalk(scene, PERSON, 1.2, 4.0, 0.3, high_m=0.01)
    told_m, _ = ahead(mapped(place, label_set, kerb_m=0.5))
    seen_m, _ = ahead(mapped(place, label_set, kerb_m=0.0))
    assert told_m == pytest.approx(0.5 * seen_m, abs=0.05)
