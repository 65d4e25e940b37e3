"""The lens of ready panoramas: optical axes outside, panorama rows and columns inside."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras import Equirectangular
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, PanoramaGeometry

FULL = Equirectangular((400, 200))


def test_axes_of_the_optical_frame():
    forward, right, zenith, left = FULL.project([[0, 0, 2], [2, 0, 0], [0, -2, 0], [-2, 0, 0]])
    np.testing.assert_allclose(forward, [200.0, 100.0])
    np.testing.assert_allclose(right, [300.0, 100.0])
    np.testing.assert_allclose(left, [100.0, 100.0])
    assert zenith[1] == 0.0


def test_is_the_panorama_geometry_turned_into_optical_axes():
    rays = PanoramaGeometry(20, 40).rays().reshape(-1, 3) @ BODY_FROM_OPTICAL
    lens = Equirectangular((40, 20))
    pixels = lens.project(rays).reshape(20, 40, 2)
    np.testing.assert_allclose(pixels[7, :, 0], np.arange(40) + 0.5, atol=1e-4)
    np.testing.assert_allclose(pixels[:, 9, 1], np.arange(20) + 0.5, atol=1e-4)


@settings(deadline=None)
@given(st.floats(0.0, 400.0), st.floats(0.0, 100.0), st.floats(10.0, 90.0), st.floats(-90.0, 5.0))
def test_round_trip(u, v, top_deg, bottom_deg):
    lens = Equirectangular((400, 100), top_deg, bottom_deg)
    ray = lens.unproject([u, v])
    assert np.linalg.norm(ray) == pytest.approx(1.0)
    np.testing.assert_allclose(lens.unproject(lens.project(ray)), ray, atol=1e-9)


def test_outside_the_elevations_is_nan():
    lens = Equirectangular((2048, 400), 45.0, -25.0)
    assert np.isnan(lens.project([0.0, -1.0, 0.9])).all()
    assert np.isnan(lens.unproject([[10.0, -0.1], [10.0, 400.1], [-1.0, 5.0]])).all()
    assert np.isnan(lens.project([0.0, 0.0, 0.0])).all()


def test_impossible_elevations_are_refused():
    with pytest.raises(CameraError, match='top 10'):
        Equirectangular((400, 200), 10.0, 20.0)
