"""Fences and garden walls: their length, height, labels and holes."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.fences import FENCE_KINDS, fence, random_fence_kind, wall


@pytest.mark.parametrize('kind', FENCE_KINDS)
@pytest.mark.parametrize('length', [0.7, 5.0, 12.0])
def test_a_fence_runs_its_length(kind, length):
    mesh = fence(np.random.default_rng(2), kind, 7, length)
    x, z = mesh.corners[..., 0], mesh.corners[..., 2]
    assert np.isfinite(mesh.corners).all()
    assert x.min() == pytest.approx(0.0, abs=0.3) and x.max() == pytest.approx(length, abs=0.3)
    assert z.min() > -0.1 and 0.5 < z.max() < 2.6
    assert (mesh.labels == ids.FENCE).all() and (mesh.materials == 7).all()
    assert len(mesh.labels) < 200 * length + 200


def _share_hit(mesh, length):
    """Return how much of the fence's face, seen from the front, is not a hole."""
    pytest.importorskip('embreex', reason='rendering needs embreex')
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(mesh.corners, np.float32))
    top = mesh.corners[..., 2].max()
    grid = np.random.default_rng(0).uniform((0.2, 0.15), (length - 0.2, 0.9 * top), (4000, 2))
    start = np.column_stack([grid[:, 0], np.full(4000, -5.0), grid[:, 1]]).astype(np.float32)
    ways = np.tile(np.array([0, 1, 0], np.float32), (4000, 1))
    return (scene.run(start, ways) >= 0).mean()


@pytest.mark.parametrize('kind', ['bars', 'mesh', 'rails', 'chain', 'barrier', 'pickets', 'piers'])
def test_one_sees_through(kind):
    assert 0.01 < _share_hit(fence(np.random.default_rng(4), kind, 0, 6.0), 6.0) < 0.75


@pytest.mark.parametrize('kind', ['boards', 'hoarding'])
def test_boards_hide_what_is_behind(kind):
    assert _share_hit(fence(np.random.default_rng(4), kind, 0, 6.0), 6.0) > 0.9


def test_every_kind_of_fence_is_drawn():
    rng = np.random.default_rng(0)
    assert {random_fence_kind(rng) for _ in range(400)} == set(FENCE_KINDS)


def test_walls_are_walls_of_many_heights():
    tops = []
    for seed in range(40):
        mesh = wall(np.random.default_rng(seed), 1, 2, 8.0)
        assert np.isfinite(mesh.corners).all() and (mesh.labels == ids.WALL).all()
        assert mesh.corners[..., 2].min() == pytest.approx(0.0, abs=1e-5)
        tops.append(mesh.corners[..., 2].max())
    assert min(tops) > 0.4 and max(tops) < 3.8
    assert np.ptp(tops) > 1.0
