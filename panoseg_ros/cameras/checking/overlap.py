"""Where two lenses of a rig see the same directions, laid out flat for both.

Convention: a strip is an equirectangular picture whose poles lie where the overlap is not:
its up axis is the direction in which the overlap spreads least. So the ring between two
fisheyes back to back, and the patch between two neighbouring cameras, both lie along the
strip's equator, where a picture is hardly stretched.
"""

from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.geometry import PanoramaGeometry

MARGIN_DEG = 6.0  # a strip reaches so far beyond the overlap, as rotations may be wrong
MAX_COLUMNS = 3600  # 10 pixels a degree
FINER = 1.5  # than the lens, so that sampling costs no precision
LEAST_BASELINE_M = 0.001
ASSUMED_BASELINE_M = 0.03
_COARSE = PanoramaGeometry(180, 360)
F64 = NDArray[np.float64]


class Overlap(NamedTuple):
    """The overlap of two lenses of a rig, as the rig describes them."""

    first: RigLens
    second: RigLens
    geometry: PanoramaGeometry  # of the strips
    pano_from_strip: F64  # (3, 3)
    both: NDArray[np.bool_]  # (H, W) of the strip, seen by both lenses
    width_deg: float  # diameter of the largest disc that both lenses see

    @property
    def name(self) -> str:
        """The names of the two lenses."""
        return f'{self.first.name} - {self.second.name}'

    @property
    def baseline_m(self) -> F64:
        """From the first lens' centre to the second's (3,) in the panorama frame.

        Where the rig gives both the same place, the lenses are assumed to sit in front of
        the camera's middle, each along its own optical axis, as in a dual fisheye.
        """
        first, second = self.first.pano_from_lens, self.second.pano_from_lens
        given = second[:3, 3] - first[:3, 3]
        if np.linalg.norm(given) > LEAST_BASELINE_M:
            return np.asarray(given, np.float64)
        apart = second[:3, 2] - first[:3, 2]
        length = float(np.linalg.norm(apart))
        return np.asarray(apart * (ASSUMED_BASELINE_M / max(length, 1e-9)), np.float64)

    def pixels(self, rays: F64) -> F64:
        """Return the strip pixels (..., 2) of rays (..., 3), NaN above and below the strip."""
        return self.geometry.pixels(rays @ self.pano_from_strip)

    def rays(self, pixels: F64) -> F64:
        """Return the unit rays (..., 3) in the panorama frame of strip pixels (..., 2)."""
        shape, span_deg = self.geometry, self.geometry.top_deg - self.geometry.bottom_deg
        azimuth = (1.0 - 2.0 * pixels[..., 0] / shape.width) * np.pi
        elevation = np.deg2rad(shape.top_deg - span_deg * pixels[..., 1] / shape.height)
        flat = np.cos(elevation)
        rays = [flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)]
        return np.asarray(np.stack(rays, -1) @ self.pano_from_strip.T, np.float64)


class Strip(NamedTuple):
    """What one lens sees of a strip; black where it sees nothing."""

    image: NDArray[np.uint8]  # (H, W, 3) RGB
    seen: NDArray[np.bool_]  # (H, W)


def find_overlaps(rig: Rig) -> list[Overlap]:
    """Return the overlap of every two lenses that see a direction in common."""
    found = (find_overlap(first, second) for first, second in combinations(rig.lenses, 2))
    return [overlap for overlap in found if overlap is not None]


def find_overlap(first: RigLens, second: RigLens) -> Overlap | None:
    """Return the overlap of two lenses, None where they see nothing in common."""
    rays = _COARSE.rays().reshape(-1, 3).astype(np.float64)
    area = np.cos(np.repeat(_COARSE.elevation_rad(), _COARSE.width))
    common = _seen(first, rays)[1] & _seen(second, rays)[1]
    if not common.any():
        return None
    pano_from_strip = _axes(rays[common], area[common])
    elevation_deg = np.rad2deg(np.arcsin(np.clip(rays[common] @ pano_from_strip[:, 2], -1, 1)))
    resolution = FINER * min(_resolution(first), _resolution(second))
    geometry = _strip_geometry(elevation_deg, resolution)
    turned = geometry.rays().astype(np.float64) @ pano_from_strip.T
    both = _seen(first, turned)[1] & _seen(second, turned)[1]
    width_deg = _widest(both) * 360.0 / geometry.width
    return Overlap(first, second, geometry, pano_from_strip, both, width_deg)


def sample(overlap: Overlap, entry: RigLens, image: NDArray[np.uint8]) -> Strip:
    """Return the strip of an overlap as one of its lenses sees it.

    Args:
        overlap: which strip.
        entry: the lens.
        image: its picture (h, w, 3) uint8 of the lens' size or in proportion to it.
    """
    rays = overlap.geometry.rays().astype(np.float64) @ overlap.pano_from_strip.T
    pixels, seen = _seen(entry, rays)
    finer = _resolution(entry) / (overlap.geometry.width / (2.0 * np.pi))
    finer *= image.shape[1] / entry.lens.size[0]
    if finer > 1.5:
        size = [max(2, round(side / finer)) for side in image.shape[1::-1]]
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    at = pixels * (np.array(image.shape[1::-1]) / np.array(entry.lens.size)) - 0.5
    at = np.where(seen[..., None], at, -9.0).astype(np.float32)
    picture = cv2.remap(image, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    picture = np.where(seen[..., None], picture, 0).astype(np.uint8)
    return Strip(picture, seen)


def _seen(entry: RigLens, rays: F64) -> tuple[F64, NDArray[np.bool_]]:
    """Return the pixels (..., 2) of rays in the panorama frame and where the lens sees them."""
    pixels = entry.lens.project(rays @ entry.pano_from_lens[:3, :3])
    width, height = entry.lens.size
    with np.errstate(invalid='ignore'):
        within = (pixels >= 0.0) & (pixels <= (width, height))
    seen = within[..., 0] & within[..., 1]
    pixels = np.where(seen[..., None], pixels, 0.0)
    if entry.mask is not None:
        column = np.minimum(pixels[..., 0].astype(np.intp), width - 1)
        row = np.minimum(pixels[..., 1].astype(np.intp), height - 1)
        seen = seen & entry.mask[row, column]
    return pixels, np.asarray(seen, np.bool_)


def _axes(rays: F64, area: F64) -> F64:
    """Return strip axes (columns) of rays (N, 3): forward where most are, up where none."""
    _, vectors = np.linalg.eigh((rays * area[:, None]).T @ rays)  # eigenvalues rise
    up, forward = vectors[:, 0], vectors[:, 2]
    up = up if up[2] >= 0.0 else -up
    forward = forward if (area @ rays) @ forward >= 0.0 else -forward
    return np.stack([forward, np.cross(up, forward), up], -1)


def _strip_geometry(elevation_deg: F64, pixels_per_rad: float) -> PanoramaGeometry:
    width = int(np.clip(round(2.0 * np.pi * pixels_per_rad), 360, MAX_COLUMNS))
    step_deg = 360.0 / width
    top = min(90.0, float(elevation_deg.max()) + MARGIN_DEG)
    bottom = max(-90.0, float(elevation_deg.min()) - MARGIN_DEG)
    height = max(1, int((top - bottom) / step_deg))
    return PanoramaGeometry(height, width, bottom + height * step_deg, bottom)


def _resolution(entry: RigLens) -> float:
    """Return the typical number of pixels a radian of a lens."""
    width, height = entry.lens.size
    v, u = np.mgrid[0.05:0.96:0.05, 0.05:0.96:0.05]
    pixels = np.stack([u * width, v * height], -1)
    down = pixels + np.array([0.0, 1.0])
    step = np.linalg.norm(entry.lens.unproject(down) - entry.lens.unproject(pixels), axis=-1)
    known = step[np.isfinite(step) & (step > 0.0)]
    return float(1.0 / np.median(known)) if known.size else 1.0


def _widest(both: NDArray[np.bool_]) -> float:
    """Return the diameter in pixels of the largest disc; the strip closes at its sides."""
    wrap = both.shape[1] // 4
    around = np.concatenate([both[:, -wrap:], both, both[:, :wrap]], 1).astype(np.uint8)
    padded = np.pad(around, ((1, 1), (0, 0)))
    inward = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return max(0.0, 2.0 * float(inward.max()) - 1.0)
