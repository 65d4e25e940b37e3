"""The fast remap: against an analytic world, against a slow float reference, and its edges."""

import dataclasses
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from camera_scene import colour, pictures

from panoseg_ros.cameras import Equirectangular, PanoramaMapper, Rig, RigLens, load_rig
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import (
    BODY_FROM_OPTICAL,
    PanoramaGeometry,
    rotation_from_rpy_deg,
    transform,
)

SMALL = PanoramaGeometry(128, 256)
NETWORK = PanoramaGeometry(256, 512)


@pytest.fixture(scope='module')
def rig():
    return load_rig('dual_fisheye')


@pytest.fixture(scope='module')
def views(rig):
    return pictures(rig)


def masked(rig, mask):
    front, back = rig.lenses
    return Rig('masked', (dataclasses.replace(front, mask=mask), back), rig.base_from_pano)


def bilinear(image, pixels):
    """Sample (h, w, 3) at pixels (..., 2) with centres at +0.5; borders are repeated."""
    height, width = image.shape[:2]
    u = np.clip(pixels[..., 0] - 0.5, 0, width - 1)
    v = np.clip(pixels[..., 1] - 0.5, 0, height - 1)
    u0, v0 = np.floor(u).astype(int), np.floor(v).astype(int)
    u1, v1 = np.minimum(u0 + 1, width - 1), np.minimum(v0 + 1, height - 1)
    du, dv = (u - u0)[..., None], (v - v0)[..., None]
    top = image[v0, u0] * (1 - du) + image[v0, u1] * du
    bottom = image[v1, u0] * (1 - du) + image[v1, u1] * du
    return top * (1 - dv) + bottom * dv


def reference(rig, views, geometry, shrink):
    """Average blocks of pixels, sample in float, weigh by the angle to the rim squared."""
    total, mixed = 0.0, 0.0
    for entry in rig.lenses:
        view = views[entry.name].astype(np.float64)
        h, w = view.shape[0] // shrink, view.shape[1] // shrink
        small = view[: h * shrink, : w * shrink].reshape(h, shrink, w, shrink, 3).mean((1, 3))
        rays = geometry.rays().astype(np.float64) @ entry.pano_from_lens[:3, :3]
        pixels = np.nan_to_num(entry.lens.project(rays)) / shrink
        off_axis = np.arccos(np.clip(rays[..., 2], -1, 1))
        weight = np.clip(entry.lens.limit_rad - off_axis, 0, None)[..., None] ** 2
        mixed = mixed + weight * bilinear(small, pixels)
        total = total + weight
    return mixed / total


@pytest.mark.parametrize(('geometry', 'shrink'), [(SMALL, 8), (NETWORK, 4)])
def test_agrees_with_the_slow_reference(rig, views, geometry, shrink):
    fast, _ = PanoramaMapper(rig, geometry)(views)
    error = np.abs(fast - reference(rig, views, geometry, shrink))
    assert error.mean() < 0.5
    assert np.percentile(error, 99.9) < 2.5


def test_three_lenses_agree_with_the_slow_reference(rig):
    front, back = rig.lenses
    turn = transform(rotation_from_rpy_deg(0, 20, 80), [0, 0, 0])
    left = dataclasses.replace(front, name='left', pano_from_lens=turn @ front.pano_from_lens)
    three = Rig('three', (front, left, back), np.eye(4), photometric_gain=False)
    levels = {'front': 30, 'left': 120, 'back': 240}
    flat = {name: np.full((960, 960, 3), level, np.uint8) for name, level in levels.items()}
    fast, _ = PanoramaMapper(three, SMALL)(flat)
    error = np.abs(fast - reference(three, flat, SMALL, 8))
    assert error.mean() < 0.5
    assert np.percentile(error, 99) < 2.5  # edge distances are taken on a coarse raster


def test_shows_the_world_and_the_seam_no_worse(rig, views):
    image, valid = PanoramaMapper(rig, NETWORK)(views)
    error = np.abs(image - colour(NETWORK.rays()))
    assert valid.all()
    assert error.mean() < 1.0
    seam = np.abs(np.abs(np.rad2deg(NETWORK.azimuth_rad())) - 90) < 10
    assert error[:, seam].mean() < 1.2 * error[:, ~seam].mean()


def test_lens_to_panorama_and_back(rig, views):
    image, _ = PanoramaMapper(rig, PanoramaGeometry(512, 1024))(views)
    geometry = PanoramaGeometry(512, 1024)
    for entry in rig.lenses:
        u, v = np.meshgrid(np.arange(4.5, 960, 8), np.arange(4.5, 960, 8))
        rays = entry.lens.unproject(np.stack([u, v], -1)) @ entry.pano_from_lens[:3, :3].T
        seen = np.isfinite(rays[..., 0])
        again = bilinear(image.astype(np.float64), geometry.pixels(rays[seen]))
        original = views[entry.name][4::8, 4::8][seen]
        assert np.abs(again - original).mean() < 1.0


def test_left_is_left_and_the_borders_are_neighbours(rig, views):
    image, _ = PanoramaMapper(rig, NETWORK)(views)
    horizon = image[128].astype(float)
    expected = colour([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
    for column, wanted in zip((256, 128, 0, 384), expected, strict=True):
        np.testing.assert_allclose(horizon[column], wanted, atol=4)
    assert horizon[128, 1] > horizon[384, 1] + 30  # greener to the left
    assert np.abs(horizon[0] - horizon[-1]).max() < 4
    assert image[2].mean(0)[2] > image[-3].mean(0)[2] + 100  # the sky is on top


def ready(width, height):
    mount = transform(BODY_FROM_OPTICAL, [0, 0, 0])
    lens = Equirectangular((width, height))
    return Rig('e', (RigLens('camera', lens, 'image', (width, height), None, mount),), np.eye(4))


@pytest.mark.parametrize('width', [64, 256, 512])
def test_ready_panorama_shows_the_world(width):
    rig, geometry = ready(256, 128), PanoramaGeometry(width // 2, width)
    image, valid = PanoramaMapper(rig, geometry)(pictures(rig))
    assert valid.all()
    assert np.abs(image - colour(geometry.rays())).max() < 5


def test_ready_panorama_wraps_around():
    picture = np.random.default_rng(4).integers(0, 256, (4, 8, 3), np.uint8)
    image, _ = PanoramaMapper(ready(8, 4), PanoramaGeometry(8, 16))({'camera': picture})
    first, last = picture[0, 0].astype(float), picture[0, 7].astype(float)
    np.testing.assert_allclose(image[0, 0], 0.75 * first + 0.25 * last, atol=1)
    np.testing.assert_allclose(image[0, 15], 0.25 * first + 0.75 * last, atol=1)


def test_ready_panorama_of_the_same_size_is_unchanged():
    picture = np.random.default_rng(5).integers(0, 256, (512, 1024, 3), np.uint8)
    image, _ = load_rig('equirect').panorama({'camera': picture}, 1024)[2:]
    np.testing.assert_array_equal(image, picture)


def test_nothing_seen_is_black_and_not_valid(rig):
    front = Rig('front', rig.lenses[:1], np.eye(4))
    white = {'front': np.full((960, 960, 3), 255, np.uint8)}
    image, valid = PanoramaMapper(front, SMALL)(white)
    off_axis = np.rad2deg(np.arccos(SMALL.rays()[..., 0]))
    np.testing.assert_array_equal(valid, off_axis <= 100.0)
    assert (image[~valid] == 0).all()
    assert (image[valid] == 255).all()


def test_masked_pixels_are_left_to_the_other_lens(rig):
    hidden = np.zeros((960, 960), bool)
    white, black = np.full((960, 960, 3), 255, np.uint8), np.zeros((960, 960, 3), np.uint8)
    image, valid = PanoramaMapper(masked(rig, hidden), SMALL)({'front': white, 'back': black})
    off_axis = np.rad2deg(np.arccos(-SMALL.rays()[..., 0]))
    np.testing.assert_array_equal(valid, off_axis <= 100.0)
    assert not image.any()


def test_mask_of_the_own_body_makes_a_hole(rig):
    mask = np.ones((960, 960), bool)
    mask[600:700, 430:530] = False  # below the optical axis
    _, valid = PanoramaMapper(masked(rig, mask), NETWORK)(pictures(rig, 0.25))
    hole = rig.lenses[0].lens.unproject([480.0, 650.0]) @ rig.lenses[0].pano_from_lens[:3, :3].T
    u, v = NETWORK.pixels(hole).astype(int)
    assert not valid[v, u]
    assert valid.mean() > 0.98


def test_blends_only_where_both_lenses_see(rig):
    red, blue = np.zeros((960, 960, 3), np.uint8), np.zeros((960, 960, 3), np.uint8)
    red[..., 0], blue[..., 2] = 200, 200
    image, _ = PanoramaMapper(rig, NETWORK)({'front': red, 'back': blue})
    off_axis = np.rad2deg(np.arccos(NETWORK.rays()[..., 0]))
    assert (image[off_axis < 79.5] == (200, 0, 0)).all()
    assert (image[off_axis > 100.5] == (0, 0, 200)).all()
    np.testing.assert_allclose(image.astype(int).sum(-1), 200, atol=1)
    middle = image[np.abs(off_axis - 90) < 0.2]
    np.testing.assert_allclose(middle[:, 0], 100, atol=12)


@pytest.mark.parametrize('geometry', [NETWORK, PanoramaGeometry(100, 512, 35.15, -35.15)])
def test_fine_patterns_are_averaged_not_aliased(rig, geometry):
    checks = (np.indices((960, 960)).sum(0) % 2 * 255).astype(np.uint8)
    checks = np.repeat(checks[..., None], 3, -1)
    image, _ = PanoramaMapper(rig, geometry)({'front': checks, 'back': checks})
    assert np.abs(image.astype(int) - 128).max() <= 1


def test_stripes_as_fine_as_the_panorama_do_not_beat(rig):
    """Rings of 2.5 panorama pixels stay rings: no slow pattern of more than a few levels."""
    v, u = np.indices((960, 960)) - 479.5
    rings = 128 + 100 * np.sin(np.hypot(u, v) * 2 * np.pi / (2.5 * 1.66))
    view = np.repeat(np.rint(rings).astype(np.uint8)[..., None], 3, -1)
    image, _ = PanoramaMapper(rig, PanoramaGeometry(512, 1024))({'front': view, 'back': view})
    slow = cv2.blur(image[..., 0].astype(np.float32), (15, 15))[192:320]  # near the horizon
    assert np.abs(slow - 128).max() < 12


@pytest.mark.parametrize('scale', [0.5, 0.34, 0.75])
def test_other_sizes_of_the_same_shape(rig, scale):
    mapper = PanoramaMapper(rig, NETWORK)
    image, _ = mapper(pictures(rig, scale))
    assert np.abs(image - colour(NETWORK.rays())).mean() < 1.5
    assert np.abs(mapper(pictures(rig))[0] - colour(NETWORK.rays())).mean() < 1.0


def test_takes_no_memory_for_a_picture_that_may_be_written_over(rig, views):
    mapper, out = PanoramaMapper(rig, NETWORK), np.zeros((256, 512, 3), np.uint8)
    expected = [mapper(views)[0] for _ in range(2)]
    mapper.reset_gains()
    for panorama in expected:
        tracemalloc.start()
        try:
            found, _ = mapper(views, out=out)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found is out
        np.testing.assert_array_equal(out, panorama)
        assert peak < out.nbytes / 8


def test_earlier_panoramas_do_not_change(rig, views):
    mapper = PanoramaMapper(rig, SMALL)
    first, valid = mapper(views)
    kept = first.copy()
    second, _ = mapper({name: 255 - view for name, view in views.items()})
    np.testing.assert_array_equal(first, kept)
    assert not np.shares_memory(first, second)
    assert not valid.flags.writeable


@pytest.mark.parametrize(
    ('front', 'named'),
    [
        (np.zeros((960, 480, 3), np.uint8), 'front is 480x960, expected .* 960x960'),
        (np.zeros((960, 960), np.uint8), r'front must be \(H, W, 3\) uint8'),
        (np.zeros((960, 960, 4), np.uint8), r'front must be \(H, W, 3\) uint8'),
        (np.zeros((960, 960, 3), np.float32), r'front must be \(H, W, 3\) uint8'),
        (np.zeros((0, 0, 3), np.uint8), r'front must be \(H, W, 3\) uint8'),
    ],
)
def test_pictures_that_do_not_fit_are_named(rig, front, named):
    images = {'back': np.zeros((960, 960, 3), np.uint8), 'front': front}
    mapper = PanoramaMapper(rig, SMALL)
    with pytest.raises(CameraError, match=named):
        mapper(images)


def test_lens_pictures_too_large_for_fixed_point_are_refused():
    optical = transform(BODY_FROM_OPTICAL, [0, 0, 0])
    entries = tuple(
        RigLens(name, Equirectangular((20000, 10)), name, (20000, 10), None, optical)
        for name in 'ab'
    )
    with pytest.raises(CameraError, match='at most 32767'):
        PanoramaMapper(Rig('huge', entries, np.eye(4)), PanoramaGeometry(10, 20000))


@pytest.mark.parametrize('layout', ['read-only', 'reversed channels', 'sliced', 'flipped'])
def test_any_memory_layout(rig, views, layout):
    mapper = PanoramaMapper(rig, SMALL)
    expected, _ = mapper(views)
    odd = {}
    for name, view in views.items():
        if layout == 'read-only':
            odd[name] = np.frombuffer(view.tobytes(), np.uint8).reshape(view.shape)
        elif layout == 'reversed channels':
            odd[name] = np.ascontiguousarray(view[..., ::-1])[..., ::-1]
        elif layout == 'sliced':
            odd[name] = np.dstack([view, view])[..., :3]
        else:
            odd[name] = np.ascontiguousarray(view[::-1])[::-1]
    np.testing.assert_array_equal(mapper(odd)[0], expected)


@pytest.mark.parametrize('side', [1, 2, 7])
def test_tiny_pictures(rig, side):
    views = {name: np.full((side, side, 3), 90, np.uint8) for name in ('front', 'back')}
    image, _ = PanoramaMapper(rig, SMALL)(views)
    assert (image == 90).all()


def test_threads_may_share_a_mapper(rig, views):
    mapper = PanoramaMapper(rig, SMALL)
    dark = {name: view // 2 for name, view in views.items()}
    expected = {id(kind): mapper(kind)[0] for kind in (views, dark)}
    jobs = [views, dark] * 10
    with ThreadPoolExecutor(4) as pool:
        for kind, image in zip(jobs, pool.map(lambda job: mapper(job)[0], jobs), strict=True):
            np.testing.assert_array_equal(image, expected[id(kind)])
