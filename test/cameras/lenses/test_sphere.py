"""The unit sphere of the unified models: its end, its inverse where formulas vanish."""

import numpy as np
import pytest
from random_lenses import angle_between, directions_at

from panoseg_ros.cameras.lenses.sphere import UnifiedSphere

# where the two forms of the inverse meet (1/4, 3/4), where one divides by zero (1/2, 1 and
# beyond), a narrow mirror (negative)
ALPHAS = [-0.5, 0.0, 0.2499, 0.25, 0.2501, 0.4999, 0.5, 0.5001, 0.7499, 0.7501, 1.0, 1.5]


@pytest.mark.parametrize('alpha', ALPHAS)
def test_inverse_up_to_the_end(alpha):
    sphere = UnifiedSphere(alpha, np.pi)
    rays = directions_at(sphere.limit_rad * np.linspace(0.0, 1.0, 500))
    back = sphere.unproject(sphere.project(rays))
    assert angle_between(back, rays).max() < 1e-9


@pytest.mark.parametrize('alpha', ALPHAS)
def test_end_is_where_the_radius_stops_growing_or_the_plane_ends(alpha):
    sphere = UnifiedSphere(alpha, np.pi)
    angles = np.linspace(0.0, np.pi, 100001)
    depth = alpha + (1.0 - alpha) * np.cos(angles)
    with np.errstate(divide='ignore', invalid='ignore'):
        grows = (np.diff(np.sin(angles) / depth) > 0.0) & (depth[1:] > 0.0)
    end = angles[np.argmin(grows)] if not grows.all() else np.pi
    assert sphere.limit_rad == pytest.approx(end, abs=0.01)
    assert sphere.limit_rad < end + 1e-4


def test_max_angle_ends_it_before():
    sphere = UnifiedSphere(0.6, 1.0)
    assert sphere.limit_rad == pytest.approx(1.0)
    inside, outside = sphere.project(directions_at(np.array([0.999, 1.001])))
    assert np.isfinite(inside).all()
    assert np.isnan(outside).all()
    assert np.isnan(sphere.unproject(np.array([1.001 * sphere.furthest, 0.0]))).all()
