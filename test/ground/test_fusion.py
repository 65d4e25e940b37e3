import numpy as np
import pytest

from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.ground import GroundFusion, GroundProjector, GroundSettings

ROAD, WALL, PERSON = 0, 3, 11
SETTINGS = GroundSettings(size_m=12.0, max_range_m=6.0)
CLASSES = ('road', 'wall', 'person')
SECOND = 1_000_000_000


@pytest.fixture
def drive(scene, label_set):
    """Return a function that shows a scene at a time and pose and gives the fused map."""

    class Drive:
        def __init__(self):
            self.fusion = GroundFusion(label_set, SETTINGS, CLASSES)
            self.projector = None

        def __call__(self, place, seconds, pose=(0.0, 0.0, 0.0), valid=None):
            if self.projector is None:
                self.projector = GroundProjector(
                    place.geometry, place.base_from_pano, label_set, SETTINGS, CLASSES
                )
            segmentation = place.render(round(seconds * SECOND), pose)
            shape = segmentation.labels.shape
            valid = np.ones(shape, bool) if valid is None else valid
            turn = rotation_from_rpy_deg(0.0, 0.0, np.rad2deg(pose[2]))
            map_from_base = transform(turn, [pose[0], pose[1], 0.0])
            return self.fusion.update(self.projector.observe(segmentation, valid, map_from_base))

    return Drive()


@pytest.fixture
def street(scene):
    return lambda: scene(height=128, width=256)


def at(ground, x, y):
    column = int(np.floor((x - ground.origin_xy_m[0]) / ground.resolution_m))
    row = int(np.floor((y - ground.origin_xy_m[1]) / ground.resolution_m))
    return row, column


BLIND = np.zeros((128, 256), bool)


def test_first_frame_is_the_frame_alone(drive, street):
    place = street().box((3.0, -1.0, 0.0), (3.3, 1.0, 2.0), WALL)
    ground = drive(place, 0.0)
    alone = drive.projector(place.render(), np.ones((128, 256), bool), np.eye(4))
    np.testing.assert_array_equal(ground.combined, alone.combined)
    for slug in CLASSES:
        np.testing.assert_array_equal(ground.classes[slug], alone.classes[slug])
    np.testing.assert_array_equal(ground.ranges_m, alone.ranges_m)
    assert ground.origin_xy_m == alone.origin_xy_m
    assert ground.frame_id == 'odom'


def test_person_that_walks_away_leaves_no_trail(drive, street):
    for i in range(6):
        ground = drive(street().cylinder(3.0, -1.0 + 0.3 * i, 0.2, 1.8, PERSON), 0.1 * i)
    first, now = at(ground, 2.85, -1.0), at(ground, 2.8, 0.5)
    assert ground.combined[first] == 0
    assert ground.classes['person'][first] == 0
    assert ground.classes['road'][first] == 100
    assert np.any(ground.combined[now[0] - 2 : now[0] + 3, now[1] - 2 : now[1] + 3] == 100)


def test_cell_is_free_within_three_frames_of_being_seen_as_ground(drive, street):
    for i in range(20):
        occupied = drive(street().cylinder(3.0, 0.0, 0.2, 1.8, PERSON), 0.1 * i).combined == 100
    assert occupied.any()
    left = [drive(street(), 2.0 + 0.1 * i).combined[occupied] for i in range(3)]
    assert np.all(left[-1] == 0)
    assert np.all(left[0] == 100)  # one wrong frame alone would not have cleared it


def test_static_obstacle_outlives_a_wrong_frame_and_yields_to_many(drive, street):
    place = street().box((3.0, -1.0, 0.0), (3.3, 1.0, 2.0), WALL)
    for i in range(10):
        occupied = drive(place, 0.1 * i).combined == 100
    held = drive(street(), 1.0)
    assert np.all(held.combined[occupied] == 100)
    assert np.all(held.classes['wall'][occupied] == 100)
    for i in range(5):
        ground = drive(street(), 1.1 + 0.1 * i)
    assert np.all(ground.combined[occupied] == 0)
    assert np.all(ground.classes['wall'][occupied] == 0)


def test_one_wrong_obstacle_does_not_outlive_the_next_right_frame(drive, street):
    for i in range(5):
        drive(street(), 0.1 * i)
    wrong = drive(street().cylinder(3.0, 0.0, 0.2, 1.8, WALL), 0.5).combined == 100
    assert wrong.any()
    assert np.all(drive(street(), 0.6).combined[wrong] == 0)


def test_unseen_cells_become_unknown_never_free(drive, street):
    place = street().box((3.0, -1.0, 0.0), (3.3, 1.0, 2.0), WALL)
    place.cylinder(0.0, 3.0, 0.3, 1.8, PERSON)
    drive(street(), 0.0)  # first free, so that what is forgotten could fall back on it
    for i in range(1, 9):
        before = drive(place, 0.1 * i)
    wall, person = before.classes['wall'] > 0, before.classes['person'] > 0
    free = before.combined == 0
    for seconds in (1.0, 3.0, 10.0, 40.0, 80.0, 160.0, 400.0):
        after = drive(place, seconds, valid=BLIND)
        assert not np.any((after.combined == 0) & ~free)
        assert np.all((after.combined == before.combined) | (after.combined == -1))
    assert np.all(after.combined == -1)
    assert np.all(after.classes['person'] == -1)
    assert wall.any()
    assert person.any()


@pytest.mark.parametrize(
    ('label', 'half_life_s', 'cap'), [(WALL, 30.0, 4.0), (PERSON, 2.0, 2.0), (ROAD, 30.0, 4.0)]
)
def test_forgetting_follows_the_half_life(drive, street, label, half_life_s, cap):
    place = street() if label == ROAD else street().cylinder(3.0, 0.0, 0.2, 1.8, label)
    for i in range(10):
        seen = drive(place, 0.1 * i).combined
    held = seen == (0 if label == ROAD else 100)
    gone_s = half_life_s * np.log2(cap / 0.5)  # half a frame is left of the cap
    before = drive(place, 0.9 + 0.98 * gone_s, valid=BLIND).combined
    after = drive(place, 0.9 + 1.02 * gone_s, valid=BLIND).combined
    assert held.any()
    assert np.all(before[held] == seen[held])
    assert np.all(after[held] == -1)


def test_grid_rolls_by_whole_cells_and_keeps_world_places(drive, street):
    place = street().box((3.0, -1.0, 0.0), (3.3, 1.0, 2.0), WALL)
    for i in range(8):
        before = drive(place, 0.1 * i)
    pose = (-1.234, 0.777, 0.0)
    moved = drive(place, 1.0, pose, valid=BLIND)
    assert np.allclose(moved.origin_xy_m, (-1.3 - 6.0, 0.7 - 6.0))
    np.testing.assert_array_equal(moved.combined[:-7, 13:], before.combined[7:, :-13])
    for slug in CLASSES:
        np.testing.assert_array_equal(
            moved.classes[slug][:-7, 13:], before.classes[slug][7:, :-13]
        )
    assert np.all(moved.combined[-7:] == -1)  # rolled in, never seen
    assert np.all(moved.combined[:, :13] == -1)
    far = drive(place, 1.9, (10.0, 0.0, 0.0), valid=BLIND)
    assert np.all(far.combined[:, 20:] == -1)
    assert np.any(far.combined[:, :20] != -1)


def test_turn_on_the_spot_shears_nothing(drive, street):
    place = street().box((3.0, -1.0, 0.0), (3.3, 1.0, 2.0), WALL)
    place.cylinder(-2.0, 2.0, 0.2, 2.0, WALL)
    first = drive(place, 0.0)
    for i in range(1, 20):
        ground = drive(place, 0.1 * i, (0.0, 0.0, np.deg2rad(9.0 * i)))
    assert ground.origin_xy_m == first.origin_xy_m
    ys, xs = np.nonzero(first.combined == 100)
    rows, columns = np.nonzero(ground.combined == 100)
    apart = np.hypot(rows[:, None] - ys, columns[:, None] - xs).min(axis=1)
    assert np.median(apart) <= 1.0
    assert apart.max() <= 4.0


def test_reset_forgets_everything(drive, street):
    drive(street(), 0.0)
    drive.fusion.reset()
    assert np.all(drive(street(), 0.1, valid=BLIND).combined == -1)


@pytest.mark.parametrize(
    ('seconds', 'pose', 'kept'),
    [
        (0.1, (0.0, 0.0, 0.0), True),
        (0.1, (1.5, 0.0, 0.0), True),
        (0.1, (5.0, 0.0, 0.0), False),
        (0.1, (0.0, 0.0, 2.0), False),
        (0.1, (0.0, 0.0, 2.0 * np.pi), True),
        (-0.1, (0.0, 0.0, 0.0), False),
        (0.0, (0.0, 0.0, 0.0), True),
    ],
)
def test_jumps_of_time_or_pose_reset_the_map(drive, street, seconds, pose, kept):
    drive(street(), 0.0)
    after = drive(street(), seconds, pose, valid=BLIND)
    assert np.any(after.combined != -1) == kept


def test_two_fusions_share_nothing(scene, label_set):
    place = scene(height=64, width=128)
    projector = GroundProjector(place.geometry, place.base_from_pano, label_set, SETTINGS)
    evidence = projector.observe(place.render(), np.ones((64, 128), bool), np.eye(4))
    one, two = GroundFusion(label_set, SETTINGS), GroundFusion(label_set, SETTINGS)
    kept = evidence.weight.copy()
    for _ in range(3):
        one.update(evidence)
    assert np.array_equal(evidence.weight, kept)
    assert np.array_equal(two.update(evidence).combined, one.update(evidence).combined)
