"""Other looks for the same scene: style mixing without foreign pictures.

Styles come from other pictures of the training data and from procedural noise. None of
them moves a pixel, so the labels stay exact.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.training.augment.picture import Image

Values = NDArray[np.float32]
_SMALL = (64, 128)  # rows, columns at which slow changes over the picture are computed


def restyle(
    image: Image, labels: Image, rng: np.random.Generator, donor: Callable[[], Image]
) -> Image:
    """Return an image in one or two random styles, blended with itself by a random share."""
    for _ in range(int(rng.integers(1, 3))):
        kind = int(rng.integers(6))
        if kind == 0:
            styled = spectrum(image, _source(image, rng, donor), rng)
        elif kind == 1:
            styled = statistics(image, _source(image, rng, donor))
        elif kind == 2:
            styled = filtered(image, rng)
        elif kind == 3:
            styled = painted(image, rng)
        elif kind == 4:
            styled = lit(image, rng)
        else:
            styled = repainted(image, labels, rng)
        share = float(rng.uniform(0.3, 1.0))
        image = np.asarray(cv2.addWeighted(styled, share, image, 1 - share, 0), np.uint8)
    return image


def _source(image: Image, rng: np.random.Generator, donor: Callable[[], Image]) -> Image:
    """Return where a style comes from: another picture, or as often procedural noise."""
    if rng.random() < 0.5:
        return donor()
    return np.asarray(255 * clouds(image.shape[0], image.shape[1], rng), np.uint8)


def clouds(height: int, width: int, rng: np.random.Generator) -> Values:
    """Return smooth coloured noise (H, W, 3) within 0..1, octaves from 2 x 4 cells."""
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(4):
        cells = rng.random((2 << octave, 4 << octave, 3), np.float32) - np.float32(0.5)
        total += cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR) / (1 << octave)
    colour = rng.uniform(0.2, 0.8, 3).astype(np.float32)
    return np.asarray(np.clip(colour + total, 0, 1), np.float32)


def spectrum(image: Image, source: Image, rng: np.random.Generator) -> Image:
    """Exchange the amplitudes of the lowest frequencies, keep the phases.

    After Yang and Soatto, FDA: Fourier Domain Adaptation, CVPR 2020. Only slow changes
    differ, so these are computed on a small copy and added enlarged.
    """
    size = _SMALL[::-1]
    before = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    other = cv2.resize(source, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    waves, style = np.fft.rfft2(before, axes=(0, 1)), np.fft.rfft2(other, axes=(0, 1))
    reach = int(rng.integers(1, 7))
    rows = np.r_[0 : reach + 1, _SMALL[0] - reach : _SMALL[0]]
    low = np.ix_(rows, np.arange(reach + 1))
    waves[low] *= np.abs(style[low]) / np.maximum(np.abs(waves[low]), 1e-3)
    change = np.fft.irfft2(waves, _SMALL, axes=(0, 1)).astype(np.float32) - before
    height, width = image.shape[:2]
    return _added(image, cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR))


def statistics(image: Image, source: Image) -> Image:
    """Give every channel of Lab the mean and spread that it has in another picture.

    After Reinhard et al., Color Transfer between Images, 2001; the picture-space form
    of adaptive instance normalisation. The spread changes at most threefold.
    """
    lab, style = (cv2.cvtColor(one, cv2.COLOR_RGB2LAB) for one in (image, source))
    (mean, spread), (wanted, reach) = (
        (m.ravel(), s.ravel()) for m, s in map(cv2.meanStdDev, (lab, style))
    )
    factor = np.clip(reach / np.maximum(spread, 1.0), 1 / 3, 3.0)
    curve = (np.arange(256)[:, None] - mean) * factor + wanted  # (256, 3)
    table = np.clip(np.rint(curve), 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.cvtColor(cv2.LUT(lab, table), cv2.COLOR_LAB2RGB), np.uint8)


def filtered(image: Image, rng: np.random.Generator) -> Image:
    """Filter with random weights that also mix the channels; mean and spread stay.

    After Xu et al., Robust and Generalizable Visual Representation Learning via Random
    Convolutions, ICLR 2021, with one spatial kernel for all channels.
    """
    size = int(rng.choice([1, 3, 5]))
    mix = np.eye(3) + rng.normal(0, 0.6, (3, 3))
    kernel = rng.normal(0, 1 / size, (size, size))
    kernel[size // 2, size // 2] += 1.0
    values = cv2.transform(image.astype(np.float32), mix.astype(np.float32))
    values = cv2.filter2D(values, -1, kernel.astype(np.float32), borderType=cv2.BORDER_REFLECT)
    mean, spread = (entry.ravel() for entry in cv2.meanStdDev(values))
    wanted, reach = (entry.ravel() for entry in cv2.meanStdDev(image))
    factor = reach / np.maximum(spread, 1e-3)
    matrix = np.column_stack([np.diag(factor), wanted - factor * mean])
    return _bytes(cv2.transform(values, matrix.astype(np.float32)))


def painted(image: Image, rng: np.random.Generator) -> Image:
    """Flatten detail but keep edges, use few tones, and perhaps draw the outlines."""
    smooth = cv2.medianBlur(np.ascontiguousarray(image), int(rng.choice([3, 5])))
    tones = int(rng.integers(4, 13))
    steps = (np.arange(256) * tones // 256 + 0.5) * (255 / tones)
    flat = cv2.LUT(smooth, steps.astype(np.uint8))
    if rng.random() < 0.5:
        grey = cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY)
        edges = np.abs(cv2.Laplacian(grey, cv2.CV_16S, ksize=3)).clip(0, 255).astype(np.uint8)
        flat = cv2.subtract(flat, cv2.cvtColor(edges, cv2.COLOR_GRAY2RGB))
    return np.asarray(flat, np.uint8)


def lit(image: Image, rng: np.random.Generator) -> Image:
    """Multiply with a smooth coloured light that differs over the picture."""
    height, width = image.shape[:2]
    light = np.exp(rng.uniform(0.5, 2.0) * (clouds(*_SMALL, rng) - np.float32(0.5)))
    light = cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(image, light, dtype=cv2.CV_8U), np.uint8)


def repainted(image: Image, labels: Image, rng: np.random.Generator) -> Image:
    """Mix the colours of up to three classes anew, so that no class keeps its colour."""
    present = np.flatnonzero(np.bincount(labels.ravel(), minlength=256)[:UNLABELLED])
    result = np.array(image)
    for cls in rng.permutation(present)[: int(rng.integers(1, 4))]:
        matrix = np.empty((3, 4))
        matrix[:, :3] = np.eye(3) * rng.uniform(0.5, 1.2) + rng.normal(0, 0.25, (3, 3))
        matrix[:, 3] = rng.uniform(-40, 60, 3)
        changed = cv2.transform(image, matrix)
        cv2.copyTo(changed, (labels == cls).view(np.uint8), result)
    return result


def _added(image: Image, change: Values) -> Image:
    return np.asarray(cv2.add(image, change, dtype=cv2.CV_8U), np.uint8)


def _bytes(values: Values) -> Image:
    return np.asarray(np.clip(values, 0, 255), np.uint8)
