import numpy as np
import pytest
from box_room import dual_rig, fisheye, pictures, turn_by, turned_wrongly

from panoseg_ros.cameras.checking.drawing import pictures as drawings
from panoseg_ros.cameras.checking.report import check_rig, level_rpy_deg
from panoseg_ros.cameras.checking.verdicts import worst
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_rpy_deg, transform


def verdict(report, what, subject=None):
    return next(r for r in report.rows if r.what == what and subject in (None, r.subject)).verdict


@pytest.fixture(scope='module')
def moments():
    rig = dual_rig(fisheye(640))
    poses = [transform(rotation_from_rpy_deg(0, 0, 90.0 * k), [k, 0.0, 0.0]) for k in range(2)]
    return [pictures(rig, pose, gains=(1.0, 1.2)) for pose in poses]


@pytest.fixture(scope='module')
def right(moments):
    return check_rig(dual_rig(fisheye(640)), moments)


@pytest.fixture(scope='module')
def wrong(moments):
    rig = dual_rig(fisheye(640))
    return check_rig(turned_wrongly(rig, 'back', turn_by(np.random.default_rng(1), 2.0)), moments)


def test_a_right_rig_is_good_but_for_its_gain(right):
    assert verdict(right, 'rotation is off by') == 'good'
    assert verdict(right, 'disagreement') == 'good'
    assert verdict(right, 'gain mismatch') == 'look'
    assert verdict(right, 'horizon tilted by') == 'good'
    assert worst(right.rows) == 'look'


def test_a_turned_lens_is_bad_and_the_suggestion_puts_it_right(wrong):
    assert verdict(wrong, 'rotation is off by') == 'bad'
    assert verdict(wrong, 'disagreement') == 'look'
    assert verdict(wrong, 'without parallax') in ('look', 'bad')
    assert list(wrong.suggestions) == ['back']
    suggested = rotation_from_rpy_deg(*wrong.suggestions['back']) @ BODY_FROM_OPTICAL
    true = dual_rig().lenses[1].pano_from_lens[:3, :3]
    left_deg = np.rad2deg(np.arccos((np.trace(suggested @ true.T) - 1) / 2))
    assert left_deg < 0.2


def test_pictures_of_everything_found(right, moments):
    drawn = drawings(right, moments[0])
    assert set(drawn) == {
        'panorama',
        'overlap_front_back_front',
        'overlap_front_back_back',
        'overlap_front_back_difference',
        'circle_front',
        'circle_back',
        'horizon',
    }
    assert all(picture.dtype == np.uint8 and picture.ndim == 3 for picture in drawn.values())
    assert (drawn['horizon'] != right.panorama.image).any()


def test_a_thin_overlap_is_refused_by_its_degrees():
    rig = dual_rig(fisheye(240, max_angle_deg=91.0))
    report = check_rig(rig, [pictures(rig)])
    [row] = [row for row in report.rows if row.what == 'rotation']
    assert row.verdict == '-'
    assert row.limits.startswith('overlap too thin: ')
    assert not report.suggestions


def test_without_structure_nothing_is_suggested():
    rig = dual_rig(fisheye(240))
    grey = {name: np.full((240, 240, 3), 128, np.uint8) for name in ('front', 'back')}
    report = check_rig(rig, [grey])
    [row] = [row for row in report.rows if row.what == 'rotation']
    assert 'too few matches' in row.limits
    assert verdict(report, 'horizon') == '-'
    assert verdict(report, 'lens circle') == '-'


def test_pictures_are_needed():
    with pytest.raises(CameraError, match='at least one moment'):
        check_rig(dual_rig(), [])


def test_the_levelled_mount_keeps_the_heading():
    rig = dual_rig()
    up = rotation_from_rpy_deg(4.0, -3.0, 0.0).T @ [0.0, 0.0, 1.0]
    rpy = level_rpy_deg(rig, up)
    assert np.allclose(rotation_from_rpy_deg(*rpy) @ up, [0, 0, 1])
    assert rpy == pytest.approx((4.0, -3.0, 0.0), abs=0.3)
