"""What is shown in space, against places worked out by hand."""

import numpy as np
import pytest

from panoseg_ros.evaluation.viewing import Grid, Lifter, labelled_cells, planar
from panoseg_ros.evaluation.viewing.scene import HIGHEST_M, from_above, moved, pixel_from_above
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.labels import load_label_set

ROAD, BUILDING, POLE, SKY, PERSON = 0, 2, 5, 10, 11
GEOMETRY = PanoramaGeometry(128, 256)
CAMERA = transform(np.eye(3), [0.5, 0.0, 1.5])
LABELS = load_label_set('cityscapes19')
GRID = Grid(np.array([[0, 100, -1], [60, 0, 0]], np.int8), 0.5, (1.0, 2.0), 0.25)


def picture_of(person_m, width=8):
    """Return a mask with ground up to the horizon, sky above, and somebody 1.8 m tall ahead."""
    labels = np.full((128, 256), SKY, np.uint8)
    elevation = GEOMETRY.elevation_rad()
    labels[elevation < 0.0] = ROAD
    foot, head = np.arctan2(-1.5, person_m), np.arctan2(0.3, person_m)
    rows = (elevation > foot) & (elevation < head)
    labels[np.ix_(rows, np.arange(128 - width, 128 + width))] = PERSON
    return labels


@pytest.mark.parametrize('upright', [False, True])
def test_ground_pixels_lie_on_the_ground_within_reach(upright):
    lifter = Lifter(GEOMETRY, CAMERA, LABELS, 0.1, 10.0, upright)
    cloud = lifter.cloud(picture_of(4.0), np.full(360, np.inf, np.float32))
    assert set(cloud.class_ids) == {ROAD}
    np.testing.assert_allclose(cloud.points_m[:, 2], 0.1, atol=1e-5)
    assert np.hypot(cloud.points_m[:, 0] - 0.5, cloud.points_m[:, 1]).max() < 10.0


def test_an_obstacle_stands_upright_above_its_foot():
    ranges = np.full(360, np.inf, np.float32)
    ranges[160:201] = 4.0  # bearing 180 is straight ahead
    cloud = Lifter(GEOMETRY, CAMERA, LABELS).cloud(picture_of(4.0), ranges)
    person = cloud.points_m[cloud.class_ids == PERSON]
    distance = np.hypot(person[:, 0] - 0.5, person[:, 1])
    np.testing.assert_allclose(distance, 4.0, atol=1e-4)
    assert person[:, 2].min() < 0.3 and 1.5 < person[:, 2].max() < 1.9
    assert np.abs(person[:, 1]).max() < 1.0


def test_what_stands_behind_or_has_no_foot_is_left_out():
    labels = picture_of(4.0)
    labels[20:52, 120:136] = BUILDING  # above and behind the person's head
    ranges = np.full(360, np.nan, np.float32)
    cloud = Lifter(GEOMETRY, CAMERA, LABELS).cloud(labels, ranges)
    assert set(cloud.class_ids) == {ROAD}
    ranges[160:201] = 4.0
    cloud = Lifter(GEOMETRY, CAMERA, LABELS).cloud(labels, ranges)
    assert set(cloud.class_ids) == {ROAD, PERSON}


def test_a_pole_ends_somewhere():
    labels = picture_of(4.0, 0)
    labels[:90, 127:129] = POLE
    ranges = np.full(360, 2.0, np.float32)
    cloud = Lifter(GEOMETRY, CAMERA, LABELS).cloud(labels, ranges)
    pole = cloud.points_m[cloud.class_ids == POLE]
    assert len(pole) and HIGHEST_M - 3.0 < pole[:, 2].max() < HIGHEST_M


def test_feet_are_where_the_ring_says():
    ranges = np.array([1.0, np.inf, 3.0, np.nan], np.float32)  # behind, right, ahead, left
    feet = Lifter(GEOMETRY, CAMERA, LABELS, -0.2).feet(ranges)
    np.testing.assert_allclose(feet, [[-0.5, 0.0, -0.2], [3.5, 0.0, -0.2]], atol=1e-6)


def test_a_leaning_camera_sees_the_same_ground_if_its_pose_says_so():
    lean = transform(rotation_from_rpy_deg(0.0, 10.0, 0.0), [0.0, 0.0, 1.0])
    labels = np.zeros((128, 256), np.uint8)
    cloud = Lifter(GEOMETRY, lean, LABELS).cloud(labels, np.full(8, np.inf, np.float32))
    np.testing.assert_allclose(cloud.points_m[:, 2], 0.0, atol=1e-5)


def test_a_pose_counts_with_place_and_heading():
    pose = transform(rotation_from_rpy_deg(5.0, -8.0, 90.0), [1.0, 2.0, 3.0])
    flat = planar(pose)
    np.testing.assert_allclose(moved(np.array([[1.0, 0.0, 0.0]], np.float32), flat),
                               [[1.0, 3.0, 3.0]], atol=1e-6)  # fmt: skip
    assert np.array_equal(planar(None), np.eye(4))


def test_cells_become_points_at_their_centres():
    cloud = labelled_cells({ROAD: GRID, PERSON: GRID._replace(cells=-GRID.cells)})
    assert cloud.class_ids.tolist() == [ROAD, ROAD]
    np.testing.assert_allclose(cloud.points_m, [[1.75, 2.25, 0.25], [1.25, 2.75, 0.25]])
    assert len(labelled_cells({}).points_m) == 0


def test_cells_from_above_have_x_up_and_y_left():
    picture = from_above(GRID.cells)
    assert picture.shape == (3, 2) and picture.dtype == np.uint8
    assert picture.tolist() == [[0, 255], [0, 100], [60, 0]]
    right, down = pixel_from_above(GRID, (1.75, 2.25))  # the lethal cell
    assert picture[int(down), int(right)] == 100
