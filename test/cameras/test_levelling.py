"""The fast turn against exact rays and exact sampling, at the seam, the poles and the edges."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from camera_scene import colour
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from panoseg_ros.cameras import Leveller
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

FULL = PanoramaGeometry(512, 1024)
SMALL = PanoramaGeometry(64, 128)
BAND = PanoramaGeometry(100, 512, 45.0, -25.3125)
TILTS = [(10, 0, 0), (0, 30, 0), (-21, 21, 0), (0.01, 0.02, 0)]
ANY = [(180, 0, 0), (0, 90, 0), (75, -40, 130)]
LEVELLERS = {geometry: Leveller(geometry) for geometry in (SMALL, BAND)}


@pytest.fixture(scope='module')
def full():
    return Leveller(FULL)


def exact_sources(geometry, level_from_pano):
    """Return the pixel (H, W, 2) of every exactly turned ray, NaN outside the picture."""
    azimuth, elevation = np.meshgrid(geometry.azimuth_rad(), geometry.elevation_rad())
    flat = np.cos(elevation)
    rays = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], -1)
    return geometry.pixels(rays @ level_from_pano)  # row vectors: applies the inverse


def exact_sample(geometry, image, pixels):
    """Mix four neighbours in float; columns wrap, and rows go on beyond a pole."""
    height, width = geometry.height, geometry.width
    index = np.nan_to_num(pixels) - 0.5
    low = np.floor(index).astype(int)
    part = index - low
    mixed = 0.0
    for dv in (0, 1):
        for du in (0, 1):
            u, v = low[..., 0] + du, low[..., 1] + dv
            beyond = ((v < 0) & (geometry.top_deg == 90.0)) | (
                (v >= height) & (geometry.bottom_deg == -90.0)
            )
            u = np.where(beyond, u + width // 2, u) % width
            weight = np.abs(1 - du - part[..., :1]) * np.abs(1 - dv - part[..., 1:])
            mixed = mixed + weight * image[np.clip(v, 0, height - 1), u]
    return np.where(np.isnan(pixels[..., :1]), 0.0, mixed)


def map_error_px(geometry, level_from_pano, fast):
    exact = exact_sources(geometry, level_from_pano)
    across = np.abs(fast[..., 0] - exact[..., 0])
    return np.maximum(
        np.minimum(across, geometry.width - across), np.abs(fast[..., 1] - exact[..., 1])
    )


def world(geometry, world_from_pano):
    """Return the picture (H, W, 3) of the analytic world."""
    return np.rint(colour(geometry.rays() @ world_from_pano.T)).astype(np.uint8)


@pytest.mark.parametrize('rpy_deg', [*TILTS, ANY[-1]])
def test_the_map_is_exact_to_a_tenth_of_a_pixel_and_half_a_pixel_at_the_poles(full, rpy_deg):
    rotation = rotation_from_rpy_deg(*rpy_deg)
    error = map_error_px(FULL, rotation, full.sources(rotation))
    exact = exact_sources(FULL, rotation)
    row = np.arange(FULL.height)[:, None] + 0.5
    in_band = np.maximum(np.abs(row - 256), np.abs(exact[..., 1] - 256)) < 75 / 180 * 512
    assert np.isfinite(error).all()
    assert error[in_band].max() < 0.1
    assert error.max() < 0.5


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.floats(-180, 180)] * 3), st.sampled_from([SMALL, BAND]))
def test_any_rotation_is_as_exact(rpy_deg, geometry):
    rotation = rotation_from_rpy_deg(*rpy_deg)
    fast = LEVELLERS[geometry].sources(rotation)
    error = map_error_px(geometry, rotation, fast)
    assert np.nanmax(error, initial=0.0) < 0.1
    exact = exact_sources(geometry, rotation)
    differ = np.isnan(exact[..., 0]) != np.isnan(fast[..., 0])
    rows = np.where(np.isnan(exact), fast, exact)[..., 1][differ]
    assert np.all(np.minimum(np.abs(rows), np.abs(rows - geometry.height)) < 0.05)


@pytest.mark.parametrize('geometry', [SMALL, BAND])
@pytest.mark.parametrize('rpy_deg', TILTS + ANY)
def test_agrees_with_exact_sampling(geometry, rpy_deg):
    rotation = rotation_from_rpy_deg(*rpy_deg)
    image = np.random.default_rng(3).integers(0, 256, (geometry.height, geometry.width, 3))
    image = image.astype(np.uint8)  # noise: the hardest picture for a sampler
    leveller = LEVELLERS[geometry]
    level, valid = leveller(image, np.ones(image.shape[:2], bool), rotation)
    at = leveller.sources(rotation)
    np.testing.assert_array_less(np.abs(level - exact_sample(geometry, image, at)), 0.51)
    exact = exact_sample(geometry, image, exact_sources(geometry, rotation))
    assert np.abs(level - exact)[valid].mean() < 1.5  # 1/64 px of noise
    np.testing.assert_array_equal(valid, ~np.isnan(at[..., 0]))
    assert not level[~valid].any()


@pytest.mark.parametrize('rpy_deg', TILTS[1:3])
def test_a_tilted_camera_shows_the_level_world(full, rpy_deg):
    rotation = rotation_from_rpy_deg(*rpy_deg)
    everywhere = np.ones((512, 1024), bool)
    level, valid = full(world(FULL, rotation), everywhere, rotation)
    error = np.abs(level.astype(int) - world(FULL, np.eye(3))).max(-1)
    assert valid.all()
    assert error.max() <= 2
    assert error[:, [0, 1, -2, -1]].mean() < error.mean() + 0.1  # the seam
    assert error[[0, 1, -2, -1]].mean() < error.mean() + 0.1  # the poles


def test_nothing_to_turn_returns_the_same_arrays(full):
    image, valid = np.zeros((512, 1024, 3), np.uint8), np.ones((512, 1024), bool)
    level = full(image, valid, np.eye(3))
    assert level[0] is image and level[1] is valid


def test_nothing_of_a_masked_pixel_gets_into_a_valid_one():
    masked = np.zeros((64, 128), bool)
    masked[20:25, 50:58] = masked[40:, :3] = masked[:2] = True
    image = np.where(masked[..., None], 255, 0).astype(np.uint8).repeat(3, -1)
    for rpy_deg in TILTS + ANY:
        level, valid = LEVELLERS[SMALL](image, ~masked, rotation_from_rpy_deg(*rpy_deg))
        assert not level[valid].any()
        assert 0.8 < valid.mean() < 0.99
        assert not valid.flags.writeable


def test_a_band_ends_where_it_is_seen_no_more():
    image, valid = np.full((100, 512, 3), 200, np.uint8), np.ones((100, 512), bool)
    level, seen = LEVELLERS[BAND](image, valid, rotation_from_rpy_deg(0, 20, 0))
    # A positive pitch is nose down: what was seen ahead lies lower than it seemed.
    assert not seen[:25, 256].any() and seen[30:99, 256].all()
    assert not seen[75:, 0].any() and seen[1:70, 0].all()
    assert (level[seen] == 200).all() and not level[~seen].any()


def test_turning_there_and_back_again():
    rotation = rotation_from_rpy_deg(12, -7, 3)
    image = world(SMALL, np.eye(3))
    leveller = LEVELLERS[SMALL]
    back = leveller(*leveller(image, np.ones((64, 128), bool), rotation), rotation.T)
    assert np.abs(back[0].astype(int) - image).mean() < 2.0


def test_results_are_new_and_inputs_stay():
    image, valid = world(SMALL, np.eye(3)), np.ones((64, 128), bool)
    kept = image.copy()
    first, _ = LEVELLERS[SMALL](image, valid, rotation_from_rpy_deg(5, 0, 0))
    kept_first = first.copy()
    LEVELLERS[SMALL](255 - image, valid, rotation_from_rpy_deg(0, 20, 0))
    np.testing.assert_array_equal(first, kept_first)
    np.testing.assert_array_equal(image, kept)
    sliced = np.zeros((64, 256, 3), np.uint8)[:, ::2]
    sliced[...] = image
    again, _ = LEVELLERS[SMALL](sliced, valid, rotation_from_rpy_deg(5, 0, 0))
    np.testing.assert_array_equal(again, first)


def test_takes_no_memory_for_a_picture_that_may_be_written_over(full):
    image = np.random.default_rng(0).integers(0, 256, (512, 1024, 3), np.uint8)
    valid, tilt = np.ones((512, 1024), np.bool_), rotation_from_rpy_deg(8.0, -6.0, 0.0)
    expected = full(image, valid, tilt)
    out = np.empty_like(image), np.empty_like(valid)
    tracemalloc.start()
    try:
        found = full(image, valid, tilt, out)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    for written, kept, new in zip(found, out, expected, strict=True):
        assert written is kept and kept.flags.writeable
        np.testing.assert_array_equal(kept, new)
    assert peak < image.nbytes / 8


def test_threads_do_not_disturb_each_other():
    images = [np.full((64, 128, 3), value, np.uint8) for value in range(0, 250, 10)]
    valid, rotation = np.ones((64, 128), bool), rotation_from_rpy_deg(10, 5, 0)
    with ThreadPoolExecutor(4) as pool:
        levels = list(pool.map(lambda image: LEVELLERS[SMALL](image, valid, rotation)[0], images))
    for image, level in zip(images, levels, strict=True):
        assert (level == image[0, 0, 0]).all()


def test_what_does_not_fit_is_refused():
    image, valid = np.zeros((64, 128, 3), np.uint8), np.ones((64, 128), bool)
    leveller = LEVELLERS[SMALL]
    with pytest.raises(CameraError, match=r'uint8 of shape \(64, 128, 3\), got uint8 of shape'):
        leveller(image[1:], valid, np.eye(3))
    with pytest.raises(CameraError, match='got float64 of shape'):
        leveller(image.astype(float), valid, np.eye(3))
    with pytest.raises(CameraError, match=r'valid must be bool of shape \(64, 128\)'):
        leveller(image, valid[:, 1:], np.eye(3))
    with pytest.raises(CameraError, match='at most 32767 a side'):
        Leveller(PanoramaGeometry(2, 40000))


matrices = arrays(np.float64, (3, 3), elements=st.floats(width=64))


@settings(max_examples=60, deadline=None)
@given(st.one_of(matrices, st.just(np.diag([1.0, 1.0, -1.0])), st.just(np.eye(4))))
def test_what_is_no_rotation_is_refused(matrix):
    if matrix.shape == (3, 3) and np.array_equal(matrix, np.eye(3)):
        return
    with pytest.raises(CameraError, match='level_from_pano must be a'):
        LEVELLERS[SMALL].sources(matrix)
