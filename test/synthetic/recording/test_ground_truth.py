"""True ground maps of scenes whose answer is known."""

from itertools import pairwise

import numpy as np
import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import ball, box, counted, join, quads, tube
from panoseg_ros.synthetic.recording.ground_truth import GridSettings, GroundScene, ground_truth

pytest.importorskip('embreex', reason='rendering needs embreex')

GRID = GridSettings(cells=200, resolution_m=0.1, bearings=360)
EYE = np.array([0.0, 0.0, 1.0])
HERE = np.eye(4)


def plane(grade=0.0, label=ids.ROAD, half=40.0):
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    return quads([[(x, y, grade * x) for x, y in corners]], label, 0)


def centres(settings=GRID):
    along = settings.origin_xy_m[0] + (np.arange(settings.cells) + 0.5) * settings.resolution_m
    return np.meshgrid(along, along)


def cell(x, y, settings=GRID):
    """Return (row, column) of a point."""
    return tuple(int(np.floor((v - settings.origin_xy_m[0]) / settings.resolution_m))
                 for v in (y, x))  # fmt: skip


# 1 m wide, 0.5 m deep, 0.5 m high; its front at x = 4.0, away from the cells' borders by 5 cm
BOX = counted(box((0.5, 1.0, 0.5), (4.3, 0.05, 0.0), ids.CAR, 0), 7)


@pytest.fixture(scope='module')
def boxed():
    return ground_truth(join([plane(), BOX]), HERE, EYE, GRID)


def test_empty_plane_is_free_everywhere():
    truth = ground_truth(plane(label=ids.TERRAIN), HERE, EYE, GRID)
    assert (truth.ground == ids.TERRAIN).all()
    assert truth.free.all()
    assert not truth.occluded.any()
    assert not truth.obstacle.any()
    assert np.isinf(truth.ranges_m).all()
    np.testing.assert_allclose(truth.ground_z_m, 0.0, atol=1e-5)


def test_face_cells_are_the_outline_of_the_box(boxed):
    x, y = centres()
    half = 0.5 * GRID.resolution_m
    inside = (abs(x - 4.3) <= 0.25 + half) & (abs(y - 0.05) <= 0.5 + half)
    core = (abs(x - 4.3) < 0.25 - half) & (abs(y - 0.05) < 0.5 - half)
    # the lid lies within the band too, so the whole footprint holds faces
    assert boxed.obstacle[core].all()
    assert not boxed.obstacle[~inside].any()
    assert (boxed.obstacle_class[boxed.obstacle] == ids.CAR).all()
    assert (boxed.obstacle_instance[boxed.obstacle] == 7).all()
    assert (boxed.obstacle_class[~boxed.obstacle] == 255).all()


def test_front_is_visible_and_back_is_not(boxed):
    assert boxed.face_visible[cell(4.07, 0.05)]
    assert boxed.foot_visible[cell(4.07, 0.05)]
    assert boxed.face_visible[cell(4.3, 0.05)]  # the camera looks onto the lid
    assert not boxed.foot_visible[cell(4.52, 0.05)]
    low = ground_truth(join([plane(), BOX]), HERE, np.array([0.0, 0.0, 0.4]), GRID)
    assert not low.face_visible[cell(4.3, 0.05)]
    assert low.face_visible[cell(4.07, 0.05)]


def test_shadow_is_the_one_of_similar_triangles(boxed):
    # seen from 1 m, an edge 0.5 m high at x hides the ground up to 2 x
    shadow_end = 2 * 4.55
    for y in (-0.2, 0.05, 0.3):
        assert not boxed.ground_visible[cell(4.75, y)]
        assert not boxed.ground_visible[cell(shadow_end - 0.25, 2 * y)]
        assert boxed.ground_visible[cell(shadow_end + 0.25, 2 * y)]
    x, y = centres()
    beside = (abs(np.arctan2(y, x)) > np.arctan2(0.7, 4.0)) | (x < 3.8)
    assert boxed.free[beside].all()
    assert boxed.occluded.sum() * 0.01 == pytest.approx(6.9, rel=0.15)


def test_ranges_are_those_of_the_front(boxed):
    bearing = -np.pi + np.arange(360) * 2 * np.pi / 360
    hit = np.isfinite(boxed.ranges_m)
    expected = 4.05 / np.cos(bearing)
    inside = abs(4.05 * np.tan(bearing) - 0.05) < 0.5
    inside &= abs(bearing) < 1
    np.testing.assert_allclose(boxed.ranges_m[inside], expected[inside], rtol=1e-6)
    assert hit[inside].all()
    assert hit.sum() <= inside.sum() + 2


def test_apparent_width_is_that_of_the_object(boxed):
    width = boxed.face_width_rad[cell(4.07, 0.05)]
    expected = np.arctan2(0.55, 4.05) - np.arctan2(-0.45, 4.05)
    assert width == pytest.approx(expected, rel=0.01)
    assert boxed.face_width_rad[~boxed.face_visible].max() == 0.0


def test_width_holds_across_the_seam():
    behind = counted(box((0.5, 1.0, 0.5), (-4.3, 0.05, 0.0), ids.CAR, 0), 3)
    truth = ground_truth(join([plane(), behind]), HERE, EYE, GRID)
    expected = np.arctan2(0.55, 4.05) - np.arctan2(-0.45, 4.05)
    assert truth.face_width_rad[cell(-4.07, 0.05)] == pytest.approx(expected, rel=0.01)
    assert truth.ranges_m[0] == pytest.approx(4.05)


def test_crown_above_the_robot_does_not_count_but_the_trunk_does():
    tree = join([
        tube((3.05, 1.05, 0.0), (3.05, 1.05, 3.0), (0.12, 0.12), ids.VEGETATION, 0),
        ball((3.05, 1.05, 4.0), (2.0, 2.0, 1.4), ids.VEGETATION, 0, 2),
    ])  # fmt: skip
    truth = ground_truth(join([plane(), tree]), HERE, EYE, GRID)
    x, y = centres()
    away = np.hypot(x - 3.05, y - 1.05)
    assert truth.obstacle[(away > 0.09) & (away < 0.13)].all()
    assert not truth.obstacle[away > 0.2].any()
    under = (away > 0.3) & (away < 1.5)
    assert (truth.ground[under] == ids.ROAD).all()
    in_line = abs(np.arctan2(y, x) - np.arctan2(1.05, 3.05)) < 0.06
    assert truth.free[under & ~in_line].all()
    near = truth.ranges_m[np.isfinite(truth.ranges_m)]
    assert near.min() == pytest.approx(np.hypot(3.05, 1.05) - 0.12, abs=0.02)
    tall = ground_truth(join([plane(), tree]), HERE, EYE, GridSettings(200, high_m=4.0))
    assert tall.obstacle[(away > 0.3) & (away < 1.4)].any()


def test_gantry_beam_above_is_no_obstacle():
    beam = box((0.3, 8.0, 0.5), (5.0, 0.0, 3.0), ids.SIGN, 0)
    assert not ground_truth(join([plane(), beam]), HERE, EYE, GRID).obstacle.any()


def test_slope_moves_the_band_with_the_ground():
    grade = 0.05
    post = box((0.3, 0.3, 1.0), (8.05, 0.05, 0.05 * 7.9), ids.POLE, 0)
    board = box((0.3, 4.0, 0.5), (8.0, -4.0, 0.4 + 2.1), ids.SIGN, 0)
    mesh = join([plane(grade), post, board])
    base = transform(rotation_from_rpy_deg(0.0, -np.rad2deg(np.arctan(grade)), 0.0), [0, 0, 0])
    truth = ground_truth(mesh, base, EYE, GRID)
    x, _ = centres()
    np.testing.assert_allclose(truth.ground_z_m, grade * x, atol=1e-3)
    assert truth.obstacle[cell(8.05, 0.05)]
    # 2.5 m above the robot, yet 2.1 above its own ground: out of the band
    assert not truth.obstacle[cell(8.0, -4.0)]
    assert truth.free[cell(5.0, 2.0)]


def test_crest_hides_what_lies_behind_it():
    def ridge(x):
        return np.maximum(0.0, 1.2 - abs(x - 5.0) * 0.4)

    xs = np.linspace(-10, 40, 251)
    strips = [
        [(a, -20, ridge(a)), (b, -20, ridge(b)), (b, 20, ridge(b)), (a, 20, ridge(a))]
        for a, b in pairwise(xs)
    ]
    truth = ground_truth(quads(strips, ids.ROAD, 0), HERE, EYE, GRID)
    assert truth.ground_visible[cell(4.0, 0.0)]
    assert truth.occluded[cell(8.5, 0.0)]
    assert not truth.obstacle.any()


def test_pose_turns_and_moves_the_grid():
    base = transform(rotation_from_rpy_deg(0, 0, 90), [10.0, -3.0, 0.0])
    turned = base[:3, :3] @ (BOX.corners.reshape(-1, 3).T) + base[:3, 3:]
    mesh = BOX._replace(corners=turned.T.reshape(-1, 3, 3).astype(np.float32))
    truth = ground_truth(join([plane(), mesh]), base, (base @ [*EYE, 1])[:3], GRID)
    plain = ground_truth(join([plane(), BOX]), HERE, EYE, GRID)
    assert (truth.obstacle != plain.obstacle).mean() < 1e-3
    assert (truth.ground_visible != plain.ground_visible).mean() < 1e-3
    np.testing.assert_allclose(truth.ranges_m, plain.ranges_m, rtol=1e-4)


def test_moving_parts_hide_and_block_like_standing_ones():
    scene = GroundScene(plane(), GRID)
    still = ground_truth(join([plane(), BOX]), HERE, EYE, GRID)
    moving = scene(HERE, EYE, BOX)
    for one, other in zip(moving, still, strict=True):
        np.testing.assert_array_equal(one, other)
    assert scene(HERE, EYE).free.all()


def test_thin_pole_is_as_wide_as_it_is():
    pole = tube((6.03, 0.04, 0.0), (6.03, 0.04, 3.0), (0.05, 0.05), ids.POLE, 0, 24)
    truth = ground_truth(join([plane(), pole]), HERE, EYE, GRID)
    width = truth.face_width_rad[truth.face_visible]
    assert width.max() == pytest.approx(0.1 / 6.03, rel=0.06)


def test_no_ground_at_all():
    truth = ground_truth(BOX, HERE, EYE, GRID)
    assert (truth.ground == 255).all()
    assert np.isnan(truth.ground_z_m).all()
    assert not truth.free.any()
    assert not truth.occluded.any()
    assert truth.obstacle.any()


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'cells': 1}, 'cells must be 2 to 4000'),
        ({'resolution_m': 0.0}, 'resolution_m must be'),
        ({'samples': 0}, 'samples must be'),
        ({'low_m': 2.0}, 'low_m < high_m'),
        ({'bearings': 1}, 'bearings must be'),
    ],
)
def test_impossible_grids_are_refused(values, message):
    with pytest.raises(SyntheticError, match=message):
        GridSettings(**values)


def test_ranges_end_where_the_grid_does_not_hold_every_bearing():
    wall = counted(box((0.5, 30.0, 2.0), (11.0, 0.0, 0.0), ids.BUILDING, 0), 3)
    ahead = np.array([1.5, 0.0, 1.0])  # the wall is 9.25 m before it, and beyond the grid
    near = counted(box((0.5, 1.0, 0.5), (-7.5, 0.05, 0.0), ids.CAR, 0), 7)
    truth = ground_truth(join([plane(), wall, near]), HERE, ahead, GRID)
    assert truth.reach_m == pytest.approx(8.5)
    assert np.isinf(truth.ranges_m).all()  # the box is 8.75 m behind it
    assert ground_truth(join([plane(), near]), HERE, EYE, GRID).reach_m == pytest.approx(10.0)
