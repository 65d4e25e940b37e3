"""How each photograph with labelled points becomes a panorama, and where its pixels go.

What the camera was is known from the photographs' page of sources and its calibration
files. A photograph of 2:1 that is not named here is a whole panorama; any other is left
out, because nobody says what it shows.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras import Lens, Rig, RigLens, load_rig, read_cameras
from panoseg_ros.datasets.reading import read_image
from panoseg_ros.errors import DatasetError
from panoseg_ros.geometry import (
    PanoramaGeometry,
    rotation_from_rpy_deg,
    transform,
)

ASPECT_TOLERANCE = 0.01
SIDES_YAW_DEG = {'front': 0.0, 'left': 90.0, 'back': 180.0, 'right': -90.0}


class View(NamedTuple):
    """What the network sees of a photograph.

    Convention: `rays` maps pixel coordinates (N, 2) of the photograph, centres at +0.5, to
    unit directions (N, 3) in the panorama frame, NaN where its lens sees nothing.
    """

    image: NDArray[np.uint8]  # (H, W, 3) RGB panorama, black where nothing is seen
    valid: NDArray[np.bool_]  # (H, W)
    rays: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    how: str  # for the report


class Band(NamedTuple):
    """A photograph that is a part of a panorama: azimuths about 0, and elevations, in degrees."""

    wide_deg: float
    top_deg: float
    bottom_deg: float
    how: str


WHOLE = Band(360.0, 90.0, -90.0, 'whole panorama')
# The lens sees 30 to 100 degrees from its axis, which points up: the horizon of the street
# of 1210U lies at 0.85 of the height.
PASS = Band(360.0, 60.0, -10.0, 'unfolding of 360 x 70 degrees, 60 above to 10 below the horizon')
BANDS = {
    'charles_street.': Band(149.87, 28.245, -25.905, 'partial panorama of 149.87 x 54.15 degrees'),
    'pass_': PASS,
}


def open_view(folder: Path, image: str, geometry: PanoramaGeometry) -> View | None:
    """Return the view of a photograph, None if nobody says how it sees the world.

    Args:
        folder: holds the photographs at their paths, and `calib` with their calibration.
        image: path below `folder`.
        geometry: the panorama to be made.

    Raises:
        DatasetError: if the photograph is missing or no picture.
        CameraError: if a calibration file is missing, malformed or does not fit.
    """
    name = Path(image).name
    for begin, open_rig in RIGS.items():
        if name.startswith(begin):
            return open_rig(folder, image, geometry)
    photograph = read_image(folder / image)
    for begin, band in BANDS.items():
        if name.startswith(begin):
            return view_of_band(photograph, band, geometry)
    if abs(photograph.shape[1] / (2.0 * photograph.shape[0]) - 1.0) > ASPECT_TOLERANCE:
        return None
    return view_of_band(photograph, WHOLE, geometry)


def view_of_band(photograph: NDArray[np.uint8], band: Band, geometry: PanoramaGeometry) -> View:
    """Return the panorama (H, W, 3) in which a part of one lies at its place."""
    height, width = photograph.shape[:2]
    per_column = band.wide_deg / width  # degrees
    per_row = (band.top_deg - band.bottom_deg) / height
    small, factor = _shrunk(
        photograph,
        360.0 / geometry.width / per_column,
        (geometry.top_deg - geometry.bottom_deg) / geometry.height / per_row,
    )
    azimuth_deg = np.rad2deg(geometry.azimuth_rad())
    elevation_deg = np.rad2deg(geometry.elevation_rad())
    u = (0.5 * band.wide_deg - azimuth_deg) / per_column
    v = (band.top_deg - elevation_deg) / per_row
    seen = ((v > 0) & (v < height))[:, None] & ((u > 0) & (u < width))[None]
    at = np.meshgrid(u * factor[0] - 0.5, v * factor[1] - 0.5)
    around = cv2.BORDER_WRAP if band.wide_deg == 360.0 else cv2.BORDER_REPLICATE
    # Rows must not wrap: the first and the last are doubled first.
    padded = cv2.copyMakeBorder(small, 1, 1, 0, 0, cv2.BORDER_REPLICATE)
    maps = at[0].astype(np.float32), (at[1] + 1.0).astype(np.float32)
    image = cv2.remap(padded, *maps, cv2.INTER_LINEAR, borderMode=around)
    rays = partial(_rays_of_band, band=band, size=(width, height))
    return View(np.where(seen[..., None], image, np.uint8(0)), seen, rays, band.how)


def _shrunk(
    picture: NDArray[np.uint8], times_u: float, times_v: float
) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """Return a picture area-averaged by whole factors or more, and its scale in u and v."""
    height, width = picture.shape[:2]
    size = round(width / max(1.0, times_u)), round(height / max(1.0, times_v))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (size[0] / width, size[1] / height)


def _rays_of_band(
    pixels: NDArray[np.float64], band: Band, size: tuple[int, int]
) -> NDArray[np.float64]:
    azimuth = np.deg2rad(band.wide_deg * (0.5 - pixels[:, 0] / size[0]))
    share = pixels[:, 1] / size[1]
    elevation = np.deg2rad(band.top_deg - (band.top_deg - band.bottom_deg) * share)
    flat = np.cos(elevation)
    return np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], -1)


def view_of_rig(
    rig: Rig,
    pictures: Mapping[str, NDArray[np.uint8]],
    lens_of: Callable[[NDArray[np.float64]], tuple[NDArray[np.intp], NDArray[np.float64]]],
    geometry: PanoramaGeometry,
    how: str,
    own: str | None = None,
) -> View:
    """Return the panorama of a rig.

    Args:
        rig: its lenses must share one place: `pano_from_lens` are rotations.
        pictures: lens name to its picture.
        lens_of: tells for pixels (N, 2) of the photograph which lens of the rig they belong
            to (N,) and where in its picture (N, 2) they lie.
        geometry: of the panorama.
        how: for the report.
        own: the lens of the photograph if that is one of several pictures: where it sees
            something, the others are not mixed in, because they stand elsewhere.
    """
    image, valid = rig.panorama(pictures, geometry=geometry)[2:]
    if own is not None:
        alone = rig.panorama({own: pictures[own]}, geometry=geometry)
        image = np.where(alone.valid[..., None], alone.image, image)
        valid = valid | alone.valid

    def rays(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        lens, at = lens_of(pixels)
        found = np.full((len(pixels), 3), np.nan)
        for index, entry in enumerate(rig.lenses):
            here = lens == index
            found[here] = entry.lens.unproject(at[here]) @ entry.pano_from_lens[:3, :3].T
        return found

    return View(image, valid, rays, how)


def _gear360(folder: Path, image: str, geometry: PanoramaGeometry) -> View:
    rig = load_rig('gear360')
    photograph = read_image(folder / image)
    scale = rig.lenses[0].source_size[0] / photograph.shape[1]

    def lens_of(pixels: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        at = pixels * scale
        lens = np.zeros(len(at), np.intp)
        inside = np.empty_like(at)
        for index, entry in enumerate(rig.lenses):
            x, y, width, _ = entry.crop or (0, 0, *entry.source_size)
            own = (at[:, 0] >= x) & (at[:, 0] < x + width)
            lens[own], inside[own] = index, at[own] - (x, y)
        return lens, inside

    pictures = rig.split('image', photograph)
    return view_of_rig(rig, pictures, lens_of, geometry, 'both lenses, rig gear360')


def _car(
    rig: Callable[[Path], Rig], how: str, folder: Path, image: str, geometry: PanoramaGeometry
) -> View:
    """Return the view of one of several photographs that a car's cameras took together."""
    car = rig(folder)
    stem, side = Path(image).stem.rsplit('_', maxsplit=1)
    beside = (folder / image).parent
    pictures = {
        entry.name: read_image(beside / f'{stem}_{entry.name}{Path(image).suffix}')
        for entry in car.lenses
    }
    names = [entry.name for entry in car.lenses]
    if side not in names:
        raise DatasetError(f'{folder / image}: is of none of the sides {", ".join(names)}')
    index = names.index(side)

    def lens_of(pixels: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        return np.full(len(pixels), index), pixels

    return view_of_rig(car, pictures, lens_of, geometry, how, side)


def _garage(folder: Path) -> Rig:
    entries = []
    for side in SIDES_YAW_DEG:
        files = (
            folder / 'calib' / f'garage_{side}_{part}.json'
            for part in ('ocam_intrinsic', 'extrinsic')
        )
        (camera,) = read_cameras(*files)
        if camera.pano_from_lens is None:
            raise DatasetError(f'{folder}/calib: garage_{side} has no extrinsics')
        entries.append(_entry(side, camera.lens, camera.pano_from_lens[:3, :3]))
    return Rig('garage', tuple(entries), np.eye(4))


def _car_park(folder: Path) -> Rig:
    entries = []
    for side in ('front', 'left', 'back'):  # there is no photograph of the right one
        path = folder / 'calib' / f'avm_{side}_opencv_fisheye.yaml'
        (camera,) = read_cameras(path)
        turn = rotation_from_rpy_deg(0.0, 0.0, SIDES_YAW_DEG[side])
        entries.append(_entry(side, camera.lens, turn @ upright(up_of_ground(path))))
    return Rig('car_park', tuple(entries), np.eye(4))


def _entry(name: str, lens: Lens, pano_from_lens: NDArray[np.float64]) -> RigLens:
    mount = transform(pano_from_lens, [0.0, 0.0, 0.0])
    return RigLens(name, lens, name, lens.size, None, mount)


def upright(up: ArrayLike) -> NDArray[np.float64]:
    """Return the rotation (3, 3) from a lens' optical axes to level body axes.

    Args:
        up: (3,) where up is in the optical frame. The optical axis gets azimuth 0.
    """
    top = np.asarray(up, np.float64) / np.linalg.norm(up)
    ahead = np.array([0.0, 0.0, 1.0]) - top[2] * top
    ahead /= np.linalg.norm(ahead)
    return np.stack([ahead, np.cross(top, ahead), top])


def up_of_ground(path: Path) -> NDArray[np.float64]:
    """Return where up is in the optical frame of a camera, from its ground homography.

    The file maps undistorted pixels p to the ground plan by H. Where row 3 of H p is zero
    lies the horizon, a line l; with the undistorted camera matrix K, the normal of the
    plane through it is K^T l. Source: R. Hartley, A. Zisserman, Multiple View Geometry in
    Computer Vision, 2nd edition, section 8.6.
    """
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
    matrix, ground, scale, shift = (
        storage.getNode(key).mat()
        for key in ('camera_matrix', 'project_matrix', 'scale_xy', 'shift_xy')
    )
    if any(found is None for found in (matrix, ground, scale, shift)):
        raise DatasetError(f'{path}: lacks the homography of the ground')
    camera = np.array(matrix, np.float64)
    camera[:2, :2] *= np.diag(scale.ravel())
    camera[:2, 2] += shift.ravel()
    normal = camera.T @ ground[2]
    return np.asarray(normal if normal[1] < 0 else -normal, np.float64)


RIGS: dict[str, Callable[[Path, str, PanoramaGeometry], View]] = {
    'gear360_street_dual.': _gear360,
    'garage_': partial(
        _car, _garage, 'its lens by intrinsics and extrinsics, the other three around it'
    ),
    'avm_': partial(
        _car,
        _car_park,
        'its lens, upright by its homography of the ground, the other two around it',
    ),
}
