"""What a way is told about a moment: the truth, or one of the faults of real robots."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.looks import Look, Seen
from panoseg_ros.evaluation.ground.methods import Sight
from panoseg_ros.evaluation.ground.planes import Plane, plane_from_level
from panoseg_ros.evaluation.ground.studio import Moment, sway
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform

IMU_RMS_DEG, IMU_DELAY_S = 0.2, 0.02
STAMP_ERROR_S = 0.05
TURN_DEGPS = 90.0
BODY_DEG = 31.0
LEVEL = Plane()


class Condition(NamedTuple):
    """A row of the table: what is rendered and on which kinds of drives it is scored."""

    name: str
    view: str
    kinds: tuple[str, ...]
    text: str


CONDITIONS = (
    Condition('level', 'level', ('street', 'spin', 'walk_away'), 'camera level, all known'),
    Condition(
        'plane', 'level', ('street', 'spin', 'walk_away'), 'the plane of the ground is given'
    ),
    Condition(
        'body',
        'level',
        ('street', 'walk_away'),
        'own body hides all below 31 degrees: 3 m at 1.8 m',
    ),
    Condition('pitch', 'pitched', ('street',), '2 degrees of unmodelled pitch'),
    Condition('imu exact', 'swaying', ('street',), 'swaying 3 degrees, levelled exactly'),
    Condition(
        'imu noisy', 'swaying', ('street',), 'the same, IMU with 0.2 degrees rms and 20 ms delay'
    ),
    Condition('stamp', 'level', ('spin',), 'stamps 50 ms late while turning at 90 degrees/s'),
    Condition(
        'grade', 'grade', ('street',), 'a 5 % grade, levelled by gravity, ground held level'
    ),
    Condition(
        'grade along',
        'grade',
        ('street',),
        'a 5 % grade, not levelled: ground held to lie as the robot',
    ),
)
BY_NAME = {condition.name: condition for condition in CONDITIONS}


def sight_of(
    condition: str, moment: Moment, look: Look, rng: np.random.Generator, plane: Plane = LEVEL
) -> Sight:
    """Return what a way is told about a moment.

    Args:
        condition: name of one of CONDITIONS.
        moment: rendered in the condition's view.
        look: where the labels come from.
        rng: draws the noise of the IMU.
        plane: that is given where the condition gives one, see `fit_plane`.
    """
    pose, told = moment.odom_from_base, np.eye(3)
    if condition in ('imu exact', 'grade'):
        told = moment.level_from_pano[:3, :3]
    elif condition == 'imu noisy':
        roll, pitch = rng.normal(0.0, IMU_RMS_DEG, 2)
        told = rotation_from_rpy_deg(float(roll), float(pitch), 0.0)
        told = told @ sway(moment.t_s - IMU_DELAY_S)
    elif condition == 'stamp':
        late = rotation_from_rpy_deg(0.0, 0.0, TURN_DEGPS * STAMP_ERROR_S)
        pose = pose @ transform(late, np.zeros(3))
    place = moment.level_from_pano[:3, 3]
    if condition == 'plane':
        given = plane_from_level(moment, plane)
        told, place = given[:3, :3], given[:3, :3] @ place + given[:3, 3]
    seen = look(moment, told)
    if condition == 'body':
        seen = _behind_body(seen, look.geometry)
    if condition == 'grade along':
        place = np.array([0.0, 0.0, float(np.linalg.norm(place))])
    return Sight(
        round(moment.t_s * 1e9) + 1,
        *seen,
        float(place[2]),
        (float(place[0]), float(place[1])),
        pose,
    )


def shown(condition: str, moment: Moment, range_m: NDArray[np.float64]) -> Moment:
    """Return the moment with the ground that can be seen under a condition.

    Own body hides the ground around the robot, but not all of what stands there.

    Args:
        condition: name of one of CONDITIONS.
        moment: what is true without one.
        range_m: (N, N) of the cells from the point below the camera.
    """
    if condition != 'body':
        return moment
    truth, height_m = moment.truth, float(moment.level_from_pano[2, 3])
    beyond = range_m > height_m / np.tan(np.deg2rad(BODY_DEG))
    return moment._replace(truth=truth._replace(ground_visible=truth.ground_visible & beyond))


def _behind_body(seen: Seen, geometry: PanoramaGeometry) -> Seen:
    valid = seen.valid & (geometry.elevation_rad() > -np.deg2rad(BODY_DEG))[:, None]
    labels = np.where(valid, seen.labels, np.uint8(UNLABELLED))
    return Seen(labels, np.where(valid, seen.confidence, np.uint8(0)), valid)
