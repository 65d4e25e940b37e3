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


def test_cross_products_are_those_of_numpy_and_are_broadcast():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 5, 3))
    np.testing.assert_allclose(m.cross(a, b), np.cross(a, b))
    assert m.cross(a.astype(np.float32), a.astype(np.float32)).dtype == np.float32


def test_points_are_made_of_numbers_and_arrays():
    expected = [(1, 0, 5), (2, 0, 5), (3, 0, 5)]
    np.testing.assert_array_equal(m.points(np.array([1, 2, 3]), 0, 5.0), expected)


def test_an_upright_rectangle_faces_the_right_hand():
    mesh = m.quads([m.upright((0, 0), (3, 0), 1.0, 2.5)], 0, 0)
    np.testing.assert_allclose(mesh.normals, [(0, -1, 0)] * 2, atol=1e-6)
    np.testing.assert_allclose(mesh.corners.max((0, 1)), [3, 0, 2.5])
    np.testing.assert_allclose(mesh.uv.max((0, 1)), [3, 1.5])


def test_a_net_faces_up_and_covers_its_points():
    x, y = np.meshgrid(np.arange(4.0), np.arange(3.0), indexing='ij')
    mesh = m.net(np.stack([x, y, 0.1 * x], -1), 2, 0)
    assert len(mesh.labels) == 2 * 3 * 2
    assert (mesh.normals[:, 2] > 0.9).all()
    np.testing.assert_allclose(mesh.corners[..., :2], mesh.uv)
    assert area_vector(mesh)[2] / 2 == pytest.approx(6.0)


def test_a_turned_body_has_its_profile_all_around():
    profile = np.array([(1.0, 0.0), (0.5, 2.0)])
    rings = m.lathe(profile, 6, (3.0, 4.0, 5.0), np.pi / 6)
    assert rings.shape == (2, 6, 3)
    radii = np.hypot(rings[..., 0] - 3.0, rings[..., 1] - 4.0)
    np.testing.assert_allclose(radii, np.repeat(profile[:, :1], 6, 1))
    np.testing.assert_allclose(rings[..., 2] - 5.0, np.repeat(profile[:, 1:], 6, 1))
    body = m.loft(rings, 0, 0)
    assert volume(m.moved(body, (-3.0, -4.0, -5.0))) > 0
    first = np.arctan2(rings[0, 0, 1] - 4.0, rings[0, 0, 0] - 3.0)
    assert first == pytest.approx(np.pi / 6)
