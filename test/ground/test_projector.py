import numpy as np
import pytest

from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.ground import GroundProjector, GroundSettings, ground_map

ROAD, SIDEWALK, BUILDING, WALL, POLE, SKY, PERSON, CAR, BLANK = 0, 1, 2, 3, 5, 10, 11, 13, 255


def project(scene, label_set, segmentation=None, valid=None, classes=(), pose=None, **values):
    segmentation = segmentation or scene.render()
    valid = np.ones(segmentation.labels.shape, bool) if valid is None else valid
    projector = GroundProjector(
        scene.geometry, scene.base_from_pano, label_set, GroundSettings(**values), classes
    )
    return projector(segmentation, valid, pose)


def footprint_m(scene, range_m):
    """Return the length on the ground of one pixel seen at this range."""
    height_m = scene.camera_m[2]
    return (range_m**2 + height_m**2) / height_m * np.pi / scene.height


def bearing_rad(ring):
    return -np.pi + np.arange(len(ring)) * 2.0 * np.pi / len(ring)


def test_empty_ground_is_free_without_holes_up_to_the_maximum_range(scene, label_set, cells):
    ground = project(scene(), label_set, classes=['road'])
    x, y = cells(ground)
    inside = np.hypot(x, y) < 11.9
    assert ground.combined.dtype == np.int8
    assert np.all(ground.combined[inside] == 0)
    assert np.all(ground.classes['road'][inside] == 100)
    assert np.all(ground.combined[np.hypot(x, y) > 12.1] == -1)
    assert np.all(np.isposinf(ground.ranges_m))
    assert ground.ranges_m.dtype == np.float32


@pytest.mark.parametrize(('height', 'width'), [(64, 128), (33, 100)])
@pytest.mark.parametrize('camera_z_m', [0.4, 2.5])
def test_coarse_panoramas_leave_no_holes_either(
    scene, label_set, cells, height, width, camera_z_m
):
    place = scene(height=height, width=width, camera_m=(0.3, -0.2, camera_z_m))
    ground = project(place, label_set, max_range_m=8.0)
    x, y = cells(ground)
    assert np.all(ground.combined[np.hypot(x - 0.3, y + 0.2) < 7.9] == 0)


def test_wall_marks_its_foot_and_hides_what_is_behind(scene, label_set, cells):
    place = scene().box((5.0, -40.0, 0.0), (5.5, 40.0, 3.0), WALL)
    ground = project(place, label_set, classes=['wall', 'road'])
    x, y = cells(ground)
    marked, free = ground.combined == 100, ground.combined == 0
    assert np.abs(x[marked] - 5.05).max() <= 0.75 * footprint_m(place, 8.0)
    assert not np.any(free & (x > 5.1))  # a border cell may hold both
    assert np.all(ground.combined[(x > 6.5) & (np.abs(y) < 5.0)] == -1)
    assert np.all(free[(np.abs(x) < 4.0) & (np.abs(y) < 4.0)])
    assert np.all(ground.classes['wall'][marked] == 100)
    assert np.all(ground.classes['wall'][free] == 0)
    assert np.all(ground.classes['road'][free] == 100)
    assert np.all(ground.classes['road'][ground.combined == -1] == -1)


def test_ranges_are_those_of_the_wall(scene, label_set):
    place = scene().box((5.0, -40.0, 0.0), (5.5, 40.0, 3.0), WALL)
    ring = project(place, label_set).ranges_m
    bearing = bearing_rad(ring)
    ahead = np.abs(bearing) < 0.9
    true_m = 5.0 / np.cos(bearing[ahead])
    assert np.all(np.abs(ring[ahead] - true_m) <= 0.6 * footprint_m(place, true_m) + 0.05)
    assert np.all(np.isposinf(ring[np.abs(bearing) > 1.7]))


def test_wall_in_front_of_the_robot_is_marked_without_gaps(scene, label_set, cells):
    place = scene().box((3.0, -1.5, 0.0), (3.5, 1.5, 2.0), BUILDING)
    ground = project(place, label_set)
    _, y = cells(ground)
    marked = ground.combined == 100
    rows = np.unique(y[marked])
    assert np.allclose(np.diff(rows), 0.1)
    assert rows.min() < -1.4
    assert rows.max() > 1.4
    assert marked.sum() <= 2.5 * 31  # the face is 31 cells long


@pytest.mark.parametrize('yaw_deg', [20.0, 35.0, 65.0])
def test_wall_seen_at_an_angle_is_one_line_on_the_wall(scene, label_set, cells, yaw_deg):
    place = scene().box((3.0, -30.0, 0.0), (3.3, 30.0, 2.5), BUILDING)
    turn = rotation_from_rpy_deg(0.0, 0.0, yaw_deg)
    yaw = np.deg2rad(yaw_deg)
    ground = project(
        place, label_set, place.render(0, (0.0, 0.0, yaw)), pose=transform(turn, [0, 0, 0])
    )
    x, y = cells(ground)
    marked = (ground.combined == 100) & (np.hypot(x, y) < 8.0)
    within = np.abs(x[marked] - 3.05) <= np.maximum(0.11, 0.6 * footprint_m(place, 8.0))
    assert np.all(within)
    column = np.arange(-6.0, 6.0, 0.1) + 0.05
    hit = [np.any(marked & (np.abs(y - at) < 0.01)) for at in column]
    assert np.mean(hit) == 1.0


@pytest.mark.parametrize('range_m', [2.0, 4.0, 8.0])
def test_marked_area_of_a_box_is_bounded_by_its_face_not_by_its_shadow(scene, label_set, range_m):
    place = scene().box((range_m, -0.5, 0.0), (range_m + 0.5, 0.5, 1.6), WALL)
    marked = project(place, label_set).combined == 100
    assert 5 <= marked.sum() <= 35  # the face is 10 cells wide, its shadow hundreds


def test_obstacle_on_the_left_has_larger_y(scene, label_set, cells):
    place = scene().cylinder(0.5, 3.0, 0.15, 2.0, POLE)
    ground = project(place, label_set, classes=['pole'])
    x, y = cells(ground)
    pole = ground.classes['pole'] > 0
    assert pole.any()
    assert np.all(np.argwhere(pole)[:, 0] > 100)  # rows run with y
    assert np.abs(x[pole] - 0.5).max() < 0.3
    assert np.abs(y[pole] - 2.85).max() < 0.25
    assert y[0, 0] < y[-1, 0]
    assert x[0, 0] < x[0, -1]
    ring = ground.ranges_m
    nearest = bearing_rad(ring)[np.nanargmin(ring)]
    assert nearest == pytest.approx(np.arctan2(3.0, 0.5), abs=0.06)


def test_thin_pole_does_not_block_its_surroundings(scene, label_set, cells):
    ground = project(scene().cylinder(4.0, 0.0, 0.05, 3.0, POLE), label_set)
    x, y = cells(ground)
    marked = ground.combined == 100
    assert 1 <= marked.sum() <= 8
    assert np.hypot(x[marked] - 3.95, y[marked]).max() < 0.25
    assert np.all(ground.combined[np.abs(np.hypot(x - 4.0, y) - 0.6) < 0.1] <= 0)


def test_ground_beyond_a_low_box_is_seen_again(scene, label_set, cells):
    place = scene(camera_m=(0.0, 0.0, 1.8)).box((3.0, -1.0, 0.0), (3.3, 1.0, 0.4), WALL)
    ground = project(place, label_set)
    x, y = cells(ground)
    middle = np.abs(y) < 0.2
    shadow_end_m = 3.3 * 1.8 / (1.8 - 0.4)
    gap = middle & (x > 3.4) & (x < shadow_end_m - 0.1)
    beyond = middle & (x > shadow_end_m + 0.5) & (x < 9.0)
    assert gap.any()
    assert np.all(ground.combined[gap] == -1)
    assert np.all(ground.combined[beyond] == 0)
    assert ground.ranges_m[180] == pytest.approx(3.0, abs=0.1)  # the first foot counts


def test_seam_at_the_back_is_like_any_other_bearing(scene, label_set, cells):
    back = scene().box((-4.3, -1.0, 0.0), (-4.0, 1.0, 2.0), WALL)
    front = scene().box((4.0, -1.0, 0.0), (4.3, 1.0, 2.0), WALL)
    behind, ahead = project(back, label_set), project(front, label_set)
    # Turned by half a turn, up to the cells that a border falls on.
    turned = ahead.combined[::-1, ::-1]
    assert np.mean(behind.combined != turned) < 0.002
    assert behind.ranges_m[0] == pytest.approx(4.0, abs=0.15)
    np.testing.assert_allclose(behind.ranges_m, np.roll(ahead.ranges_m, 180), rtol=1e-5)
    _, y = cells(behind)
    assert np.allclose(np.diff(np.unique(y[behind.combined == 100])), 0.1)


@pytest.mark.parametrize('rpy_deg', [(3.0, 0.0, 0.0), (0.0, -3.0, 0.0), (2.0, 2.0, 70.0)])
def test_tilted_camera_sees_the_same_ground(scene, label_set, cells, rpy_deg):
    things = ((4.0, -2.0, 0.0), (4.3, 2.0, 2.0), WALL), ((-3.0, 3.0, 0.0), (-1.0, 3.2, 2.0), CAR)
    level, tilted = scene(), scene(rpy_deg=rpy_deg)
    for thing in things:
        level.box(*thing)
        tilted.box(*thing)
    expected, ground = project(level, label_set), project(tilted, label_set)
    x, y = cells(ground)
    near = np.hypot(x, y) < 6.0
    assert np.mean(ground.combined[near] != expected.combined[near]) < 0.02
    both = np.isfinite(expected.ranges_m) & np.isfinite(ground.ranges_m)
    assert both.sum() > 0.95 * np.isfinite(expected.ranges_m).sum()
    error_m = np.abs(ground.ranges_m[both] - expected.ranges_m[both])
    assert np.median(error_m) < 0.1
    # Rays that just touch a corner may pass it by.
    assert np.quantile(error_m, 0.95) < 1.2 * footprint_m(level, 4.5)
    assert not np.any((ground.combined == 0) & (np.abs(y) < 0.5) & (x > 4.3) & (x < 8.0))


def test_tilt_left_out_would_show(scene, label_set):
    place = scene(rpy_deg=(0.0, 3.0, 0.0)).box((6.0, -3.0, 0.0), (6.3, 3.0, 2.0), WALL)
    segmentation = place.render()
    valid = np.ones(segmentation.labels.shape, bool)
    believed = transform(np.eye(3), place.camera_m)
    wrong = ground_map(segmentation, valid, place.geometry, believed, label_set)
    right = project(place, label_set, segmentation)
    assert abs(right.ranges_m[180] - 6.0) < 0.3
    assert abs(wrong.ranges_m[180] - 6.0) > 1.0


def test_person_whose_foot_is_just_outside_the_body_mask_is_marked_there(scene, label_set, cells):
    place = scene(camera_m=(0.0, 0.0, 0.6)).cylinder(1.2, 0.0, 0.15, 1.8, PERSON)
    valid = np.ones((256, 512), bool)
    valid[int(256 * (90 + np.rad2deg(np.arctan2(0.6, 0.75))) / 180) :] = False
    ground = project(place, label_set, valid=valid, classes=['person'])
    x, y = cells(ground)
    marked = ground.classes['person'] > 0
    assert np.hypot(x[marked] - 1.05, y[marked]).min() < 0.1
    assert ground.ranges_m[180] == pytest.approx(1.05, abs=0.06)


def test_hidden_foot_is_marked_from_the_edge_of_the_blind_zone(scene, label_set, cells):
    place = scene(camera_m=(0.0, 0.0, 0.6)).cylinder(0.75, 0.0, 0.15, 1.8, PERSON)
    edge_m = 0.9
    valid = np.ones((256, 512), bool)
    valid[int(256 * (90 + np.rad2deg(np.arctan2(0.6, edge_m))) / 180) :] = False
    ground = project(place, label_set, valid=valid, classes=['person'])
    x, y = cells(ground)
    marked = ground.combined == 100
    assert marked.any()
    assert np.hypot(x, y)[marked].min() > edge_m - 0.1
    assert np.hypot(x, y)[marked].max() < edge_m + 0.3
    assert ground.ranges_m[180] == pytest.approx(edge_m, abs=0.05)
    behind = (np.abs(y) < 0.1) & (x > 1.3)
    assert np.all(ground.combined[behind] == -1)


def test_foot_behind_a_blind_stretch_is_marked_from_its_near_edge(scene, label_set, cells):
    place = scene().box((4.0, -1.0, 0.0), (4.3, 1.0, 2.0), WALL)
    rows = [128 + int(np.rad2deg(np.arctan2(1.2, r)) * 256 / 180) for r in (3.0, 4.3)]
    valid = np.ones((256, 512), bool)
    valid[rows[1] : rows[0], 250:262] = False
    ground = project(place, label_set, valid=valid)
    x, y = cells(ground)
    ahead = (ground.combined == 100) & (np.abs(y) < 0.1)
    assert x[ahead].min() == pytest.approx(3.0, abs=0.15)
    assert x[ahead].max() == pytest.approx(4.3, abs=0.3)
    assert ground.ranges_m[180] == pytest.approx(3.0, abs=0.15)


def test_hanging_things_above_the_horizon_do_not_mark(scene, label_set):
    place = scene().box((3.0, -1.0, 2.0), (4.0, 1.0, 3.0), BUILDING)
    ground = project(place, label_set)
    assert not np.any(ground.combined == 100)
    assert np.isposinf(ground.ranges_m[180])


@pytest.mark.parametrize('label', [SKY, BLANK, 200])
def test_pixels_that_are_no_ground_and_no_obstacle_say_nothing(scene, label_set, label):
    place = scene()
    labels = np.full((256, 512), label, np.uint8)
    blank = Segmentation(0, 'panorama_frame', labels, np.full((256, 512), 255, np.uint8))
    ground = project(place, label_set, blank, classes=['road'])
    assert np.all(ground.combined == -1)
    assert np.all(ground.classes['road'] == -1)
    assert np.all(np.isnan(ground.ranges_m))


def test_nothing_valid_is_all_unknown(scene, label_set):
    ground = project(scene(), label_set, valid=np.zeros((256, 512), bool))
    assert np.all(ground.combined == -1)
    assert np.all(np.isnan(ground.ranges_m))


def test_uncertain_pixels_are_unknown_not_free(scene, label_set, cells):
    segmentation = scene().render()
    confidence = np.full((256, 512), 255, np.uint8)
    confidence[:, 192:320] = 101  # 45 degrees to either side of forward
    segmentation = segmentation._replace(confidence=confidence)
    ground = project(scene(), label_set, segmentation, classes=['road'])
    x, y = cells(ground)
    assert np.all(ground.combined[(x > 1.0) & (np.abs(y) < 0.8 * x)] == -1)
    assert np.all(np.isnan(ground.ranges_m[140:220]))
    assert np.all(np.isposinf(ground.ranges_m[:130]))
    lenient = project(scene(), label_set, segmentation, classes=['road'], min_confidence=0.3)
    assert lenient.combined[100, 150] == 0
    assert lenient.classes['road'][100, 150] == round(100 * 101 / 255)


def test_uncertain_obstacles_mark_all_the_same(scene, label_set, cells):
    place = scene().box((4.0, -1.0, 0.0), (4.4, 1.0, 2.0), 3)
    sure = place.render()
    confidence = np.where(sure.labels == 3, 40, 255).astype(np.uint8)
    ground = project(place, label_set, sure._replace(confidence=confidence))
    np.testing.assert_array_equal(ground.combined, project(place, label_set, sure).combined)
    assert (ground.combined == 100).sum() > 15
    nothing = project(place, label_set, sure._replace(confidence=np.zeros_like(confidence)))
    assert np.all(nothing.combined == -1)


def test_bearing_that_is_covered_far_out_is_not_called_free(scene, label_set):
    valid = np.ones((256, 512), bool)
    valid[140:, 250:262] = False  # a mast: the ground shows only beyond 8 m
    ring = project(scene(), label_set, valid=valid).ranges_m
    assert np.isnan(ring[180])
    assert np.isposinf(ring[170])


def test_ground_classes_keep_their_costs_and_shares(scene, label_set, cells):
    segmentation = scene().render()
    labels = segmentation.labels.copy()
    labels[128:, :256] = SIDEWALK  # everything to the left
    ground = project(
        scene(), label_set, segmentation._replace(labels=labels), classes=['road', 'sidewalk']
    )
    x, y = cells(ground)
    inside = np.hypot(x, y) < 11.0
    assert np.all(ground.combined[inside & (y > 0.1)] == 20)
    assert np.all(ground.combined[inside & (y < -0.1)] == 0)
    assert np.all(ground.classes['sidewalk'][inside & (y > 0.1)] == 100)
    total = ground.classes['road'][inside].astype(int) + ground.classes['sidewalk'][inside]
    assert np.all(np.abs(total - 100) <= 1)


def test_pose_moves_the_grid_by_whole_cells_and_turns_the_evidence(scene, label_set, cells):
    place = scene(camera_m=(0.2, 0.1, 1.2), rpy_deg=(0.0, 0.0, 30.0))
    place.cylinder(7.0, 1.0, 0.2, 2.0, PERSON)
    pose = (3.27, -1.91, 0.6)
    map_from_base = transform(rotation_from_rpy_deg(0.0, 0.0, np.rad2deg(pose[2])), [*pose[:2], 0])
    ground = project(place, label_set, place.render(7, pose), pose=map_from_base)
    x, y = cells(ground)
    marked = ground.combined == 100
    assert np.hypot(x[marked] - 7.0, y[marked] - 1.0).max() < 0.45
    assert marked.any()
    assert ground.frame_id == 'odom'
    assert ground.stamp_ns == 7
    assert np.allclose(np.array(ground.origin_xy_m) / 0.1, np.round([32 - 100, -20 - 100]))
    assert project(place, label_set).frame_id == 'base_footprint'


def test_arrays_of_a_map_are_read_only(scene, label_set):
    ground = project(scene(), label_set, classes=['road'])
    for array in (ground.combined, ground.ranges_m, ground.classes['road']):
        with pytest.raises(ValueError, match='read-only'):
            array[0] = 0
