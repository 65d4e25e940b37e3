"""Whole scenes: reproducible, complete, numbered, and families that never meet."""

from functools import lru_cache

import numpy as np
import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic import (
    FAMILIES,
    SEED_RANGES,
    Renderer,
    build_world,
    family_of,
    ids,
    panorama_rays,
    random_pose,
)
from panoseg_ros.synthetic.rendering.sky import WEATHERS
from panoseg_ros.synthetic.scenes.bend import MAX_GRADE
from panoseg_ros.synthetic.scenes.catalogue import catalogue

pytest.importorskip('embreex', reason='rendering needs embreex')

SMALL = PanoramaGeometry(64, 128)
SEEDS = range(950_000, 950_016)


@lru_cache(maxsize=32)
def world_of(seed):
    return build_world(seed, family_of('test', seed))


@lru_cache(maxsize=1)
def counts():
    """Pixels of each label (views, 256) in two small views of every scene of SEEDS."""
    rows = []
    for seed in SEEDS:
        world = world_of(seed)
        renderer = Renderer(world.mesh, world.table, world.sky)
        for view in range(2):
            pose = random_pose(world, renderer, np.random.default_rng([seed, view]))
            labels = renderer.truth(panorama_rays(SMALL), pose)[0]
            rows.append(np.bincount(labels.ravel(), minlength=256))
    return np.array(rows)


def test_same_seed_gives_the_same_world():
    first, second = world_of(950_003), build_world(950_003, family_of('test', 950_003))
    for mine, theirs in zip(
        (*first.mesh, *first.table), (*second.mesh, *second.table), strict=True
    ):
        assert np.array_equal(mine, theirs)
    assert first.plan == second.plan
    assert first.bend == second.bend


def test_another_seed_gives_another_world():
    assert world_of(950_003).plan != world_of(950_004).plan


def test_every_class_occurs_and_no_other():
    seen = counts()
    often = (seen[:, :19] * 16 >= 50).sum(0)  # as many as 50 pixels of 256 x 512
    assert (often >= 3).all(), often
    assert seen[:, 19:255].sum() == 0
    assert seen[:, 255].sum() < 0.05 * seen.sum()


def test_common_classes_are_common():
    share = counts()[:, :19].sum(0) / counts().sum()
    large = [ids.ROAD, ids.SIDEWALK, ids.BUILDING, ids.VEGETATION, ids.SKY]
    small = [ids.LIGHT, ids.RIDER, ids.MOTORCYCLE, ids.BICYCLE, ids.SIGN, ids.PERSON]
    assert share[large].min() > 0.04
    assert share[small].max() < 0.03


def test_every_counted_object_has_one_number_and_one_class():
    mesh = world_of(950_001).mesh
    numbers, first = np.unique(mesh.instances, return_index=True)
    assert np.array_equal(numbers, np.arange(len(numbers)))  # 0 and 1..n
    assert len(numbers) > 30
    counted = mesh.instances > 0
    assert np.array_equal(mesh.labels[first][mesh.instances[counted]], mesh.labels[counted])
    kinds = [ids.PERSON, ids.RIDER, ids.CAR, ids.BICYCLE, ids.POLE, ids.SIGN]
    assert counted[np.isin(mesh.labels, kinds)].all()
    assert not counted[np.isin(mesh.labels, [ids.ROAD, ids.BUILDING, ids.VEGETATION, 255])].any()


@pytest.mark.parametrize(
    ('label', 'most_m'), [(ids.PERSON, 2.3), (ids.RIDER, 2.3), (ids.CAR, 8.8)]
)
def test_a_number_belongs_to_a_single_thing(label, most_m):
    for seed in SEEDS[:5]:
        mesh = world_of(seed).mesh
        own = mesh.labels == label
        for number in np.unique(mesh.instances[own])[:40]:
            corners = mesh.corners[own & (mesh.instances == number)].reshape(-1, 3)
            assert np.linalg.norm(np.ptp(corners[:, :2], axis=0)) < most_m


def test_weather_and_grade_are_within_bounds():
    for seed in SEEDS:
        world = world_of(seed)
        assert world.weather in WEATHERS
        assert max(abs(grade) for _, grade in world.bend.grades) <= MAX_GRADE


def test_camera_stands_on_the_ground_between_half_and_two_metres():
    for seed in (950_003, 950_004):
        world = world_of(seed)
        renderer = Renderer(world.mesh, world.table, world.sky)
        pose = random_pose(world, renderer, np.random.default_rng(seed))
        level = pose.copy()
        level[:3, :3] = np.eye(3)
        _, depth, _ = renderer.truth(panorama_rays(SMALL), level)
        assert 0.35 < np.median(depth[-1]) < 2.7
        tilt_deg = np.rad2deg(np.arccos(pose[2, 2]))
        assert tilt_deg < 8.6  # 4 degrees about each of two axes, on a slope of 2.9


def test_splits_share_neither_seeds_nor_families():
    for ranges in (FAMILIES, SEED_RANGES):
        values = [set(values) for values in ranges.values()]
        assert sum(map(len, values)) == len(set.union(*values))
    for split, seeds in SEED_RANGES.items():
        for seed in (seeds[0], seeds[-1], seeds[1234]):
            assert family_of(split, seed) in FAMILIES[split]


def test_families_differ_in_every_kind_of_asset():
    first, second = catalogue(0), catalogue(FAMILIES['test'][0])
    assert first == catalogue(0)
    looks, others = (c[:-2] + tuple(c.fleet) for c in (first, second))
    for mine, theirs in zip(looks, others, strict=True):
        assert not set(mine) & set(theirs)
    assert not set(first.wardrobe.colors) & set(second.wardrobe.colors)


def test_unknown_split_is_refused():
    with pytest.raises(SyntheticError, match="'training', expected train, val, test"):
        family_of('training', 0)
