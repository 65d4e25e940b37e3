"""What a drive shows: a scene, the robot's route, and who else is about.

A plan is a YAML file of the keys of `DrivePlan`; `start: auto` looks for a free place.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from panoseg_ros.documents import read_yaml
from panoseg_ros.errors import SettingsError, SyntheticError
from panoseg_ros.resources import find_resource
from panoseg_ros.synthetic.recording.route import Leg, Mover, Route

_MOST_SECONDS = 7200.0
_FASTEST_MPS = 100.0
_FASTEST_DEGPS = 3600.0
_FARTHEST_M = 1e5


@dataclass(frozen=True)
class DrivePlan:
    """A drive; the demo's is `DEMO`.

    Args:
        seed: of the scene; any seed of `SEED_RANGES`, which also says the split.
        route: of the robot.
        movers: who moves.
        seconds: how long it takes.
        rate_hz: pictures per second.
        anywhere: take a free place of the scene instead of the route's start; a route with
            waypoints needs them told `from_robot` then.
        sway_deg: amplitudes of a slow rocking of the robot in roll and pitch.
        sway_hz: how often per second.

    Raises:
        SyntheticError: naming the value that is out of range.
    """

    seed: int
    route: Route
    movers: tuple[Mover, ...] = ()
    seconds: float = 10.0
    rate_hz: float = 10.0
    anywhere: bool = False
    sway_deg: tuple[float, float] = (0.0, 0.0)
    sway_hz: float = 0.5

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        if not 0 <= self.seed < 1_000_000:
            raise SyntheticError(f'seed must be 0 to 999999, got {self.seed}')
        if not 0.0 < self.seconds <= _MOST_SECONDS:
            raise SyntheticError(f'seconds must be above 0 to {_MOST_SECONDS}, got {self.seconds}')
        if not 0.0 < self.rate_hz <= 200.0:
            raise SyntheticError(f'rate_hz must be above 0 to 200, got {self.rate_hz}')
        if max(map(abs, self.sway_deg)) > 30.0 or not 0.0 <= self.sway_hz <= 5.0:
            raise SyntheticError(
                f'sway_deg must be within 30 and sway_hz 0 to 5, got {list(self.sway_deg)} '
                f'and {self.sway_hz}'
            )
        if self.anywhere and self.route.waypoints and not self.route.from_robot:
            raise SyntheticError('waypoints of a start anywhere must be told from_robot')

    @property
    def frames(self) -> int:
        """How many pictures are taken, the first at time 0."""
        return max(1, round(self.seconds * self.rate_hz))


def _beside(kind: str, ahead_m: float, left_m: float, yaw_deg: float, mps: float) -> Mover:
    legs = (Leg(math.inf, mps),)
    return Mover(kind, Route(ahead_m, left_m, yaw_deg, legs, from_robot=True))


DEMO = DrivePlan(
    seed=950127,
    route=Route(legs=(Leg(math.inf, 1.2, 0.12),), from_robot=True),
    movers=(
        _beside('walker', 6.0, 1.1, 180.0, 1.0),
        _beside('walker', 4.5, -1.2, 0.0, 1.3),
        _beside('rider', -4.0, 2.4, 0.0, 3.5),
    ),
    seconds=2.4,
    rate_hz=15.0,
    anywhere=True,
)


def load_plan(name: str) -> DrivePlan:
    """Load a plan from a YAML file or by the name of a shipped one (config/drives/).

    Raises:
        SyntheticError: naming the file and the key that is wrong.
    """
    if name == 'demo' and not Path(name).exists():
        return DEMO
    try:
        path = find_resource(name, 'config/drives', '.yaml')
        raw = read_yaml(path)
    except SettingsError as err:
        raise SyntheticError(f'plan: {err}') from err
    try:
        return parse_plan(raw)
    except SyntheticError as err:
        raise SyntheticError(f'plan {path}: {err}') from err


def parse_plan(raw: Any) -> DrivePlan:
    """Return the plan that a mapping describes; `seed` is the demo's where it is left out.

    Raises:
        SyntheticError: naming the key that is wrong.
    """
    keys = _Keys('plan', raw, {
        'seed', 'seconds', 'rate_hz', 'start', 'legs', 'waypoints', 'speed_mps', 'loop', 'movers',
        'sway_deg', 'sway_hz',
    })  # fmt: skip
    anywhere = keys.raw.get('start', 'auto') == 'auto'
    route = _route(keys, 'start', {} if anywhere else keys.raw['start'])
    movers = keys.items('movers')
    return DrivePlan(
        seed=keys.whole('seed', DEMO.seed),
        route=replace_start(route) if anywhere else route,
        movers=tuple(_mover(f'plan.movers[{i}]', raw) for i, raw in enumerate(movers)),
        seconds=keys.number('seconds', 10.0),
        rate_hz=keys.number('rate_hz', 10.0),
        anywhere=anywhere,
        sway_deg=keys.pair('sway_deg', (0.0, 0.0)),
        sway_hz=keys.number('sway_hz', 0.5),
    )


def replace_start(route: Route) -> Route:
    """Return a route that is told against the place where it starts."""
    return route._replace(s=0.0, d=0.0, yaw_deg=0.0, from_robot=True)


def _mover(where: str, raw: Any) -> Mover:
    keys = _Keys(where, raw, {'kind', 'start', 'legs', 'waypoints', 'speed_mps', 'loop'})
    kind = keys.raw.get('kind')
    if not isinstance(kind, str):
        raise SyntheticError(f'{where}: needs a `kind`')
    return Mover(kind, _route(keys, f'{where}.start', keys.raw.get('start', {})))


def _route(keys: '_Keys', where: str, start: Any) -> Route:
    """Return the route of a plan or mover; a start with `ahead_m` is told from the robot."""
    from_robot = isinstance(start, dict) and bool({'ahead_m', 'left_m'} & set(start))
    names = ('ahead_m', 'left_m') if from_robot else ('s', 'd')
    begin = _Keys(where, start, {*names, 'yaw_deg'})
    legs = [_leg(f'{keys.where}.legs[{i}]', leg) for i, leg in enumerate(keys.items('legs'))]
    points = [
        keys.two_numbers(f'waypoints[{i}]', p) for i, p in enumerate(keys.items('waypoints'))
    ]
    if points and legs:
        raise SyntheticError(f'{keys.where}: has both legs and waypoints')
    speed_mps = keys.number('speed_mps', 1.0, most=_FASTEST_MPS)
    if points and speed_mps <= 0.0:
        raise SyntheticError(f'{keys.where}: speed_mps must be positive')
    return Route(
        begin.number(names[0], 0.0, most=_FARTHEST_M),
        begin.number(names[1], 0.0, most=_FARTHEST_M),
        begin.number('yaw_deg', 0.0),
        tuple(legs),
        tuple(points),
        speed_mps,
        keys.flag('loop'),
        from_robot,
    )


def _leg(where: str, raw: Any) -> Leg:
    keys = _Keys(where, raw, {'seconds', 'speed_mps', 'turn_degps'})
    seconds = keys.number('seconds', math.inf)
    if seconds < 0.0:
        raise SyntheticError(f'{where}: seconds must not be negative, got {seconds:g}')
    return Leg(
        seconds,
        keys.number('speed_mps', 0.0, most=_FASTEST_MPS),
        math.radians(keys.number('turn_degps', 0.0, most=_FASTEST_DEGPS)),
    )


class _Keys:
    """A mapping whose values are checked when they are taken."""

    def __init__(self, where: str, raw: Any, known: set[str]) -> None:
        if not isinstance(raw, dict):
            raise SyntheticError(f'{where}: expected a mapping, got {raw!r}')
        unknown = sorted(set(map(str, raw)) - known)
        if unknown:
            raise SyntheticError(
                f'{where}: unknown key {unknown[0]!r}, expected {", ".join(sorted(known))}'
            )
        self.where, self.raw = where, raw

    def number(self, name: str, default: float, most: float = 1e9) -> float:
        if name not in self.raw:
            return default
        value: Any = self.raw[name]
        if type(value) not in (int, float) or not abs(value) <= most:
            raise SyntheticError(
                f'{self.where}: {name} must be a number within {most:g}, got {value!r}'
            )
        return float(value)

    def whole(self, name: str, default: int) -> int:
        value = self.raw.get(name, default)
        if type(value) is not int:
            raise SyntheticError(f'{self.where}: {name} must be a whole number, got {value!r}')
        return value

    def flag(self, name: str) -> bool:
        value = self.raw.get(name, False)
        if not isinstance(value, bool):
            raise SyntheticError(f'{self.where}: {name} must be true or false, got {value!r}')
        return value

    def items(self, name: str) -> list[Any]:
        value = self.raw.get(name, [])
        if not isinstance(value, list):
            raise SyntheticError(f'{self.where}: {name} must be a list, got {value!r}')
        return value

    def pair(self, name: str, default: tuple[float, float]) -> tuple[float, float]:
        return self.two_numbers(name, self.raw.get(name, list(default)))

    def two_numbers(self, name: str, value: Any) -> tuple[float, float]:
        fits = isinstance(value, list) and len(value) == 2
        if not fits or not all(type(v) in (int, float) and abs(v) <= _FARTHEST_M for v in value):
            raise SyntheticError(
                f'{self.where}: {name} must be two numbers within {_FARTHEST_M:g}, got {value!r}'
            )
        return float(value[0]), float(value[1])


def changed(plan: DrivePlan, **values: Any) -> DrivePlan:
    """Return a plan with some fields exchanged, those that are None left as they are.

    A plan that is moved to another seed starts anywhere: its places belong to its scene.
    """
    given = {name: value for name, value in values.items() if value is not None}
    if given.get('seed', plan.seed) != plan.seed and not plan.anywhere:
        if plan.route.waypoints:
            raise SyntheticError('a plan with waypoints in street coordinates keeps its seed')
        movers = tuple(mover for mover in plan.movers if mover.route.from_robot)
        given.update(anywhere=True, route=replace_start(plan.route), movers=movers)
    return replace(plan, **given)
