"""What ways are told: true labels turned upright, late poses, noise, a bundle's labels."""

import numpy as np
import pytest

pytest.importorskip('embreex', reason='rendering needs embreex')

from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.conditions import BY_NAME, shown, sight_of
from panoseg_ros.evaluation.ground.facts import facts_of
from panoseg_ros.evaluation.ground.looks import PredictedLook, TrueLook
from panoseg_ros.evaluation.ground.studio import VIEWS, sway
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.metrics.flicker import turn_labels
from panoseg_ros.resources import DEFAULT_BUNDLE

ROWS = 256


@pytest.fixture(scope='module')
def moment(worlds):
    return worlds.see(worlds.wall((5.05, -8), (5.05, 8), 2.5))


def told(name, moment):
    return sight_of(name, moment, TrueLook(ROWS), np.random.default_rng(0))


def test_every_condition_has_a_view():
    assert {condition.view for condition in BY_NAME.values()} == set(VIEWS)


def test_level_is_told_as_it_is(moment):
    sight = told('level', moment)
    assert np.array_equal(sight.labels, moment.labels[ROWS]) and sight.valid.all()
    assert sight.confidence.min() == 255
    assert sight.height_m == pytest.approx(1.8) and sight.camera_xy_m == pytest.approx((0, 0))


def test_a_late_stamp_turns_the_pose_by_four_and_a_half_degrees(moment):
    pose = told('stamp', moment).odom_from_base
    assert np.rad2deg(np.arctan2(pose[1, 0], pose[0, 0])) == pytest.approx(4.5)


def test_an_exact_imu_undoes_the_tilt_and_a_noisy_one_nearly(moment):
    t_s = 0.35
    lean = sway(t_s)
    leaning = turn_labels(moment.labels[ROWS], PanoramaGeometry(ROWS, 2 * ROWS), lean.T)
    swaying = moment._replace(
        t_s=t_s,
        labels={ROWS: leaning},
        level_from_pano=transform(lean, [0.0, 0.0, 1.8]),
    )
    same = {
        name: (told(name, swaying).labels == moment.labels[ROWS]).mean()
        for name in ('level', 'imu noisy', 'imu exact')
    }
    assert same['imu exact'] > 0.98
    assert same['level'] < same['imu noisy'] < same['imu exact']


def test_along_a_grade_the_ground_is_held_to_lie_as_the_robot(moment):
    lean = rotation_from_rpy_deg(0.0, -2.862, 0.0)
    on_hill = moment._replace(level_from_pano=transform(lean, lean @ [0.0, 0.0, 1.8]))
    assert told('grade', on_hill).height_m == pytest.approx(1.8 * np.cos(np.arctan(0.05)), 1e-4)
    along = told('grade along', on_hill)
    assert along.height_m == pytest.approx(1.8) and along.camera_xy_m == (0.0, 0.0)
    assert np.array_equal(along.labels, moment.labels[ROWS])


def test_own_body_hides_what_is_below_it(moment):
    sight = told('body', moment)
    assert not sight.valid[-30:].any() and sight.valid[: ROWS // 2 + 40].all()
    assert (sight.labels[~sight.valid] == 255).all() and not sight.confidence[~sight.valid].any()
    assert np.array_equal(sight.labels[sight.valid], moment.labels[ROWS][sight.valid])


def test_ground_under_own_body_cannot_be_covered(moment):
    range_m = facts_of(moment, (3,)).range_m
    seen = shown('body', moment, range_m)
    hidden = moment.truth.free & ~seen.truth.free
    assert hidden.any() and range_m[hidden].max() < 3.0 < range_m[seen.truth.free].min() + 0.1
    assert shown('level', moment, range_m) is moment


def test_a_bundle_sees_the_picture_levelled_first(moment):
    pytest.importorskip('onnxruntime', reason='graphs need onnxruntime')
    from panoseg_ros.bundles import load_bundle

    look = PredictedLook(load_bundle(DEFAULT_BUNDLE, verify=False))
    picture = np.zeros((ROWS, 2 * ROWS, 3), np.uint8)
    picture[: ROWS // 2] = (120, 170, 230)  # a blue half above a grey one
    picture[ROWS // 2 :] = 90
    seen = moment._replace(picture=picture)
    level = look(seen, np.eye(3))
    assert level.labels.shape == level.confidence.shape == (ROWS, 2 * ROWS)
    assert level.valid.all() and level.labels.max() < 19 and level.confidence.max() > 100
    turned = look(seen, rotation_from_rpy_deg(0.0, 10.0, 0.0))
    assert turned.valid.all() and not np.array_equal(turned.labels, level.labels)


def test_a_bundle_of_part_of_the_sphere_is_refused():
    from dataclasses import replace

    from panoseg_ros.bundles import load_bundle

    bundle = load_bundle(DEFAULT_BUNDLE, verify=False)
    part = replace(bundle, input=replace(bundle.input, bottom_deg=-60.0))
    with pytest.raises(MetricsError, match='wants 512 x 256 from 90 to -60 degrees'):
        PredictedLook(part)
