"""How something moves through a scene: from a route to a pose for every moment.

Convention: the world's z is vertical; roll, pitch and yaw are those of Rz(yaw) Ry(pitch)
Rx(roll). A track stands on the ground under it and leans with the road's slope.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.synthetic.mesh import Mesh
from panoseg_ros.synthetic.recording.ground_truth import GROUND
from panoseg_ros.synthetic.recording.route import Leg, Route
from panoseg_ros.synthetic.rendering.casting import MISS, Caster
from panoseg_ros.synthetic.scenes.bend import END_M
from panoseg_ros.synthetic.scenes.world import World

F64 = NDArray[np.float64]
STEP_S = 0.005
GRAVITY_MPS2 = 9.80665
_PAD = 4  # steps before time 0 and after the end, for differences
_SMOOTH_S = 0.12  # of a Gaussian that rounds kerbs and changes of speed
_ABOVE_M = 2.0  # from where above the road's line the ground is looked for
_STEEPEST = 0.12  # ground rises at most so much per metre
_LINE_M = 200.0  # half the length of a street, with what goes on beyond the scene


class Motion(NamedTuple):
    """Position, attitude and how both change, in the world and in the moving body."""

    world_from_body: F64  # (4, 4)
    linear_mps: F64  # (3,) in the body
    angular_radps: F64  # (3,) in the body
    acceleration_mps2: F64  # (3,) in the body, with the reaction to gravity


class Track:
    """Poses from time 0 on, every STEP_S; what lies between is interpolated.

    Args:
        xyz: (T, 3) places in the world, from `_PAD` steps before time 0 on.
        rpy_rad: (T, 3) angles without jumps.
        way_m: (T,) length of the way so far, in the plane.
    """

    def __init__(self, xyz: F64, rpy_rad: F64, way_m: F64) -> None:
        self._xyz, self._rpy, self._way = xyz, rpy_rad, way_m
        self._velocity = np.gradient(xyz, STEP_S, axis=0)
        self._acceleration = np.gradient(self._velocity, STEP_S, axis=0)
        self._rates = np.gradient(rpy_rad, STEP_S, axis=0)

    def pose(self, t: float) -> F64:
        """Return world_from_body (4, 4) at a time in seconds."""
        angles = np.rad2deg(self._at(self._rpy, t))
        return transform(rotation_from_rpy_deg(*angles), self._at(self._xyz, t))

    def way_m(self, t: float) -> float:
        """Return how far it has come at a time in seconds."""
        return float(self._at(self._way[:, None], t)[0])

    def speed_mps(self, t: float) -> float:
        """Return the speed in the plane."""
        return float(np.hypot(*self._at(self._velocity, t)[:2]))

    def motion(self, t: float) -> Motion:
        """Return pose and motion at a time in seconds.

        Body rates from those of the angles: J. Diebel, "Representing Attitude", 2006, for
        the sequence (1, 2, 3).
        """
        pose = self.pose(t)
        body_from_world = pose[:3, :3].T
        roll, pitch, _ = self._at(self._rpy, t)
        d_roll, d_pitch, d_yaw = self._at(self._rates, t)
        sr, cr, sp, cp = math.sin(roll), math.cos(roll), math.sin(pitch), math.cos(pitch)
        angular = np.array(
            [d_roll - sp * d_yaw, cr * d_pitch + cp * sr * d_yaw, cp * cr * d_yaw - sr * d_pitch]
        )
        force = self._at(self._acceleration, t) + np.array([0.0, 0.0, GRAVITY_MPS2])
        linear = body_from_world @ self._at(self._velocity, t)
        return Motion(pose, linear, angular, body_from_world @ force)

    @staticmethod
    def _at(column: F64, t: float) -> F64:
        place = min(max(t / STEP_S + _PAD, 0.0), len(column) - 1.0)
        index = min(int(place), len(column) - 2)
        share = place - index
        here: F64 = column[index] * (1.0 - share) + column[index + 1] * share
        return here


class Ground:
    """The height of the ground of a scene."""

    def __init__(self, mesh: Mesh) -> None:
        which = np.isin(mesh.labels, GROUND)
        self._corners = mesh.corners[which]
        self._caster = Caster(mesh._replace(corners=self._corners)) if which.any() else None

    def height(self, xy: F64, guess_z: F64) -> F64:
        """Return z (N,) below points (N, 2); the guess (N,) where there is no ground."""
        if self._caster is None:
            return guess_z
        away = np.linalg.norm(xy - xy[0], axis=1)
        starts = np.column_stack([xy, guess_z + _ABOVE_M + 0.5 * _STEEPEST * np.minimum(away, 5)])
        starts = np.ascontiguousarray(starts, np.float32)
        down = np.zeros_like(starts)
        down[:, 2] = -1.0
        hits = self._caster.first_hits(starts, down)
        corner = self._corners[hits].astype(np.float64)
        a, ab, ac = corner[:, 0], corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        normal = np.cross(ab, ac)
        normal[np.abs(normal[:, 2]) < 1e-9, 2] = 1e-9
        rise = ((xy - a[:, :2]) * normal[:, :2]).sum(1) / normal[:, 2]
        return np.where(hits == MISS, guess_z, a[:, 2] - rise)


def track_of(
    route: Route,
    world: World,
    ground: Ground,
    seconds: float,
    start: F64 | None = None,
    sway_deg: tuple[float, float] = (0.0, 0.0),
    sway_hz: float = 0.5,
) -> Track:
    """Return the track of a route.

    Args:
        route: from where and how; in street coordinates, or against `start`.
        world: the scene.
        ground: its ground.
        seconds: how long.
        start: (3,) x, y and yaw in rad of what a route `from_robot` is told against.
        sway_deg: amplitudes of a slow rocking in roll and pitch.
        sway_hz: how often it rocks in pitch per second; 1.3 times that in roll.
    """
    plane, way = _plane(route, world, seconds, start)
    s_d, slope = _on_street(world, plane[:, :2])
    street = np.column_stack([s_d, np.zeros(len(s_d))])
    z = ground.height(plane[:, :2], world.bend.points(street)[:, 2])
    t = np.arange(len(plane)) * STEP_S
    u = np.column_stack([np.cos(plane[:, 2]), np.sin(plane[:, 2])])
    left = np.column_stack([-u[:, 1], u[:, 0]])
    rocking = 2 * np.pi * sway_hz * t
    roll = np.arctan((left * slope).sum(1)) + np.deg2rad(sway_deg[0]) * np.sin(1.3 * rocking)
    pitch = -np.arctan((u * slope).sum(1)) + np.deg2rad(sway_deg[1]) * np.sin(rocking)
    raw = np.column_stack([plane[:, :2], z, roll, pitch, plane[:, 2], way])
    smooth = _smoothed(raw)
    return Track(smooth[:, :3], smooth[:, 3:6], smooth[:, 6])


def _plane(route: Route, world: World, seconds: float, start: F64 | None) -> tuple[F64, F64]:
    """Return x, y, yaw (T, 3) every STEP_S with a margin for smoothing, and the way (T,)."""
    margin = round(4 * _SMOOTH_S / STEP_S) + _PAD
    count = math.ceil(seconds / STEP_S) + 2
    if route.from_robot:
        origin = np.zeros(3) if start is None else start
        turn = rotation_from_rpy_deg(0, 0, math.degrees(origin[2]))[:2, :2]
        begin = np.array([*(origin[:2] + turn @ [route.s, route.d]), origin[2]])
        points = [origin[:2] + turn @ p for p in route.waypoints]
    else:
        pose = world.bend.pose((route.s, route.d, 0.0), (0.0, 0.0, 0.0))
        begin = np.array([*pose[:2, 3], math.atan2(pose[1, 0], pose[0, 0])])
        points = [world.bend.points((*p, 0.0))[:2] for p in route.waypoints]
    begin[2] += math.radians(route.yaw_deg)
    if points:
        inner, way = _through(np.array([begin[:2], *points]), route, count + margin)
        ahead = np.repeat(inner[:1], margin, 0)
        return np.vstack([ahead, inner]), np.concatenate([np.zeros(margin), way])
    speed, turn_rate = _commands(route.legs, count + margin)
    first = np.full(margin, 1.0)
    speed, turn_rate = (np.concatenate([v[0] * first, v]) for v in (speed, turn_rate))
    return _integrated(begin, speed, turn_rate, margin)


def _commands(legs: tuple[Leg, ...], count: int) -> tuple[F64, F64]:
    """Return speed and turn rate (T,) of legs; the last one goes on."""
    legs = legs or (Leg(),)
    lengths = [round(min(leg.seconds, 1e6) / STEP_S) for leg in legs]
    lengths[-1] = max(count, 1)
    speed = np.concatenate([np.full(min(n, count), leg.speed_mps)
                            for n, leg in zip(lengths, legs, strict=True)])  # fmt: skip
    turn = np.concatenate([np.full(min(n, count), leg.turn_radps)
                           for n, leg in zip(lengths, legs, strict=True)])  # fmt: skip
    return speed[:count], turn[:count]


def _integrated(begin: F64, speed: F64, turn: F64, margin: int) -> tuple[F64, F64]:
    """Follow commands exactly, each step an arc; `begin` is reached after the margin."""
    yaw = np.concatenate([[0.0], np.cumsum(turn[:-1] * STEP_S)])
    half = 0.5 * turn * STEP_S
    chord = speed * STEP_S * np.sinc(half / np.pi)
    dx, dy = chord * np.cos(yaw + half), chord * np.sin(yaw + half)
    x = np.concatenate([[0.0], np.cumsum(dx[:-1])])
    y = np.concatenate([[0.0], np.cumsum(dy[:-1])])
    way = np.concatenate([[0.0], np.cumsum(np.abs(speed[:-1]) * STEP_S)])
    spin = rotation_from_rpy_deg(0, 0, math.degrees(begin[2] - yaw[margin]))[:2, :2]
    xy = np.column_stack([x - x[margin], y - y[margin]]) @ spin.T + begin[:2]
    return np.column_stack([xy, yaw - yaw[margin] + begin[2]]), way - way[margin]


def _through(points: F64, route: Route, count: int) -> tuple[F64, F64]:
    """Follow a centripetal Catmull-Rom curve at constant speed; then stand, or go round.

    Source: E. Catmull and R. Rom, "A class of local interpolating splines", 1974.
    """
    if route.loop:
        ring = np.vstack([points[-1:], points, points[:2]])
    else:
        ring = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for p0, p1, p2, p3 in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        pieces.append(_catmull_rom(p0, p1, p2, p3))
    curve = np.vstack([*pieces, pieces[0][:1] if route.loop else points[-1:]])
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    along = np.arange(count) * STEP_S * route.speed_mps
    place = np.mod(along, length[-1]) if route.loop else np.minimum(along, length[-1])
    xy = np.column_stack([np.interp(place, length, curve[:, k]) for k in (0, 1)])
    heading = np.unwrap(np.arctan2(*np.diff(curve, axis=0).T[::-1]))
    middle = 0.5 * (length[1:] + length[:-1])
    if route.loop:  # the heading goes on turning with every lap
        turn = 2 * np.pi * np.round((heading[-1] - heading[0]) / (2 * np.pi))
        heading = np.concatenate([[heading[-1] - turn], heading, [heading[0] + turn]])
        middle = np.concatenate([[middle[-1]], middle + length[-1], [middle[0] + 2 * length[-1]]])
        yaw = np.interp(place + length[-1], middle, heading)
        yaw += np.floor(along / length[-1]) * turn
    else:
        yaw = np.interp(place, middle, heading)
    return np.column_stack([xy, yaw]), np.minimum(along, along if route.loop else length[-1])


def _catmull_rom(p0: F64, p1: F64, p2: F64, p3: F64) -> F64:
    t0, knots = 0.0, [0.0]
    for a, b in ((p0, p1), (p1, p2), (p2, p3)):
        t0 += max(float(np.linalg.norm(b - a)), 1e-6) ** 0.5
        knots.append(t0)
    k0, k1, k2, k3 = knots
    t = np.linspace(k1, k2, 200, endpoint=False)[:, None]
    a1 = (k1 - t) / (k1 - k0) * p0 + (t - k0) / (k1 - k0) * p1
    a2 = (k2 - t) / (k2 - k1) * p1 + (t - k1) / (k2 - k1) * p2
    a3 = (k3 - t) / (k3 - k2) * p2 + (t - k2) / (k3 - k2) * p3
    b1 = (k2 - t) / (k2 - k0) * a1 + (t - k0) / (k2 - k0) * a2
    b2 = (k3 - t) / (k3 - k1) * a2 + (t - k1) / (k3 - k1) * a3
    curve: F64 = (k2 - t) / (k2 - k1) * b1 + (t - k1) / (k2 - k1) * b2
    return curve


def _on_street(world: World, xy: F64) -> tuple[F64, F64]:
    """Return s, d (N, 2) and the ground's slope in world x and y (N, 2) of points (N, 2)."""
    line_s = np.arange(-_LINE_M, _LINE_M + 1.0)
    zero = np.zeros_like(line_s)
    line = world.bend.points(np.column_stack([line_s, zero, zero]))[:, :2]
    coarse = xy[:: max(1, round(0.1 / STEP_S))]
    nearest = [int(((line - p) ** 2).sum(1).argmin()) for p in coarse]
    s = np.repeat(line_s[nearest], max(1, round(0.1 / STEP_S)))[: len(xy)]
    for _ in range(4):
        here, tangent = _line_at(world, s)
        step = ((xy - here[:, :2]) * tangent[:, :2]).sum(1) / (tangent[:, :2] ** 2).sum(1)
        s = np.clip(s + step, 1.0 - END_M, END_M - 1.0)  # beyond it the line has no direction
    here, tangent = _line_at(world, s)
    run = np.linalg.norm(tangent[:, :2], axis=1, keepdims=True)
    along = tangent[:, :2] / run
    d = (xy - here[:, :2])[:, 1] * along[:, 0] - (xy - here[:, :2])[:, 0] * along[:, 1]
    return np.column_stack([s, d]), along * (tangent[:, 2:] / run)


def _line_at(world: World, s: F64) -> tuple[F64, F64]:
    zero, half = np.zeros_like(s), 0.5
    points = [
        world.bend.points(np.column_stack([s + shift, zero, zero])) for shift in (0, -half, half)
    ]
    return points[0], (points[2] - points[1]) / (2 * half)


def _smoothed(columns: F64) -> F64:
    """Smooth over time and cut off the margins."""
    reach = round(4 * _SMOOTH_S / STEP_S)
    t = np.arange(-reach, reach + 1) * STEP_S
    window = np.exp(-0.5 * (t / _SMOOTH_S) ** 2)
    window /= window.sum()
    return np.column_stack([np.convolve(c, window, 'valid') for c in columns.T])
