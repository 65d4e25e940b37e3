"""Pictures of a check, for a person to look at."""

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.checking.circle import CircleFit
from panoseg_ros.cameras.checking.horizon import Vertical
from panoseg_ros.cameras.checking.report import PANORAMA, Images, Report

RED, GREEN, YELLOW = (255, 40, 40), (60, 255, 60), (255, 230, 0)
_LEAST_ROWS = 240


def pictures(report: Report, images: Images) -> dict[str, NDArray[np.uint8]]:
    """Return pictures (H, W, 3) uint8 RGB by file name without suffix.

    The overlap of two lenses is two pictures to blink between, and their difference. In
    `horizon` the horizon and the upright edges are drawn, in `circle_<lens>` the circle.

    Args:
        report: of `check_rig`.
        images: lens name to picture of the first moment.
    """
    drawn = {'panorama': report.panorama.image}
    for pair in report.pairs:
        name = f'overlap_{pair.overlap.first.name}_{pair.overlap.second.name}'
        first, second = (strip.image for strip in pair.strips)
        both = (pair.strips[0].seen & pair.strips[1].seen)[..., None]
        apart = np.where(both, cv2.absdiff(first, second), 0).astype(np.uint8)
        drawn |= {
            f'{name}_{pair.overlap.first.name}': _tall(first),
            f'{name}_{pair.overlap.second.name}': _tall(second),
            f'{name}_difference': _tall(np.asarray(cv2.convertScaleAbs(apart, alpha=2.0))),
        }
    for name, fit in report.circles.items():
        if name in images:
            drawn[f'circle_{name}'] = _with_circle(images[name], fit)
    if report.vertical is not None:
        drawn['horizon'] = _with_horizon(report.panorama.image, report.vertical)
    return drawn


def _tall(strip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a thin strip in two rows' worth of pixels, so that it can be looked at."""
    if strip.shape[0] >= _LEAST_ROWS:
        return strip
    return np.asarray(cv2.resize(strip, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR))


def _with_circle(image: NDArray[np.uint8], fit: CircleFit) -> NDArray[np.uint8]:
    scale = image.shape[1] / fit.lens_width
    circle, drawn = fit.circle, np.ascontiguousarray(image).copy()
    middle = round(circle.column * scale), round(circle.row * scale)
    thickness = max(1, image.shape[1] // 400)
    cv2.circle(drawn, middle, round(circle.radius * scale), RED, thickness)
    cv2.drawMarker(drawn, middle, RED, cv2.MARKER_CROSS, 16 * thickness, thickness)
    return drawn


def _with_horizon(panorama: NDArray[np.uint8], vertical: Vertical) -> NDArray[np.uint8]:
    drawn = panorama.copy()
    side = np.cross(vertical.up, [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    turn = np.linspace(0.0, 2.0 * np.pi, 720)[:, None]
    _path(drawn, np.cos(turn) * side + np.sin(turn) * np.cross(vertical.up, side), YELLOW)
    step = np.linspace(0.0, 1.0, 24)[:, None]
    for start, end in zip(vertical.edges.starts, vertical.edges.ends, strict=True):
        _path(drawn, start + step * (end - start), GREEN)
    return drawn


def _path(picture: NDArray[np.uint8], rays: NDArray[np.float64], color: tuple[int, ...]) -> None:
    """Draw a path of rays (N, 3); where it leaves at one border it comes back at the other."""
    pixels = np.rint(PANORAMA.pixels(rays) - 0.5).astype(np.int32)
    jumps = np.flatnonzero(np.abs(np.diff(pixels[:, 0])) > PANORAMA.width // 2) + 1
    for part in np.split(pixels, jumps):
        cv2.polylines(picture, [part], False, color, 2)
