"""Lamps, masts, signals, signs, bollards and what has no class."""

import numpy as np
import pytest

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import furniture, stalls
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import Materials

pytest.importorskip('trimesh', reason='meshes need trimesh')

NONE = UNLABELLED
KINDS = {  # name: (maker, labels that must occur, labels that may, least and greatest height)
    'lamp': (lambda r, m: furniture.street_lamp(r, 0, 1), {ids.POLE}, set(), 2.8, 15.0),
    'mast': (lambda r, m: furniture.mast(r, 0), {ids.POLE}, set(), 6.0, 11.5),
    'bollard': (lambda r, m: furniture.bollard(r, 0), {ids.POLE}, set(), 0.4, 1.4),
    'signal': (
        lambda r, m: furniture.traffic_light(r, m, 0),
        {ids.POLE, ids.LIGHT},
        {NONE},
        2.2,
        8.0,
    ),
    'sign': (lambda r, m: furniture.sign_post(r, m, 0), {ids.POLE, ids.SIGN}, set(), 0.8, 4.0),
    'guide': (lambda r, m: furniture.gantry_sign(r, m, 0), {ids.POLE, ids.SIGN}, set(), 1.2, 8.0),
    'clutter': (
        furniture.clutter,
        set(),
        {NONE, ids.POLE, ids.VEGETATION},
        0.3,
        2.6,
    ),
    'large': (
        lambda r, m: furniture.large_clutter(r, m)[0],
        set(),
        {NONE, ids.BUILDING},
        0.6,
        10.0,
    ),
}


@pytest.mark.parametrize('name', KINDS)
def test_a_thing_has_its_labels_and_size(name):
    make, must, may, low, high = KINDS[name]
    for seed in range(40):
        mesh = make(np.random.default_rng(seed), Materials())
        assert np.isfinite(mesh.corners).all() and np.isfinite(mesh.uv).all()
        found = {int(label) for label in np.unique(mesh.labels)}
        assert must <= found <= must | may
        assert low < mesh.corners[..., 2].max() < high
        assert mesh.corners[..., 2].min() > -0.2
        assert 2 <= len(mesh.labels) < 1500


@pytest.mark.parametrize('name', KINDS)
def test_a_seed_repeats_and_another_differs(name):
    make = KINDS[name][0]
    first, second = (make(np.random.default_rng(8), Materials()) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    bounds = {
        tuple(np.round(make(np.random.default_rng(seed), Materials()).corners.max((0, 1)), 2))
        for seed in range(30)
    }
    assert len(bounds) >= 20


def test_the_glass_of_lamps_has_the_given_material():
    for seed in range(30):
        mesh = furniture.street_lamp(np.random.default_rng(seed), 3, 9)
        assert set(mesh.materials) == {3, 9}
        assert mesh.corners[mesh.materials == 9][..., 2].min() > 2.0


def test_a_signal_that_is_on_shows_one_light_a_head():
    for seed in range(20):
        materials = Materials()
        furniture.traffic_light(np.random.default_rng(seed), materials, 0)
        table = materials.table()
        lenses = table.params[table.kinds == mat.EMIT, 0]
        assert len(lenses) >= 2
        assert set(np.round(lenses.astype(float), 2).tolist()) <= {0.02, 2.5}


def test_signs_are_of_many_kinds_and_face_drivers():
    designs, sides = set(), set()
    for seed in range(120):
        materials = Materials()
        plate = furniture.sign_plate(np.random.default_rng(seed), materials, 0.8)
        table = materials.table()
        face = plate.materials == np.flatnonzero(table.kinds == mat.SIGN)[0]
        assert (plate.normals[face, 0] > 0.99).all() and (plate.normals[~face, 0] < -0.99).all()
        assert np.abs(plate.uv[face]).max() == pytest.approx(1.0, abs=0.08)
        designs.add(float(table.params[table.kinds == mat.SIGN, 0][0]))
        sides.add(int(face.sum()))
    assert len(designs) >= 8
    assert {3, 4, 8, 16} <= sides


@pytest.mark.parametrize('make', [make for make, _ in stalls.LARGE], ids=lambda m: m.__name__)
def test_large_things_stand_around_the_origin(make):
    for seed in range(10):
        mesh = make(np.random.default_rng(seed), Materials())
        assert np.isfinite(mesh.corners).all()
        assert np.abs(mesh.corners[..., :2].mean((0, 1))).max() < 1.0


def test_the_radius_of_large_things_holds_them():
    for seed in range(40):
        mesh, radius = furniture.large_clutter(np.random.default_rng(seed), Materials())
        reach = np.hypot(mesh.corners[..., 0], mesh.corners[..., 1]).max()
        assert reach <= radius + 1e-6 and 0.3 < radius < 7.0


def test_wires_sag_between_their_poles_and_have_no_class():
    tops = np.array([(0.0, 2.0, 8.0), (20.0, 2.0, 8.0), (40.0, 2.0, 8.0)])
    mesh = furniture.wires(np.random.default_rng(0), tops[:-1], tops[1:], 1.0, 0)
    assert set(mesh.labels) == {UNLABELLED}
    x, y, z = mesh.corners[..., 0], mesh.corners[..., 1], mesh.corners[..., 2]
    assert x.min() < 0.1 and x.max() > 39.9 and np.abs(y - 2.0).max() < 0.5
    assert 7.0 < z.min() < 7.95 and z.max() < 8.05
