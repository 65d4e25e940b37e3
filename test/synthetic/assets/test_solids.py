"""Solids: closed, wound outwards, with textures in metres."""

import numpy as np
import pytest

from panoseg_ros.synthetic.assets.solids import Solids, tube_rings, vec
from panoseg_ros.synthetic.mesh import EMPTY


def volume(mesh):
    """Return the volume inside a closed mesh; positive where faces look outwards."""
    a, b, c = np.moveaxis(mesh.corners.astype(float), 1, 0)
    return np.einsum('ij,ij->', a, np.cross(b, c)) / 6


def test_box_has_its_volume_and_stands_on_its_foot():
    solids = Solids(13)
    solids.box((2.0, 3.0, 0.5), (1.0, 0.0, 4.0), 7)
    mesh = solids.mesh()
    assert volume(mesh) == pytest.approx(3.0, rel=1e-5)
    assert mesh.corners[..., 2].min() == 4.0
    assert set(mesh.labels) == {13}
    assert set(mesh.materials) == {7}


def test_bent_tube_is_closed_and_looks_outwards():
    solids = Solids(0)
    solids.tube([(0, 0, 0), (0, 0, 1), (0.5, 0, 1.8)], (0.2, 0.2, 0.1), 0, 12)
    mesh = solids.mesh()
    assert 0.1 < volume(mesh) < np.pi * 0.04 * 2
    edges = np.concatenate([mesh.corners[:, [k, (k + 1) % 3]] for k in range(3)])
    keys = {tuple(np.round(e.ravel(), 5)) for e in edges}
    assert all((*key[3:], *key[:3]) in keys for key in keys)  # every edge has its other face


def test_flat_tube_has_two_radii():
    rings = tube_rings([(0, 0, 0), (0, 0, 1)], [(0.5, 0.1), (0.5, 0.1)], 64, vec(0, 1, 0))
    assert np.ptp(rings[..., 1]) == pytest.approx(1.0, abs=0.01)
    assert np.ptp(rings[..., 0]) == pytest.approx(0.2, abs=0.01)


def test_beam_has_a_rectangular_section():
    solids = Solids(0)
    solids.beam(vec(0, 0, 1), vec(2, 0, 1), 0.4, 0.1, 0)
    size = np.ptp(solids.mesh().corners.reshape(-1, 3), axis=0)
    np.testing.assert_allclose(size, (2.0, 0.4, 0.1), atol=1e-6)


def test_both_sides_mirror_outwards():
    solids = Solids(0)
    solids.both_sides([[(1, 1, 0), (0, 1, 0), (0, 1, 1), (1, 1, 1)]], 0)
    mesh = solids.mesh()
    assert np.allclose(mesh.normals[:, 1], np.sign(mesh.corners[:, 0, 1]))


def test_texture_of_a_loft_runs_in_metres():
    solids = Solids(0)
    solids.tube([(0, 0, 0), (0, 0, 2)], (1.0, 1.0), 0, 64, ends=(False, False))
    uv = solids.mesh().uv
    assert uv[..., 1].max() == pytest.approx(2.0)
    assert uv[..., 0].max() == pytest.approx(2 * np.pi, rel=0.01)


def test_fan_fills_its_outline_once():
    solids = Solids(0)
    angle = np.linspace(0, 2 * np.pi, 7, endpoint=False)
    solids.fan(np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1), 0)
    mesh = solids.mesh()
    assert len(mesh.labels) == 5
    assert (mesh.normals[:, 2] > 0.99).all()


def test_labels_follow_the_moment_of_adding():
    solids = Solids(11)
    solids.box((1, 1, 1), (0, 0, 0), 0)
    solids.label = 255
    solids.box((1, 1, 1), (2, 0, 0), 0)
    mesh = solids.mesh()
    assert (mesh.labels == np.where(mesh.corners[:, 0, 0] > 1, 255, 11)).all()


def test_nothing_gives_the_empty_mesh():
    assert Solids(0).mesh() is EMPTY
