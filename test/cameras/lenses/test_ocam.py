"""OCamCalib's model: both polynomials, both orders of the axes, the end of the domain."""

import numpy as np
import pytest
from random_lenses import angle_between, directions_at

from panoseg_ros.cameras import OCam
from panoseg_ros.errors import CameraError

SIZE = (1280, 960)
TO_RAY = (-420.0, 0.0, 9e-4, -6e-7, 9e-10)
CENTRE = np.array([650.0, 470.0]) + 0.5


def lens_of(to_ray=TO_RAY, to_pixel=(), affine=(1.0, 0.0, 0.0), max_angle_deg=180.0):
    return OCam(SIZE, 650.0, 470.0, *affine, to_ray, to_pixel, max_angle_deg)


def fitted_to_pixel(lens, degree=11):
    """Fit rho by the angle from the image plane, as OCamCalib's findinvpoly does."""
    angles = np.linspace(0.0, lens.limit_rad, 400)
    radii = np.linalg.norm(lens.project(directions_at(angles)) - CENTRE, axis=-1)
    return tuple(np.polynomial.polynomial.polyfit(angles - np.pi / 2.0, radii, degree).tolist())


def test_unprojection_is_scaramuzzas_formula():
    lens = lens_of()
    pixels = np.array([[650.5, 470.5], [700.5, 470.5], [650.5, 800.5], [100.0, 100.0]])
    x, y = (pixels - CENTRE).T
    rho = np.hypot(x, y)
    forward = 420.0 - 9e-4 * rho**2 + 6e-7 * rho**3 - 9e-10 * rho**4
    expected = np.stack([x, y, forward], -1)
    expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    np.testing.assert_allclose(lens.unproject(pixels), expected, atol=1e-12)


def test_sign_of_the_files_axis_does_not_matter():
    rays = directions_at(np.linspace(0.0, 1.9, 50))
    turned = lens_of(tuple(-a for a in TO_RAY))
    np.testing.assert_array_equal(turned.project(rays), lens_of().project(rays))


def test_both_polynomials_agree():
    by_ray = lens_of()
    by_angle = lens_of((), fitted_to_pixel(by_ray))
    rays = directions_at(np.linspace(0.0, by_ray.limit_rad - 1e-3, 300))
    np.testing.assert_allclose(by_angle.project(rays), by_ray.project(rays), atol=0.05)
    back = by_angle.unproject(by_ray.project(rays))
    assert angle_between(back, rays).max() < 2e-4


def test_to_pixel_is_a_polynomial_of_the_angle_from_the_image_plane():
    to_pixel = fitted_to_pixel(lens_of())
    lens = lens_of((), to_pixel)
    angles = np.linspace(0.2, 1.8, 100)
    rays = directions_at(angles)
    rho = np.polynomial.polynomial.polyval(np.arctan2(-rays[:, 2], np.sin(angles)), to_pixel)
    found = np.linalg.norm(lens.project(rays) - CENTRE, axis=-1)
    np.testing.assert_allclose(found, rho, atol=0.01)  # what the fit misses the centre by
    np.testing.assert_allclose(lens.project([1.0, 0.0, 0.0])[0], CENTRE[0] + to_pixel[0])


def test_where_both_are_given_the_calibrated_one_is_the_lens():
    both = lens_of(TO_RAY, fitted_to_pixel(lens_of(), degree=6))
    rays = directions_at(np.linspace(0.0, both.limit_rad, 300))
    np.testing.assert_array_equal(both.project(rays), lens_of().project(rays))
    assert angle_between(both.unproject(both.project(rays)), rays).max() < 1e-9


def test_affine_part_maps_the_plane_to_columns_and_rows():
    straight, skewed = lens_of(), lens_of(affine=(1.01, -0.002, 0.003))
    rays = directions_at(np.linspace(0.0, 1.7, 100))
    x, y = (straight.project(rays) - CENTRE).T
    expected = np.stack([1.01 * x - 0.002 * y, 0.003 * x + y], -1) + CENTRE
    np.testing.assert_allclose(skewed.project(rays), expected, atol=1e-9)


@pytest.mark.parametrize('with_ray', [True, False])
def test_rows_first_as_in_the_toolboxs_files(with_ray):
    # OCamCalib: row = c x + d y + row0, column = e x + y + column0, x runs down the rows
    c, d, e, row, column = 1.003, -0.0004, 0.0009, 470.0, 650.0
    plain = lens_of()
    to_pixel = fitted_to_pixel(plain)
    polynomials = (TO_RAY, ()) if with_ray else ((), to_pixel)
    lens = OCam.from_rows(SIZE, row, column, c, d, e, *polynomials)
    plain = lens_of(*polynomials)
    rays = directions_at(np.linspace(0.0, 1.7, 100))
    along_rows, along_columns = (plain.project(rays) - CENTRE)[:, ::-1].T
    rows = c * along_rows + d * along_columns + row + 0.5
    columns = e * along_rows + along_columns + column + 0.5
    np.testing.assert_allclose(lens.project(rays), np.stack([columns, rows], -1), atol=1e-6)
    assert angle_between(lens.unproject(lens.project(rays)), rays).max() < 1e-9


def test_domain_ends_at_the_circle_around_the_image():
    lens = lens_of()
    assert np.isfinite(lens.unproject([0.0, 960.0])).all()  # the furthest corner
    assert np.isnan(lens.unproject([-1.0, 961.0])).all()


def test_domain_ends_where_rays_turn_back():
    # z - rho dz/drho = 200 - 1e-3 rho^2 vanishes at rho = 447
    lens = lens_of((200.0, 0.0, 1e-3))
    edge = np.sqrt(200.0 / 1e-3)
    assert lens.limit_rad == pytest.approx(np.arctan2(edge, 400.0), abs=1e-3)
    assert np.isfinite(lens.unproject((CENTRE[0] + 0.99 * edge, CENTRE[1]))).all()
    assert np.isnan(lens.unproject((CENTRE[0] + 1.01 * edge, CENTRE[1]))).all()


def test_domain_of_to_pixel_ends_where_it_stops_rising():
    # 100 (theta - 0.05 theta^3) turns at theta = sqrt(1 / 0.15)
    theta = np.polynomial.Polynomial([np.pi / 2.0, 1.0])
    lens = lens_of((), tuple((100.0 * (theta - 0.05 * theta**3)).coef.tolist()))
    assert lens.limit_rad == pytest.approx(np.sqrt(1.0 / 0.15), abs=1e-3)
    rim = directions_at(lens.limit_rad - np.logspace(-12.0, -1.0, 50))
    assert angle_between(lens.unproject(lens.project(rim)), rim).max() < 1e-6
    assert np.isnan(lens.project(directions_at(np.array([2.7, 3.0])))).all()


def test_max_angle_ends_the_domain():
    for polynomials in ((TO_RAY, ()), ((), fitted_to_pixel(lens_of()))):
        lens = lens_of(*polynomials, max_angle_deg=95.0)
        inside, outside = lens.project(directions_at(np.deg2rad([94.9, 95.1])))
        assert np.isfinite(inside).all()
        assert np.isnan(outside).all()


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'to_ray': ()}, 'to_ray or to_pixel must be given'),
        ({'to_ray': (0.0, 0.0, 1e-3)}, 'to_ray must start with a0'),
        ({'to_ray': (float('nan'),)}, 'to_ray'),
        ({'to_ray': (1.0,) * 31}, 'to_ray must be at most 30 numbers'),
        ({'to_ray': (), 'to_pixel': (600.0, 100.0)}, 'to_pixel must vanish straight ahead'),
        ({'to_ray': (), 'to_pixel': (-600.0, 382.0)}, 'to_pixel must vanish straight ahead'),
        ({'to_ray': (), 'to_pixel': (0.896605, 2.141593, 1.0)}, 'to_pixel must rise'),
        ({'to_pixel': (700.0, 445.6)}, 'to_pixel must be the way back of to_ray'),
        ({'c': 0.0}, r'c must be in 0\.5\.\.2'),
        ({'d': 1.0}, 'd must be'),
        ({'e': float('nan')}, 'e must be'),
        ({'max_angle_deg': 0.0}, 'max_angle_deg'),
    ],
)
def test_impossible_values_are_refused(change, named):
    values = {'size': SIZE, 'cx': 650.0, 'cy': 470.0, 'to_ray': TO_RAY, **change}
    with pytest.raises(CameraError, match=named):
        OCam(**values)


def test_impossible_scale_of_rows_is_refused():
    with pytest.raises(CameraError, match='c must be'):
        OCam.from_rows(SIZE, 470.0, 650.0, 0.0, 0.0, 0.0, TO_RAY, ())
