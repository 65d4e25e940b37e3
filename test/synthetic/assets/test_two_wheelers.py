"""Bicycles and motorcycles, and how people sit on them."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import two_wheelers as two
from panoseg_ros.synthetic.assets.people import random_wardrobe
from panoseg_ros.synthetic.assets.people_poses import Stance, joints
from panoseg_ros.synthetic.assets.people_riding import astride
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import Materials


def shapes(draw, count=60):
    rng, found = np.random.default_rng(0), {}
    for _ in range(count):
        shape = draw(rng)
        found.setdefault(shape.kind, shape)
    return found


BICYCLES, MOTORCYCLES = shapes(two.random_bicycle), shapes(two.random_motorcycle)


def lamp_strengths(mesh, materials):
    table = materials.table()
    used = np.unique(mesh.materials)
    return table.params[used[table.kinds[used] == mat.EMIT], 1]


def test_all_kinds_are_drawn():
    assert len(BICYCLES) == 7
    assert len(MOTORCYCLES) == 7


@pytest.mark.parametrize('kind', list(BICYCLES))
def test_bicycle_is_sound(kind):
    rng, shape = np.random.default_rng(1), BICYCLES[kind]
    mesh = two.bicycle(Materials(), rng, shape)
    size = np.ptp(mesh.corners.reshape(-1, 3), axis=0)
    assert np.isfinite(mesh.corners).all()
    assert set(mesh.labels) == {ids.BICYCLE}
    assert set(mesh.instances) == {1}
    assert mesh.corners[..., 2].min() == pytest.approx(0.0, abs=0.03)
    assert shape.base < size[0] < shape.base + 4 * shape.wheel + 0.3
    assert 0.35 < size[1] < 1.0
    assert 0.7 < size[2] < 1.6
    assert len(mesh.labels) < 900


@pytest.mark.parametrize('kind', list(MOTORCYCLES))
def test_motorcycle_is_sound(kind):
    materials, shape = Materials(), MOTORCYCLES[kind]
    mesh = two.motorcycle(materials, np.random.default_rng(1), shape)
    size = np.ptp(mesh.corners.reshape(-1, 3), axis=0)
    assert np.isfinite(mesh.corners).all()
    assert set(mesh.labels) == {ids.MOTORCYCLE}
    assert mesh.corners[..., 2].min() == pytest.approx(0.0, abs=0.03)
    assert 1.5 < size[0] < 2.7
    assert 0.5 < size[1] < 1.1
    assert 0.9 < size[2] < 1.7
    assert len(mesh.labels) < 1000
    assert lamp_strengths(mesh, materials).max() == 0.0  # parked


def test_ridden_motorcycle_has_its_lamps_on():
    materials = Materials()
    mesh = two.motorcycle(materials, np.random.default_rng(1), MOTORCYCLES['naked'], lit=True)
    assert (lamp_strengths(mesh, materials) > 0).all()


@pytest.mark.parametrize('kind', [*BICYCLES, *MOTORCYCLES])
def test_hands_are_on_the_bar_and_feet_where_they_belong(kind):
    contacts = (
        two.bicycle_contacts(BICYCLES[kind], 1.0)
        if kind in BICYCLES
        else two.motorcycle_contacts(MOTORCYCLES[kind])
    )
    height = 1.2 if kind == 'child' else 1.75
    body = astride(joints(height, Stance(lean=contacts.lean)), height, contacts)
    for k, side in enumerate((-1, 1)):
        hand = contacts.grip + np.array([0, side * contacts.half, 0])
        assert np.linalg.norm(body.arms[k, 2] - hand) < 0.22
        assert np.linalg.norm(body.legs[k, 2] - contacts.feet[k]) < 0.25
    hips = body.legs[:, 0].mean(0)
    assert np.linalg.norm(hips[:2] - contacts.saddle[:2]) < 0.05
    assert 0.02 < hips[2] - contacts.saddle[2] < 0.15


@pytest.mark.parametrize('motorised', [0.0, 1.0])
def test_rider_and_machine_are_two_objects(motorised):
    rng, materials = np.random.default_rng(3), Materials()
    wardrobe = random_wardrobe(rng)
    for _ in range(8):
        mesh = two.mounted(rng, materials, wardrobe, motorised=motorised)
        machine = ids.MOTORCYCLE if motorised else ids.BICYCLE
        assert set(mesh.labels) == {ids.RIDER, machine}
        assert ((mesh.labels == ids.RIDER) == (mesh.instances == 1)).all()
        assert ((mesh.labels == machine) == (mesh.instances == 2)).all()
        rider = mesh.corners[mesh.labels == ids.RIDER]
        assert rider[..., 2].min() > 0.02
        assert 1.0 < rider[..., 2].max() < 2.3


def test_given_shapes_are_ridden():
    rng, child = np.random.default_rng(0), BICYCLES['child']
    mesh = two.mounted(rng, Materials(), None, (child,), motorised=0.0)
    assert mesh.corners[mesh.labels == ids.RIDER][..., 2].max() < 1.6


def test_who_pushes_a_bicycle_is_a_person():
    for seed in range(6):
        mesh = two.pushed_bicycle(np.random.default_rng(seed), Materials())
        assert set(mesh.labels) == {ids.PERSON, ids.BICYCLE}
        walker, machine = (mesh.corners[mesh.labels == k] for k in (ids.PERSON, ids.BICYCLE))
        assert walker[..., 2].min() == pytest.approx(0.0, abs=0.03)
        assert walker[..., 1].mean() < machine[..., 1].mean() - 0.2
        assert set(mesh.instances) == {1, 2}


def test_same_seed_gives_the_same_machine():
    first, second = (two.mounted(np.random.default_rng(4), Materials()) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
