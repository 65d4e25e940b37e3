"""What a cheap camera does to light: exposure, colour balance, blur, noise, jpeg."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray


class Sensor(NamedTuple):
    """One camera's character; `noise` is the standard deviation at mid grey (of 1)."""

    exposure: float
    balance: tuple[float, float, float]
    saturation: float
    gamma: float
    contrast: float
    blur_px: float
    noise: float
    jpeg_quality: int


def random_sensor(rng: np.random.Generator) -> Sensor:
    """Draw a camera, from clean to poor."""
    poor = rng.random() < 0.35
    warm = rng.normal(0, 0.07)
    return Sensor(
        exposure=float(np.exp(rng.normal(0.0, 0.28))),
        balance=(1 + warm, 1 + rng.normal(0, 0.03), 1 - warm),
        saturation=float(rng.uniform(0.55, 1.35)),
        gamma=float(rng.uniform(1.9, 2.5)),
        contrast=float(rng.uniform(0.85, 1.25)),
        blur_px=float(rng.uniform(0.3, 1.0) if poor else rng.uniform(0.0, 0.45)),
        noise=float(rng.uniform(0.01, 0.045) if poor else rng.uniform(0.0, 0.012)),
        jpeg_quality=int(rng.integers(45, 80) if poor else rng.integers(75, 98)),
    )


def clean_sensor() -> Sensor:
    """Return a good camera in good light."""
    return Sensor(1.0, (1.0, 1.0, 1.0), 1.05, 2.2, 1.05, 0.55, 0.004, 95)


def auto_exposure(radiance: NDArray[np.float32]) -> float:
    """Return the gain that puts the mean log luminance of lit pixels at mid grey."""
    luminance = radiance.mean(-1)
    luminance = luminance[luminance > 0.0]
    if not luminance.size:
        return 1.0
    return float(0.20 / np.exp(np.log(luminance + 1e-3).mean()))


def develop(
    radiance: NDArray[np.float32], sensor: Sensor, rng: np.random.Generator, gain: float
) -> NDArray[np.uint8]:
    """Turn linear RGB (H, W, 3) into an 8-bit RGB picture of the same size."""
    light = radiance * np.float32(gain * sensor.exposure)
    light = light * np.asarray(sensor.balance, np.float32)
    grey = light.mean(-1, keepdims=True)
    light = np.maximum(grey + (light - grey) * np.float32(sensor.saturation), 0.0)
    light = light * (1.0 + light / 9.0) / (1.0 + light)  # shoulder: 3 times mid grey rolls off
    picture = np.power(np.minimum(light * 1.35, 1.0), np.float32(1.0 / sensor.gamma))
    picture = (picture - 0.5) * np.float32(sensor.contrast) + np.float32(0.5)
    if sensor.blur_px > 0.15:
        picture = cv2.GaussianBlur(
            picture, (0, 0), sensor.blur_px, borderType=cv2.BORDER_REFLECT_101
        )
    if sensor.noise > 0.0:
        fine = rng.standard_normal(picture.shape, np.float32)
        picture = picture + fine * np.float32(sensor.noise)
    bytes_ = np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)
    return recompressed(bytes_, sensor.jpeg_quality)


def recompressed(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return the RGB image after one jpeg round trip."""
    _, data = cv2.imencode('.jpg', image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
