"""Frames share memory: what was handed out stays, what is worked out does not show through."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.ground import (
    GroundFusion,
    GroundProjector,
    GroundScanner,
    GroundSettings,
    free_cloud,
    obstacle_cloud,
    pixel_cloud,
)
from panoseg_ros.ground import room as rooms
from panoseg_ros.labels import load_label_set

LABELS, CLASSES = load_label_set('cityscapes19'), ('road', 'wall', 'person')
GEOMETRY, SETTINGS = PanoramaGeometry(32, 64), GroundSettings(size_m=8.0, max_range_m=5.0)
MOUNTING = transform(rotation_from_rpy_deg(0.0, 0.0, 10.0), (0.3, 0.0, 1.0))
SHOWN = np.array([0, 0, 0, 1, 3, 11, 13, 10, 255], np.uint8)


def projector():
    return GroundProjector(GEOMETRY, MOUNTING, LABELS, SETTINGS, CLASSES)


def frame(seed):
    """Return arguments of `observe`: noise in patches, from anywhere, level or not."""
    random = np.random.default_rng(seed)
    labels = np.kron(random.choice(SHOWN, (8, 16)), np.ones((4, 4), np.uint8))
    confidence = random.choice(np.array([50, 150, 255], np.uint8), labels.shape)
    valid = random.random(labels.shape) < random.choice((0.7, 1.0))
    pose = transform(
        rotation_from_rpy_deg(0.0, 0.0, random.uniform(-180.0, 180.0)),
        (*random.uniform(-3.0, 3.0, 2), 0.0),
    )
    level = transform(np.eye(3), (0.3, 0.0, random.uniform(0.3, 1.5)))
    seen = Segmentation(seed, 'p', labels, confidence)
    return seen, valid, pose, random.choice((None, 1)) and level


def grids(ground):
    return np.stack([ground.combined, *ground.classes.values()])


def clouds(sight):
    return [cloud(sight).tobytes() for cloud in (obstacle_cloud, free_cloud, pixel_cloud)]


@settings(max_examples=30, deadline=None)
@given(seeds=st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
def test_a_frame_says_the_same_whatever_came_before(seeds):
    used = projector()
    for seed in seeds:
        fresh = projector()
        one, other = used(*frame(seed)), fresh(*frame(seed))
        np.testing.assert_array_equal(grids(one), grids(other))
        np.testing.assert_array_equal(one.ranges_m, other.ranges_m)
        assert clouds(used.sight) == clouds(fresh.sight)


def test_what_was_handed_out_stays_when_frames_follow():
    project, fusion = projector(), GroundFusion(LABELS, SETTINGS, CLASSES)
    scan = GroundScanner(project, np.ones((32, 64), bool), 'base')

    def outputs(seed):
        seen, valid, pose, level = frame(seed)
        alone = project(seen, valid, pose, level)
        fused = fusion.update(project.observe(seen, valid, pose, level))
        return alone, fused, scan(fused, level), project.sight

    def copies(alone, fused, scan, sight):
        maps = [grids(ground).tobytes() + ground.ranges_m.tobytes() for ground in (alone, fused)]
        return [*maps, scan.ranges_m.tobytes(), *clouds(sight)]

    first = outputs(1)
    kept, sight = copies(*first), first[3]
    arrays = [*sight.feet, sight.pairs, sight.unsure, sight.clear]
    before = [array.copy() for array in arrays]
    for seed in range(2, 6):
        later = outputs(seed)
    assert copies(*first) == kept != copies(*later)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_fusion_keeps_nothing_of_the_evidence():
    project, fusion = projector(), GroundFusion(LABELS, SETTINGS, CLASSES)
    evidence = project.observe(*frame(1))
    fusion.update(evidence)
    cells = (evidence.only, evidence.mean, evidence.mixed, evidence.trust)
    kept = [array for array in fusion.state if isinstance(array, np.ndarray)]
    assert not any(np.shares_memory(one, other) for one in cells for other in kept)
    assert not any(array.flags.writeable for array in cells)


def test_a_frame_that_is_broken_off_leaves_nothing_behind(monkeypatch):
    project = projector()
    weigh = rooms.weigh

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(rooms, 'weigh', interrupted)
    with pytest.raises(KeyboardInterrupt):
        project(*frame(3))
    monkeypatch.setattr(rooms, 'weigh', weigh)
    np.testing.assert_array_equal(grids(project(*frame(4))), grids(projector()(*frame(4))))
