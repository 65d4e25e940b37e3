"""Trees, bushes, hedges and ivy."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import vegetation as veg
from panoseg_ros.synthetic.surfaces.materials import Materials

pytest.importorskip('trimesh', reason='meshes need trimesh')


def shapes():
    rng, found = np.random.default_rng(1), {}
    while len(found) < len(veg._KINDS):
        shape = veg.random_tree_shape(rng)
        found.setdefault(shape.kind, shape)
    return list(found.values())


def green(seed=0):
    return veg.random_greenery(np.random.default_rng(seed), Materials())


@pytest.mark.parametrize('shape', shapes(), ids=lambda shape: shape.kind)
def test_a_tree_is_lean_and_of_its_height(shape):
    for seed in range(5):
        mesh = veg.tree(shape, green(), np.random.default_rng(seed))
        assert 150 < len(mesh.labels) <= 900
        assert np.isfinite(mesh.corners).all() and np.isfinite(mesh.normals).all()
        assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-3)
        assert (mesh.labels == ids.VEGETATION).all()
        tall = mesh.corners[..., 2].max()
        assert 0.7 * shape.height < tall < 1.35 * shape.height
        reach = np.hypot(mesh.corners[..., 0], mesh.corners[..., 1]).max()
        assert reach < 2.6 * shape.crown + 1.0
        foot = mesh.corners[mesh.corners[..., 2] < 0.0]
        assert np.hypot(foot[:, 0], foot[:, 1]).max() < 2.6  # boughs of conifers hang low


def test_trees_are_reproducible_and_differ():
    shape = shapes()[0]
    first, second, other = (veg.tree(shape, green(), np.random.default_rng(s)) for s in (3, 3, 4))
    assert np.array_equal(first.corners, second.corners)
    assert not np.array_equal(first.corners[:50], other.corners[:50])


def test_a_birch_has_another_bark():
    named = {shape.kind: shape for shape in shapes()}
    leafy = green()
    birch = veg.tree(named['birch'], leafy, np.random.default_rng(0))
    bare = veg.tree(named['bare'], leafy, np.random.default_rng(0))
    assert leafy.birch in birch.materials and leafy.bark not in birch.materials
    assert set(bare.materials) == {leafy.bark}


@pytest.mark.parametrize('seed', range(8))
def test_bushes_and_hedges_fill_their_room(seed):
    rng = np.random.default_rng(seed)
    bush = veg.bush(rng, green(), 1.5)
    assert np.isfinite(bush.corners).all() and len(bush.labels) < 500
    assert 0.3 < bush.corners[..., 2].max() < 3.5
    hedge = veg.hedge(6.0, 0.7, 1.4, green(), rng, rng.random())
    x, z = hedge.corners[..., 0], hedge.corners[..., 2]
    assert x.min() > -0.5 and x.max() < 6.5 and 1.2 < z.max() < 2.2
    assert len(hedge.labels) < 800
    assert (hedge.labels == ids.VEGETATION).all()


def test_ivy_lies_on_its_wall():
    mesh = veg.ivy(np.random.default_rng(0), Materials(), 5.0, 4.0)
    assert np.abs(mesh.corners[..., 1]).max() < 0.7
    assert mesh.corners[..., 2].max() < 4.6 and len(mesh.labels) <= 700
