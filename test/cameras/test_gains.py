"""Even brightness: towards the truth, slowly, within bounds, and by nothing that misleads."""

import dataclasses

import numpy as np
import pytest
from camera_scene import pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras import PanoramaMapper, Rig, load_rig
from panoseg_ros.cameras.canvas import (
    KNEE,
    Slot,
    blank_canvas,
    brighten,
    close_turn,
    place,
    place_some,
)
from panoseg_ros.cameras.gains import FRAMES, LIMIT, SAMPLES, Common, Gains
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform

GEOMETRY = PanoramaGeometry(128, 256)


@pytest.fixture(scope='module')
def rig():
    return load_rig('dual_fisheye')


@pytest.fixture(scope='module')
def views(rig):
    """The world, moderately bright, so that a gain saturates nothing."""
    seen = pictures(rig, 0.5)
    return {name: (40 + 0.5 * view).astype(np.uint8) for name, view in seen.items()}


def scaled(views, **factors):
    """Return the pictures with some multiplied by a factor or by one per channel."""
    return {
        name: np.rint(view * np.asarray(factors.get(name, 1.0))).clip(0, 255).astype(np.uint8)
        for name, view in views.items()
    }


@pytest.mark.parametrize('factor', [0.8, 1.2, (1.1, 0.95, 0.85)])
def test_known_difference_is_found_and_shared(rig, views, factor):
    mapper = PanoramaMapper(rig, GEOMETRY)
    for _ in range(3):
        mapper(scaled(views, back=factor))
    front, back = mapper.gains
    np.testing.assert_allclose(front / back, factor, rtol=0.015)
    np.testing.assert_allclose(front * back, 1.0, rtol=1e-6)  # the two see as much


def test_panorama_is_that_of_even_lenses(rig, views):
    even, _ = PanoramaMapper(rig, GEOMETRY)(views)
    uneven = scaled(views, back=0.8)
    off = dataclasses.replace(rig, photometric_gain=False)
    factor = np.sqrt(0.8)
    with_gain = PanoramaMapper(rig, GEOMETRY)(uneven)[0] / factor
    without = PanoramaMapper(off, GEOMETRY)(uneven)[0] / factor
    assert np.abs(with_gain - even).mean() < 1.0
    assert np.abs(without - even).mean() > 8.0
    assert np.abs(with_gain.mean() / even.mean() - 1.0) < 0.01


def test_follows_slowly_after_a_mean_of_the_first_frames(rig, views):
    mapper = PanoramaMapper(rig, GEOMETRY)
    for _ in range(2 * FRAMES):
        mapper(views)
    before = np.log(mapper.gains[0])
    mapper(scaled(views, back=0.8))
    after_one = np.log(mapper.gains[0]) - before
    whole = np.log(np.sqrt(0.8))
    np.testing.assert_allclose(after_one, whole / FRAMES, rtol=0.1)
    for _ in range(3 * FRAMES):
        mapper(scaled(views, back=0.8))
    np.testing.assert_allclose(np.log(mapper.gains[0]) - before, whole, rtol=0.1)
    mapper.reset_gains()
    np.testing.assert_array_equal(mapper.gains, 1.0)


def test_same_frames_give_the_same_gains(rig, views):
    frames = [scaled(views, back=0.8 + 0.02 * k) for k in range(5)]
    one, other = PanoramaMapper(rig, GEOMETRY), PanoramaMapper(rig, GEOMETRY)
    for frame in frames:
        np.testing.assert_array_equal(one(frame)[0], other(frame)[0])
    np.testing.assert_array_equal(one.gains, other.gains)


@pytest.mark.parametrize('value', [0, 10, 250, 255])
def test_a_lens_that_shows_nothing_pulls_nothing(rig, views, value):
    mapper = PanoramaMapper(rig, GEOMETRY)
    mapper({'front': views['front'], 'back': np.full_like(views['back'], value)})
    np.testing.assert_array_equal(mapper.gains, 1.0)


def test_a_silent_lens_leaves_the_gains_alone(rig, views):
    mapper = PanoramaMapper(rig, GEOMETRY)
    both, _ = mapper(scaled(views, back=0.8))
    before = mapper.gains
    front, valid = mapper({'front': scaled(views)['front']})
    np.testing.assert_array_equal(mapper.gains, before)
    alone = np.abs(np.rad2deg(GEOMETRY.azimuth_rad())) < 60
    np.testing.assert_array_equal(front[60:68, alone], both[60:68, alone])  # no jump
    assert not valid[60:68, :8].any()


def test_masked_pixels_do_not_pull(rig, views):
    front, back = rig.lenses
    mask = np.ones((960, 960), bool)
    mask[:, :300] = False  # one of the two sides where the lenses overlap
    masked = Rig('m', (dataclasses.replace(front, mask=mask), back), np.eye(4))
    odd = views['front'].copy()
    odd[:, :150] = 200
    mapper = PanoramaMapper(masked, GEOMETRY)
    mapper({'front': odd, 'back': views['back']})
    np.testing.assert_allclose(mapper.gains, 1.0, atol=0.01)


def test_outliers_do_not_pull(rig, views):
    rng = np.random.default_rng(2)
    noisy = {name: view.copy() for name, view in scaled(views, back=0.9).items()}
    for view in noisy.values():
        spots = rng.random(view.shape[:2]) < 0.08
        view[spots] = rng.integers(0, 256, (spots.sum(), 3))
    mapper = PanoramaMapper(rig, PanoramaGeometry(256, 512))
    mapper(noisy)
    np.testing.assert_allclose(mapper.gains[0] / mapper.gains[1], 0.9, rtol=0.02)


@pytest.mark.parametrize('factor', [0.4, 2.0])
def test_gains_are_bounded(rig, views, factor):
    mapper = PanoramaMapper(rig, GEOMETRY)
    for _ in range(3):
        mapper(scaled(views, back=factor))
    assert mapper.gains.max() <= LIMIT + 1e-9
    assert mapper.gains.min() >= 1.0 / LIMIT - 1e-9
    assert max(mapper.gains.max(), 1.0 / mapper.gains.min()) > LIMIT - 1e-3


def test_four_lenses_agree_on_one_brightness(rig, views):
    front = rig.lenses[0]
    lenses = []
    for index, yaw in enumerate((0, 90, 180, 270)):
        turn = transform(rotation_from_rpy_deg(0, 0, yaw), [0, 0, 0])
        mount = turn @ front.pano_from_lens
        lenses.append(dataclasses.replace(front, name=f'l{index}', pano_from_lens=mount))
    four = Rig('four', tuple(lenses), np.eye(4))
    flat = {
        name: (40 + 0.5 * view).astype(np.uint8) for name, view in pictures(four, 0.25).items()
    }
    factors = np.array([0.9, 1.1, 1.0, 1.05])
    uneven = scaled(flat, **{f'l{i}': factor for i, factor in enumerate(factors)})
    mapper = PanoramaMapper(four, GEOMETRY)
    mapper(uneven)
    evened = mapper.gains * factors[:, None]
    np.testing.assert_allclose(evened / evened[:1], 1.0, rtol=0.02)
    uneven['l3'] = np.zeros_like(uneven['l3'])
    for _ in range(5):
        mapper(uneven)
    evened = mapper.gains * factors[:, None]
    np.testing.assert_allclose(evened[:3] / evened[:1], 1.0, rtol=0.02)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.85, 1.15), min_size=3, max_size=5), st.integers(0, 1000))
def test_consistent_pairs_are_met_exactly(brightness, seed):
    rng = np.random.default_rng(seed)
    count = len(brightness)
    areas = rng.uniform(0.2, 3.0, count)
    pairs = np.array([(i, i + 1) for i in range(count - 1)] + [(0, count - 1)])
    picture = np.stack([np.full(3, round(120 * b)) for b in brightness])[None].astype(np.uint8)
    cells = np.repeat(pairs[:, None], SAMPLES, 1)
    logarithms, known = Gains(areas).estimate(picture, Common(pairs, cells))
    assert known.all()
    if np.abs(logarithms).max() < np.log(LIMIT):
        even = np.exp(logarithms) * picture[0]
        np.testing.assert_allclose(even / even[:1], 1.0, rtol=1e-6)
        np.testing.assert_allclose((areas[:, None] * logarithms).sum(0), 0.0, atol=1e-6)


@pytest.mark.parametrize('gain', [0.8, 0.97, 1.0, 1.13, 1.25])
def test_tone_curve(gain):
    slot = Slot(1, 256, 2, 0, False)
    canvas = blank_canvas(2, 258)
    ramp = np.arange(256)
    canvas.picture[:, 1:257] = ramp[None, :, None]
    canvas.picture[:, [0, 257]] = 77
    brighten(slot, canvas, np.array([gain, 1.0, gain]))
    red, green = canvas.picture[1, 1:257, 0].astype(int), canvas.picture[1, 1:257, 1]
    np.testing.assert_array_equal(green, ramp)
    np.testing.assert_allclose(red[:KNEE], gain * ramp[:KNEE], atol=1.0)
    assert (np.diff(red) >= 0).all() and np.diff(red).max() <= 3
    assert (red[0], red[255]) == (0, 255)
    assert (canvas.picture[:, [0, 257]] == 77).all()  # the neighbours' pictures


@pytest.mark.parametrize('shrink', [1, 2, 4])
def test_measured_alone_gives_the_gains_of_a_panorama(rig, views, shrink):
    geometry = PanoramaGeometry(256 // shrink, 512 // shrink)
    mapper, other = PanoramaMapper(rig, geometry), PanoramaMapper(rig, geometry)
    uneven = scaled(views, back=0.9)
    for _ in range(2):
        moment = other.measured(uneven)
        mapper(uneven)
        assert not np.allclose(mapper.gains, 1.0, atol=0.01)
        np.testing.assert_array_equal(moment.gains, mapper.gains)
    alone = other.measured({'back': views['back']})
    np.testing.assert_array_equal(alone.gains, mapper.gains[[1]])
    assert alone.views[0] is views['back'] and alone.tables.valid.mean() < 1.0


def test_measured_takes_the_first_column_again_behind_the_last():
    slot, row = Slot(3, 8, 4, 1, True), 2
    view = np.random.default_rng(0).integers(0, 256, (9, 17, 3), np.uint8)
    whole, some = blank_canvas(6, 16), blank_canvas(6, 16)
    place(view, slot, whole)
    close_turn(slot, whole)
    columns = np.array([3, 5, 10, 11])
    place_some(view, slot, some, row * 16 + np.array([0, 2, *columns, 12]))
    np.testing.assert_array_equal(some.picture[row, columns], whole.picture[row, columns])
    assert np.count_nonzero(some.picture.any(2)) == len(columns)
