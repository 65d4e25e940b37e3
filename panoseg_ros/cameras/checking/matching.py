"""Finds the same things in what two lenses see of their overlap."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.checking.overlap import F64, MARGIN_DEG, Overlap, Strip

MAX_FEATURES = 4000  # of one strip
RATIO = 0.85  # D. Lowe, IJCV 2004, section 7.1: the best must be clearly better than the next
NEAREST_M = 2.0  # parallax is looked for down to this depth
MAX_SEARCH_DEG = 30.0
SAME_PLACE_DEG = 0.6  # features nearer to each other than this are one thing
WINDOW_PX = 19
RETURN_PX = 0.15
CORNER_QUALITY = 0.002  # of the strongest corner
CORNER_SPACING_PX = 3.0
_RIM = np.ones((21, 21), np.uint8)  # nothing nearer to the rim: its edge is no feature


class Matches(NamedTuple):
    """Things seen by both lenses of an overlap.

    Convention: unit rays in the panorama frame, each from its own lens' centre, as the rig
    describes the lenses.
    """

    first: F64  # (N, 3)
    second: F64  # (N, 3)
    frame: NDArray[np.intp]  # (N,) which pictures
    weight: F64  # (N,) up to 1: how well the place across the epipolar plane is known


def join(parts: list[Matches]) -> Matches:
    """Return the matches of several pairs of pictures as one, numbered as frames."""
    frames = [np.full(len(part.first), index, np.intp) for index, part in enumerate(parts)]
    first, second, weight = (np.concatenate([part[k] for part in parts]) for k in (0, 1, 3))
    return Matches(first, second, np.concatenate(frames), weight)


def find_matches(overlap: Overlap, first: Strip, second: Strip) -> Matches:
    """Return what both lenses see: SIFT features that are each other's best match.

    Source: D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 2004.
    Only features within `MARGIN_DEG` plus the parallax of the rig's own translations of
    each other are compared.
    """
    rays_a, words_a = _features(overlap, first)
    rays_b, words_b = _features(overlap, second)
    if len(rays_a) < 2 or len(rays_b) < 2:
        nothing = np.zeros((0, 3))
        return Matches(nothing, nothing, np.zeros(0, np.intp), np.zeros(0))
    apart = rays_a @ rays_b.T  # (A, B) cosines
    unlike = 2.0 - 2.0 * words_a @ words_b.T  # squared distances of unit vectors
    unlike = np.where(apart > np.cos(np.deg2rad(_search_deg(overlap))), unlike, np.float32(9.0))
    forward = _best(unlike, rays_b)
    backward = _best(unlike.T, rays_a)
    here = np.arange(len(rays_a))
    mutual = (forward >= 0) & (backward[forward] == here)
    chosen = here[mutual]
    frame, weight = np.zeros(len(chosen), np.intp), np.ones(len(chosen))
    return Matches(rays_a[chosen], rays_b[forward[chosen]], frame, weight)


def _search_deg(overlap: Overlap) -> float:
    parallax_deg = np.rad2deg(np.arctan2(np.linalg.norm(overlap.baseline_m), NEAREST_M))
    return min(MARGIN_DEG + float(parallax_deg), MAX_SEARCH_DEG)


def _features(overlap: Overlap, strip: Strip) -> tuple[F64, NDArray[np.float32]]:
    """Return rays (N, 3) and unit descriptors (N, 128) of the strongest features."""
    alone = np.asarray(~overlap.both, np.uint8)
    reach = max(1, round(MARGIN_DEG * overlap.geometry.width / 360.0))
    away = cv2.distanceTransform(alone, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    wanted = cv2.erode(strip.seen.astype(np.uint8), _RIM) * (away <= reach)
    gray = cv2.cvtColor(strip.image, cv2.COLOR_RGB2GRAY)
    finder = cv2.SIFT.create(nfeatures=MAX_FEATURES, contrastThreshold=0.02)
    points, words = finder.detectAndCompute(gray, np.asarray(wanted * 255, np.uint8))
    if words is None:
        return np.zeros((0, 3)), np.zeros((0, 128), np.float32)
    at = np.array([point.pt for point in points[:MAX_FEATURES]]) + 0.5
    unit = words[:MAX_FEATURES] / np.linalg.norm(words[:MAX_FEATURES], axis=1, keepdims=True)
    return overlap.rays(at), unit.astype(np.float32)


def _best(unlike: NDArray[np.float32], others: F64) -> NDArray[np.intp]:
    """Return for each row the column that is clearly the least, -1 where there is none."""
    best = unlike.argmin(1)
    rows = np.arange(len(unlike))
    least = unlike[rows, best]
    elsewhere = others[best] @ others.T < np.cos(np.deg2rad(SAME_PLACE_DEG))
    second = np.where(elsewhere, unlike, np.float32(9.0)).min(1)
    clear = (least < 4.0) & (np.maximum(least, 0.0) < RATIO**2 * second)
    return np.where(clear, best, -1)


def follow_corners(overlap: Overlap, first: Strip, second: Strip, rotation: F64) -> Matches:
    """Return corners of either strip, followed into the other to parts of a pixel.

    Source: J.-Y. Bouguet, "Pyramidal implementation of the Lucas Kanade feature tracker",
    2000. A corner that does not find its way back is dropped.

    Args:
        overlap: the layout of the strips.
        first: of the first lens.
        second: of the second lens.
        rotation: (3, 3) that turns the second lens' rays to about where they belong.
    """
    here, there, sure = _follow(overlap, first, second, rotation.T)
    back, start, sure_too = _follow(overlap, second, first, rotation)
    rays_a, rays_b = np.concatenate([here, start]), np.concatenate([there, back])
    frame = np.zeros(len(rays_a), np.intp)
    return Matches(rays_a, rays_b, frame, np.concatenate([sure, sure_too]))


def _follow(overlap: Overlap, start: Strip, goal: Strip, turn: F64) -> tuple[F64, F64, F64]:
    """Return rays (N, 3) of corners of a strip, where they are in the other, and weights."""
    grays = [cv2.cvtColor(strip.image, cv2.COLOR_RGB2GRAY) for strip in (start, goal)]
    wanted = [cv2.erode(strip.seen.astype(np.uint8), _RIM) for strip in (start, goal)]
    nothing = np.zeros((0, 3))
    corners = cv2.goodFeaturesToTrack(
        grays[0],
        MAX_FEATURES,
        CORNER_QUALITY,
        CORNER_SPACING_PX,
        mask=wanted[0] * 255,
        blockSize=5,
    )
    if corners is None:
        return nothing, nothing, nothing[:, 0]
    corners = corners.reshape(-1, 2)
    guess = overlap.pixels(_rays(overlap, corners) @ turn.T) - 0.5
    inside = np.isfinite(guess[:, 0])
    corners, guess = corners[inside], guess[inside]
    if not len(corners):
        return nothing, nothing, nothing[:, 0]
    found, moved = _flow(grays[0], grays[1], corners, guess.astype(np.float32))
    returned, back = _flow(grays[1], grays[0], moved, corners)
    at = np.rint(moved).astype(np.intp)
    size = np.array(wanted[1].shape[::-1])
    kept = found & returned & (np.linalg.norm(back - corners, axis=1) < RETURN_PX)
    kept &= (at >= 0).all(1) & (at < size).all(1)
    column, row = np.clip(at, 0, size - 1).T
    kept &= wanted[1][row, column] > 0
    weight = _sureness(overlap, grays[0], corners[kept])
    return _rays(overlap, corners[kept]), _rays(overlap, moved[kept]), weight


def _rays(overlap: Overlap, points: NDArray[np.float32]) -> F64:
    """Return the rays (N, 3) of points (N, 2) as OpenCV counts pixels."""
    return overlap.rays(points.astype(np.float64) + 0.5)


def _sureness(overlap: Overlap, gray: NDArray[np.uint8], corners: NDArray[np.float32]) -> F64:
    """Return weights (N,) of corners: little on a slanting edge, where the flow may slide.

    The covariance of a place is proportional to the inverse of the window's structure
    tensor (W. Förstner and E. Gülch, 1987); what counts is its part across the epipolar
    plane.
    """
    light = gray.astype(np.float32)
    right = cv2.Scharr(light, cv2.CV_32F, 1, 0)
    down = cv2.Scharr(light, cv2.CV_32F, 0, 1)
    column, row = np.rint(corners).astype(np.intp).T
    window = (WINDOW_PX, WINDOW_PX)
    rr, rd, dd = (
        cv2.boxFilter(product, -1, window)[row, column].astype(np.float64)
        for product in (right * right, right * down, down * down)
    )
    rays = _rays(overlap, corners)
    across = np.cross(rays, overlap.baseline_m)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    step = overlap.pixels(rays + 1e-4 * across) - overlap.pixels(rays)
    step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12)
    u, v = np.nan_to_num(step).T
    variance = (dd * u * u - 2.0 * rd * u * v + rr * v * v) / np.maximum(rr * dd - rd * rd, 1e-6)
    typical = float(np.median(variance)) if len(variance) else 1.0
    return np.asarray(1.0 / (1.0 + variance / max(typical, 1e-12)), np.float64)


def _flow(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    points: NDArray[np.float32],
    guess: NDArray[np.float32],
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points,
        guess.copy(),
        winSize=(WINDOW_PX, WINDOW_PX),
        maxLevel=1,
        criteria=(cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 30, 0.01),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return found.ravel() > 0, moved
