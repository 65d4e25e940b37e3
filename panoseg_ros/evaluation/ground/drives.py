"""Which drives the ground bench renders: written down here before any of them was scored.

Validation drives are for development. Test drives are scored once, for a published table,
and never looked at before; seeds and asset families of the two are disjoint (docs/synthetic.md).
"""

import math
from dataclasses import dataclass, replace

from panoseg_ros.errors import MetricsError
from panoseg_ros.synthetic.recording.plan import DrivePlan
from panoseg_ros.synthetic.recording.route import Leg, Mover, Route

SPLITS = ('val', 'test')
KINDS = ('street', 'spin', 'walk_away')
SEEDS = {
    'val': {
        'street': (900101, 900102, 900103, 900104, 900105, 900106),
        'spin': (900111, 900112, 900113),
        'walk_away': (900121, 900122, 900123),
    },
    'test': {
        'street': tuple(range(950301, 950325)),
        'spin': tuple(range(950341, 950349)),
        'walk_away': tuple(range(950361, 950369)),
    },
}


@dataclass(frozen=True)
class BenchDrive:
    """One drive: `kind` says what it shows, one of KINDS."""

    kind: str
    plan: DrivePlan

    @property
    def name(self) -> str:
        """Name the drive in files and tables."""
        return f'{self.kind}_{self.plan.seed}'


def drives_of(split: str) -> tuple[BenchDrive, ...]:
    """Return the drives of a split.

    Raises:
        MetricsError: if there is no such split.
    """
    if split not in SPLITS:
        raise MetricsError(f'split must be one of {", ".join(SPLITS)}, got {split!r}')
    return tuple(drive(kind, seed) for kind in KINDS for seed in SEEDS[split][kind])


def quick_drives(frames: int = 3) -> tuple[BenchDrive, ...]:
    """Return two validation drives of a few frames, to see that everything runs."""
    return tuple(shortened(drive(kind, SEEDS['val'][kind][0]), frames) for kind in KINDS[:2])


def shortened(one: BenchDrive, frames: int) -> BenchDrive:
    """Return the first frames of a drive."""
    seconds = min(one.plan.seconds, frames / one.plan.rate_hz)
    return replace(one, plan=replace(one.plan, seconds=seconds))


def drive(kind: str, seed: int) -> BenchDrive:
    """Return the drive of a kind in the scene of a seed."""
    makers = {'street': _street, 'spin': _spin, 'walk_away': _walk_away}
    return BenchDrive(kind, makers[kind](seed))


def _street(seed: int) -> DrivePlan:
    """Roll along a street among people and a rider."""
    return DrivePlan(
        seed,
        Route(legs=(Leg(math.inf, 1.2, 0.12),), from_robot=True),
        (
            _mover('walker', 7.0, 1.4, 180.0, Leg(math.inf, 1.1)),
            _mover('walker', 4.0, -1.5, 0.0, Leg(math.inf, 1.3)),
            _mover('walker', 2.5, 2.0, 90.0, Leg(math.inf, 0.4)),
            _mover('walker', -5.0, -1.0, 0.0, Leg(math.inf, 1.2)),
            _mover('rider', -7.0, 3.0, 0.0, Leg(math.inf, 3.5)),
        ),
        seconds=2.4,
        rate_hz=5.0,
        anywhere=True,
    )


def _spin(seed: int) -> DrivePlan:
    """Turn on the spot at 90 degrees per second, by no whole number of pixels a frame."""
    turn = Leg(math.inf, 0.0, math.radians(90.0))
    return DrivePlan(seed, Route(legs=(turn,), from_robot=True), (), 2.0, 7.0, anywhere=True)


def _walk_away(seed: int) -> DrivePlan:
    """Stand while somebody 3 m ahead waits for a second and then leaves."""
    away = (Leg(1.0, 0.0), Leg(math.inf, 1.2))
    return DrivePlan(
        seed,
        Route(legs=(Leg(math.inf, 0.0),), from_robot=True),
        (_mover('walker', 3.0, 0.0, 60.0, *away), _mover('walker', 4.0, -2.0, -90.0, *away)),
        seconds=3.2,
        rate_hz=5.0,
        anywhere=True,
    )


def _mover(kind: str, ahead_m: float, left_m: float, yaw_deg: float, *legs: Leg) -> Mover:
    return Mover(kind, Route(ahead_m, left_m, yaw_deg, legs, from_robot=True))
