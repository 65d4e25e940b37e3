"""The obstacle cloud marks what the map marks, and nothing else."""

import numpy as np
import pytest

from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import transform
from panoseg_ros.ground import GroundProjector, GroundSettings, obstacle_cloud

WALL, PERSON, CAR = 3, 11, 13
SETTINGS = GroundSettings(size_m=24.0, max_range_m=11.0)


def marks(place, label_set, segmentation=None):
    """Return which cells (N, N) the map marks, and which hold a point of the cloud."""
    projector = GroundProjector(place.geometry, place.base_from_pano, label_set, SETTINGS)
    segmentation = segmentation or place.render()
    valid = np.ones(segmentation.labels.shape, bool)
    marked = projector(segmentation, valid).combined == 100
    points = obstacle_cloud(projector.sight)
    at = np.floor(np.stack([points['y'], points['x']], -1) / 0.1).astype(int) + 120
    assert ((at >= 0) & (at < 240)).all()
    held = np.zeros_like(marked)
    held[tuple(at.T)] = True
    return marked, held


def grown(cells):
    """Return the cells and all beside them."""
    padded = np.pad(cells, 1)
    shifts = [(y, x) for y in range(3) for x in range(3)]
    return np.any([padded[y : y + 240, x : x + 240] for y, x in shifts], axis=0)


def street(scene, height):
    place = scene(height, 2 * height, (0.2, 0.1, 1.0))
    place.box((-40.0, 3.0, 0.0), (40.0, 3.5, 3.0), WALL)  # along the way: seen ever more obliquely
    place.cylinder(2.0, -1.0, 0.25, 1.7, PERSON).cylinder(-7.0, -3.0, 0.25, 1.7, PERSON)
    return place.box((4.0, -3.0, 0.3), (8.0, -1.5, 1.5), CAR)


@pytest.mark.parametrize('height', [48, 64, 128, 256])
def test_every_marked_cell_has_a_point_and_every_point_a_mark(scene, label_set, height):
    marked, held = marks(street(scene, height), label_set)
    assert marked.sum() > 100
    assert not (marked & ~grown(held)).any() and not (held & ~grown(marked)).any()
    assert (marked == held).mean() > 0.999  # but for cells on whose edge a point lies


@pytest.mark.parametrize('height', [48, 64, 128])
def test_a_wall_seen_obliquely_by_few_rays_has_no_gap_wider_than_a_cell(scene, label_set, height):
    place = scene(height, 2 * height, (0.0, 0.0, 1.0))
    place.box((-40.0, 3.0, 0.0), (40.0, 3.5, 3.0), WALL)
    _, held = marks(place, label_set)
    x = np.flatnonzero(held[140:].any(0))
    gaps = np.diff(x[(x > 60) & (x < 180)])  # within 6 m to either side
    assert gaps.max() <= 2


def test_noise_is_marked_alike(scene, label_set):
    place = scene(64, 128)
    random = np.random.default_rng(0)
    labels = random.choice(np.array([0, 1, 3, 11, 13, 255], np.uint8), (64, 128))
    noise = Segmentation(0, 'p', labels, np.full((64, 128), 255, np.uint8))
    marked, held = marks(place, label_set, noise)
    assert marked.sum() > 1000
    assert not (marked & ~grown(held)).any() and not (held & ~grown(marked)).any()


def test_points_lie_in_the_frame_of_the_base_wherever_the_robot_is(scene, label_set):
    place = street(scene, 64)
    projector = GroundProjector(place.geometry, place.base_from_pano, label_set, SETTINGS)
    segmentation, valid = place.render(), np.ones((64, 128), bool)
    seen = []
    for pose in (None, transform(np.eye(3), (50.03, -7.07, 0.0))):
        projector(segmentation, valid, pose)
        seen.append(obstacle_cloud(projector.sight))
    np.testing.assert_array_equal(*seen)
