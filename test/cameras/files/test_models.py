"""Every lens model as a mapping of a rig file, there and back."""

import dataclasses
import inspect

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros import cameras
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
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.models import LENS_MODELS, lens_fields, read_lens
from panoseg_ros.errors import CameraError

SIZE = (640, 480)
PLACE = (200.5, 1 / 3, 320.0, 240.0)
LENSES = [
    Pinhole(SIZE, *PLACE),
    Pinhole(SIZE, *PLACE, (0.1, -0.01, 1e-7, 0.0, 0.0, 0.2, 0.0, 0.0)),
    KannalaBrandt(SIZE, *PLACE, (0.01, -0.002, 1e-4, 1e-5), 105.0),
    Mei(SIZE, *PLACE, 1.75, (-0.25, 0.15, 7e-4, 5e-3), 100.0),
    Mei(SIZE, *PLACE, 1.75, (-0.25, 0.15, 7e-4, 5e-3, 0.01)),
    Unified(SIZE, *PLACE, 0.6),
    ExtendedUnified(SIZE, *PLACE, 0.6, 1.1, 95.0),
    DoubleSphere(SIZE, *PLACE, -0.2, 0.57),
    OCam(SIZE, 320.0, 240.0, 1.001, -2e-4, 3e-4, (-150.0, 0.0, 2e-3), (), 120.0),
    OCam(SIZE, 320.0, 240.0, to_pixel=(235.6, 150.0)),
    IdealFisheye(SIZE, 'equisolid', 320.0, 240.0, 230.0, 200.0),
    PanoTools(SIZE, 'fisheye', 250.0, 0.01, -0.02, 0.01, 5.0, -4.0, (0.0, 400.0, 1.0, 401.0)),
    PanoTools(SIZE, 'rectilinear', 90.0),
    Equirectangular(SIZE, 45.0, -25.0),
]
MINIMAL = {
    'kannala_brandt': {'fx': 200, 'fy': 200, 'cx': 320, 'cy': 240},
    'pinhole': {'fx': 200, 'fy': 200, 'cx': 320, 'cy': 240},
    'mei': {'fx': 200, 'fy': 200, 'cx': 320, 'cy': 240, 'xi': 1},
    'unified': {'fx': 200, 'fy': 200, 'cx': 320, 'cy': 240, 'alpha': 0.6},
    'extended_unified': {'fx': 200, 'fy': 200, 'cx': 320, 'cy': 240, 'alpha': 0.6, 'beta': 1},
    'double_sphere': {'fx': 200, 'fy': 200, 'cx': 320, 'cy': 240, 'xi': 0, 'alpha': 0.6},
    'ocam': {'cx': 320, 'cy': 240, 'to_ray': [-150, 0, 0.002]},
    'ideal_fisheye': {
        'projection': 'equidistant', 'cx': 320, 'cy': 240, 'radius': 230, 'fov_deg': 190
    },
    'panotools': {'projection': 'fisheye', 'hfov_deg': 190},
    'equirectangular': {},
}  # fmt: skip
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.text(max_size=4),
    st.lists(st.one_of(st.floats(), st.integers(), st.text(max_size=2)), max_size=9),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


def read(mapping):
    return read_lens(Fields(mapping, 'rig file.yaml', 'lenses.front.lens'), SIZE)


@pytest.mark.parametrize('lens', LENSES, ids=lambda lens: type(lens).__name__)
def test_lens_survives_a_file(lens):
    written = yaml.safe_dump(lens_fields(lens), sort_keys=False)
    assert written.startswith('model: ')
    back = read(yaml.safe_load(written))
    assert back == lens
    assert type(back) is type(lens)


def test_every_model_is_known_under_its_name_and_exported():
    assert {type(lens) for lens in LENSES} == set(LENS_MODELS.values())
    assert all(getattr(cameras, model.__name__) is model for model in LENS_MODELS.values())
    assert set(MINIMAL) == set(LENS_MODELS)


@pytest.mark.parametrize('model', MINIMAL)
def test_keys_are_the_constructors_arguments(model):
    lens = read({'model': model, **MINIMAL[model]})
    assert lens == LENS_MODELS[model](SIZE, **{k: _tuple(v) for k, v in MINIMAL[model].items()})
    names = set(inspect.signature(LENS_MODELS[model]).parameters) - {'size'}
    assert set(lens_fields(lens)) - {'model'} <= names


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize('model', MINIMAL)
def test_missing_and_unknown_keys_are_named(model):
    with pytest.raises(CameraError, match=r'lenses\.front\.lens\.fz is not a known key, only'):
        read({'model': model, **MINIMAL[model], 'fz': 1.0})
    for key in MINIMAL[model]:
        rest = {name: value for name, value in MINIMAL[model].items() if name != key}
        with pytest.raises(CameraError, match=r'rig file\.yaml: .* (is missing|must be given)'):
            read({'model': model, **rest})


def test_known_keys_include_those_left_out():
    with pytest.raises(CameraError, match='only cx, cy, fx, fy, k, max_angle_deg, model'):
        read({'model': 'kannala_brandt', **MINIMAL['kannala_brandt'], 'k5': 1.0})


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'model': 'fisheye'}, 'model must be one of kannala_brandt, pinhole, mei'),
        ({'k': [0.0] * 3}, r'lens\.k must be a list of 4 finite numbers'),
        ({'fx': 'wide'}, r'lens\.fx must be a finite number'),
        ({'fx': -1.0}, 'rig file.yaml: lenses.front.lens fx must be a positive number'),
        ({'model': 'pinhole', 'distortion': [0.0] * 6}, 'distortion must be k1, k2, p1, p2, k3'),
        ({'model': 'pinhole', 'distortion': 0.5}, 'distortion must be a list'),
        ({'model': 'mei', 'xi': 1, 'distortion': [0.0] * 3}, 'distortion must be k1, k2, p1, p2'),
    ],
)
def test_wrong_values_are_named(change, named):
    with pytest.raises(CameraError, match=named):
        read({'model': 'kannala_brandt', **MINIMAL['kannala_brandt'], **change})


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(MINIMAL)), st.data())
def test_junk_raises_nothing_but_the_rooms_own_error(model, data):
    names = sorted(item.name for item in dataclasses.fields(LENS_MODELS[model]) if item.init)
    junk = data.draw(st.dictionaries(st.sampled_from(names), JUNK, min_size=1, max_size=3))
    try:
        read({'model': model, **MINIMAL[model], **junk})
    except CameraError as err:
        assert 'rig file.yaml' in str(err)
        assert '\n' not in str(err)


def test_foreign_lens_is_refused():
    class Periscope:
        size = SIZE

    with pytest.raises(CameraError, match='Periscope is not a known lens model'):
        lens_fields(Periscope())
