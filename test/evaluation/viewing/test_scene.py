"""What is shown in space, against places worked out by hand."""

import numpy as np

from panoseg_ros.evaluation.viewing import (
    Grid,
    labelled_cloud,
    places_of,
    planar,
    standing_cloud,
)
from panoseg_ros.evaluation.viewing.scene import HIGHEST_M, from_above, pixel_from_above
from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.ground import POINT, GroundProjector, GroundSettings, pixel_cloud
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


def sight_of(labels, camera=CAMERA, **values):
    """Return what rays met in a mask."""
    sure = np.full(labels.shape, 255, np.uint8)
    projector = GroundProjector(GEOMETRY, camera, LABELS, GroundSettings(**values))
    projector.observe(Segmentation(1, 'p', labels, sure), np.ones(labels.shape, bool))
    return projector.sight


def test_ground_pixels_lie_on_the_ground_within_reach():
    sight = sight_of(picture_of(4.0, 0), ground_z_m=0.1, max_range_m=10.0)
    cloud = labelled_cloud(pixel_cloud(sight))
    assert set(cloud.class_ids) == {ROAD} and len(cloud.points_m) > 2000
    np.testing.assert_allclose(cloud.points_m[:, 2], 0.1, atol=1e-5)
    assert np.hypot(cloud.points_m[:, 0] - 0.5, cloud.points_m[:, 1]).max() < 10.0
    assert len(standing_cloud(sight, pixel_cloud(sight)).points_m) == 0


def test_an_obstacle_stands_upright_above_its_foot():
    sight = sight_of(picture_of(4.0))
    person = standing_cloud(sight, pixel_cloud(sight))
    assert set(person.class_ids) == {PERSON}
    distance = np.hypot(person.points_m[:, 0] - 0.5, person.points_m[:, 1])
    np.testing.assert_allclose(distance, 4.0, atol=0.15)
    assert person.points_m[:, 2].min() < 0.3
    assert 1.5 < person.points_m[:, 2].max() < 1.9
    assert np.abs(person.points_m[:, 1]).max() < 1.0


def test_what_stands_behind_is_left_out():
    labels = picture_of(4.0)
    labels[20:52, 120:136] = BUILDING  # above and behind the person's head
    sight = sight_of(labels)
    assert set(standing_cloud(sight, pixel_cloud(sight)).class_ids) == {PERSON}


def test_a_pole_ends_somewhere():
    labels = picture_of(4.0, 0)
    labels[:90, 127:129] = POLE
    sight = sight_of(labels)
    pole = standing_cloud(sight, pixel_cloud(sight))
    assert len(pole.points_m) and HIGHEST_M - 3.0 < pole.points_m[:, 2].max() < HIGHEST_M


def test_places_are_those_of_the_points():
    points = np.zeros(2, POINT)
    points['x'], points['z'] = [1.0, 2.0], 0.5
    assert places_of(points).tolist() == [[1.0, 0.0, 0.5], [2.0, 0.0, 0.5]]


def test_a_pose_counts_with_place_and_heading():
    flat = planar(transform(rotation_from_rpy_deg(5.0, -8.0, 90.0), [1.0, 2.0, 3.0]))
    np.testing.assert_allclose(flat @ [1.0, 0.0, 0.0, 1.0], [1.0, 3.0, 3.0, 1.0], atol=1e-6)
    assert np.array_equal(planar(None), np.eye(4))


def test_cells_from_above_have_x_up_and_y_left():
    picture = from_above(GRID.cells)
    assert picture.shape == (3, 2) and picture.dtype == np.uint8
    assert picture.tolist() == [[0, 255], [0, 100], [60, 0]]
    right, down = pixel_from_above(GRID, (1.75, 2.25))  # the lethal cell
    assert picture[int(down), int(right)] == 100
