"""What every lens model promises, tried on random lenses of every model."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_lenses import EXAMPLES, LENSES, SIZE, all_around, angle_between, pixels_around

from panoseg_ros.cameras import Pinhole
from panoseg_ros.errors import CameraError

every_model = pytest.mark.parametrize('model', LENSES)
every_example = pytest.mark.parametrize('lens', EXAMPLES.values(), ids=list(EXAMPLES))


def is_all_or_nothing(array):
    finite = np.isfinite(array)
    return (finite.all(-1) == finite.any(-1)).all()


@every_model
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_projected_comes_back(model, data):
    lens = data.draw(LENSES[model])
    rays = all_around(lens)
    pixels = lens.project(rays)
    assert is_all_or_nothing(pixels)
    seen = np.isfinite(pixels[:, 0])
    back = lens.unproject(pixels[seen])
    assert np.isfinite(back).all()
    assert angle_between(back, rays[seen]).max(initial=0.0) < 1e-6
    assert np.isnan(lens.unproject(pixels[~seen])).all()


def test_rim_that_stretches_without_bound_comes_back():
    distortion = (0.0, 0.2673119255439372, -0.0008064999850493915, 0.0)
    lens = Pinhole(SIZE, 50.0, 50.0, 200.0, 150.0, (*distortion, 0.0, 0.0, 0.0625, distortion[2]))
    rays = all_around(lens)
    pixels = lens.project(rays)
    seen = np.isfinite(pixels[:, 0])
    assert angle_between(lens.unproject(pixels[seen]), rays[seen]).max() < 1e-6


@every_model
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_unprojected_comes_back(model, data):
    lens = data.draw(LENSES[model])
    pixels = pixels_around(lens)
    rays = lens.unproject(pixels)
    assert is_all_or_nothing(rays)
    seen = np.isfinite(rays[:, 0])
    np.testing.assert_allclose(np.linalg.norm(rays[seen], axis=-1), 1.0, rtol=1e-12)
    back = lens.project(rays[seen])
    assert np.isfinite(back).all()
    assert angle_between(lens.unproject(back), rays[seen]).max(initial=0.0) < 1e-6
    apart = np.abs(back - pixels[seen])
    if model == 'equirectangular':  # the two borders are one, and so is a pole's row
        pole = np.abs(rays[seen, 1]) > 1.0 - 1e-12
        apart[:, 0] = np.where(pole, 0.0, np.minimum(apart[:, 0], lens.size[0] - apart[:, 0]))
    assert (apart <= 1e-6 * (1.0 + np.abs(pixels[seen]))).all()


@every_model
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_optical_axis_is_seen_and_the_domain_has_no_holes(model, data):
    lens = data.draw(LENSES[model])
    if model in {'equirectangular', 'panotools'}:  # its band or its selection may miss the axis
        return
    seen = np.isfinite(lens.project(all_around(lens))[:, 0])
    angles = angle_between(all_around(lens), np.array([0.0, 0.0, 1.0]))
    assert seen[angles < 1e-3].all()
    assert angles[seen].max() <= angles[~seen].min(initial=np.pi) + 1e-8


@every_example
@pytest.mark.parametrize('shape', [(), (5,), (2, 3), (0,), (2, 0, 4)])
def test_any_leading_shape(lens, shape):
    points = np.broadcast_to([0.1, -0.2, 1.0], (*shape, 3))
    pixels = lens.project(points)
    rays = lens.unproject(pixels)
    assert (pixels.shape, rays.shape) == ((*shape, 2), (*shape, 3))
    assert (pixels.dtype, rays.dtype) == (np.float64, np.float64)
    np.testing.assert_allclose(
        pixels, np.broadcast_to(lens.project([0.1, -0.2, 1.0]), pixels.shape)
    )


@every_example
def test_lists_integers_and_float32_are_taken(lens):
    expected = lens.project(np.array([1.0, -1.0, 4.0]))
    np.testing.assert_allclose(lens.project([1, -1, 4]), expected)
    np.testing.assert_allclose(lens.project(np.array([1, -1, 4])), expected)
    np.testing.assert_allclose(lens.project(np.float32([1, -1, 4])), expected)


@every_example
@pytest.mark.parametrize('scale', [1e-300, 1e-30, 1e30, 1e300])
def test_length_of_a_point_does_not_matter(lens, scale):
    points = np.array([[1.0, 0.5, 2.0], [-0.3, 0.2, 1.0]])
    np.testing.assert_allclose(lens.project(scale * points), lens.project(points), rtol=1e-12)


@every_example
def test_points_and_pixels_without_meaning_are_nan(lens):
    nan, inf = np.nan, np.inf
    points = [[0, 0, 0], [nan, 0, 1], [0, nan, 1], [0, 0, nan], [inf, 0, 1], [1, -inf, 1]]
    with np.errstate(all='raise', under='ignore', invalid='ignore'):
        assert np.isnan(lens.project([*points, [0, 0, inf], [inf, inf, inf]])).all()
        assert np.isnan(lens.unproject([[nan, 240], [320, nan], [inf, 240], [320, -inf]])).all()
        assert np.isnan(lens.unproject([[1e300, 240], [-1e300, 1e300]])).all()


@every_example
def test_inputs_stay_as_they_are(lens):
    points, pixels = np.array([[0.1, 0.2, 1.0]] * 4), np.array([[320.0, 240.0]] * 4)
    points.setflags(write=False)
    pixels.setflags(write=False)
    assert np.isfinite(lens.project(points)).all()
    assert np.isfinite(lens.unproject(pixels)).all()


@every_example
def test_wrong_last_axis_is_named(lens):
    with pytest.raises(ValueError, match=r'\(\.\.\., 3\), got \(4, 2\)'):
        lens.project(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r'\(\.\.\., 2\), got \(4, 3\)'):
        lens.unproject(np.zeros((4, 3)))


@every_example
def test_copies_and_pickles_are_the_same_lens(lens):
    points = all_around(lens)
    for other in (
        copy.deepcopy(lens),
        pickle.loads(pickle.dumps(lens)),
        dataclasses.replace(lens),
    ):
        assert other == lens
        assert hash(other) == hash(lens)
        np.testing.assert_array_equal(other.project(points), lens.project(points))


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'fx': 0.0}, 'fx must be a positive number of pixels'),
        ({'fy': float('nan')}, 'fy'),
        ({'cx': float('inf')}, r'cx must be in -1e\+06..1e\+06'),
        ({'cy': 2e6}, 'cy'),
        ({'size': (0, 4)}, 'size'),
        ({'size': (4, 40000)}, 'size'),
    ],
)
def test_impossible_intrinsics_are_refused(change, named):
    values = {'size': (64, 64), 'fx': 10.0, 'fy': 10.0, 'cx': 32.0, 'cy': 32.0}
    with pytest.raises(CameraError, match=named):
        Pinhole(**{**values, **change})
