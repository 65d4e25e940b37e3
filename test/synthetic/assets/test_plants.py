"""Low plants and far rows of trees."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import plants
from panoseg_ros.synthetic.assets.vegetation import random_greenery
from panoseg_ros.synthetic.surfaces.materials import Materials

pytest.importorskip('trimesh', reason='meshes need trimesh')


def green():
    return random_greenery(np.random.default_rng(0), Materials())


@pytest.mark.parametrize('seed', range(10))
def test_low_plants_are_low_and_lean(seed):
    mesh = plants.low_plant(np.random.default_rng(seed), green(), 1.5)
    assert np.isfinite(mesh.corners).all() and np.isfinite(mesh.normals).all()
    assert 0.1 < mesh.corners[..., 2].max() < 3.5
    assert len(mesh.labels) < 500
    assert (mesh.labels == ids.VEGETATION).all()


def test_a_flower_bed_keeps_to_its_edges():
    mesh = plants.flower_bed(np.random.default_rng(1), green(), 3.0, 1.0)
    x, y = np.abs(mesh.corners[..., 0]), np.abs(mesh.corners[..., 1])
    assert x.max() < 1.8 and y.max() < 0.8
    assert {green().leaves, green().blossoms} == set(mesh.materials)


def test_grass_grows_upwards():
    mesh = plants.tall_grass(np.random.default_rng(2), green(), 1.0)
    assert (mesh.normals[:, 2] > 0.2).all()
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-3)


def test_a_tree_line_has_its_length_and_few_triangles():
    mesh = plants.tree_line(np.random.default_rng(3), green(), 40.0, 10.0)
    assert 36.0 < np.ptp(mesh.corners[..., 0]) < 56.0
    assert 6.0 < mesh.corners[..., 2].max() < 13.0
    assert len(mesh.labels) < 300
