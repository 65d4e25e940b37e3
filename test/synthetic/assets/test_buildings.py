"""Buildings: whole, of plausible size, labelled, reproducible and of many forms."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import landmarks, massing, roofs
from panoseg_ros.synthetic.assets.buildings import building
from panoseg_ros.synthetic.assets.skins import random_facade, skin_of
from panoseg_ros.synthetic.surfaces.materials import Materials

SIZE = (15.0, 11.0, 12.0)


def built(seed, size=SIZE, pitched=True, detailed=True):
    rng, materials = np.random.default_rng(seed), Materials()
    design = random_facade(rng)
    mesh = building(rng, materials, design, size, (0.0, 0.0, 0.0), pitched, detailed)
    return mesh, materials.table()


def skin(seed=0):
    rng = np.random.default_rng(seed)
    return skin_of(rng, Materials(), random_facade(rng), 3.0, 3.0)


@pytest.mark.parametrize('seed', range(24))
def test_a_building_is_finite_lean_and_of_its_size(seed):
    rng = np.random.default_rng(1000 + seed)
    size = (rng.uniform(5, 30), rng.uniform(8, 15), rng.uniform(2.8, 24))
    mesh, table = built(seed, size, seed % 2 == 0)
    for column in (mesh.corners, mesh.uv, mesh.normals):
        assert np.isfinite(column).all()
    low, high = mesh.corners.min((0, 1)), mesh.corners.max((0, 1))
    assert 30 < len(mesh.labels) < 4000
    assert low[2] > -0.5
    assert size[2] - 2.0 < high[2] < 4.0 * size[2] + 16.0
    assert low[1] > -2.2
    assert set(np.unique(mesh.labels)) <= {ids.BUILDING, ids.VEGETATION}
    assert mesh.materials.max() < len(table.kinds)


def test_the_same_seed_gives_the_same_building():
    (first, _), (second, _), (other, _) = built(5), built(5), built(6)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert first.corners.shape != other.corners.shape


def test_far_buildings_are_bare_bodies():
    lean = [len(built(seed, detailed=False)[0].labels) for seed in range(20)]
    full = [len(built(seed)[0].labels) for seed in range(20)]
    assert max(lean) < 250
    assert np.mean(lean) < 0.6 * np.mean(full)


def test_facades_of_two_families_differ():
    designs = [random_facade(np.random.default_rng(seed)) for seed in range(30)]
    assert len({design.params for design in designs}) == 30
    assert len({design.params[5] for design in designs}) >= 5  # kinds of wall


@pytest.mark.parametrize('form', massing.FORMS)
def test_wings_stay_on_the_plan(form):
    rng = np.random.default_rng(3)
    for _ in range(20):
        for wing in massing.wings(rng, form, SIZE, 3.0, 'gable'):
            assert -1e-6 <= wing.plan.x0 < wing.plan.x1 <= SIZE[0] + 1e-6
            assert -1e-6 <= wing.plan.y0 < wing.plan.y1 <= SIZE[1] + 1e-6
            assert 0.0 <= wing.low < wing.high <= SIZE[2] + 1e-6


def test_bays_and_storeys_divide_a_wall_evenly():
    rng = np.random.default_rng(0)
    clad = skin_of(rng, Materials(), random_facade(rng), 17.0, 10.0)
    for length, part in ((17.0, clad.bay_m), (10.0, clad.storey_m)):
        assert length / part == pytest.approx(round(length / part))
        assert 1.0 < part < 6.0


def test_walls_of_a_prism_look_outwards_and_hold_whole_bays():
    mesh = massing.prism(massing.rectangle(roofs.Rect(0, 0, 9, 6)), 0.0, 6.0, skin())
    away = mesh.corners.mean(1) - np.array([4.5, 3.0, 3.0])
    assert ((away * mesh.normals).sum(1) > 0.0).all()
    assert np.allclose(mesh.uv % 1.0, 0.0)


@pytest.mark.parametrize('kind', [*roofs.PITCHED, 'flat', 'barrel', 'sawtooth'])
def test_a_roof_covers_its_rectangle(kind):
    plan = roofs.Rect(1.0, 2.0, 11.0, 9.0)
    mesh = roofs.roof(np.random.default_rng(0), kind, plan, 5.0, 2.0, skin())
    low, high = mesh.corners.min((0, 1)), mesh.corners.max((0, 1))
    assert np.isfinite(mesh.corners).all()
    assert (low[:2] <= [1.0 + 1e-4, 2.0 + 1e-4]).all() and (high[:2] >= [10.99, 8.99]).all()
    assert (low[:2] > [0.0, 1.0]).all() and (high[:2] < [12.0, 10.0]).all()
    assert 4.4 < low[2] <= 5.0
    if kind != 'flat':
        assert high[2] == pytest.approx(7.0, abs=1e-3)


@pytest.mark.parametrize(
    'make',
    [
        landmarks.hall,
        landmarks.church,
        landmarks.garages,
        landmarks.glass_tower,
        landmarks.car_deck,
        landmarks.building_site,
    ],
)
def test_landmarks_stand_on_the_ground(make):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        mesh = make(rng, Materials(), random_facade(rng), SIZE)
        assert np.isfinite(mesh.corners).all()
        assert mesh.corners[..., 2].min() == pytest.approx(0.0, abs=0.5)
        assert (mesh.labels == ids.BUILDING).all()
