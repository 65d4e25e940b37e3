"""Finds from upright edges (walls, poles, door frames) where up is in a panorama.

A straight edge and the camera's centre span a plane. The planes of all upright edges hold
the vertical, so their normals are perpendicular to it (the vanishing point on the Gaussian
sphere of S. Barnard, "Interpreting perspective images", Artificial Intelligence 1983).
Edges are searched in flat views around the panorama, where they are straight.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.checking.overlap import F64
from panoseg_ros.errors import CameraError
from panoseg_ros.frames import Panorama
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

VIEWS = 8
VIEW_SIDE = 512
VIEW_DEG = 75.0
MOST_TILT_DEG = 35.0
LEAST_LENGTH_DEG = 3.0
AGREE_DEG = 0.7
LEAST_EDGES = 12
MOST_UNCERTAIN_DEG = 0.7
OVER_CHANCE = 5.0  # clutter runs to any direction
HYPOTHESES = 1500


class Edges(NamedTuple):
    """Straight edges of a panorama, in its frame."""

    starts: F64  # (N, 3) unit rays
    ends: F64  # (N, 3)

    @property
    def normals(self) -> F64:
        """Unit normals (N, 3) of the planes through the edges and the camera."""
        normal = np.cross(self.starts, self.ends)
        return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True), np.float64)


class Vertical(NamedTuple):
    """Where up is."""

    up: F64  # (3,) in the panorama frame
    sigma_deg: float  # standard deviation about the axis that is known worst
    edges: Edges  # those that are upright
    seen: int  # edges that were looked at

    def tilt_deg(self, base_from_pano: F64) -> tuple[float, float]:
        """Return roll and pitch of the base frame against gravity.

        Convention: Ry(pitch) Rx(roll) turns base coordinates upright (REP-103: positive
        pitch is nose down, positive roll its right side down).
        """
        x, y, z = base_from_pano[:3, :3] @ self.up
        roll, pitch = np.arctan2(y, z), -np.arcsin(np.clip(x, -1.0, 1.0))
        return float(np.rad2deg(roll)), float(np.rad2deg(pitch))


def find_vertical(panoramas: list[Panorama], geometry: PanoramaGeometry) -> Vertical:
    """Return where up is in panoramas of one camera that did not tilt in between.

    Raises:
        CameraError: if too few upright edges agree, or all are on one side.
    """
    found = [find_edges(panorama, geometry) for panorama in panoramas]
    edges = Edges(*(np.concatenate(part) for part in zip(*found, strict=True)))
    count = len(edges.starts)
    if count < LEAST_EDGES:
        raise CameraError(f'not enough vertical lines: {count}, needs {LEAST_EDGES}')
    normals, length = edges.normals, _lengths(edges)
    up, chance = _consensus(normals, length), _by_chance(normals)
    for _ in range(10):
        off = np.abs(normals @ up)
        kept = off < np.sin(np.deg2rad(AGREE_DEG))
        weight = kept * length * np.maximum(0.0, 1.0 - (off / np.sin(np.deg2rad(AGREE_DEG))) ** 2)
        scatter = (normals * weight[:, None]).T @ normals
        up = np.linalg.eigh(scatter)[1][:, 0]
        up = up if up[2] >= 0.0 else -up
    needed = max(LEAST_EDGES, round(OVER_CHANCE * chance))
    if kept.sum() < needed:
        raise CameraError(
            f'not enough vertical lines: {int(kept.sum())} of {count} agree, needs {needed}'
        )
    sigma_deg = _uncertainty(normals[kept], up)
    if sigma_deg > MOST_UNCERTAIN_DEG:
        raise CameraError(
            f'not enough vertical lines: up would be uncertain by {sigma_deg:.1f} degrees, '
            f'at most {MOST_UNCERTAIN_DEG}'
        )
    return Vertical(up, sigma_deg, Edges(edges.starts[kept], edges.ends[kept]), count)


def find_edges(panorama: Panorama, geometry: PanoramaGeometry) -> Edges:
    """Return the straight edges that may be upright, up to `MOST_TILT_DEG` of tilt.

    Source: R. Grompone von Gioi et al., "LSD: a line segment detector", IPOL 2012.
    """
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD)
    focal = 0.5 * VIEW_SIDE / np.tan(np.deg2rad(0.5 * VIEW_DEG))
    seen = cv2.erode(panorama.valid.astype(np.uint8), np.ones((5, 5), np.uint8))
    gray = cv2.cvtColor(panorama.image, cv2.COLOR_RGB2GRAY)
    parts: list[F64] = []
    for index in range(VIEWS):
        pano_from_view = rotation_from_rpy_deg(0.0, 0.0, 360.0 * index / VIEWS)
        flat, valid = _flat_view(gray, seen, geometry, pano_from_view, focal)
        lines = detector.detect(flat)[0]
        if lines is not None:
            lines = lines.reshape(-1, 2, 2)[_all_valid(lines.reshape(-1, 2, 2), valid)]
            parts.append(_view_rays(lines, focal) @ pano_from_view.T)
    rays = np.concatenate(parts) if parts else np.zeros((0, 2, 3))
    edges = Edges(rays[:, 0], rays[:, 1])
    long = _lengths(edges) > np.deg2rad(LEAST_LENGTH_DEG)
    edges = Edges(edges.starts[long], edges.ends[long])
    upright = np.abs(edges.normals[:, 2]) < np.sin(np.deg2rad(MOST_TILT_DEG))
    return Edges(edges.starts[upright], edges.ends[upright])


def _flat_view(
    gray: NDArray[np.uint8],
    seen: NDArray[np.uint8],
    geometry: PanoramaGeometry,
    pano_from_view: F64,
    focal: float,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    rows, columns = np.mgrid[0:VIEW_SIDE, 0:VIEW_SIDE] + 0.5
    rays = _view_rays(np.stack([columns, rows], -1) - 0.5, focal) @ pano_from_view.T
    at = geometry.pixels(rays)
    valid = np.isfinite(at[..., 0])
    at = np.where(valid[..., None], at - 0.5, -9.0).astype(np.float32)
    wrapped = np.concatenate([gray, gray[:, :1]], 1)
    flat = cv2.remap(wrapped, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    valid &= cv2.remap(seen, at, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) > 0
    return np.asarray(flat, np.uint8), valid


def _view_rays(pixels: NDArray[np.floating], focal: float) -> F64:
    """Return unit rays (..., 3) of a flat view (x forward), first pixel centre at 0.0."""
    aside = (np.asarray(pixels, np.float64) + 0.5 - 0.5 * VIEW_SIDE) / focal
    rays = np.stack([np.ones(aside.shape[:-1]), -aside[..., 0], -aside[..., 1]], -1)
    return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True), np.float64)


def _all_valid(lines: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which lines (N, 2, 2) lie where the panorama is valid, ends and middle."""
    places = np.stack([lines[:, 0], lines[:, 1], lines.mean(1)], 1)
    at = np.clip(np.rint(places).astype(np.intp), 0, VIEW_SIDE - 1)
    return np.asarray(valid[at[..., 1], at[..., 0]].all(1), np.bool_)


def _lengths(edges: Edges) -> F64:
    """Return the angles (N,) in rad that edges span."""
    cosine = (edges.starts * edges.ends).sum(1)
    return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)), np.float64)


def _consensus(normals: F64, length: F64) -> F64:
    """Return the direction that most edges, by length, run to (RANSAC over two edges)."""
    rng = np.random.default_rng(0)
    pick = rng.integers(0, len(normals), (HYPOTHESES, 2))
    ups = np.cross(normals[pick[:, 0]], normals[pick[:, 1]])
    size = np.linalg.norm(ups, axis=1)
    ups, size = ups[size > 0.1], size[size > 0.1]  # nearly the same plane says nothing
    ups = ups / size[:, None]
    ups = ups[np.abs(ups[:, 2]) > np.cos(np.deg2rad(MOST_TILT_DEG))]
    if not len(ups):
        raise CameraError('not enough vertical lines: all are on one side')
    off = np.abs(ups @ normals.T) / np.sin(np.deg2rad(AGREE_DEG))
    score = (np.maximum(0.0, 1.0 - off**2) * length).sum(1)
    best = ups[score.argmax()]
    return np.asarray(best if best[2] >= 0.0 else -best, np.float64)


def _by_chance(normals: F64) -> float:
    """Return how many edges run to a direction drawn evenly from those that may be up."""
    rng = np.random.default_rng(1)
    height = rng.uniform(np.cos(np.deg2rad(MOST_TILT_DEG)), 1.0, HYPOTHESES)
    turn = rng.uniform(0.0, 2.0 * np.pi, HYPOTHESES)
    flat = np.sqrt(1.0 - height**2)
    ups = np.stack([flat * np.cos(turn), flat * np.sin(turn), height], -1)
    agree = np.abs(ups @ normals.T) < np.sin(np.deg2rad(AGREE_DEG))
    return float(agree.sum(1).mean())


def _uncertainty(normals: F64, up: F64) -> float:
    """Return the standard deviation in degrees of up about its worst axis.

    Each plane must hold up: a residual whose noise is what the edges show, at least 0.1
    degrees, and which is shared by the edges of one object: a quarter count as independent.
    """
    noise = max(1.4826 * float(np.median(np.abs(normals @ up))), float(np.deg2rad(0.1)))
    weakest = float(np.linalg.eigvalsh(normals.T @ normals)[1])
    return float(np.rad2deg(noise / np.sqrt(max(0.25 * weakest, 1e-12))))
