"""A tilted plane is found, kerbs or not, and a way that is given it sees the wall where it is."""

import numpy as np
import pytest

pytest.importorskip('embreex', reason='rendering needs embreex')

from panoseg_ros.evaluation.ground.conditions import sight_of
from panoseg_ros.evaluation.ground.facts import facts_of, on_plane
from panoseg_ros.evaluation.ground.looks import TrueLook, solid_classes
from panoseg_ros.evaluation.ground.planes import Plane, fit_plane, off_plane_m, plane_from_level
from panoseg_ros.geometry import rotation_from_rpy_deg, transform

ROWS = 256


def sloping(worlds, slope):
    ends = [(-60, -60), (60, -60), (60, 60), (-60, 60)]
    return worlds.quad([(x, y, slope * x) for x, y in ends], 0)


@pytest.fixture(scope='module')
def hill(worlds):
    return worlds.see(worlds.wall((5.05, -8), (5.05, 8), 3.0), ground=sloping(worlds, 0.06))


def test_the_plane_is_found(hill):
    assert fit_plane(hill) == pytest.approx((0.0, 0.06, 0.0), abs=1e-4)


def test_a_kerb_does_not_tilt_it(worlds):
    from panoseg_ros.synthetic.mesh import join

    kerb = join(
        [worlds.plate((-60, 3), (-60, 60), 0.0, 0), worlds.plate((3, 60), (-60, 60), 0.16, 1)]
    )
    moment = worlds.see(worlds.wall((6.05, -4), (6.05, 4), 2.5), ground=kerb)
    assert np.abs(fit_plane(moment)).max() < 0.01


def test_what_lies_in_the_plane_is_flat(hill):
    level = facts_of(hill, solid_classes())
    assert not level.flat[100, 120] and not level.foot_flat[1440]  # 12 cm up, 2 m ahead
    given = on_plane(level, hill, fit_plane(hill))
    assert given.flat.all() and given.foot_flat[1440]
    assert off_plane_m(hill, Plane())[100, 199] == pytest.approx(0.06 * 9.95, abs=0.01)


def test_the_pose_stands_upright_on_the_plane_whatever_the_heading(hill):
    turned = hill._replace(
        odom_from_base=transform(rotation_from_rpy_deg(0, 0, 90.0), np.zeros(3))
    )
    for moment, uphill in ((hill, [1.0, 0.0, 0.06]), (turned, [0.0, -1.0, 0.06])):
        pose = plane_from_level(moment, Plane(0.1, 0.06, 0.0))
        assert pose[:3, :3] @ pose[:3, :3].T == pytest.approx(np.eye(3), abs=1e-12)
        assert (pose[:3, :3] @ uphill)[2] == pytest.approx(0.0, abs=1e-12)
        assert (pose @ [0.0, 0.0, 0.1, 1.0])[2] == pytest.approx(0.0, abs=1e-12)


def test_given_the_plane_a_way_sees_the_wall_where_it_is(hill):
    from panoseg_ros.evaluation.ground.bench import SETTINGS
    from panoseg_ros.evaluation.ground.ways import Kit

    look = TrueLook(ROWS)
    ahead = {}
    for condition in ('level', 'plane'):
        sight = sight_of(condition, hill, look, np.random.default_rng(0), fit_plane(hill))
        answer = Kit(look.geometry, look.label_set, SETTINGS).way('one frame')(sight)
        ahead[condition] = answer.ranges_m[len(answer.ranges_m) // 2]
    assert ahead['level'] == pytest.approx(5.05 * 1.8 / (1.8 - 0.06 * 5.05), abs=0.15)
    assert ahead['plane'] == pytest.approx(5.05, abs=0.12)
