"""Tracks on a plane and a slope: exact motion, and an IMU that agrees with it."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import join, quads
from panoseg_ros.synthetic.recording.route import Leg, Route
from panoseg_ros.synthetic.recording.track import GRAVITY_MPS2, Ground, track_of

pytest.importorskip('embreex', reason='rendering needs embreex')


class Slope(NamedTuple):
    """A straight road of one grade, as `scenes` bends them."""

    grade: float = 0.0

    def points(self, street):
        p = np.asarray(street, float)
        return np.stack([p[..., 0], p[..., 1], p[..., 2] + self.grade * p[..., 0]], -1)

    def pose(self, at, rpy_deg):
        pose = np.eye(4)
        pose[:3, 3] = self.points(at)
        return pose


class Scene(NamedTuple):
    bend: Slope
    mesh: object


def plane(grade=0.0, z=0.0, x=(-90, 90)):
    corners = [(x[0], -90), (x[1], -90), (x[1], 90), (x[0], 90)]
    return quads([[(a, b, grade * a + z) for a, b in corners]], ids.ROAD, 0)


def track(route, seconds=4.0, grade=0.0, mesh=None, **rest):
    scene = Scene(Slope(grade), plane(grade) if mesh is None else mesh)
    return track_of(route, scene, Ground(scene.mesh), seconds, **rest)


TIMES = np.arange(0.0, 4.0, 0.05)


def places(way, times=TIMES) -> np.ndarray:
    return np.array([way.pose(t)[:3, 3] for t in times])


def yaws(way, times=TIMES):
    return np.unwrap([math.atan2(*way.pose(t)[[1, 0], [0, 0]]) for t in times])


def test_straight_at_constant_speed():
    way = track(Route(1.0, 2.0, 90.0, (Leg(speed_mps=1.5),)))
    np.testing.assert_allclose(places(way)[:, 0], 1.0, atol=1e-9)
    np.testing.assert_allclose(places(way)[:, 1], 2.0 + 1.5 * TIMES, atol=1e-6)
    assert way.way_m(2.0) == pytest.approx(3.0)
    motion = way.motion(2.0)
    np.testing.assert_allclose(motion.linear_mps, [1.5, 0, 0], atol=1e-6)
    np.testing.assert_allclose(motion.acceleration_mps2, [0, 0, GRAVITY_MPS2], atol=1e-4)


def test_arc_has_its_radius():
    speed, turn = 1.2, 0.4
    way = track(Route(legs=(Leg(math.inf, speed, turn),)))
    np.testing.assert_allclose(yaws(way), turn * TIMES, atol=1e-9)
    radius = speed / turn
    centre = np.linalg.norm(places(way)[:, :2] - [0, radius], axis=1)
    np.testing.assert_allclose(centre, radius, atol=5e-3)
    motion = way.motion(0.0)  # also at the very start
    assert motion.angular_radps[2] == pytest.approx(turn)
    assert motion.acceleration_mps2[1] == pytest.approx(speed * turn, rel=5e-3)


def test_turn_on_the_spot_moves_nothing():
    way = track(Route(3.0, 1.0, 0.0, (Leg(turn_radps=math.pi / 2),)))
    np.testing.assert_allclose(places(way), [[3.0, 1.0, 0.0]] * len(TIMES), atol=1e-6)
    np.testing.assert_allclose(yaws(way), math.pi / 2 * TIMES, atol=1e-9)


def test_stop_and_go_again():
    way = track(Route(legs=(Leg(1.0, 1.0), Leg(2.0), Leg(speed_mps=1.0))))
    assert way.speed_mps(0.3) == pytest.approx(1.0, abs=1e-3)
    assert way.speed_mps(2.0) == pytest.approx(0.0, abs=1e-3)
    assert way.way_m(2.0) == pytest.approx(1.0, abs=1e-3)
    assert way.way_m(4.0) == pytest.approx(2.0, abs=1e-3)
    steepest = max(np.linalg.norm(way.motion(t).acceleration_mps2) for t in TIMES)
    assert steepest < 12.0  # smooth, though the command jumps


def test_imu_integrates_to_the_pose():
    legs = (Leg(1.0, 1.0), Leg(1.0, 1.0, 1.0), Leg(1.0, 0.0, -1.0), Leg(speed_mps=0.8))
    way = track(Route(legs=legs), grade=0.05, sway_deg=(3.0, 5.0), sway_hz=0.7)
    step = 0.01
    pose, velocity = way.pose(0.0), None
    turn, place = pose[:3, :3].copy(), pose[:3, 3].copy()
    velocity = turn @ way.motion(0.0).linear_mps
    for t in np.arange(0.0, 3.9, step):
        middle = way.motion(t + 0.5 * step)
        rate = np.linalg.norm(middle.angular_radps)
        axis = middle.angular_radps / max(rate, 1e-12)
        cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        half = np.eye(3) + math.sin(rate * step / 2) * cross
        half += (1 - math.cos(rate * step / 2)) * cross @ cross
        force = turn @ half @ middle.acceleration_mps2 - [0, 0, GRAVITY_MPS2]
        place = place + velocity * step + 0.5 * force * step**2
        velocity = velocity + force * step
        turn = turn @ half @ half
    end = way.pose(3.9)
    np.testing.assert_allclose(turn, end[:3, :3], atol=2e-4)
    np.testing.assert_allclose(place, end[:3, 3], atol=0.02)


def test_hills_are_followed():
    grade = 0.05
    way = track(Route(legs=(Leg(speed_mps=2.0),)), grade=grade)
    xyz = places(way)
    np.testing.assert_allclose(xyz[:, 2], grade * xyz[:, 0], atol=1e-3)
    forward = way.pose(2.0)[:3, 0]
    assert forward[2] / forward[0] == pytest.approx(grade, abs=1e-6)
    across = track(Route(0.0, 0.0, 90.0, (Leg(speed_mps=1.0),)), grade=grade).pose(1.0)
    assert across[2, 1] == pytest.approx(-grade, rel=0.01)  # its left side looks downhill
    down = track(Route(0.0, 0.0, 180.0, (Leg(speed_mps=1.0),)), grade=grade).pose(1.0)
    assert down[2, 0] < 0


def test_kerbs_are_climbed_smoothly():
    mesh = join([plane(x=(-90, 2.0)), plane(z=0.12, x=(2.0, 90))])
    way = track(Route(legs=(Leg(speed_mps=1.0),)), mesh=mesh)
    z = places(way)[:, 2]
    assert z[0] == pytest.approx(0.0, abs=1e-6)
    assert z[-1] == pytest.approx(0.12, abs=1e-6)
    assert np.diff(z).max() < 0.03


def test_waypoints_are_passed_and_the_last_is_kept():
    route = Route(0.0, 0.0, 0.0, (), ((2.0, 0.0), (3.0, 1.0)), 1.0)
    way = track(route, 8.0)
    xyz = places(way, np.arange(0.0, 8.0, 0.02))
    for point in ((2.0, 0.0), (3.0, 1.0)):
        assert np.linalg.norm(xyz[:, :2] - point, axis=1).min() < 0.05
    np.testing.assert_allclose(xyz[-1, :2], (3.0, 1.0), atol=1e-3)
    assert way.speed_mps(1.0) == pytest.approx(1.0, abs=0.02)
    assert way.speed_mps(7.5) == pytest.approx(0.0, abs=1e-6)


def test_loops_go_round_with_a_steady_heading():
    ring = tuple((2 * math.cos(a), 2 * math.sin(a)) for a in np.arange(1, 12) * math.pi / 6)
    way = track(Route(2.0, 0.0, 0.0, (), ring, 1.0, loop=True), 30.0)
    times = np.arange(0.0, 30.0, 0.05)
    xyz, yaw = places(way, times), yaws(way, times)
    assert abs(np.linalg.norm(xyz[:, :2], axis=1) - 2.0).max() < 0.05
    assert np.diff(yaw).min() > 0.0
    assert yaw[-1] - yaw[0] == pytest.approx(30.0 / 2.0, rel=0.03)
    assert way.way_m(30.0) == pytest.approx(30.0, abs=1e-6)


def test_routes_can_be_told_from_the_robot():
    start = np.array([10.0, 5.0, math.pi / 2])
    way = track(Route(2.0, 1.0, 90.0, (Leg(speed_mps=1.0),), from_robot=True), start=start)
    np.testing.assert_allclose(way.pose(0.0)[:2, 3], [9.0, 7.0], atol=1e-9)
    np.testing.assert_allclose(way.pose(2.0)[:2, 3], [7.0, 7.0], atol=1e-6)


def test_ground_without_a_mesh_is_the_guess():
    ground = Ground(plane()._replace(labels=np.full(2, ids.CAR, np.uint8)))
    assert ground.height(np.zeros((2, 2)), np.array([1.0, 2.0])).tolist() == [1.0, 2.0]
