"""True feet: below a wall, under a leaning body, at the axle behind a bumper, along a side."""

import numpy as np
import pytest

pytest.importorskip('embreex', reason='rendering needs embreex')

from panoseg_ros.evaluation.ground.contacts import foot_ranges, ground_heights
from panoseg_ros.evaluation.ground.facts import facts_of
from panoseg_ros.evaluation.ground.looks import solid_classes

BEARINGS = 2880


def at(values, degrees):
    return values[round((degrees + 180.0) / 360.0 * BEARINGS) % BEARINGS]


def facts(moment):
    return facts_of(moment, solid_classes())


def test_a_wall_stands_where_it_is(worlds):
    moment = worlds.see(worlds.wall((5.05, -8), (5.05, 8), 2.5))
    found = facts(moment)
    for degrees in (0.0, 20.0, -45.0):
        expected = 5.05 / np.cos(np.deg2rad(degrees))
        assert at(found.first_m, degrees) == pytest.approx(expected, abs=1e-3)
        assert at(found.foot_m, degrees) == pytest.approx(expected, abs=1e-3)
    assert np.isinf(at(found.first_m, 180.0))
    assert moment.contacts.cells[100, 150] and moment.contacts.cells[:, 150].sum() == 160


def test_a_leaning_person_stands_on_the_legs(worlds):
    found = facts(worlds.see(worlds.person(6.0, 0.0)))
    assert at(found.first_m, 0.0) == pytest.approx(5.7, abs=1e-3)
    assert at(found.foot_m, 0.0) == pytest.approx(5.95, abs=1e-3)
    beside = np.rad2deg(np.arctan2(0.2, 5.7))  # an arm, below which there is no leg
    assert at(found.first_m, beside) == pytest.approx(np.hypot(5.7, 0.2), abs=0.01)
    assert at(found.foot_m, beside) == pytest.approx(5.95, abs=0.02)


def test_between_the_wheels_a_bumper_stands_on_their_line(worlds):
    found = facts(worlds.see(worlds.car(4.0, -0.9)))  # its bumper 4 m ahead, its axle 4.8 m
    assert at(found.first_m, 0.0) == pytest.approx(4.0, abs=1e-3)
    assert at(found.foot_m, 0.0) == pytest.approx(4.8, abs=0.02)
    wheel = np.rad2deg(np.arctan2(0.8, 4.8))
    assert at(found.foot_m, wheel) == pytest.approx(4.8 / np.cos(np.deg2rad(wheel)), abs=0.01)


def test_a_sill_stands_on_the_line_of_the_wheels_below_it(worlds):
    found = facts(worlds.see(worlds.car(3.0, -2.0, along_x=False)))  # its side 3 m ahead
    for degrees in (-20.0, -5.0, 0.0, 5.0, 20.0):
        expected = 3.0 / np.cos(np.deg2rad(degrees))
        assert at(found.first_m, degrees) == pytest.approx(expected, abs=0.01)
        assert at(found.foot_m, degrees) == pytest.approx(expected, abs=0.02)


def test_what_hangs_free_is_where_it_is(worlds):
    sign = worlds.box((4.0, 4.1), (-0.5, 0.5), (1.0, 1.5), 7, 9)
    found = facts(worlds.see(sign, worlds.wall((8.0, -9), (8.0, 9), 2.5)))
    assert at(found.foot_m, 0.0) == pytest.approx(4.0, abs=1e-3)


def test_feet_across_the_seam_of_the_bearings():
    first, contact = np.full(360, np.inf), np.full(360, np.inf)
    around = [357, 358, 359, 0, 1, 2, 3]  # the azimuth -pi
    first[around], contact[[357, 3]] = 2.0, 2.2
    thing = np.where(np.isfinite(first), 1, -1)
    foot = foot_ranges(first, contact, thing, np.where(np.isfinite(contact), 1, -1))
    assert foot[around] == pytest.approx([2.2] * 7, abs=0.01)
    assert foot[0] == pytest.approx(2.2 * np.cos(np.deg2rad(3.0)))  # a straight line
    assert np.isinf(foot[4:357]).all()


def test_of_cells_without_ground_the_nearest_counts(worlds):
    truth = worlds.see(worlds.wall((5.05, -8), (5.05, 8), 2.5)).truth
    holes = truth.ground_z_m.copy()
    holes[:, :100], holes[:, 100:] = 0.0, np.nan
    holes[:, 199] = 0.5
    filled = ground_heights(truth._replace(ground_z_m=holes))
    assert (filled[:, 110] == 0.0).all() and (filled[:, 190] == 0.5).all()
    assert not ground_heights(truth._replace(ground_z_m=np.full_like(holes, np.nan))).any()


def test_fronts_feet_and_flat_ground(worlds):
    found = facts(worlds.see(worlds.car(4.02, -0.88)))
    assert found.fronts[100, 140] and not found.feet[100, 140]  # the bumper
    assert not found.fronts[100, 150]  # the bonnet behind it
    assert not found.feet[:, :150].any()  # from 1.8 m the bumper hides the wheels behind it
    beside = facts(worlds.see(worlds.car(3.02, -2.0, along_x=False)))
    assert beside.feet[109, 130] and beside.fronts[100, 130] and not beside.feet[100, 130]
    assert found.flat.all()
    raised = worlds.plate((-60, 3.0), (-60, 60), 0.0, 0)
    from panoseg_ros.synthetic.mesh import join

    kerb = join([raised, worlds.plate((3.0, 60), (-60, 60), 0.16, 1)])
    found = facts(worlds.see(worlds.wall((6.05, -8), (6.05, 8), 2.5, bottom=0.16), ground=kerb))
    assert found.flat[:, :130].all() and not found.flat[:, 130:].any()
    assert not at(found.foot_flat, 0.0) and at(found.foot_m, 0.0) == pytest.approx(6.05, abs=1e-3)


def test_the_top_of_a_thick_wall_is_no_foot(worlds):
    truth = worlds.see(worlds.wall((5.05, -8), (5.05, 8), 2.5))
    there = np.ones_like(truth.truth.face_visible)
    low = truth._replace(  # as if faces were seen behind the first one, and touched the ground
        truth=truth.truth._replace(face_visible=there, foot_visible=there),
        contacts=truth.contacts._replace(cells=there),
    )
    feet = facts(low).feet[100]
    seen = truth.truth.ground_visible[100]
    last = np.flatnonzero(seen[100:]).max() + 100
    assert feet[100 : last + 2].all() and not feet[last + 2 :].any()


def test_obstacles_that_no_label_can_say_are_left_out(worlds):
    found = facts(worlds.see(worlds.wall((5.05, -8), (5.05, 8), 2.5, label=255)))
    assert np.isnan(at(found.first_m, 0.0)) and np.isinf(at(found.first_m, 180.0))
