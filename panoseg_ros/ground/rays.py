"""Where the rays of a panorama meet flat ground, worked out once per camera pose.

The panorama is read along gravity-vertical meridians: one ray per image column,
turned with the camera's heading, sampled from the nadir up to the maximum range at
the panorama's own angular step. On a level camera the samples are exactly the
pixels; on a tilted one, whose image columns are no meridians, each sample takes
the nearest pixel. Following columns instead would let an obstacle hide ground that
it does not stand in front of.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.errors import GroundError
from panoseg_ros.geometry import PanoramaGeometry, without_heading
from panoseg_ros.ground.accuracy import depression_error_rad, useful_range_m
from panoseg_ros.ground.settings import GroundSettings

# A square lattice of at most sqrt(1/2) cells, at any angle, has a point in every cell.
LATTICE_STEP = 0.7  # cells
STEEPEST_RAD = 1.55  # below the zenith, where a height per range is infinite


class View(NamedTuple):
    """The pixels that K rays of S samples look through, wherever the camera stands.

    Convention: azimuths are counted from the panorama's heading, and both angles are
    those of a gravity-level frame.
    """

    pixel: NDArray[np.int32]  # (K, S) flat pixel index, -1 outside the panorama
    azimuth_rad: NDArray[np.float64]  # (K,) ascending
    elevation_rad: NDArray[np.float64]  # (S,) ascending from the nadir to the top of the panorama
    step_rad: float


class RayTable(NamedTuple):
    """K rays of R samples each, and the ground points that the samples stand for.

    Convention: ranges are horizontal distances from the point below the camera, in
    cells. Ray k has azimuth `azimuth_rad[k]` in the base frame, counter-clockwise;
    sample 0 is the lowest. Sample j covers ranges `near[j]` to `far[j]` and has its
    centre at `middle[j]`; its points are `point[start[j]:start[j + 1]]`.
    """

    pixel: NDArray[np.int32]  # (K, S) flat pixel index, -1 outside the panorama
    azimuth_rad: NDArray[np.float64]  # (K,) ascending
    near: NDArray[np.float32]  # (R,)
    middle: NDArray[np.float32]  # (R,)
    far: NDArray[np.float32]  # (R,)
    point: NDArray[np.float32]  # (P,) ranges, ascending
    start: NDArray[np.int32]  # (R + 1,)
    slope: NDArray[np.float32]  # (S,) height above the camera per range, ascending
    camera_xy_m: NDArray[np.float64]  # (2,) point below the camera in the base frame
    height_m: float  # of the camera above the ground
    error_rad: float  # of the depression of a sample, standard deviation


def build_rays(
    geometry: PanoramaGeometry, base_from_pano: NDArray[np.float64], settings: GroundSettings
) -> RayTable:
    """Return the rays of a panorama whose camera stands at `base_from_pano`.

    Args:
        geometry: directions of the panorama's pixels.
        base_from_pano: (4, 4) pose of the panorama frame in the base frame, whose z
            axis is taken as vertical.
        settings: cell size, ground height and range.

    Raises:
        GroundError: if the camera is below the ground, or the panorama does not
            show both the horizon and ground within the maximum range.
    """
    _camera_height_m(base_from_pano, settings.ground_z_m)  # names a bad pose first
    view = view_of(geometry, base_from_pano[:3, :3])
    return place(view, geometry, base_from_pano, settings)


def view_of(geometry: PanoramaGeometry, level_from_pano: NDArray[np.float64]) -> View:
    """Return the view of a panorama turned like this; its heading does not matter.

    Raises:
        GroundError: if the panorama does not show the horizon.
    """
    tilt = without_heading(level_from_pano)
    elevation_rad, step_rad = _sample_elevations(geometry, tilt)
    azimuth_rad = geometry.azimuth_rad()[::-1]
    pixel = _pixels(geometry, tilt, azimuth_rad, elevation_rad)
    pixel.setflags(write=False)
    return View(pixel, azimuth_rad, elevation_rad, step_rad)


def place(
    view: View,
    geometry: PanoramaGeometry,
    base_from_pano: NDArray[np.float64],
    settings: GroundSettings,
) -> RayTable:
    """Return the rays of a view from a place; quick enough to be done for every frame.

    Args:
        view: of a panorama that is tilted like `base_from_pano`.
        geometry: the one the view was made of.
        base_from_pano: as in `build_rays`.
        settings: as in `build_rays`.

    Raises:
        GroundError: if the camera is below the ground, or sees none within the range.
    """
    height_m = _camera_height_m(base_from_pano, settings.ground_z_m)
    error_rad = depression_error_rad(view.step_rad, settings.pitch_error_deg)
    useful_m = useful_range_m(error_rad, height_m, settings.max_error_m)
    most_m, half_rad = min(settings.max_range_m, useful_m), view.step_rad / 2
    near = _ground_range(view.elevation_rad - half_rad, height_m)
    near = near[: np.count_nonzero(near < most_m)]  # ranges ascend with the elevation
    elevation_rad = view.elevation_rad[: len(near)]
    middle = np.minimum(_ground_range(elevation_rad, height_m), most_m)
    far = np.minimum(_ground_range(elevation_rad + half_rad, height_m), most_m)
    _check_ground_seen(geometry, view.pixel[:, : len(near)], settings)
    cell = settings.resolution_m
    point, start = _points(near / cell, middle / cell, far / cell)
    heading_rad = np.arctan2(base_from_pano[1, 0], base_from_pano[0, 0])
    table = RayTable(
        view.pixel,
        heading_rad + view.azimuth_rad,
        (near / cell).astype(np.float32),
        (middle / cell).astype(np.float32),
        (far / cell).astype(np.float32),
        point,
        start,
        np.tan(np.minimum(view.elevation_rad, STEEPEST_RAD)).astype(np.float32),
        base_from_pano[:2, 3].copy(),
        height_m,
        error_rad,
    )
    for array in table[:-2]:
        array.setflags(write=False)
    return table


def _camera_height_m(base_from_pano: NDArray[np.float64], ground_z_m: float) -> float:
    rotation = base_from_pano[:3, :3] if base_from_pano.shape == (4, 4) else np.zeros((3, 3))
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6):
        raise GroundError(
            'base_from_pano must be a (4, 4) rotation and translation, '
            f'got {base_from_pano.tolist()}'
        )
    height_m = float(base_from_pano[2, 3]) - ground_z_m
    if not height_m > 0.0:
        raise GroundError(
            f'the camera is below ground: base_from_pano has it at z {base_from_pano[2, 3]:g} m, '
            f'which must be above ground_z_m {ground_z_m:g}'
        )
    return height_m


def _sample_elevations(
    geometry: PanoramaGeometry, level_from_pano: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return sample elevations from the nadir to the top, ascending, and their step."""
    tilt_deg = float(np.rad2deg(np.arccos(np.clip(level_from_pano[2, 2], -1.0, 1.0))))
    if geometry.top_deg < tilt_deg or geometry.bottom_deg >= -tilt_deg:
        raise GroundError(
            f'the horizon is outside the panorama: it spans elevations {geometry.bottom_deg:g} to '
            f'{geometry.top_deg:g} degrees of a camera tilted by {tilt_deg:g} degrees'
        )
    step_deg = (geometry.top_deg - geometry.bottom_deg) / geometry.height
    below = int((geometry.bottom_deg + 90.0) / step_deg + 1e-6)  # rows hidden below the panorama
    above = int((geometry.top_deg - geometry.bottom_deg) / step_deg + 1e-6)
    rows = np.arange(-below, above) + 0.5
    elevation_rad = np.deg2rad(geometry.bottom_deg + step_deg * rows)
    return elevation_rad.astype(np.float64), float(np.deg2rad(step_deg))


def _ground_range(elevation_rad: NDArray[np.float64], height_m: float) -> NDArray[np.float64]:
    """Return where rays at these elevations meet the ground; inf at and above the horizon."""
    depression = np.abs(np.clip(-elevation_rad, 0.0, np.pi / 2))  # abs: no -0.0
    with np.errstate(divide='ignore'):
        return np.asarray(height_m * np.cos(depression) / np.sin(depression))


def _pixels(
    geometry: PanoramaGeometry,
    level_from_pano: NDArray[np.float64],
    azimuth_rad: NDArray[np.float64],
    elevation_rad: NDArray[np.float64],
) -> NDArray[np.int32]:
    azimuth, elevation = np.meshgrid(azimuth_rad, elevation_rad, indexing='ij')  # (K, R)
    flat = np.cos(elevation)
    in_level = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], -1)
    uv = geometry.pixels(in_level @ level_from_pano)  # row vectors: applies the inverse
    inside = np.isfinite(uv[..., 0])
    u, v = np.where(inside[..., None], uv, 0.0).astype(np.int64).transpose(2, 0, 1)
    v = np.minimum(v, geometry.height - 1)
    return np.where(inside, v * geometry.width + u % geometry.width, -1).astype(np.int32)


def _check_ground_seen(
    geometry: PanoramaGeometry, pixel: NDArray[np.int32], settings: GroundSettings
) -> None:
    if not np.any(pixel >= 0):
        raise GroundError(
            f'no ground within max_range_m {settings.max_range_m:g} and to max_error_m '
            f'{settings.max_error_m:g} is in the panorama, which ends at '
            f'elevation {geometry.bottom_deg:g} degrees'
        )


@compiled()
def _points(
    near: NDArray[np.float64], middle: NDArray[np.float64], far: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Spread points over every sample: one at its centre, the others a lattice step apart."""
    samples = len(near)
    start = np.zeros(samples + 1, np.int32)
    for j in range(samples):
        number = 1 + _steps(middle[j] - near[j]) + _steps(far[j] - middle[j])
        start[j + 1] = start[j] + number
    point = np.empty(start[samples], np.float32)
    for j in range(samples):
        inner, outer = _steps(middle[j] - near[j]), _steps(far[j] - middle[j])
        centre = start[j] + inner
        point[centre] = middle[j]
        for i in range(inner):
            point[centre - 1 - i] = middle[j] - (i + 1) * (middle[j] - near[j]) / (inner + 0.5)
        for i in range(outer):
            point[centre + 1 + i] = middle[j] + (i + 1) * (far[j] - middle[j]) / (outer + 0.5)
    return point, start


@compiled()
def _steps(length: float) -> int:
    """Return how many lattice steps fit, the last of them half a step short of the end."""
    return max(0, int(np.ceil(length / LATTICE_STEP - 0.5)))
