"""What a camera does not see: elevations, sectors and rims that its lenses leave out, its mount.

Angles assume a panorama of a whole turn.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.training.augment.cover import paint
from panoseg_ros.training.augment.picture import WHOLE, Image, Span

FAINT = 0.25  # share of the light below which nothing is told apart any more
GREY = 0.2  # probability that what is missing is grey or white, not black
MOUNT = 0.5  # probability of a mount
Degrees = NDArray[np.float32]


def unseen(
    image: Image, labels: Image, rng: np.random.Generator, span: Span = WHOLE
) -> tuple[Image, Image]:
    """Darken what the lenses leave out and cover the camera's mount; both become unlabelled.

    One of: bands at the top or bottom, a sector, what lies outside of one or two lenses' image
    circles, a round hole. Borders are sharp or fade over up to 25 degrees. Then, or instead, a
    patch at the nadir. All labels that stay are those of pixels that stay visible.
    """
    height, width = labels.shape
    geometry = PanoramaGeometry(height, width, *span)
    mounted = rng.random() < MOUNT
    if not mounted or rng.random() < 0.5:
        kind = KINDS[int(rng.integers(len(KINDS)))]
        image, labels = _darkened(image, labels, kind(geometry, rng), rng)
    return _mount(image, labels, geometry, rng) if mounted else (image, labels)


def _darkened(
    image: Image, labels: Image, margin_deg: Degrees, rng: np.random.Generator
) -> tuple[Image, Image]:
    """Fade a picture to one grey; the margin (H, W) is how far inside the seen part one is."""
    soft_deg = 25.0 * rng.random() ** 2 if rng.random() < 0.5 else 0.01
    light = np.clip(margin_deg / np.float32(soft_deg), 0, 1)[..., None]
    grey = rng.uniform(0, 256) if rng.random() < GREY else rng.uniform(0, 10)
    faded = image * light + np.float32(grey) * (1 - light)
    return faded.astype(np.uint8), np.where(light[..., 0] < FAINT, np.uint8(UNLABELLED), labels)


def _bands(geometry: PanoramaGeometry, rng: np.random.Generator) -> Degrees:
    """Leave out elevations above 25 to 75 degrees, below -10 to -75, or both."""
    elevation = _elevation_deg(geometry)
    top = rng.uniform(25, 75) - _wave(geometry.width, rng) - elevation
    bottom = rng.uniform(10, 75) - _wave(geometry.width, rng) + elevation
    which = int(rng.integers(3))
    return (top, bottom, np.minimum(top, bottom))[which]


def _wave(width: int, rng: np.random.Generator) -> Degrees:
    """Return how far a band's border reaches into the picture: tilted, scalloped by lenses."""
    azimuth = np.deg2rad(_azimuth_deg(width))
    wave = rng.uniform(0, 6) * np.cos(azimuth + rng.uniform(0, 2 * np.pi))
    if rng.random() < 0.3:
        lenses, turned = int(rng.integers(2, 9)), rng.uniform(0, 2 * np.pi)
        wave += rng.uniform(1, 8) * np.abs(np.sin(lenses * azimuth / 2 + turned))
    return wave.astype(np.float32)


def _sector(geometry: PanoramaGeometry, rng: np.random.Generator) -> Degrees:
    """Leave out 60 to 240 degrees of azimuth, with borders that may lean."""
    lean = rng.uniform(-0.2, 0.2) * _elevation_deg(geometry)
    off = np.abs(_azimuth_deg(geometry.width, rng.uniform(0, 360)))
    return np.asarray(off - rng.uniform(30, 120) + lean, np.float32)


def _circles(geometry: PanoramaGeometry, rng: np.random.Generator) -> Degrees:
    """Leave out what one lens of 160 to 220 degrees, or two of 140 to 176, do not see."""
    azimuth_deg, elevation_deg = rng.uniform((-180, -10), (180, 10))
    away = _angle_deg(geometry, azimuth_deg, elevation_deg)
    if rng.random() < 0.3:
        return np.asarray(rng.uniform(80, 110) - away, np.float32)
    return np.asarray(rng.uniform(70, 88) - np.minimum(away, 180 - away), np.float32)


def _hole(geometry: PanoramaGeometry, rng: np.random.Generator) -> Degrees:
    """Leave out a cap of 5 to 35 degrees radius, half of the time about the zenith."""
    elevation_deg = 90.0 if rng.random() < 0.5 else rng.uniform(-60, 60)
    away = _angle_deg(geometry, rng.uniform(-180, 180), elevation_deg)
    return np.asarray(away - rng.uniform(5, 35), np.float32)


def _mount(
    image: Image, labels: Image, geometry: PanoramaGeometry, rng: np.random.Generator
) -> tuple[Image, Image]:
    """Cover the nadir with a disc, a vehicle's deck or a stand with arms."""
    outline = _outline_deg(geometry.width, rng)
    away = 90.0 + _elevation_deg(geometry)
    hidden = away < outline  # (H, W)
    if not hidden.any():
        return image, labels
    image, labels = np.array(image), np.where(hidden, np.uint8(UNLABELLED), labels)
    look = int(rng.integers(4))
    if look == 0:
        image[hidden] = rng.uniform(0, 12)
    elif look == 1:
        image[hidden] = rng.uniform(0, 256)
    elif look == 2:
        image[hidden] = paint(int(hidden.sum()), rng)
    else:
        image[hidden] = _inpainted(image, hidden, away / outline)[hidden]
    return image, labels


def _outline_deg(width: int, rng: np.random.Generator) -> Degrees:
    """Return how far from the nadir a mount reaches in every column, (W,), below 85."""
    around = np.deg2rad(_azimuth_deg(width, rng.uniform(0, 360)))
    reach = np.full(width, rng.uniform(6, 35))
    kind = int(rng.integers(3))
    if kind == 1:  # a rectangle below the camera, its sides 1 to 3 : 1
        sides = np.maximum(np.abs(np.cos(around)), rng.uniform(1, 3) * np.abs(np.sin(around)))
        reach = np.rad2deg(np.arctan(np.tan(np.deg2rad(reach)) / sides))
    if kind == 2:  # an arm, or legs
        legs = int(rng.choice([1, 2, 3, 4]))
        apart = np.abs((np.rad2deg(around) * legs + 180) % 360 - 180) / legs
        reach = reach / 2 + rng.uniform(10, 40) * np.exp(-((apart / rng.uniform(3, 12)) ** 2))
    shifted = reach * (1 + rng.uniform(0, 0.3) * np.cos(around))
    return np.asarray(np.clip(shifted, 0.1, 85), np.float32)


def _inpainted(image: Image, hidden: NDArray[np.bool_], outwards: Degrees) -> Image:
    """Return colours that run from around a patch into their mean at the nadir."""
    width = image.shape[1]
    first = np.clip(len(image) - 1 - hidden.sum(0), 0, None)
    ring = image[first, np.arange(width)].astype(np.float32)  # (W, 3)
    reach = width // 16
    smooth = cv2.blur(np.concatenate([ring[-reach:], ring, ring[:reach]])[None], (reach, 1))
    ring, weight = smooth[0, reach:-reach], np.clip(outwards, 0, 1)[..., None]
    return np.asarray(weight * ring + (1 - weight) * ring.mean(0), np.uint8)


def _elevation_deg(geometry: PanoramaGeometry) -> Degrees:
    """Return the elevation of every row, (H, 1)."""
    rows = (np.arange(geometry.height, dtype=np.float32)[:, None] + 0.5) / geometry.height
    spanned = geometry.top_deg - geometry.bottom_deg
    return np.asarray(geometry.top_deg - spanned * rows, np.float32)


def _azimuth_deg(width: int, of_first_deg: float = 0.0) -> Degrees:
    """Return an angle about the vertical of every column, (W,), within -180..180."""
    turned = of_first_deg + 360.0 * np.arange(width, dtype=np.float32) / width
    return np.asarray(turned % 360.0 - 180.0, np.float32)


def _angle_deg(geometry: PanoramaGeometry, azimuth_deg: float, elevation_deg: float) -> Degrees:
    """Return the angle between every pixel's ray and a direction, (H, W)."""
    azimuth, elevation = np.deg2rad([azimuth_deg, elevation_deg])
    flat = np.cos(elevation)
    axis = np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])
    cosine = geometry.rays() @ axis.astype(np.float32)
    return np.asarray(np.rad2deg(np.arccos(np.clip(cosine, -1, 1))), np.float32)


KINDS: tuple[Callable[[PanoramaGeometry, np.random.Generator], Degrees], ...] = (
    _bands,
    _bands,  # the most frequent
    _sector,
    _circles,
    _hole,
)
