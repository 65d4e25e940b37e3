"""Hugin's lenses: the field of view, the polynomial, the shift and the selection."""

import numpy as np
import pytest
from random_lenses import angle_between, directions_at

from panoseg_ros.cameras import PanoTools, Pinhole
from panoseg_ros.errors import CameraError

SIZE = (1920, 960)


def at(angle_deg):
    angle = np.deg2rad(angle_deg)
    return [np.sin(angle), 0.0, np.cos(angle)]


def test_field_of_view_spans_the_width_of_the_image():
    fisheye = PanoTools(SIZE, 'fisheye', 200.0)
    np.testing.assert_allclose(
        fisheye.project([at(-100.0), at(0.0), at(100.0)])[:, 0], [0, 960, 1920]
    )
    flat = PanoTools(SIZE, 'rectilinear', 90.0)
    np.testing.assert_allclose(flat.project([at(-45.0), at(45.0)])[:, 0], [0.0, 1920.0])


def test_without_a_polynomial_rectilinear_is_the_pinhole():
    pinhole = Pinhole(SIZE, 960.0, 960.0, 959.5, 479.5)
    rays = directions_at(np.deg2rad(np.linspace(0.0, 88.0, 100)))
    lens = PanoTools(SIZE, 'rectilinear', 90.0)
    np.testing.assert_allclose(lens.project(rays), pinhole.project(rays), atol=1e-7)


def test_polynomial_is_of_the_ideal_radius_in_half_shorter_sides():
    a, b, c = 0.02, -0.05, 0.03
    lens = PanoTools(SIZE, 'fisheye', 200.0, a, b, c)
    focal = 960.0 / np.deg2rad(100.0)
    for angle_deg in (10.0, 50.0, 90.0):
        r = focal * np.deg2rad(angle_deg) / 480.0
        expected = 480.0 * r * (a * r**3 + b * r**2 + c * r + 1.0 - a - b - c)
        np.testing.assert_allclose(lens.project(at(angle_deg)), [960.0 + expected, 480.0])


def test_radius_of_half_the_shorter_side_stays_where_it_is():
    plain, bent = (
        PanoTools(SIZE, 'fisheye', 200.0),
        PanoTools(SIZE, 'fisheye', 200.0, 0.1, -0.2, 0.05),
    )
    np.testing.assert_allclose(bent.project(at(50.0)), plain.project(at(50.0)))


def test_shift_moves_the_centre_right_and_down():
    lens = PanoTools(SIZE, 'fisheye', 400.0, d=-480.0, e=7.0)
    np.testing.assert_allclose(lens.project([0.0, 0.0, 1.0]), [480.0, 487.0])
    np.testing.assert_allclose(lens.unproject([480.0, 487.0]), [0.0, 0.0, 1.0], atol=1e-12)


def test_both_lenses_of_a_side_by_side_image():
    # 400 degrees over both circles: each has 200 over its own 960 pixels
    lens = PanoTools(SIZE, 'fisheye', 400.0, d=480.0, crop=(960.0, 1920.0, 0.0, 960.0))
    rim = lens.unproject([[960.0, 480.0], [1920.0, 480.0], [1440.0, 0.0], [1440.0, 960.0]])
    np.testing.assert_allclose(np.rad2deg(angle_between(rim, np.array([0, 0, 1.0]))), 100.0)
    assert np.isnan(lens.unproject([[970.0, 10.0], [480.0, 480.0], [950.0, 480.0]])).all()
    assert np.isnan(lens.project(at(100.1))).all()


def test_selection_of_a_full_frame_fisheye_is_a_rectangle():
    lens = PanoTools(SIZE, 'fullframe_fisheye', 400.0, d=480.0, crop=(960.0, 1920.0, 0.0, 960.0))
    assert np.isfinite(lens.unproject([[970.0, 10.0], [1910.0, 950.0]])).all()
    assert np.isnan(lens.unproject([[950.0, 480.0]])).all()


def test_domain_ends_where_the_polynomial_turns():
    lens = PanoTools((960, 960), 'fisheye', 180.0, c=-0.25)  # 1.25 r - 0.25 r^2 turns at 2.5
    assert lens.limit_rad == pytest.approx(np.pi, abs=1e-9)  # 2.5 half sides are 225 degrees
    lens = PanoTools((960, 960), 'fisheye', 180.0, c=-0.5)  # 1.5 r - 0.5 r^2 turns at 1.5
    assert np.rad2deg(lens.limit_rad) == pytest.approx(135.0, abs=0.01)
    assert np.isnan(lens.project(at(135.1))).all()


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'projection': 'equidistant'}, 'projection must be one of fisheye'),
        ({'hfov_deg': 0.0}, r'hfov_deg must be in 0\.1\.\.1440'),
        ({'projection': 'rectilinear', 'hfov_deg': 180.0}, r'hfov_deg must be in 0\.1\.\.178'),
        ({'a': float('nan')}, 'a must be in'),
        ({'b': 2.0}, r'a \+ b \+ c must be below 1'),
        ({'d': float('inf')}, 'd must be in'),
        ({'crop': (10.0, 0.0, 0.0, 5.0)}, 'crop must be left, right, top, bottom'),
        ({'crop': (0.0, float('nan'), 0.0, 5.0)}, 'crop'),
        ({'crop': (0.0, 5.0, 0.0)}, 'crop'),
    ],
)
def test_impossible_values_are_refused(change, named):
    with pytest.raises(CameraError, match=named):
        PanoTools(**{'size': SIZE, 'projection': 'fisheye', 'hfov_deg': 200.0, **change})
