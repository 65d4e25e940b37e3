"""One table for all lenses: against OpenCV's remap, and as a plain list of samples."""

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from panoseg_ros.cameras.canvas import blank_canvas
from panoseg_ros.cameras.layers import SEGMENT, SHARE_ONE, build_layers, mix, taps_of

WIDTH, HEIGHT = 90, 60  # of the canvas


def scene(lenses, rows, columns, seed=0):
    """Return a noisy canvas and, per lens, reaches with holes and places all over it."""
    rng = np.random.default_rng(seed)
    canvas = blank_canvas(HEIGHT, WIDTH)
    canvas.picture[:] = rng.integers(0, 256, canvas.picture.shape)
    reach = rng.uniform(0.1, 1.0, (lenses, rows, columns)).astype(np.float32)
    blocks = rng.random((lenses, rows, -(-columns // 20))) < 0.4
    reach[np.repeat(blocks, 20, 2)[..., :columns]] = 0.0
    limits = np.array([WIDTH - 1, HEIGHT - 1])
    maps = (rng.random((lenses, rows, columns, 2)) * limits).astype(np.float32)
    maps[:, 0], maps[:, -1] = (0.0, 0.0), limits  # the corners are samples, too
    return canvas, reach, maps


def reference(canvas, reach, maps):
    """Remap with OpenCV, lens by lens, and mix the best first."""
    total = np.zeros(reach.shape[1:])
    mixed = np.zeros((*reach.shape[1:], 3), int)
    order = np.argsort(-reach, axis=0, kind='stable')
    for rank in range(len(reach)):
        weight = np.take_along_axis(reach, order[rank : rank + 1], 0)[0] ** 2
        at = np.take_along_axis(maps, order[rank][None, ..., None], 0)[0]
        fixed = cv2.convertMaps(np.ascontiguousarray(at), None, cv2.CV_16SC2)
        seen = cv2.remap(canvas.picture, *fixed, cv2.INTER_LINEAR).astype(int)
        total += weight
        share = np.rint(SHARE_ONE * weight / np.where(total > 0, total, 1)).astype(int)[..., None]
        mixed += ((seen - mixed) * share + 32768) >> 16
    return mixed


@pytest.mark.parametrize(('lenses', 'rows', 'columns'), [(1, 3, 7), (2, 16, 512), (4, 9, 301)])
def test_agrees_with_opencv(lenses, rows, columns):
    canvas, reach, maps = scene(lenses, rows, columns)
    difference = np.abs(
        mix(canvas, build_layers(reach, maps, WIDTH)) - reference(canvas, reach, maps)
    )
    assert difference.max() <= 1  # shares are rounded from float32 here
    assert (difference == 0).mean() > 0.999


def test_segments_cover_every_pixel_once():
    _, reach, maps = scene(3, 11, 700)
    layers = build_layers(reach, maps, WIDTH)
    first, pixels, counts = layers.segments.T
    assert_array_equal(np.append(first, 11 * 700), np.append(0, np.cumsum(pixels)))
    assert pixels.min() >= 1 and pixels.max() <= SEGMENT
    assert_array_equal(np.repeat(counts, pixels), (reach > 0).sum(0).ravel())
    assert layers.cells.size == (reach > 0).sum()
    assert layers.shares.max() <= SHARE_ONE // 2


def test_taps_are_the_same_mixture():
    canvas, reach, maps = scene(3, 8, 300, 1)
    layers = build_layers(reach, maps, WIDTH)
    taps = taps_of(layers, WIDTH)
    whole = np.floor(taps.at).astype(int)
    part = (taps.at - whole)[:, None, :]
    padded = np.pad(canvas.picture.astype(float), ((0, 1), (0, 1), (0, 0)))
    colours = 0.0
    for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = np.abs(1 - right - part[..., 0]) * np.abs(1 - down - part[..., 1])
        colours = colours + weight * padded[whole[:, 1] + down, whole[:, 0] + right]
    panorama = np.zeros((8 * 300, 3))
    np.add.at(panorama, taps.pixels, colours * taps.weights[:, None])
    assert np.abs(panorama.reshape(8, 300, 3) - mix(canvas, layers)).max() < 2.0
    sums = np.bincount(taps.pixels, taps.weights, 8 * 300)
    np.testing.assert_allclose(sums, (reach > 0).any(0).ravel(), atol=1e-6)


def test_nothing_seen_is_black():
    canvas, reach, maps = scene(2, 4, 50)
    assert not mix(canvas, build_layers(0 * reach, maps, WIDTH)).any()
