"""Lenses: each effect does what it is called after, and only that."""

import numpy as np
import pytest

from panoseg_ros.synthetic.recording.lens_effects import Optics, random_optics, through_lens
from panoseg_ros.synthetic.rendering.sky import WEATHERS

SHAPE = (128, 256, 3)


def grey(level=0.4):
    return np.full(SHAPE, level, np.float32)


def seen(light, **effects):
    return through_lens(light, Optics(**effects), np.random.default_rng(3))


def test_a_clean_lens_changes_nothing():
    light = np.random.default_rng(0).uniform(0, 1, SHAPE).astype(np.float32)
    assert np.array_equal(seen(light), light)


def test_glow_spreads_light_around_a_lamp_and_adds_none_to_an_even_wall():
    lamp = grey(0.01)
    lamp[60:64, 100:104] = 50.0
    glow = seen(lamp, bloom=0.3) - lamp
    near, far = glow[62, 110].mean(), glow[62, 140].mean()
    assert near > 4 * far > 0
    np.testing.assert_allclose(seen(grey(), bloom=0.3), grey(), atol=1e-6)


def test_ghosts_lie_on_the_line_through_the_lens_axis():
    lamp = grey(0.0)
    lamp[30:36, 90:96] = 60.0
    ghosts = seen(lamp, panorama=False, flare=2.0) - seen(lamp, panorama=False, bloom=0.2)
    y, x = np.nonzero(ghosts.sum(-1) > 0.2 * ghosts[60:].sum(-1).max())
    way = np.array([128 - 93, 64 - 33]) / np.hypot(128 - 93, 64 - 33)
    off = np.abs((x - 93) * way[1] - (y - 33) * way[0])
    assert len(off) > 20
    assert off.max() < 0.09 * SHAPE[1]


def test_red_and_blue_part_at_an_edge():
    edge = grey(0.0)
    edge[:, 150:] = 1.0
    fringed = seen(edge, panorama=False, aberration=0.02)
    difference = fringed[:, 140:160, 0] - fringed[:, 140:160, 2]
    assert np.abs(difference).max() > 0.3
    np.testing.assert_allclose(fringed[:, :140].mean(), 0.0, atol=1e-6)


def test_the_rim_is_darker_and_one_lens_brighter():
    single = seen(grey(), panorama=False, vignette=0.5)[..., 0]
    assert single[0, 0] < 0.6 * single[64, 128]
    both = seen(grey(), lens_stops=1.0)[64, :, 0]
    assert both[128] / both[0] == pytest.approx(2.0, rel=1e-3)
    assert np.abs(np.diff(both)).max() < 0.1  # the seam is blended
    assert np.abs(both[0] - both[-1]) < 1e-3


def test_dirt_takes_contrast_where_it_is():
    checks = grey(0.0)
    checks[::2] = 1.0
    dirty = seen(checks, smears=8)
    step = np.abs(np.diff(dirty[..., 0], axis=0))
    assert step.min() < 0.7
    assert (step > 0.99).mean() > 0.2


def test_drops_turn_the_picture_upside_down_locally():
    light = np.repeat(np.linspace(0, 1, 128, dtype=np.float32)[:, None, None], 256, 1).repeat(3, 2)
    wet = seen(light, drops=20)
    changed = np.abs(wet - light).max(-1) > 0.02
    assert 0.002 < changed.mean() < 0.6
    rising = np.diff(wet[..., 0], axis=0) < -0.02
    assert rising.any()


@pytest.mark.parametrize('weather', WEATHERS)
@pytest.mark.parametrize('panorama', [True, False])
def test_any_lens_gives_finite_light_and_the_same_twice(weather, panorama):
    light = np.random.default_rng(1).uniform(0, 3, (61, 97, 3)).astype(np.float32)
    for seed in range(6):
        pictures = []
        for _ in range(2):
            rng = np.random.default_rng(seed)
            pictures.append(through_lens(light, random_optics(rng, weather, panorama), rng))
        assert np.array_equal(*pictures)
        assert pictures[0].shape == light.shape
        assert pictures[0].dtype == np.float32
        assert np.isfinite(pictures[0]).all()
        assert pictures[0].min() >= -1e-5


def test_drops_fit_on_the_smallest_pictures():
    rng = np.random.default_rng(0)
    light = rng.uniform(0, 1, (8, 16, 3)).astype(np.float32)
    assert np.isfinite(seen(light, drops=30)).all()
