"""How one lens is turned against another, from things that both see.

Two lenses that are a few centimetres apart see near things in different directions. That
parallax runs along the epipolar plane, the one through both centres and the thing: it is
smooth along the plane, different for every depth, and larger than the errors looked for.
Across the plane there is none. So each match gives two residuals:

* across: must vanish whatever the depth (R. Hartley and A. Zisserman, "Multiple View
  Geometry", 2004, section 9.6, on the sphere); its noise is that of the features;
* along: must be the mean parallax. Depths are shared by neighbours (ground, a facade), so
  all matches of one sector of one frame count as a single observation, with the spread
  that the sectors have.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.checking.matching import Matches
from panoseg_ros.cameras.checking.overlap import F64
from panoseg_ros.errors import CameraError

LEAST_MATCHES = 30
MOST_UNCERTAIN_DEG = 0.12  # standard deviation about the worst axis; errors stay below 0.2
SECTORS = 12  # of a turn about the baseline
HYPOTHESES = 500
SHARED = 4.0  # so many neighbours see the same piece of the picture and share its noise
LEAST_NOISE_RAD = np.deg2rad(0.01)
LEAST_SPREAD_RAD = np.deg2rad(0.02)
ONE_SIDED = 0.7  # of the mean parallax: standard deviation of its lopsidedness
_NEAREST_M = 1.0
_CUT = 4.685  # Tukey's biweight: 95 % efficient for normal noise


class Turn(NamedTuple):
    """By how much the second lens of an overlap is turned wrongly.

    Convention: `rotation` @ ray is where the second lens' ray belongs, both in the
    panorama frame. `covariance` is that of a small rotation vector left of it.
    """

    rotation: F64  # (3, 3)
    covariance: F64  # (3, 3) rad^2
    inliers: NDArray[np.bool_]  # (N,) of the matches

    @property
    def angle_deg(self) -> float:
        """How far the lens must be turned."""
        return float(np.rad2deg(np.linalg.norm(vector_of(self.rotation))))

    @property
    def sigma_deg(self) -> float:
        """Standard deviation about the axis that is known worst."""
        return float(np.rad2deg(np.sqrt(np.linalg.eigvalsh(self.covariance)[-1])))


def refine_rotation(matches: Matches, baseline_m: F64) -> Turn:
    """Return how to turn the second lens so that matches agree.

    Args:
        matches: what both lenses see, from up to a few degrees off.
        baseline_m: (3,) from the first lens' centre to the second's in the panorama frame;
            its length only says how much parallax is plausible.

    Raises:
        CameraError: if the matches do not tell the rotation, saying why.
    """
    turn = estimate_rotation(matches, baseline_m)
    refuse_uncertain(turn)
    return turn


def refuse_uncertain(turn: Turn) -> None:
    """Refuse a rotation that the matches hardly tell.

    Raises:
        CameraError: saying how uncertain it is.
    """
    if turn.sigma_deg > MOST_UNCERTAIN_DEG:
        raise CameraError(
            f'the matches are too few or on one side: about {turn.angle_deg:.1f} degrees off, '
            f'uncertain by {turn.sigma_deg:.2f}, at most {MOST_UNCERTAIN_DEG}; '
            f'add pictures of other places'
        )


def across_rad(matches: Matches, baseline_m: F64) -> F64:
    """Return how far matches (N,) are off across their epipolar planes, free of parallax."""
    return _Planes(matches, baseline_m).residuals(np.eye(3), matches.second)[0]


def estimate_rotation(matches: Matches, baseline_m: F64) -> Turn:
    """Return the same as `refine_rotation`, however uncertain.

    Raises:
        CameraError: if too few matches agree on anything.
    """
    count = len(matches.first)
    if count < LEAST_MATCHES:
        raise CameraError(f'too few matches: {count}, needs {LEAST_MATCHES}')
    plane = _Planes(matches, baseline_m)
    rotation = _consensus(matches, plane)
    noise, parallax = np.deg2rad(0.3), np.deg2rad(0.5)
    for _ in range(20):
        across, along = plane.residuals(rotation, matches.second)
        kept = plane.plausible(across, along, max(3.0 * noise, 0.002))
        if kept.sum() < LEAST_MATCHES:
            raise CameraError(
                f'too few matches agree: {int(kept.sum())} of {count}, needs {LEAST_MATCHES}'
            )
        noise = max(1.4826 * float(np.median(np.abs(across[kept]))), LEAST_NOISE_RAD)
        step, covariance, parallax = _step(rotation, matches, plane, kept, noise, parallax)
        rotation = rotation_of(step) @ rotation
        if np.linalg.norm(step) < 1e-7:
            break
    return Turn(rotation, covariance, kept)


class _Planes:
    """The epipolar plane of each match of the first lens."""

    def __init__(self, matches: Matches, baseline_m: F64) -> None:
        length = float(np.linalg.norm(baseline_m))
        direction = baseline_m / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])
        rays = matches.first
        lever = direction - (rays @ direction)[:, None] * rays
        sine = np.linalg.norm(lever, axis=1)
        self.parallax_limit = sine * length / _NEAREST_M
        self.along = -lever / np.maximum(sine, 1e-9)[:, None]  # (N, 3), where near things move
        self.across = np.cross(rays, self.along)
        self.lever = sine
        self.turn = _turn(rays, direction)
        self.sector = _sectors(self.turn, matches.frame)

    def residuals(self, rotation: F64, second: F64) -> tuple[F64, F64]:
        """Return how far turned rays of the second lens are off (N,), across and along."""
        turned = second @ rotation.T
        return (turned * self.across).sum(1), (turned * self.along).sum(1)

    def plausible(self, across: F64, along: F64, slack: float) -> NDArray[np.bool_]:
        """Return which matches some depth explains, (..., N)."""
        low, high = -2.0 * slack, self.parallax_limit + 2.0 * slack
        return (np.abs(across) < slack) & (along > low) & (along < high)


def _turn(rays: F64, direction: F64) -> F64:
    """Return the angle (N,) in rad of rays about a direction."""
    helper = np.eye(3)[np.abs(direction).argmin()]
    side = np.cross(direction, helper)
    side /= np.linalg.norm(side)
    return np.asarray(np.arctan2(rays @ np.cross(direction, side), rays @ side), np.float64)


def _sectors(turn: F64, frame: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number the sectors about the baseline, those of each frame apart."""
    sector = np.minimum(((turn / (2.0 * np.pi) + 0.5) * SECTORS).astype(np.intp), SECTORS - 1)
    return np.asarray(np.unique(frame * SECTORS + sector, return_inverse=True)[1], np.intp)


def _consensus(matches: Matches, plane: _Planes) -> F64:
    """Return the rotation of two matches that most others agree with (RANSAC)."""
    rng = np.random.default_rng(0)
    count = len(matches.first)
    pick = rng.integers(0, count, (HYPOTHESES, 2))
    far = np.abs((matches.first[pick[:, 0]] * matches.first[pick[:, 1]]).sum(1)) < np.cos(0.25)
    pick = pick[far]
    if not len(pick):
        raise CameraError('all matches are at one place: they do not tell the rotation')
    turns = _triads(matches.first[pick]) @ _triads(matches.second[pick]).swapaxes(1, 2)
    turned = np.einsum('hij,nj->hni', turns, matches.second)
    across = (turned * plane.across).sum(-1)
    along = (turned * plane.along).sum(-1)
    slack = np.deg2rad(0.5)
    agree = plane.plausible(across, along, slack)
    score = (agree * (1.0 - (across / slack) ** 2)).sum(1)
    return np.asarray(turns[score.argmax()], np.float64)


def _triads(pairs: F64) -> F64:
    """Return orthonormal axes (M, 3, 3) as columns, symmetric in the two rays (M, 2, 3)."""
    middle, normal = pairs[:, 0] + pairs[:, 1], np.cross(pairs[:, 0], pairs[:, 1])
    middle = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    return np.stack([middle, normal, np.cross(middle, normal)], -1)


def _step(
    rotation: F64,
    matches: Matches,
    plane: _Planes,
    kept: NDArray[np.bool_],
    noise: float,
    parallax: float,
) -> tuple[F64, F64, float]:
    """Return one step of robust least squares: rotation vector, covariance, mean parallax.

    Unknowns are the rotation vector, the mean parallax, and how much more of it there is on
    one side of the baseline than on the other (ground below, sky above).
    """
    turned = matches.second @ rotation.T
    across, along = plane.residuals(rotation, matches.second)
    weight = kept * np.maximum(0.0, 1.0 - (across / (_CUT * noise)) ** 2) ** 2  # (N,)
    weight = weight * matches.weight
    depth = -plane.lever[:, None] * np.column_stack(
        [np.ones(len(turned)), np.cos(plane.turn), np.sin(plane.turn)]
    )
    columns = np.column_stack([np.cross(turned, plane.along), depth, along])
    total = np.bincount(plane.sector, weight)
    full = total > 2.0
    sums = [np.bincount(plane.sector, weight * column) for column in columns.T]
    means = np.stack(sums, 1)[full] / total[full, None]  # (S, 7)
    rows, values = means[:, :6], means[:, 6]
    variance = _spread(values) ** 2 + noise**2 / total[full]
    lines = np.column_stack([np.cross(turned, plane.across), np.zeros((len(turned), 3))])
    strong = weight / (SHARED * noise**2)
    normal = (lines * strong[:, None]).T @ lines + (rows / variance[:, None]).T @ rows
    one_sided = max(ONE_SIDED * parallax, LEAST_SPREAD_RAD)
    normal += np.diag([1e-9, 1e-9, 1e-9, 1.0, one_sided**-2, one_sided**-2])
    right = -(lines * strong[:, None]).T @ across - (rows / variance[:, None]).T @ values
    inverse = np.linalg.inv(normal)
    solved = inverse @ right
    return solved[:3], inverse[:3, :3], abs(float(solved[3]))


def _spread(values: F64) -> float:
    """Return the standard deviation of the sectors' parallax about its mean."""
    if len(values) < 2:
        return float(np.deg2rad(1.0))
    centre = values - np.median(values)
    return max(1.4826 * float(np.median(np.abs(centre))), float(LEAST_SPREAD_RAD))


def rotation_of(vector: F64) -> F64:
    """Return the rotation (3, 3) by a rotation vector (3,) in rad (Rodrigues)."""
    return np.asarray(cv2.Rodrigues(np.asarray(vector, np.float64))[0], np.float64)


def vector_of(rotation: F64) -> F64:
    """Return the rotation vector (3,) in rad of a rotation (3, 3)."""
    return np.asarray(cv2.Rodrigues(np.asarray(rotation, np.float64))[0], np.float64).ravel()
