"""Routes: where something starts and where it goes from there."""

import math
from typing import NamedTuple


class Leg(NamedTuple):
    """A stretch at one speed: straight, an arc, a turn on the spot, or standing."""

    seconds: float = math.inf
    speed_mps: float = 0.0
    turn_radps: float = 0.0  # to the left


class Route(NamedTuple):
    """A start and either legs or waypoints.

    `s`, `d` and waypoints are street coordinates and `yaw_deg` is against the street's
    direction; with `from_robot` they are metres ahead of and to the left of the robot's
    first pose, and `yaw_deg` is against its heading. The last leg goes on for ever.
    Waypoints are passed at `speed_mps` on a smooth curve; after the last one the traveller
    stands, or with `loop` goes on to the start and round again.
    """

    s: float = 0.0
    d: float = 0.0
    yaw_deg: float = 0.0
    legs: tuple[Leg, ...] = ()
    waypoints: tuple[tuple[float, float], ...] = ()
    speed_mps: float = 1.0
    loop: bool = False
    from_robot: bool = False


class Mover(NamedTuple):
    """Somebody who walks, rides or drives."""

    kind: str  # one of movers.KINDS
    route: Route
