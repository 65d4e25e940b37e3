"""Whole scenes: reproducible, complete, and families that never meet."""

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
    panorama_rays,
    random_pose,
    scene_shots,
)
from panoseg_ros.synthetic.scenes.catalogue import catalogue

pytest.importorskip('embreex')

SMALL = PanoramaGeometry(64, 128)


def shot(seed, split='train'):
    return next(scene_shots(split, seed, 1, SMALL))


def test_same_seed_gives_the_same_bytes():
    first, second = shot(11), shot(11)
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.depth, second.depth)
    assert np.array_equal(first.world_from_camera, second.world_from_camera)


def test_another_seed_gives_another_scene():
    assert (shot(11).image != shot(12).image).mean() > 0.5


def test_shot_has_the_promised_arrays():
    taken = shot(13)
    assert (taken.image.shape, taken.image.dtype) == ((64, 128, 3), np.uint8)
    assert (taken.labels.shape, taken.labels.dtype) == ((64, 128), np.uint8)
    assert (taken.depth.shape, taken.depth.dtype) == ((64, 128), np.float32)
    assert np.array_equal(taken.labels == 10, np.isinf(taken.depth))
    assert 10 < taken.image.mean() < 245


def test_every_class_occurs_and_no_other():
    grid, seen = panorama_rays(SMALL), np.zeros(256, np.int64)
    for seed in range(12):
        world = build_world(seed, family_of('train', seed))
        renderer = Renderer(world.mesh, world.table, world.sky)
        for view in range(4):
            pose = random_pose(world, renderer, np.random.default_rng([seed, view]))
            seen += np.bincount(renderer.truth(grid, pose)[0].ravel(), minlength=256)
    assert (seen[:19] > 0).all(), np.flatnonzero(seen[:19] == 0)
    assert seen[19:255].sum() == 0
    assert seen[255] < 0.02 * seen.sum()


def test_camera_stands_on_the_ground_between_half_and_two_metres():
    for seed in (3, 4):
        world = build_world(seed, family_of('train', seed))
        renderer = Renderer(world.mesh, world.table, world.sky)
        pose = random_pose(world, renderer, np.random.default_rng(seed))
        level = pose.copy()
        level[:3, :3] = np.eye(3)
        _, depth, _ = renderer.truth(panorama_rays(SMALL), level)
        assert 0.35 < np.median(depth[-1]) < 2.7
        tilt_deg = np.rad2deg(np.arccos(pose[2, 2]))
        assert tilt_deg < 8.6  # 4 degrees about each of two axes, on a slope of 2.9


def test_every_counted_object_has_one_number_and_one_class():
    world = build_world(21, family_of('train', 21))
    numbers, first = np.unique(world.mesh.instances, return_index=True)
    assert np.array_equal(numbers, np.arange(len(numbers)))  # 0 and 1..n
    assert len(numbers) > 30
    own = world.mesh.labels[first]
    counted = world.mesh.instances > 0
    assert np.array_equal(own[world.mesh.instances[counted]], world.mesh.labels[counted])


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
