"""Plans of drives: shipped ones, files, and what is refused."""

import math

import pytest
import yaml

from panoseg_ros.errors import SyntheticError
from panoseg_ros.resources import share_dir
from panoseg_ros.synthetic import DEMO, DrivePlan, Leg, Route, load_plan
from panoseg_ros.synthetic.recording.movers import KINDS
from panoseg_ros.synthetic.recording.plan import changed, parse_plan

SHIPPED = sorted(path.stem for path in (share_dir() / 'config/drives').glob('*.yaml'))


@pytest.mark.parametrize('name', SHIPPED)
def test_shipped_plans_load(name):
    plan = load_plan(name)
    assert plan.anywhere
    assert all(mover.kind in KINDS for mover in plan.movers)
    assert all(mover.route.from_robot for mover in plan.movers)


def test_there_are_plans_for_what_maps_are_judged_by():
    assert {'street', 'walk_away', 'spin', 'patrol'} <= set(SHIPPED)
    assert load_plan('spin').route.legs == (Leg(math.inf, 0.0, math.pi / 2),)
    assert load_plan('demo') == DEMO


def test_file_says_everything(tmp_path):
    file = tmp_path / 'plan.yaml'
    file.write_text(
        """
seed: 7
seconds: 3
rate_hz: 5
start: {s: 1, d: -2.5, yaw_deg: 90}
waypoints: [[4, -2], [8, -1]]
speed_mps: 1.5
loop: true
sway_deg: [1, 2]
movers:
  - {kind: bus, start: {s: 3, d: 2, yaw_deg: 180}, legs: [{seconds: 2, speed_mps: 6}, {}]}
"""
    )
    plan = load_plan(str(file))
    assert plan.route == Route(1, -2.5, 90, (), ((4, -2), (8, -1)), 1.5, True, False)
    assert plan.movers[0].route.legs == (Leg(2.0, 6.0, 0.0), Leg())
    assert (plan.frames, plan.anywhere, plan.sway_deg) == (15, False, (1.0, 2.0))


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('[]', 'expected a mapping'),
        ('{sed: 1}', "unknown key 'sed', expected legs, loop"),
        ('{seed: -1}', 'seed must be 0 to 999999'),
        ('{seed: 1.5}', 'seed must be a whole number, got 1.5'),
        ('{loop: maybe}', "loop must be true or false, got 'maybe'"),
        ('{seconds: 0}', 'seconds must be above 0'),
        ('{rate_hz: fast}', "rate_hz must be a number within 1e.09, got 'fast'"),
        ('{seconds: .nan}', 'seconds must be a number'),
        ('{legs: 3}', 'legs must be a list'),
        ('{legs: [{speed: 1}]}', r"plan\.legs\[0\]: unknown key 'speed'"),
        ('{legs: [{seconds: -1}]}', r'legs\[0\]: seconds must not be negative, got -1'),
        ('{legs: [{speed_mps: 1.0e+9}]}', 'speed_mps must be a number within 100, got'),
        ('{movers: [{kind: car, legs: [3]}]}', r'plan\.movers\[0\]\.legs\[0\]: expected'),
        ('{waypoints: [[1]]}', r'waypoints\[0\] must be two numbers'),
        ('{waypoints: [[1, 2]], speed_mps: 0}', 'speed_mps must be positive'),
        ('{waypoints: [[1, 2]], legs: [{}]}', 'both legs and waypoints'),
        ('{start: {x: 1}}', "start: unknown key 'x', expected d, s, yaw_deg"),
        ('{start: here}', "start: expected a mapping, got 'here'"),
        ('{movers: [{}]}', r'movers\[0\]: needs a `kind`'),
        ('{sway_deg: [0, 60]}', 'sway_deg must be within 30'),
        ('{: :', 'cannot be read'),
        ('[' * 3000, 'cannot be read'),
    ],
)
def test_wrong_plans_are_named_in_one_line(tmp_path, text, message):
    file = tmp_path / 'plan.yaml'
    file.write_text(text)
    with pytest.raises(SyntheticError, match=message) as caught:
        load_plan(str(file))
    assert 'plan.yaml' in str(caught.value)
    assert '\n' not in str(caught.value)


def test_unknown_name_lists_the_shipped_ones():
    with pytest.raises(SyntheticError, match='patrol, spin, street, walk_away'):
        load_plan('nowhere')


def test_another_seed_starts_anywhere():
    there = parse_plan(yaml.safe_load('{seed: 7, start: {s: 1, d: 2}, legs: [{speed_mps: 1}]}'))
    moved = changed(there, seed=8, seconds=None)
    assert (moved.seed, moved.anywhere, moved.route.from_robot) == (8, True, True)
    assert moved.seconds == there.seconds
    assert changed(there, seconds=2.0).route == there.route


def test_waypoints_of_a_scene_stay_in_it():
    there = parse_plan(yaml.safe_load('{seed: 7, start: {s: 1, d: 2}, waypoints: [[4, 4]]}'))
    with pytest.raises(SyntheticError, match='keeps its seed'):
        changed(there, seed=8)
    with pytest.raises(SyntheticError, match='from_robot'):
        DrivePlan(7, Route(waypoints=((1.0, 1.0),)), anywhere=True)
