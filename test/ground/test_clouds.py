"""What the clouds of a frame hold, against scenes cast exactly."""

import numpy as np
import pytest

from panoseg_ros.geometry import rotation_from_rpy_deg, transform, without_heading
from panoseg_ros.ground import GroundProjector, GroundSettings
from panoseg_ros.ground.clouds import PLACE, POINT, free_cloud, obstacle_cloud, pixel_cloud

ROAD, WALL, POLE, SKY, PERSON, CAR, BLANK = 0, 3, 5, 10, 11, 13, 255
SIZE = {'height': 128, 'width': 256}
OPEN_M = 10.0  # free to the maximum range, less half a sample there and the camera's offset


def sight_of(place, label_set, segmentation=None, valid=None, level=None, **values):
    segmentation = segmentation or place.render()
    valid = np.ones(segmentation.labels.shape, bool) if valid is None else valid
    projector = GroundProjector(
        place.geometry, place.base_from_pano, label_set, GroundSettings(**values)
    )
    assert projector.sight is None
    projector.observe(segmentation, valid, None, level)
    return projector.sight


def xyz(points):
    return np.stack([points[name] for name in 'xyz'], -1).astype(float)


def polar(points):
    """Return azimuth in degrees and range."""
    return np.rad2deg(np.arctan2(points['y'], points['x'])), np.hypot(points['x'], points['y'])


@pytest.fixture
def street(scene):
    """A wall ahead with a person before it, and a pole to the right."""
    place = scene(**SIZE).box((5.0, -40.0, 0.0), (5.5, 40.0, 3.0), WALL)
    return place.cylinder(2.0, 0.4, 0.25, 1.7, PERSON).cylinder(0.0, -3.0, 0.1, 3.0, POLE)


def test_the_bytes_of_a_point_are_those_that_messages_describe():
    assert PLACE.itemsize == 12 and POINT.itemsize == 16
    for dtype in (PLACE, POINT):
        assert [dtype.fields[name] for name in 'xyz'] == [
            (np.dtype('<f4'), offset) for offset in (0, 4, 8)
        ]
    assert [POINT.fields[name][1] for name in ('label', 'confidence')] == [12, 13]


def test_feet_lie_where_things_stand_and_are_lifted(street, label_set):
    points = obstacle_cloud(sight_of(street, label_set, marking_height_m=0.3, ground_z_m=0.0))
    assert points.dtype == POINT and points.ndim == 1 and not points.flags.writeable
    assert set(points['label']) == {WALL, PERSON, POLE} and set(points['confidence']) == {255}
    assert points['z'] == pytest.approx(0.3)
    person, pole = points[points['label'] == PERSON], points[points['label'] == POLE]
    assert np.hypot(person['x'] - 2.0, person['y'] - 0.4).max() < 0.6
    assert polar(person)[1].min() == pytest.approx(np.hypot(2.0, 0.4) - 0.25, abs=0.1)
    assert np.hypot(pole['x'], pole['y'] + 3.0).max() < 0.35


def test_a_wall_is_marked_without_gaps_along_its_rays(street, label_set):
    points = obstacle_cloud(sight_of(street, label_set))
    wall = points[(points['label'] == WALL) & (np.abs(points['y'] + 1.5) < 1.0)]
    assert np.diff(np.sort(wall['y'])).max() <= 0.15 and np.ptp(wall['y']) > 1.9
    assert np.abs(wall['x'] - 5.0).max() < 0.35


def test_all_clouds_are_empty_where_nothing_is_seen(scene, label_set):
    place = scene(**SIZE)
    blank = place.render()
    blank = blank._replace(labels=np.full_like(blank.labels, BLANK))
    sight = sight_of(place, label_set, blank)
    assert obstacle_cloud(sight).shape == free_cloud(sight).shape == (0,)
    assert np.isnan(xyz(pixel_cloud(sight))).all()
    unsure = place.render()._replace(confidence=np.full(blank.labels.shape, 90, np.uint8))
    sight = sight_of(place, label_set, unsure, min_confidence=0.4)
    assert len(free_cloud(sight)) == 0 and np.isnan(pixel_cloud(sight)['x']).all()


def test_free_ground_without_obstacles_is_an_empty_cloud_and_a_whole_circle(scene, label_set):
    sight = sight_of(scene(**SIZE), label_set, max_range_m=6.0)
    assert len(obstacle_cloud(sight)) == 0
    free = free_cloud(sight)
    azimuth, reach = polar(free)
    assert free.dtype == PLACE and free['z'] == pytest.approx(0.2)
    assert reach.min() > 5.5 and reach.max() <= 6.0
    apart = np.deg2rad(np.diff(np.sort(azimuth))).max() * 6.0
    assert apart <= 0.1  # one cell, so that the lines to two points leave none between them


@pytest.mark.parametrize('camera_x_m', [0.0, 0.6])
def test_free_points_lie_in_front_of_the_first_foot_of_their_bearing(
    street, label_set, camera_x_m
):
    street.camera_m = (camera_x_m, 0.0, 1.2)
    sight = sight_of(street, label_set)
    azimuth, reach = polar(free_cloud(sight))
    assert len(reach) > 500
    truth = np.full(len(reach), np.inf)  # of the surfaces, around the base
    direction = np.deg2rad(azimuth)
    ahead = np.abs(azimuth) < 75.0
    truth[ahead] = 5.0 / np.cos(direction[ahead])
    for x, y, radius in ((2.0, 0.4, 0.25), (0.0, -3.0, 0.1)):
        along = x * np.cos(direction) + y * np.sin(direction)
        beside = np.abs(x * np.sin(direction) - y * np.cos(direction))
        hit = (along > 0.0) & (beside < radius - 0.05)
        truth[hit] = np.minimum(truth[hit], along[hit])
    assert (reach < truth + 0.2).all()  # half the width of a pixel, at a grazing wall
    open_road = (np.abs(azimuth) > 120.0) | (np.abs(azimuth - 80.0) < 3.0)
    assert reach[open_road & np.isinf(truth)].min() > OPEN_M
    before_wall = (azimuth < -5.0) & (azimuth > -45.0)
    assert (truth - reach)[before_wall].max() < 1.2


def test_free_ground_ends_at_what_is_not_known(scene, label_set):
    place = scene(**SIZE)
    seen = place.render()
    rows = place.geometry.elevation_rad()
    far_m = 1.2 / np.tan(-np.minimum(rows, -1e-3))
    strip = np.ix_((far_m > 3.0) & (far_m < 4.0) & (rows < 0.0), np.arange(100, 156))
    labels = seen.labels.copy()
    labels[strip] = BLANK  # ahead, with road behind it
    azimuth, reach = polar(free_cloud(sight_of(place, label_set, seen._replace(labels=labels))))
    assert reach[np.abs(azimuth) < 35.0].max() < 3.05
    assert reach[np.abs(azimuth) > 45.0].min() > OPEN_M


def test_a_bearing_that_first_sees_ground_far_out_clears_nothing(scene, label_set):
    place = scene(**SIZE)
    covered = np.ones((SIZE['height'], SIZE['width']), bool)
    covered[80:, 100:156] = False  # of a camera with a mast before it: from 2.5 m inwards
    azimuth, reach = polar(free_cloud(sight_of(place, label_set, valid=covered)))
    assert (np.abs(azimuth) > 38.0).all() and reach.min() > OPEN_M


def test_own_body_around_the_base_is_no_obstacle_to_clearing(scene, label_set):
    place = scene(**SIZE, camera_m=(0.4, 0.0, 1.2))
    body = np.ones((SIZE['height'], SIZE['width']), bool)
    body[118:] = False  # a disc of 0.3 m around the camera, the base's origin outside of it
    azimuth, reach = polar(free_cloud(sight_of(place, label_set, valid=body)))
    assert len(azimuth) > 1000 and reach.min() > OPEN_M


def test_pixels_lie_where_they_look(street, label_set):
    sight = sight_of(street, label_set)
    points = pixel_cloud(sight)
    labels = sight.segmentation.labels
    assert points.shape == labels.shape and points.dtype == POINT
    assert (points['label'] == labels).all() and (points['confidence'] == 255).all()
    placed = np.isfinite(points['x'])
    for name in 'yz':
        assert (np.isfinite(points[name]) == placed).all()
    assert set(labels[placed]) == {ROAD, WALL, PERSON, POLE}
    assert not placed[: SIZE['height'] // 2].any()  # above the horizon
    ground = placed & (labels == ROAD)
    assert points['z'][ground] == pytest.approx(0.0, abs=1e-5)
    seen = street.geometry.pixels(xyz(points[ground]) - street.camera_m)
    rows, columns = np.nonzero(ground)
    assert seen[:, 0] == pytest.approx(columns + 0.5, abs=0.02)
    assert seen[:, 1] == pytest.approx(rows + 0.5, abs=0.02)
    assert np.hypot(points['x'], points['y'])[ground].max() <= 12.0
    near = labels == ROAD
    near[: SIZE['height'] * 5 // 8] = False
    assert placed[near].all()


def test_of_an_obstacle_only_the_foot_has_a_place(street, label_set):
    sight = sight_of(street, label_set)
    points, labels = pixel_cloud(sight), sight.segmentation.labels
    feet = np.isfinite(points['x']) & (labels == WALL)
    assert feet.sum(0).max() == 1 and feet.any(0).sum() > 60
    rows, columns = np.nonzero(feet)
    assert (labels[rows + 1, columns] != WALL).all()  # the lowest of its column
    straight = feet & (np.abs(points['y']) < 3.0)
    assert np.abs(points['x'][straight] - 5.0).max() < 0.35
    marks = xyz(obstacle_cloud(sight))[:, :2]
    for place in xyz(points[feet])[::9, :2]:
        assert np.hypot(*(marks - place).T).min() < 0.1


def test_a_buffer_can_be_given_and_is_filled_anew(street, scene, label_set):
    buffer = np.zeros((SIZE['height'], SIZE['width']), POINT)
    for place in (street, scene(**SIZE)):
        sight = sight_of(place, label_set)
        assert pixel_cloud(sight, buffer) is buffer
        fresh = pixel_cloud(sight)
        for name in POINT.names:
            np.testing.assert_array_equal(buffer[name], fresh[name])


def test_what_no_lens_sees_has_no_place(street, label_set):
    valid = np.ones((SIZE['height'], SIZE['width']), bool)
    valid[:, :128] = False  # the left half
    sight = sight_of(street, label_set, valid=valid)
    assert np.isnan(pixel_cloud(sight)['x'][:, :128]).all()
    assert (polar(free_cloud(sight))[0] < 1.0).all()
    assert polar(obstacle_cloud(sight))[0].max() < 1.5


def test_a_levelled_panorama_gives_points_in_the_leaning_base(scene, label_set):
    """The same scene by a level camera, and by one that leans with its robot."""
    lean = rotation_from_rpy_deg(6.0, -4.0, 0.0)
    mounting = transform(rotation_from_rpy_deg(0.0, 0.0, 20.0), (0.2, 0.1, 1.2))
    seen = lean @ mounting[:3, :3]
    upright = without_heading(seen)
    level = transform(seen @ upright.T, lean @ mounting[:3, 3])
    heading_deg = np.rad2deg(np.arctan2(level[1, 0], level[0, 0]))
    place = scene(**SIZE, camera_m=tuple(level[:3, 3]), rpy_deg=(0.0, 0.0, heading_deg))
    place.cylinder(3.0, 1.0, 0.3, 2.0, POLE)
    flat = sight_of(place, label_set)
    projector = GroundProjector(place.geometry, mounting, label_set, GroundSettings())
    projector.observe(place.render(), flat.valid, None, level)
    leaning = projector.sight._replace(base_from_level=lean.T)
    for cloud in (obstacle_cloud, free_cloud, pixel_cloud):
        np.testing.assert_allclose(
            xyz(cloud(leaning)) @ lean.T, xyz(cloud(flat)), atol=2e-3, err_msg=cloud.__name__
        )


def test_feet_of_a_tilted_camera_lie_on_the_ground_too(scene, label_set):
    place = scene(**SIZE, rpy_deg=(5.0, 8.0, 0.0)).cylinder(-2.5, 1.0, 0.3, 2.0, POLE)
    sight = sight_of(place, label_set)
    points = pixel_cloud(sight)
    pole = points[np.isfinite(points['x']) & (points['label'] == POLE)]
    assert len(pole) and pole['z'] == pytest.approx(0.0, abs=1e-5)
    assert np.hypot(pole['x'] + 2.5, pole['y'] - 1.0).max() < 0.5
    assert points['z'][np.isfinite(points['z'])] == pytest.approx(0.0, abs=1e-5)


def test_a_sight_stays_as_it_was_when_the_next_frame_comes(street, scene, label_set):
    projector = GroundProjector(street.geometry, street.base_from_pano, label_set)
    valid = np.ones((SIZE['height'], SIZE['width']), bool)
    projector.observe(street.render(), valid)
    sight = projector.sight
    before = obstacle_cloud(sight).copy(), free_cloud(sight).copy()
    projector.observe(scene(**SIZE).render(), valid)
    assert len(obstacle_cloud(projector.sight)) == 0
    np.testing.assert_array_equal(obstacle_cloud(sight), before[0])
    np.testing.assert_array_equal(free_cloud(sight), before[1])


class Layer:
    """A costmap that clears straight lines of cells and then marks, as obstacle layers do."""

    def __init__(self, cells=240, cell_m=0.1):
        self.cost = np.full((cells, cells), -1)  # unknown
        self.cell_m, self.middle = cell_m, cells // 2

    def at(self, points):
        return np.floor(xyz(points)[:, :2] / self.cell_m).astype(int) + self.middle

    def update(self, obstacles, free):
        origin = np.array([self.middle, self.middle])
        for end in self.at(free):
            steps = np.abs(end - origin).max()
            line = origin + np.rint(np.outer(np.arange(steps + 1) / max(steps, 1), end - origin))
            self.cost[tuple(line.astype(int).T)] = 0
        self.cost[tuple(self.at(obstacles).T)] = 100


@pytest.mark.parametrize('camera_x_m', [0.0, 0.6])
def test_a_layer_marks_who_is_there_and_clears_who_has_left(scene, label_set, camera_x_m):
    def seen(*people):
        place = scene(**SIZE, camera_m=(camera_x_m, 0.0, 1.2))
        place.box((5.0, -40.0, 0.0), (5.5, 40.0, 3.0), WALL)
        for x, y in people:
            place.cylinder(x, y, 0.25, 1.7, PERSON)
        sight = sight_of(place, label_set)
        return obstacle_cloud(sight), free_cloud(sight)

    layer = Layer()
    layer.update(*seen((3.0, 0.0), (-4.0, 2.0)))
    centre = (np.arange(240) - 120 + 0.5) * 0.1
    x, y = np.meshgrid(centre, centre, indexing='ij')
    for person in ((3.0, 0.0), (-4.0, 2.0)):
        near = np.hypot(x - person[0], y - person[1]) < 0.8
        assert (layer.cost[near] == 100).sum() > 4
    behind = (x > 5.7) & (np.abs(y) < 4.0)
    assert (layer.cost[behind] == -1).all()
    shadow = (np.abs(x + 6.0) < 0.3) & (np.abs(y - 3.0) < 0.1)  # of the second person
    assert (layer.cost[shadow] == -1).all()
    layer.update(*seen())
    open_road = np.where(x < 2.0, np.hypot(x, y), np.inf)
    assert (layer.cost[open_road < 5.0] == 0).all()
    # Lines of whole cells that end on a circle leave some cells out, however many they are.
    assert (layer.cost[open_road < 9.5] == 0).mean() > 0.97
    assert (layer.cost[behind] == -1).all()
    marked = (layer.cost == 100) & (np.abs(x - 5.0) < 0.5)
    columns = np.flatnonzero(marked.any(0)[np.abs(centre) < 3.0])
    assert np.diff(columns).max() <= 3  # of the wall; it steps from one sample to the next
