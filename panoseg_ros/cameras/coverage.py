"""Where in a lens' picture each panorama pixel lies, and how far from the lens' edge."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.geometry import PanoramaGeometry

RASTER_SIDE = 320  # distances to the edge are blurred into weights: no need of every pixel
BAND_RAYS = 8192  # projected at a time, so that what happens between stays in the cache
LEAST_REACH_RAD = 1e-4  # a seen pixel always counts, however close to the edge


class Coverage(NamedTuple):
    """One lens' share of a panorama.

    Convention: `pixels` are in the lens' own size with centres at +0.5. `reach_rad` is
    how far the pixel's ray is from the border of what the lens sees (rim, image border
    or mask), 0 where the lens does not see it.
    """

    pixels: NDArray[np.float32]  # (H, W, 2), 0 where not seen
    reach_rad: NDArray[np.float32]  # (H, W)
    pixels_per_rad: float  # resolution of the lens, typical for its picture


def look(entry: RigLens, geometry: PanoramaGeometry) -> Coverage:
    """Return what a lens sees of a panorama of an infinitely distant scene.

    The lens' offset from the panorama centre is left out: without depth nobody knows how
    far to shift, and for a far scene the shift vanishes.
    """
    pixels = _project(entry, geometry.rays())
    width, height = entry.lens.size
    seen = ~np.isnan(pixels[..., 0])
    pixels[~seen] = 0.0
    if entry.mask is not None:
        column = np.minimum(pixels[..., 0].astype(np.intp), width - 1)
        row = np.minimum(pixels[..., 1].astype(np.intp), height - 1)
        seen &= entry.mask[row, column]
    distance_px, rad_per_px = _edge_distance(entry)
    scale = np.array([distance_px.shape[1] / width, distance_px.shape[0] / height])
    at = pixels * scale.astype(np.float32) - np.float32(0.5)
    distance = cv2.remap(distance_px, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    pixels_per_rad = 1.0 / (rad_per_px * float(scale[1]))
    reach = np.maximum(distance * np.float32(rad_per_px), np.float32(LEAST_REACH_RAD))
    return Coverage(pixels, np.where(seen, reach, np.float32(0.0)), pixels_per_rad)


def _project(entry: RigLens, rays: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pixels (H, W, 2) of panorama rays (H, W, 3), NaN outside the picture."""
    pixels = np.empty((*rays.shape[:2], 2), np.float32)
    rows = max(1, BAND_RAYS // rays.shape[1])
    for top in range(0, len(rays), rows):
        band = slice(top, top + rows)
        # rows times R = inverse of R
        at = entry.lens.project(rays[band].astype(np.float64) @ entry.pano_from_lens[:3, :3])
        with np.errstate(invalid='ignore'):
            within = (at >= 0.0) & (at <= entry.lens.size)
        pixels[band] = np.where(within.all(-1, keepdims=True), at, np.nan)
    return pixels


def _edge_distance(entry: RigLens) -> tuple[NDArray[np.float32], float]:
    """Return the distance to the nearest unseen pixel, on a small raster, and its scale."""
    width, height = entry.lens.size
    shrink = min(1.0, RASTER_SIDE / max(width, height))
    columns, rows = max(2, round(width * shrink)), max(2, round(height * shrink))
    u = (np.arange(columns) + 0.5) * width / columns
    v = (np.arange(rows) + 0.5) * height / rows
    rays = entry.lens.unproject(np.stack(np.meshgrid(u, v), -1))  # (rows, columns, 3)
    seen = np.isfinite(rays[..., 0])
    if entry.mask is not None:
        seen &= entry.mask[v.astype(np.intp)[:, None], u.astype(np.intp)]
    border = np.pad(seen.astype(np.uint8), 1)  # the image border is an edge, too
    distance = cv2.distanceTransform(border, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    return np.maximum(distance - 0.5, 0.0).astype(np.float32), _typical_step_rad(rays)


def _typical_step_rad(rays: NDArray[np.float64]) -> float:
    """Return the median angle between vertically neighbouring rays of a raster.

    Vertical, because an equirectangular picture crowds horizontally towards its poles.
    """
    steps = np.linalg.norm(np.diff(rays, axis=0), axis=-1)
    known = steps[np.isfinite(steps)]
    return float(np.median(known)) if known.size else 1.0
