"""What a cheap camera does to light: exposure, colour balance, blur, noise, jpeg."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.recording.lens_effects import Optics, random_optics, through_lens

F32 = NDArray[np.float32]

_GREY = 0.20  # radiance times gain that a scene in daylight is brought to
_DAYLIGHT = 0.3  # mean radiance of such a scene
_WHITE = 3.0  # radiance times gain that no more than 6 % of a picture exceed
_NIGHT_KEPT = 0.22  # exponent: how much darker a dark scene stays
_TABLE = 4096
_BRIGHTEST = 16.0  # linear light at the end of the tone table


class Sensor(NamedTuple):
    """One camera's character; `noise` is the standard deviation at mid grey (of 1)."""

    exposure: float
    balance: tuple[float, float, float]
    saturation: float
    gamma: float
    contrast: float
    blur_px: float  # standard deviation
    noise: float
    jpeg_quality: int
    chroma_noise: float = 0.0  # as `noise`, in patches of two pixels
    sharpening: float = 0.0  # strength of the halos along edges
    detail: float = 1.0  # share of the picture's size that it is taken at
    motion_px: tuple[float, float] = (0.0, 0.0)  # way during exposure, right and down
    optics: Optics = Optics()


def random_sensor(
    rng: np.random.Generator, weather: str | None = None, panorama: bool = True
) -> Sensor:
    """Draw a camera, from clean to poor; `panorama` False draws a single lens.

    At night and at dusk (`weather`) there are more noise and motion blur.
    """
    dark = weather == 'night' or (weather == 'dusk' and rng.random() < 0.4)
    poor = rng.random() < (0.7 if dark else 0.3)
    warm = rng.normal(0, 0.10 if dark else 0.07)
    soft = rng.random() < 0.2
    moving = rng.random() < (0.5 if dark else 0.08)
    angle, way = rng.normal(0, 0.35), rng.exponential(3.0)
    noise = float(rng.uniform(0.008, 0.036) if poor else rng.uniform(0.0, 0.012))
    return Sensor(
        exposure=float(np.exp(rng.normal(0.0, 0.28))),
        balance=(1 + warm, 1 + rng.normal(0, 0.03), 1 - warm),
        saturation=float(rng.uniform(0.55, 1.35)),
        gamma=float(rng.uniform(1.9, 2.5)),
        contrast=float(rng.uniform(0.85, 1.25)),
        blur_px=float(rng.uniform(0.3, 1.1) if poor else rng.uniform(0.0, 0.45)),
        noise=noise * (1.3 if dark else 1.0),
        jpeg_quality=int(rng.integers(40, 80) if poor else rng.integers(75, 98)),
        chroma_noise=noise * float(rng.uniform(0.0, 0.7)) if poor else 0.0,
        sharpening=float(rng.uniform(0.2, 1.6)) if rng.random() < 0.4 else 0.0,
        detail=float(rng.uniform(0.4, 0.95)) if soft else 1.0,
        motion_px=(float(way * np.cos(angle)), float(way * np.sin(angle)))
        if moving
        else (0.0, 0.0),
        optics=random_optics(rng, weather or 'clear', panorama),
    )


def clean_sensor() -> Sensor:
    """Return a good camera in good light."""
    return Sensor(1.0, (1.0, 1.0, 1.0), 1.05, 2.2, 1.05, 0.55, 0.004, 95)


def auto_exposure(radiance: F32) -> float:
    """Return the gain that puts the mean log luminance of lit pixels (..., H, W, 3) at grey.

    Dark scenes stay somewhat darker, as cameras leave them, and little burns out.
    """
    luminance = radiance[..., ::2, ::2, :].mean(-1)
    luminance = luminance[luminance > 0.0]
    if not luminance.size:
        return 1.0
    mean = float(np.exp(np.log(luminance + np.float32(1e-4)).mean()))
    wanted = _GREY / mean * min(1.0, (mean / _DAYLIGHT) ** _NIGHT_KEPT)
    bright = float(np.partition(luminance, int(0.94 * luminance.size))[int(0.94 * luminance.size)])
    return min(wanted, _WHITE / bright)


def develop(
    radiance: F32, sensor: Sensor, rng: np.random.Generator, gain: float
) -> NDArray[np.uint8]:
    """Turn linear RGB (H, W, 3) into an 8-bit RGB picture of the same size."""
    scale = gain * sensor.exposure * np.asarray(sensor.balance)
    light = through_lens(radiance * scale.astype(np.float32), sensor.optics, rng)
    picture = _blurred(_toned(light, sensor), sensor)
    if sensor.sharpening > 0.0:
        soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
        picture += (picture - soft) * np.float32(sensor.sharpening)
    _add_noise(picture, sensor, rng)
    np.clip(picture, 0.0, 1.0, out=picture)
    return recompressed(cv2.convertScaleAbs(picture, alpha=255.0), sensor.jpeg_quality)


def _toned(light: F32, sensor: Sensor) -> F32:
    """Return display values 0..1: saturation, a shoulder, gamma and contrast."""
    grey = light.mean(-1, keepdims=True)
    light = grey + (light - grey) * np.float32(sensor.saturation)
    root = np.linspace(0.0, np.sqrt(_BRIGHTEST), _TABLE)
    line = root * root
    line = line * (1.0 + line / 9.0) / (1.0 + line)  # shoulder: 3 times mid grey rolls off
    line = np.minimum(line * 1.35, 1.0) ** (1.0 / sensor.gamma)
    line = (line - 0.5) * sensor.contrast + 0.5
    np.clip(light, 0.0, _BRIGHTEST, out=light)
    np.sqrt(light, out=light)
    light *= np.float32((_TABLE - 1) / np.sqrt(_BRIGHTEST))
    return np.take(line.astype(np.float32), light.astype(np.uint16))


def _blurred(picture: F32, sensor: Sensor) -> F32:
    """Return the picture after lens blur, motion and a sensor with fewer pixels."""
    height, width = picture.shape[:2]
    if sensor.blur_px > 0.15:
        picture = cv2.GaussianBlur(
            picture, (0, 0), sensor.blur_px, borderType=cv2.BORDER_REFLECT_101
        )
    right, down = sensor.motion_px
    reach = int(np.ceil(0.5 * np.hypot(right, down)))
    if reach > 0:
        line = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        for share in np.linspace(-0.5, 0.5, 4 * reach + 1):
            line[round(reach + share * down), round(reach + share * right)] += 1.0
        picture = cv2.filter2D(picture, -1, line / line.sum())
    if sensor.detail < 1.0:
        size = (max(1, round(width * sensor.detail)), max(1, round(height * sensor.detail)))
        few = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(picture, np.float32)


def _add_noise(picture: F32, sensor: Sensor, rng: np.random.Generator) -> None:
    """Add fine grey noise and coarse coloured noise to a picture, in place."""
    height, width = picture.shape[:2]
    if sensor.noise > 0.0:
        fine = rng.standard_normal((height, width, 1), np.float32)
        picture += fine * np.float32(sensor.noise)
    if sensor.chroma_noise > 0.0:
        coarse = rng.standard_normal(((height + 1) // 2, (width + 1) // 2, 3), np.float32)
        coarse = cv2.resize(coarse, (width, height))
        picture += coarse * np.float32(sensor.chroma_noise)


def recompressed(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return the RGB image after one jpeg round trip."""
    _, data = cv2.imencode('.jpg', image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
