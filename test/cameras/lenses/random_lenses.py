"""Random lenses of every model, and rays that try their domains."""

import numpy as np
from hypothesis import strategies as st

from panoseg_ros.cameras import (
    DoubleSphere,
    Equirectangular,
    ExtendedUnified,
    IdealFisheye,
    KannalaBrandt,
    Mei,
    OCam,
    PanoTools,
    Pinhole,
    Unified,
)

SIZE = (640, 480)
MAX_ANGLE = st.one_of(st.just(180.0), st.floats(20.0, 180.0))


def number(low, high):
    return st.floats(low, high, allow_subnormal=False)


FOCAL = st.tuples(number(50.0, 2000.0), number(50.0, 2000.0))
CENTRE = st.tuples(number(200.0, 440.0), number(150.0, 330.0))
INTRINSICS = st.builds(lambda f, c: (*f, *c), FOCAL, CENTRE)
RADTAN = st.tuples(number(-0.5, 0.5), number(-0.3, 0.3), number(-0.01, 0.01), number(-0.01, 0.01))
RATIONAL = st.tuples(number(-0.2, 0.2), number(-0.3, 0.5), number(-0.1, 0.1), number(-0.05, 0.05))
K3 = number(-0.1, 0.1)
FISHEYE_FOV = {'equidistant': 360.0, 'equisolid': 360.0, 'stereographic': 350.0}


@st.composite
def ideal_fisheyes(draw):
    projection = draw(st.sampled_from([*FISHEYE_FOV, 'orthographic']))
    fov_deg = draw(number(30.0, FISHEYE_FOV.get(projection, 180.0)))
    return IdealFisheye(SIZE, projection, *draw(CENTRE), draw(number(50.0, 600.0)), fov_deg)


@st.composite
def panotools(draw):
    projection = draw(st.sampled_from(['fisheye', 'fullframe_fisheye', 'rectilinear']))
    hfov_deg = draw(number(30.0, 120.0 if projection == 'rectilinear' else 420.0))
    polynomial = draw(st.tuples(*[number(-0.1, 0.1)] * 3))
    shift = draw(st.tuples(*[number(-200.0, 200.0)] * 2))
    crop = draw(st.sampled_from([None, (-10.0, 500.0, 3.0, 513.0)]))
    return PanoTools(SIZE, projection, hfov_deg, *polynomial, *shift, crop)


@st.composite
def ocams_by_ray(draw):
    a0 = draw(number(100.0, 800.0)) * draw(st.sampled_from([-1.0, 1.0]))
    bend = draw(st.tuples(number(-1.0, 1.0), number(-1.0, 1.0), number(-1.0, 1.0)))
    to_ray = (a0, 0.0, *(b * abs(a0) / 400.0 ** (i + 2) for i, b in enumerate(bend)))
    return OCam(SIZE, *draw(CENTRE), *draw(affine()), to_ray, (), draw(MAX_ANGLE))


@st.composite
def ocams_by_angle(draw):
    # f (theta + k theta^3), written in theta - pi/2 as the files have it
    focal, k = draw(number(80.0, 500.0)), draw(number(-0.05, 0.05))
    theta = np.polynomial.Polynomial([np.pi / 2.0, 1.0])
    to_pixel = tuple((focal * (theta + k * theta**3)).coef.tolist())
    return OCam(SIZE, *draw(CENTRE), *draw(affine()), (), to_pixel, draw(MAX_ANGLE))


def affine():
    return st.tuples(number(0.98, 1.02), number(-0.01, 0.01), number(-0.01, 0.01))


LENSES = {
    'pinhole': st.builds(lambda i, d, k3: Pinhole(SIZE, *i, (*d, k3)), INTRINSICS, RADTAN, K3),
    'rational': st.builds(
        lambda i, d, r: Pinhole(SIZE, *i, (*d, *r)), INTRINSICS, RADTAN, RATIONAL
    ),
    'kannala_brandt': st.builds(
        lambda i, k, a: KannalaBrandt(SIZE, *i, k, a),
        INTRINSICS,
        st.tuples(*[number(-0.05, 0.05)] * 4),
        MAX_ANGLE,
    ),
    'mei': st.builds(
        lambda i, xi, d, a: Mei(SIZE, *i, xi, d, a),
        INTRINSICS,
        number(-0.8, 5.0),
        RADTAN,
        MAX_ANGLE,
    ),
    'mei with k3': st.builds(
        lambda i, xi, d, k3: Mei(SIZE, *i, xi, (*d, k3)), INTRINSICS, number(0.0, 3.0), RADTAN, K3
    ),
    'unified': st.builds(
        lambda i, alpha, a: Unified(SIZE, *i, alpha, a), INTRINSICS, number(0.0, 1.5), MAX_ANGLE
    ),
    'extended_unified': st.builds(
        lambda i, alpha, beta, a: ExtendedUnified(SIZE, *i, alpha, beta, a),
        INTRINSICS,
        number(0.0, 1.2),
        number(0.05, 20.0),
        MAX_ANGLE,
    ),
    'double_sphere': st.builds(
        lambda i, xi, alpha, a: DoubleSphere(SIZE, *i, xi, alpha, a),
        INTRINSICS,
        number(-0.99, 0.99),
        number(0.0, 1.0),
        MAX_ANGLE,
    ),
    'ocam by ray': ocams_by_ray(),
    'ocam by angle': ocams_by_angle(),
    'ideal_fisheye': ideal_fisheyes(),
    'panotools': panotools(),
    'equirectangular': st.builds(
        lambda top, bottom: Equirectangular(SIZE, top, bottom),
        number(1.0, 90.0),
        number(-90.0, 0.0),
    ),
}
EXAMPLES = {
    'pinhole': Pinhole(SIZE, 300.0, 310.0, 320.0, 240.0, (-0.3, 0.1, 1e-3, -1e-3, 0.0)),
    'rational': Pinhole(
        SIZE, 300.0, 310.0, 320.0, 240.0, (0.1, -0.2, 1e-3, -1e-3, 0.01, 0.2, 0.1, 0.02)
    ),
    'kannala_brandt': KannalaBrandt(
        SIZE, 150.0, 151.0, 320.0, 240.0, (-0.01, 0.002, 0.0, 0.0), 105.0
    ),
    'mei': Mei(SIZE, 600.0, 601.0, 320.0, 240.0, 1.75, (-0.25, 0.15, 7e-4, 5e-3)),
    'unified': Unified(SIZE, 200.0, 201.0, 320.0, 240.0, 0.6),
    'extended_unified': ExtendedUnified(SIZE, 200.0, 201.0, 320.0, 240.0, 0.6, 1.1),
    'double_sphere': DoubleSphere(SIZE, 150.0, 151.0, 320.0, 240.0, -0.2, 0.57),
    'ocam': OCam(
        SIZE, 320.0, 240.0, 1.001, -2e-4, 3e-4, (-150.0, 0.0, 2e-3, -3e-6, 1.5e-8), (), 120.0
    ),
    'ideal_fisheye': IdealFisheye(SIZE, 'equisolid', 320.0, 240.0, 230.0, 200.0),
    'panotools': PanoTools(SIZE, 'fisheye', 250.0, 0.01, -0.02, 0.01, 5.0, -4.0, None),
    'equirectangular': Equirectangular(SIZE, 60.0, -40.0),
}


def angle_between(a, b):
    return 2.0 * np.arcsin(np.minimum(np.linalg.norm(a - b, axis=-1) / 2.0, 1.0))


def directions_at(angles_rad, seed=0):
    """Return unit vectors at these angles from the optical axis, at random sides."""
    side = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, np.shape(angles_rad))
    across = np.sin(angles_rad)
    return np.stack([across * np.cos(side), across * np.sin(side), np.cos(angles_rad)], -1)


def all_around(lens, count=300):
    """Return unit vectors everywhere, many near the axis and near the end of the domain."""
    limit = getattr(lens, 'limit_rad', np.arctan(getattr(lens, 'limit', 1.0)))
    near = limit * (1.0 + np.outer([-1.0, 1.0], 10.0 ** np.arange(-16.0, 0.0)).ravel())
    axis = 10.0 ** np.arange(-18.0, 0.0)
    angles = np.concatenate([np.linspace(0.0, np.pi, count), near, axis, [limit]])
    return directions_at(np.clip(angles, 0.0, np.pi))


def pixels_around(lens, count=30):
    """Return pixels on and around the image, (N, 2), some next to the centre."""
    width, height = lens.size
    u = np.linspace(-0.5 * width, 1.5 * width, count)
    v = np.linspace(-0.5 * height, 1.5 * height, count)
    grid = np.stack(np.meshgrid(u, v), -1).reshape(-1, 2)
    centre = lens.project([0.0, 0.0, 1.0])
    return np.concatenate([grid, centre + np.outer(10.0 ** np.arange(-14.0, 2.0), [0.6, 0.8])])
