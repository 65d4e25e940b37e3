"""Checks a rig against its own pictures: figures, verdicts and what to write into the file."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.checking.align import match_overlap, rig_turns
from panoseg_ros.cameras.checking.circle import CircleFit, compare_circle, find_circle
from panoseg_ros.cameras.checking.horizon import Vertical, find_vertical
from panoseg_ros.cameras.checking.matching import Matches
from panoseg_ros.cameras.checking.overlap import F64, Overlap, Strip, find_overlaps, sample
from panoseg_ros.cameras.checking.photometry import compare_photometry
from panoseg_ros.cameras.checking.refine import (
    Turn,
    across_rad,
    estimate_rotation,
    refuse_uncertain,
)
from panoseg_ros.cameras.checking.verdicts import GOOD, LOOK, Row, unknown, upto
from panoseg_ros.cameras.files.poses import rpy_deg_from_rotation
from panoseg_ros.cameras.lenses.equirectangular import Equirectangular
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError
from panoseg_ros.frames import Panorama
from panoseg_ros.geometry import BODY_FROM_OPTICAL, PanoramaGeometry

PANORAMA = PanoramaGeometry(1024, 2048)
DEG_PER_PIXEL = 360.0 / 1024  # of the usual panorama
Images = Mapping[str, NDArray[np.uint8]]


class PairCheck(NamedTuple):
    """What was found in the overlap of two lenses."""

    overlap: Overlap
    strips: tuple[Strip, Strip]  # of the first pictures
    matches: Matches | None
    turn: Turn | None


class Report(NamedTuple):
    """Everything that a check found; `suggestions` holds lens name to rpy_deg."""

    rows: list[Row]
    suggestions: dict[str, tuple[float, float, float]]
    panorama: Panorama  # of the first pictures
    pairs: list[PairCheck]
    circles: dict[str, CircleFit]
    vertical: Vertical | None


def check_rig(rig: Rig, moments: Sequence[Images]) -> Report:
    """Return what pictures tell about a rig.

    Args:
        rig: as its file describes it.
        moments: for each moment lens name to picture (h, w, 3) uint8 RGB.

    Raises:
        CameraError: if there is no picture, or one does not fit its lens.
    """
    if not moments:
        raise CameraError(f'rig {rig.name}: needs pictures of at least one moment')
    panoramas = [rig.panorama(images, geometry=PANORAMA) for images in moments]
    rows: list[Row] = []
    pairs = [_check_pair(overlap, moments, rows) for overlap in find_overlaps(rig)]
    suggestions = _suggest(rig, pairs, rows)
    circles = _check_circles(rig, moments, rows)
    vertical = _check_vertical(rig, panoramas, rows)
    return Report(rows, suggestions, panoramas[0], pairs, circles, vertical)


def _check_pair(overlap: Overlap, moments: Sequence[Images], rows: list[Row]) -> PairCheck:
    lenses = (overlap.first, overlap.second)
    strips = [
        (
            sample(overlap, lenses[0], images[lenses[0].name]),
            sample(overlap, lenses[1], images[lenses[1].name]),
        )
        for images in moments
        if all(entry.name in images for entry in lenses)
    ]
    width = overlap.width_deg
    verdict = GOOD if width >= 6.0 else LOOK
    rows.append(Row(overlap.name, 'overlap', f'{width:.1f} deg wide', verdict, 'good from 6'))
    if not strips:
        rows.append(unknown(overlap.name, 'disagreement', 'no moment has pictures of both'))
        empty = np.zeros((*overlap.both.shape, 3), np.uint8)
        nothing = Strip(empty, np.zeros(overlap.both.shape, np.bool_))
        return PairCheck(overlap, (nothing, nothing), None, None)
    _check_photometry(overlap, strips, rows)
    matches = turn = None
    try:
        matches = match_overlap(overlap, strips)
        turn = estimate_rotation(matches, overlap.baseline_m)
        rows += _disagreement(overlap, matches, turn)
    except CameraError as err:
        rows.append(unknown(overlap.name, 'disagreement', str(err)))
    return PairCheck(overlap, strips[0], matches, turn)


def _check_photometry(
    overlap: Overlap, strips: Sequence[tuple[Strip, Strip]], rows: list[Row]
) -> None:
    try:
        found = compare_photometry(strips, overlap.geometry.width)
    except CameraError as err:
        rows.append(unknown(overlap.name, 'brightness', str(err)))
        return
    percent = 100.0 * (found.gain - 1.0)
    worst_percent = 100.0 * float(np.expm1(np.abs(np.log(found.gain)).max()))
    note = f' (RGB {percent[0]:+.0f} {percent[1]:+.0f} {percent[2]:+.0f})'
    rows.append(upto(overlap.name, 'gain mismatch', worst_percent, ' %', 10.0, 30.0, note))
    rows.append(upto(overlap.name, 'colour error after gain', found.error, ' of 255', 8.0, 40.0))


def _disagreement(overlap: Overlap, matches: Matches, turn: Turn) -> list[Row]:
    """Return how far apart the rig puts what both lenses see, and how much is no parallax.

    Near things alone make the first figure large, so it is never bad.
    """
    cosine = (matches.first * matches.second).sum(1)[turn.inliers]
    apart_deg = np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0)))
    across_deg = np.rad2deg(np.abs(across_rad(matches, overlap.baseline_m)[turn.inliers]))
    middle, high = np.percentile(apart_deg, (50, 90))
    note = (
        f' ({middle / DEG_PER_PIXEL:.1f} pixels of 1024; 90 % to {high:.2f} deg; '
        f'{len(apart_deg)} matches)'
    )
    whole = upto(overlap.name, 'disagreement', float(middle), ' deg', 0.6, np.inf, note)
    free = float(np.median(across_deg))
    return [whole, upto(overlap.name, 'without parallax', free, ' deg', 0.15, 0.5)]


def _suggest(
    rig: Rig, pairs: list[PairCheck], rows: list[Row]
) -> dict[str, tuple[float, float, float]]:
    known = {
        (pair.overlap.first.name, pair.overlap.second.name): (
            pair.matches,
            pair.overlap.baseline_m,
        )
        for pair in pairs
        if pair.turn is not None and pair.matches is not None
    }
    suggestions = {}
    turns = rig_turns(rig, known) if len(rig.lenses) > 1 else {}
    for entry in rig.lenses[1:]:
        turn = turns[entry.name]
        if turn is None:
            rows.append(unknown(entry.name, 'rotation', _reason(entry, pairs, rows)))
            continue
        note = f' +- {turn.sigma_deg:.2f}'
        row = upto(entry.name, 'rotation is off by', turn.angle_deg, ' deg', 0.2, 1.0, note)
        rows.append(row)
        body = turn.rotation @ entry.pano_from_lens[:3, :3] @ BODY_FROM_OPTICAL.T
        suggestions[entry.name] = rpy_deg_from_rotation(body)
    return suggestions


def _reason(entry: RigLens, pairs: list[PairCheck], rows: list[Row]) -> str:
    """Return why there is no suggestion for a lens."""
    for pair in pairs:
        if entry.name not in (pair.overlap.first.name, pair.overlap.second.name):
            continue
        if pair.turn is None:
            names = (pair.overlap.name, 'disagreement')
            return next(row.limits for row in rows if (row.subject, row.what) == names)
        try:
            refuse_uncertain(pair.turn)
        except CameraError as err:
            return str(err)
    return 'no overlap leads from the first lens to this one'


def _check_circles(rig: Rig, moments: Sequence[Images], rows: list[Row]) -> dict[str, CircleFit]:
    circles = {}
    for entry in rig.lenses:
        if isinstance(entry.lens, Equirectangular):
            continue
        images = [_fitted(images[entry.name], entry) for images in moments if entry.name in images]
        circle = find_circle(images) if images else None
        if circle is None:
            rows.append(unknown(entry.name, 'lens circle', 'no circle visible'))
            continue
        fit = compare_circle(circle, entry)
        circles[entry.name] = fit
        rows += _circle_rows(entry, fit)
    return circles


def _circle_rows(entry: RigLens, fit: CircleFit) -> list[Row]:
    radius = fit.circle.radius
    note = f' of {radius:.0f} pixels radius'
    off = 100.0 * fit.centre_px / radius
    centre = upto(entry.name, 'circle off the axis by', off, ' %', 2.0, 5.0, note)
    dark = upto(entry.name, 'used beyond the circle', 100.0 * fit.dark_share, ' %', 0.2, 2.0)
    spare = 100.0 * fit.unused_px / radius
    unused = Row(
        entry.name,
        'rim left unused',
        f'{spare:.1f} % of the radius',
        GOOD if spare <= 12.0 else LOOK,
        'good to 12 %',
    )
    return [centre, dark, unused]


def _fitted(image: NDArray[np.uint8], entry: RigLens) -> NDArray[np.uint8]:
    if image.shape[1::-1] == entry.lens.size:
        return image
    return np.asarray(cv2.resize(image, entry.lens.size, interpolation=cv2.INTER_AREA), np.uint8)


def _check_vertical(rig: Rig, panoramas: list[Panorama], rows: list[Row]) -> Vertical | None:
    try:
        vertical = find_vertical(panoramas, PANORAMA)
    except CameraError as err:
        rows.append(unknown(rig.name, 'horizon', str(err)))
        return None
    roll, pitch = vertical.tilt_deg(rig.base_from_pano)
    tilt = float(
        np.rad2deg(np.arccos(np.clip(np.cos(np.deg2rad(roll)) * np.cos(np.deg2rad(pitch)), -1, 1)))
    )
    note = (
        f' (roll {roll:+.2f}, pitch {pitch:+.2f} +- {vertical.sigma_deg:.2f}; '
        f'{len(vertical.edges.starts)} upright edges)'
    )
    rows.append(upto(rig.name, 'horizon tilted by', tilt, ' deg', 1.0, 5.0, note))
    return vertical


def level_rpy_deg(rig: Rig, up: F64) -> tuple[float, float, float]:
    """Return rpy_deg of `base_from_pano` for a robot that stood level, its heading kept."""
    base_up = rig.base_from_pano[:3, :3] @ up
    axis = np.cross(base_up, [0.0, 0.0, 1.0])
    sine = float(np.linalg.norm(axis))
    angle = np.arctan2(sine, base_up[2])
    turn = cv2.Rodrigues(axis * (angle / sine))[0] if sine > 1e-12 else np.eye(3)
    return rpy_deg_from_rotation(turn @ rig.base_from_pano[:3, :3])
