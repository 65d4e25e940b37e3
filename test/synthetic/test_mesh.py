"""Primitives: closed, wound outwards, with texture coordinates in metres."""

import numpy as np
import pytest

from panoseg_ros.synthetic import mesh as m

SHAPES = {
    'box': m.box((2, 3, 4), (1, 1, 0), 5, 6),
    'tube': m.tube((0, 0, 0), (0.3, 0.2, 2), (0.5, 0.2), 5, 6, 7),
    'ball': m.ball((1, 2, 3), (1, 2, 0.5), 5, 6),
    'loft': m.loft([[(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 0, 2), (1, 0, 2), (0, 1, 2)]], 5, 6),
}


def volume(mesh):
    """Return the signed volume that the triangles enclose; positive when wound outwards."""
    a, b, c = np.moveaxis(mesh.corners.astype(np.float64), 1, 0)
    return float(np.einsum('ij,ij->i', a, np.cross(b, c)).sum() / 6)


def area_vector(mesh):
    a, b, c = np.moveaxis(mesh.corners.astype(np.float64), 1, 0)
    return np.cross(b - a, c - a).sum(0)


@pytest.mark.parametrize('name', SHAPES)
def test_shapes_are_closed_and_wound_outwards(name):
    mesh = SHAPES[name]
    np.testing.assert_allclose(area_vector(mesh), 0, atol=1e-5)
    assert volume(mesh) > 0
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)
    assert set(mesh.labels) == {5}
    assert set(mesh.materials) == {6}


def test_box_has_its_volume_and_stands_on_its_foot():
    mesh = SHAPES['box']
    assert volume(mesh) == pytest.approx(24, rel=1e-5)
    np.testing.assert_allclose(mesh.corners.min((0, 1)), [0, -0.5, 0])
    np.testing.assert_allclose(mesh.corners.max((0, 1)), [2, 2.5, 4])


def test_texture_of_a_box_is_in_metres():
    front = m.box((2, 3, 4), (0, 0, 0), 0, 0)
    toward_x = front.normals[:, 0] > 0.9
    np.testing.assert_allclose(front.uv[toward_x].max((0, 1)), [3, 4])


@pytest.mark.parametrize('name', SHAPES)
def test_mirrored_stays_wound_outwards(name):
    mirrored = m.mirrored(SHAPES[name])
    assert volume(mirrored) == pytest.approx(volume(SHAPES[name]), rel=1e-5)
    a, b, c = np.moveaxis(mirrored.corners.astype(np.float64), 1, 0)
    cross = np.cross(b - a, c - a)
    cross /= np.linalg.norm(cross, axis=1, keepdims=True)
    np.testing.assert_allclose(mirrored.normals, cross, atol=1e-4)


def test_moved_scales_turns_and_shifts():
    point = m.triangles([[(1, 0, 0), (2, 0, 0), (1, 1, 0)]], 0, 0)
    moved = m.moved(point, (10, 20, 30), np.pi / 2, 2.0)
    expected = [[(10, 22, 30), (10, 24, 30), (8, 22, 30)]]
    np.testing.assert_allclose(moved.corners, expected, atol=1e-5)


def test_join_of_nothing_is_empty():
    assert len(m.join([]).labels) == 0


def test_repainted_changes_one_material_only():
    both = m.join([m.box((1, 1, 1), (0, 0, 0), 0, 1), m.box((1, 1, 1), (0, 0, 0), 0, 2)])
    assert set(m.repainted(both, 2, 7).materials) == {1, 7}
