"""Roofs, hills, dirt roads and cameras close to people: they are where they should be."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import box
from panoseg_ros.synthetic.scenes.catalogue import family_of
from panoseg_ros.synthetic.scenes.hills import hills, slope
from panoseg_ros.synthetic.scenes.plan import random_plan
from panoseg_ros.synthetic.scenes.site import Site
from panoseg_ros.synthetic.scenes.spots import beside_someone
from panoseg_ros.synthetic.scenes.stock import random_stock
from panoseg_ros.synthetic.surfaces.materials import Materials


@pytest.fixture(scope='module')
def stock():
    return random_stock(np.random.default_rng(0), Materials(), family_of('train', 7), False)


def test_only_low_things_stand_under_a_roof():
    site = Site(None, None, np.random.default_rng(0))
    site.cover((0.0, 10.0), (-5.0, 5.0), 4.0)
    tall, low = (box((0.3, 0.3, h), (0, 0, 0), ids.POLE, 0) for h in (6.0, 2.0))
    assert not site.put(tall, 5.0, 0.0, 0.0, 0.0, 0.2)
    assert site.put(low, 5.0, 0.0, 0.0, 0.0, 0.2)
    assert site.put(tall, 15.0, 0.0, 0.0, 0.0, 0.2)


@pytest.mark.parametrize('seed', range(6))
def test_hills_rise_at_most_12_degrees_and_stand_far_away(stock, seed):
    mesh = hills(np.random.default_rng(seed), stock, 0.0)
    away = np.hypot(mesh.corners[..., 0], mesh.corners[..., 1])
    rise_deg = np.rad2deg(np.arctan(mesh.corners[..., 2] / away))
    assert away.min() > 260
    assert 1.0 < rise_deg.max() < 16.0  # rough by some percent
    assert mesh.normals[:, 2].min() > 0.0
    assert set(mesh.labels) <= {ids.TERRAIN, ids.VEGETATION}


def test_slope_stays_in_its_lot_and_is_terrain(stock):
    mesh = slope(np.random.default_rng(1), stock, 30.0, 15.0)
    assert set(mesh.labels) == {ids.TERRAIN}
    assert mesh.corners[..., :2].min() >= 0.0
    assert (mesh.corners.max((0, 1))[:2] <= [30.001, 15.001]).all()
    assert mesh.corners[..., 2].max() > 1.0


def test_far_trees_are_leaner(stock):
    sizes = [sum(len(t.labels) for t in trees) for trees in (stock.trees, stock.far_trees)]
    assert sizes[1] < sizes[0]
    assert stock.distant().trees is stock.far_trees


def test_dirt_roads_have_neither_kerb_nor_pavement():
    plans = [random_plan(np.random.default_rng(seed)) for seed in range(150)]
    dirt = [plan for plan in plans if plan.kind == 'dirt']
    assert dirt
    for plan in dirt:
        assert plan.kerb_m <= 0.011
        assert not plan.left.strips('walk') and plan.left.strips('verge')


def test_some_cameras_are_held_by_somebody():
    plan, person = random_plan(np.random.default_rng(3)), (1.0, 2.0, 0.1)
    rng = np.random.default_rng(0)
    drawn = [beside_someone((person,), plan, rng) for _ in range(600)]
    spots = [spot for spot in drawn if spot is not None]
    gaps = np.array([np.hypot(spot.s - 1.0, spot.d - 2.0) for spot in spots])
    assert gaps.min() > 0.55 and gaps.max() < 4.0
    assert 0.08 < (gaps < 1.01).mean() * len(spots) / 600 < 0.2
    assert beside_someone((), plan, rng) is None
