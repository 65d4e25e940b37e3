from dataclasses import replace

import numpy as np
import pytest

from panoseg_ros.ground import GroundSettings, ground_map
from panoseg_ros.ground.contact import Stance, settle_feet
from panoseg_ros.ground.shapes import ALONE, shapes_of
from panoseg_ros.ground.trace import room_for_feet
from panoseg_ros.labels import LabelClass, LabelSet, load_label_set

BUILDING, WALL, PERSON, CAR = 2, 3, 11, 13
TABLE, SOFA = 1, 2


def car(place, x, y, along_x=True):
    """Add a car of 4.4 x 1.8 m whose body hangs 0.25 m above the ground, on four wheels."""
    half = np.array([2.2, 0.9] if along_x else [0.9, 2.2])
    place.box((x - half[0], y - half[1], 0.25), (x + half[0], y + half[1], 1.45), CAR)
    for ahead in (-1.35, 1.35):
        for left in (-0.8, 0.8):
            at = (x + ahead, y + left) if along_x else (x + left, y + ahead)
            size = (0.3, 0.1) if along_x else (0.1, 0.3)
            place.box((at[0] - size[0], at[1] - size[1], 0.0), (*np.add(at, size), 0.6), CAR)
    return place


def mapped(place, label_set, **values):
    whole = np.ones((place.height, place.width), bool)
    return ground_map(
        place.render(),
        whole,
        place.geometry,
        place.base_from_pano,
        label_set,
        GroundSettings(**values),
    )


def ring_at(ground, azimuth_rad):
    count = len(ground.ranges_m)
    return ground.ranges_m[int(np.rint((azimuth_rad + np.pi) * count / (2 * np.pi))) % count]


@pytest.mark.parametrize('camera_z_m', [0.6, 1.2, 1.8])
def test_the_side_of_a_car_is_where_its_wheels_are(scene, label_set, cells, camera_z_m):
    place = car(scene(512, 1024, (0.0, 0.0, camera_z_m)), 0.0, 4.0)
    ground = mapped(place, label_set)
    for x in np.arange(-1.9, 1.91, 0.1):
        told = ring_at(ground, np.arctan2(3.1, x)) * np.sin(np.arctan2(3.1, x))
        assert told < 3.1 + 0.3
        # From low down the far wheels are seen below the car, which draws it in a little.
        assert told > 3.1 - (0.3 if camera_z_m > 1.0 else 0.65)
    x, y = cells(ground)
    marked = ground.combined == 100
    inside = (np.abs(x) < 3.4) & (y > 2.4) & (y < 5.3)  # depth is measured along the rays
    assert np.all(inside[marked])
    assert marked.sum() <= 1.3 * 792  # the car is 4.4 x 1.8 m


@pytest.mark.parametrize('camera_z_m', [0.6, 1.8])
def test_a_bumper_is_not_projected_to_behind_the_wheels(scene, label_set, camera_z_m):
    place = car(scene(512, 1024, (0.0, 0.0, camera_z_m)), 6.2, 0.0)  # its front is 4 m ahead
    ground = mapped(place, label_set)
    for azimuth in np.deg2rad([-8.0, -4.0, 0.0, 4.0, 8.0]):
        assert ring_at(ground, azimuth) * np.cos(azimuth) == pytest.approx(4.0, abs=0.35)


def test_a_car_across_the_seam_is_like_any_other(scene, label_set):
    ahead = mapped(car(scene(), 5.0, 0.0, along_x=False), label_set)
    behind = mapped(car(scene(), -5.0, 0.0, along_x=False), label_set)
    turned = np.roll(behind.ranges_m, len(behind.ranges_m) // 2)
    front = slice(140, 220)
    np.testing.assert_allclose(turned[front], ahead.ranges_m[front], atol=0.05)
    assert np.mean(behind.combined != ahead.combined[::-1, ::-1]) < 0.002


ROOM = (
    LabelClass(0, 'floor', 'floor', (1, 1, 1), 'ground', 0, False),
    LabelClass(TABLE, 'table', 'table', (2, 2, 2), 'obstacle', 100, False),
    LabelClass(SOFA, 'sofa', 'sofa', (3, 3, 3), 'obstacle', 100, False),
    *(LabelClass(i, f'c{i}', f'c{i}', (i, i, i), 'none', 0, False) for i in range(3, 11)),
)


@pytest.mark.parametrize('camera_z_m', [1.0, 1.8])
def test_a_table_top_is_held_to_stand_on_its_legs(scene, cells, camera_z_m):
    place = scene(512, 1024, (0.0, 0.0, camera_z_m)).box((2.0, -0.8, 0.7), (2.8, 0.8, 0.75), TABLE)
    for x in (2.05, 2.75):
        for y in (-0.7, 0.7):
            place.box((x - 0.04, y - 0.04, 0.0), (x + 0.04, y + 0.04, 0.7), TABLE)
    ground = mapped(place, LabelSet('room', ROOM))
    x, y = cells(ground)
    marked = ground.combined == 100
    assert marked.any()
    assert x[marked].max() < 3.1  # its far edge would be projected to 9 m from 1 m high
    assert ring_at(ground, 0.0) == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize('camera_z_m', [0.6, 1.1])
def test_a_sofa_stands_on_legs_at_its_ends_and_not_on_those_of_a_table(scene, camera_z_m):
    place = scene(512, 1024, (0.0, 0.0, camera_z_m))
    place.box((3.0, -1.0, 0.1), (3.9, 1.0, 0.8), SOFA)
    for y in (-0.95, 0.95):
        place.box((3.0, y - 0.04, 0.0), (3.1, y + 0.04, 0.1), SOFA)
    for y in (-0.3, 0.3):  # a coffee table before it
        place.box((1.9, y - 0.03, 0.0), (2.0, y + 0.03, 0.4), TABLE)
    ground = mapped(place, LabelSet('room', ROOM))
    for azimuth in np.deg2rad([-15.0, -12.0, -4.0, 0.0, 4.0, 12.0, 15.0]):
        assert ring_at(ground, azimuth) * np.cos(azimuth) == pytest.approx(3.0, abs=0.2)


def test_arms_do_not_stand_behind_legs(scene, label_set):
    place = scene(512, 1024, (0.0, 0.0, 1.8))
    place.box((4.0, -0.15, 0.0), (4.2, 0.15, 1.75), PERSON)
    place.box((4.0, -0.35, 0.8), (4.2, 0.35, 1.4), PERSON)
    ground = mapped(place, label_set)
    for y in (-0.3, -0.2, 0.0, 0.2, 0.3):
        azimuth = np.arctan2(y, 4.0)
        assert ring_at(ground, azimuth) * np.cos(azimuth) == pytest.approx(4.0, abs=0.15)


def test_a_person_a_little_behind_another_keeps_a_mark_of_its_own(scene, label_set, cells):
    place = scene(512, 1024, (0.0, 0.0, 1.8))
    place.cylinder(3.0, 0.0, 0.2, 1.75, PERSON).cylinder(6.0, 1.3, 0.2, 1.75, PERSON)
    ground = mapped(place, label_set)
    x, y = cells(ground)
    marked = ground.combined == 100
    assert np.hypot(x[marked] - 2.8, y[marked]).min() < 0.2
    assert np.hypot(x[marked] - 5.8, y[marked] - 1.3).min() < 0.3


@pytest.mark.parametrize('yaw_deg', [15.0, 40.0, 75.0])
def test_a_receding_wall_keeps_the_range_of_every_ray(scene, label_set, yaw_deg):
    place = scene().box((3.0, -30.0, 0.0), (3.3, 30.0, 2.5), BUILDING)
    ground = ground_map(
        place.render(0, (0.0, 0.0, np.deg2rad(yaw_deg))),
        np.ones((256, 512), bool),
        place.geometry,
        place.base_from_pano,
        label_set,
    )
    bearing = -np.pi + np.arange(len(ground.ranges_m)) * 2 * np.pi / len(ground.ranges_m)
    true_m = 3.0 / np.cos(bearing + np.deg2rad(yaw_deg))
    seen = (true_m > 0.0) & (true_m < 8.0)
    assert np.all(np.abs(ground.ranges_m[seen] - true_m[seen]) < 0.05 * true_m[seen] + 0.1)


@pytest.mark.parametrize('kerb_m', [0.0, 0.12])
def test_what_stands_on_a_kerb_seems_as_far_as_flat_ground_says(scene, label_set, kerb_m):
    place = scene(512, 1024, (0.0, 0.0, 1.8))
    place.box((3.5, -9.0, 0.0), (9.0, 9.0, kerb_m - 1e-3), 1)
    place.box((5.0, -0.2, kerb_m), (5.3, 0.2, 1.8), PERSON)
    told = ring_at(mapped(place, label_set, kerb_m=0.0), 0.0)
    assert told == pytest.approx(5.0 * 1.8 / (1.8 - kerb_m), abs=0.1)


@pytest.mark.parametrize('distance_m', [1.0, 0.7])
def test_a_person_at_the_edge_of_the_body_mask_is_marked(scene, label_set, cells, distance_m):
    place = scene(camera_m=(0.0, 0.0, 1.2)).cylinder(distance_m, 0.0, 0.2, 1.75, PERSON)
    x, y = cells(mapped(place, label_set))
    valid = np.repeat(place.geometry.elevation_rad()[:, None] > -np.arctan2(1.2, 0.5), 512, 1)
    ground = ground_map(place.render(), valid, place.geometry, place.base_from_pano, label_set)
    marked = ground.combined == 100
    assert np.hypot(x[marked] - distance_m + 0.2, y[marked]).min() < 0.15
    assert not np.any(ground.combined[np.hypot(x - distance_m, y) < 0.15] == 0)


def settled(
    begins, group=1, wheels=False, reach=3.0, nearest=0.5, depth=0.0, hidden=(), span=0.0,
    base=0.0, front=0.0,
):  # fmt: skip
    """Return begin and first of feet on 64 rays; NaN is a ray without a foot."""
    feet = room_for_feet(64, 20)
    rays = [k for k in range(64) if np.isfinite(begins[k])]
    feet.first[:] = np.inf
    for f, k in enumerate(rays):
        feet.ray[f], feet.sample[f], feet.begin[f] = k, 0, begins[k]
        feet.end[f] = begins[k] + 1.0
        feet.hidden[f] = k in hidden
        feet.first[k] = begins[k]
    one = np.ones(len(rays), np.float32)
    stance = Stance(
        np.full(len(rays), group, np.int16),
        np.full(len(rays), wheels),
        reach * one,
        nearest * one,
        depth * one,
        span * one,
        np.zeros(len(rays), np.bool_),
        base * one,
        front * one,
        0.0 * one,
        one,
    )
    settle_feet(feet, len(rays), stance)
    begin = np.full(64, np.nan)
    begin[rays] = feet.begin[: len(rays)]
    return begin, feet.first


def test_feet_are_only_ever_drawn_in_and_no_nearer_than_a_thing_can_hang():
    rng = np.random.default_rng(5)
    for _ in range(50):
        begins = np.where(rng.random(64) < 0.3, np.nan, rng.uniform(5.0, 60.0, 64))
        for wheels in (False, True):
            found, first = settled(begins.astype(np.float32), wheels=wheels)
            there = np.isfinite(begins)
            assert np.array_equal(np.isfinite(found), there)
            assert np.all(found[there] <= begins[there] * (1 + 1e-6))
            assert np.all(found[there] >= 0.5 * begins[there] * (1 - 1e-6))
            np.testing.assert_allclose(first[there], found[there], rtol=1e-6)


def test_legs_draw_in_what_is_beside_them_up_to_their_reach_and_across_the_seam():
    begins = np.full(64, np.nan)
    begins[[61, 62, 63, 0, 1, 2]] = (30.0, 30.0, 20.0, 30.0, 30.0, 30.0)
    found, _ = settled(begins, reach=4.0)  # a ray is two cells wide there
    np.testing.assert_allclose(found[[61, 62, 63, 0, 1, 2]], (20, 20, 20, 20, 20, 30))
    begins[0] = np.nan  # another thing from there on
    found, _ = settled(begins, reach=4.0)
    np.testing.assert_allclose(found[[61, 62, 63, 1, 2]], (20, 20, 20, 30, 30))


def test_another_leg_stands_where_it_is_seen_and_what_hangs_is_drawn_in():
    begins = np.full(64, np.nan)
    begins[10:14] = (20.0, 26.0, 29.0, 20.0)
    found, first = settled(begins, reach=9.0, span=8.0)
    np.testing.assert_allclose(found[10:14], (20.0, 26.0, 20.0, 20.0))
    np.testing.assert_allclose(first[10:14], found[10:14])


def test_a_person_seen_past_the_feet_of_another_is_marked(scene, label_set, cells):
    place = scene(512, 1024, (0.0, 0.0, 1.8))
    place.box((3.0, -0.1, 0.0), (3.3, 0.1, 0.1), PERSON)  # a shoe, with ground in sight above it
    place.cylinder(5.5, 0.0, 0.2, 1.75, PERSON)
    ground = mapped(place, label_set)
    x, y = cells(ground)
    marked = ground.combined == 100
    for true_x in (3.0, 5.3):
        assert np.hypot(x[marked] - true_x, y[marked]).min() < 0.15
    between = (x > 3.6) & (x < 4.6) & (np.abs(y) < 0.05)
    assert not marked[between].any()


def wheel_at(ray, wheel, body=30.0):
    begins = np.full(64, np.nan)
    begins[14:28], begins[ray] = body, wheel
    return begins


@pytest.mark.parametrize(
    ('wheel', 'stands'),
    [
        (18.0, 18.0),  # the thing hangs by 0.4 of the camera's height
        (20.0, 20.0),
        (28.0, 21.0),  # a corner: it hangs by 0.6 of what it may at least
        (10.0, 15.0),  # no thing hangs as high: the wheel is of another one
        (30.0, 15.0),  # no wheel in sight
    ],
)
def test_a_wheel_in_sight_says_how_high_a_thing_hangs(wheel, stands):
    found, first = settled(wheel_at(20, wheel), wheels=True, base=1e3)
    beside = np.r_[14:20, 21:28]
    np.testing.assert_allclose(found[beside], stands, rtol=1e-6)
    assert found[20] == pytest.approx(min(wheel, stands))
    np.testing.assert_allclose(first[14:28], found[14:28])


def test_a_bumper_may_reach_beyond_the_wheels_and_a_wheel_says_nothing_from_afar():
    found, _ = settled(wheel_at(20, 20.0), wheels=True, base=1e3, front=3.0)
    np.testing.assert_allclose(found[14:28], 17.0, rtol=1e-6)
    found, _ = settled(wheel_at(20, 20.0), wheels=True, base=1e3, front=9.0)
    np.testing.assert_allclose(found[14:28], 15.0, rtol=1e-6)  # as if none were in sight
    found, _ = settled(
        wheel_at(20, 20.0), wheels=True, base=3.0
    )  # three rays where the wheel may be
    np.testing.assert_allclose(found[17:24], 20.0, rtol=1e-6)
    np.testing.assert_allclose(found[24:28], 15.0, rtol=1e-6)


def test_ground_below_a_car_is_not_free(scene, label_set, cells):
    place = car(scene(512, 1024, (0.0, 0.0, 0.6)), 6.2, 0.0)  # its wheels are 4.5 m ahead
    ground = mapped(place, label_set)
    x, y = cells(ground)
    below = (x > 4.0) & (x < 6.5) & (np.abs(y) < 0.7)
    assert not (ground.combined[below] == 0).any()
    assert (ground.combined[(np.abs(x) < 3.0) & (np.abs(y) < 0.7)] == 0).mean() > 0.9


def test_hidden_feet_and_things_that_stand_alone_stay():
    begins = np.full(64, np.nan)
    begins[10:14] = (20.0, 30.0, 30.0, 30.0)
    np.testing.assert_array_equal(settled(begins, group=ALONE)[0], begins)
    found, _ = settled(begins, reach=9.0, hidden=(12,))
    np.testing.assert_allclose(found[10:14], (20.0, 20.0, 30.0, 30.0))


def test_known_things_have_shapes_and_what_else_moves_has_legs(label_set):
    shapes = shapes_of(label_set)
    assert shapes.group[BUILDING] == shapes.group[WALL] == shapes.group[255] == ALONE
    assert shapes.group[PERSON] not in (ALONE, shapes.group[CAR])
    assert shapes.wheels[CAR]
    robot = LabelClass(0, 'robot', 'robot', (0, 0, 0), 'obstacle', 100, True)
    shelf = LabelClass(1, 'shelf', 'shelf', (0, 0, 0), 'obstacle', 100, False)
    others = shapes_of(LabelSet('other', (robot, shelf)))
    assert others.group[0] != ALONE
    assert others.reach_m[0] > 0.0
    assert others.group[1] == ALONE


@pytest.mark.parametrize(
    ('name', 'slug', 'like'),
    [
        ('synpass22', 'pedestrian', 'person'),
        ('synpass22', 'vehicles', 'car'),
        ('densepass13', 'car', 'car'),
        ('stanford2d3d13', 'sofa', 'sofa'),
        ('stanford2d3d8', 'table', 'table'),
    ],
)
def test_every_shipped_set_knows_the_shapes_of_its_things(name, slug, like):
    (cls,) = load_label_set(name).select([slug])
    (model,) = (
        one for one in (*load_label_set('cityscapes19').classes, *ROOM) if one.slug == like
    )
    ours, theirs = (
        shapes_of(LabelSet('one', (replace(one, id=0, slug=s, dynamic=False),)))
        for one, s in ((cls, cls.slug), (model, like))
    )
    assert ours.group[0] != ALONE
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize('camera_z_m', [0.15, 0.25, 0.3])
def test_a_car_does_not_block_a_camera_as_low_as_it_hangs(scene, label_set, camera_z_m):
    place = car(scene(512, 1024, (0.0, 0.0, camera_z_m)), 6.2, 0.0)  # its front is 4 m ahead
    ground = mapped(place, label_set)
    ahead = [ring_at(ground, azimuth) for azimuth in np.deg2rad([-8.0, -4.0, 0.0, 4.0, 8.0])]
    assert min(ahead) > 1.0
    assert max(ahead) < 4.4
