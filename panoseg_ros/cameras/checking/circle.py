"""Finds the bright circle of a fisheye picture and holds it against what the rig uses of it.

Convention: pixel coordinates of the lens' own size, pixel centres at +0.5.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.checking.overlap import F64
from panoseg_ros.cameras.rig_lens import RigLens

RAYS = 360
LEAST_SHARE = 0.3  # of the rim that must be seen and round
TOLERANCE = 0.01  # of the radius: how far a rim point may be from the circle
MOST_BLACK = 96  # of 255: brighter corners are no rim
LEAST_CONTRAST = 24  # of 255
LEVELS = (0.1, 0.2, 0.35, 0.5)  # of the way from the corners' brightness to the middle's
HYPOTHESES = 300
_SMALL = 720  # the rim is searched in a picture of this size
_CORNER = 16  # pixels of it
_NOTHING: tuple[F64, float] = (np.zeros(3), 0.0)


class Circle(NamedTuple):
    """The image circle of a fisheye lens."""

    column: float
    row: float
    radius: float
    share: float  # of the rim that is seen


class CircleFit(NamedTuple):
    """How the circle compares with what the rig uses of the picture."""

    circle: Circle
    unused_px: float  # rim to the outermost used pixel, median around; negative: dark is used
    dark_share: float  # of the used pixels that are outside the circle
    centre_px: float  # distance of the circle's centre from where the optical axis is
    lens_width: int  # of the picture that the pixels are counted in


def find_circle(images: list[NDArray[np.uint8]]) -> Circle | None:
    """Return the circle of pictures of one lens, None where no circle is visible.

    Dark rims around, and parts of the scene that are dark in one picture and not in
    another, are told apart by the brightest value that each pixel ever has.

    Args:
        images: pictures (h, w, 3) uint8 of one size.
    """
    height, width = images[0].shape[:2]
    scale = min(1.0, _SMALL / max(height, width))
    size = max(64, round(width * scale)), max(64, round(height * scale))
    bright = np.max([_brightness(image, size) for image in images], axis=0)
    fits = [fit for fit in map(_ransac, _rims(bright)) if fit is not None]
    fits = [fit for fit in fits if 0.2 * min(size) < fit[0][2] < 0.75 * max(size)]
    (column, row, radius), share = max(fits, key=lambda fit: fit[1], default=_NOTHING)
    if share < LEAST_SHARE:
        return None
    across, down = width / size[0], height / size[1]
    return Circle(float(column * across), float(row * down), float(radius * across), share)


def compare_circle(circle: Circle, entry: RigLens) -> CircleFit:
    """Return how a circle, in pixels of the lens' size, compares with what the rig uses."""
    width, height = entry.lens.size
    step = -(-max(width, height) // _SMALL)  # a raster of the pixels: all would take gigabytes
    u, v = np.meshgrid(np.arange(0, width, step) + 0.5, np.arange(0, height, step) + 0.5)
    used = np.isfinite(entry.lens.unproject(np.stack([u, v], -1))[..., 0])
    if entry.mask is not None:
        used &= entry.mask[::step, ::step]
    outward = np.hypot(u - circle.column, v - circle.row)
    dark = float((used & (outward > circle.radius)).sum() / max(1, used.sum()))
    turn = np.arctan2(v - circle.row, u - circle.column)
    sector = ((turn / (2.0 * np.pi) + 0.5) * 72).astype(np.intp) % 72
    reach = np.zeros(72)
    np.maximum.at(reach, sector[used], outward[used])
    axis = entry.lens.project([0.0, 0.0, 1.0])
    centre_px = float(np.hypot(axis[0] - circle.column, axis[1] - circle.row))
    return CircleFit(circle, float(circle.radius - np.median(reach)), dark, centre_px, width)


def _brightness(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.medianBlur(small.max(-1), 3), np.uint8)


def _rims(bright: NDArray[np.uint8]) -> list[F64]:
    """Return where rays from outside to the middle first meet light, (N, 2) for each level.

    What is light is asked at several levels: a glaring rim and a dark scene each spoil
    some of them.
    """
    edges = np.concatenate([bright[:_CORNER], bright[-_CORNER:]])
    corners = np.concatenate([edges[:, :_CORNER], edges[:, -_CORNER:]])
    black = float(np.percentile(corners, 40))
    height, width = bright.shape
    middle = bright[height // 4 : -height // 4, width // 4 : -width // 4]
    contrast = float(np.median(middle)) - black
    if black > MOST_BLACK or contrast < LEAST_CONTRAST:
        return []
    return [_crossings(bright > black + level * contrast) for level in LEVELS]


def _crossings(lit: NDArray[np.bool_]) -> F64:
    """Return the outermost light of each ray from the middle, (N, 2).

    A ray that starts in the light has no dark rim to cross: the circle is clipped there.
    """
    height, width = lit.shape
    middle = 0.5 * np.array([width, height])
    reach = np.arange(0.0, 0.5 * np.hypot(height, width), 0.5)
    turn = np.arange(RAYS) * (2.0 * np.pi / RAYS)
    sides = np.stack([np.cos(turn), np.sin(turn)], -1)
    at = middle + sides[:, None] * reach[:, None]  # (RAYS, K, 2)
    inside = ((at >= 0.0) & (at < (width, height))).all(-1)
    index = np.where(inside[..., None], at, 0.0).astype(np.intp)
    light = lit[index[..., 1], index[..., 0]] & inside
    outermost = light.shape[1] - 1 - light[:, ::-1].argmax(1)
    crosses = light.any(1) & (outermost < inside.sum(1) - 1 - 3)  # 1.5 pixels of dark at least
    rays = np.flatnonzero(crosses)
    return np.asarray(middle + sides[rays] * (reach[outermost[rays]] + 0.25)[:, None])


def _ransac(points: F64) -> tuple[F64, float] | None:
    """Return column, row, radius of the circle that most points lie on, and their share."""
    if len(points) < LEAST_SHARE * RAYS:
        return None
    rng = np.random.default_rng(0)
    triples = points[rng.integers(0, len(points), (HYPOTHESES, 3))]
    circles = [circle for circle in map(_fit, triples) if circle is not None]
    if not circles:
        return None
    best = max(circles, key=lambda circle: int(_agree(circle, points).sum()))
    for _ in range(5):
        better = _fit(points[_agree(best, points)])
        best = best if better is None else better
    return best, float(_agree(best, points).sum()) / RAYS


def _agree(circle: F64, points: F64) -> NDArray[np.bool_]:
    distance = np.hypot(points[:, 0] - circle[0], points[:, 1] - circle[1])
    return np.asarray(np.abs(distance - circle[2]) < max(TOLERANCE * circle[2], 1.0))


def _fit(points: F64) -> F64 | None:
    """Return the algebraic least-squares circle of points (N, 2), None for a line.

    Source: I. Kåsa, "A circle fitting procedure and its error analysis", IEEE Transactions
    on Instrumentation and Measurement, 1976.
    """
    rows = np.column_stack([2.0 * points, np.ones(len(points))])
    try:
        solved, _, rank, _ = np.linalg.lstsq(rows, (points**2).sum(1), rcond=1e-9)
    except np.linalg.LinAlgError:
        return None
    square = solved[2] + solved[0] ** 2 + solved[1] ** 2
    if rank < 3 or not np.isfinite(square) or square <= 0.0:
        return None
    return np.array([solved[0], solved[1], np.sqrt(square)])
