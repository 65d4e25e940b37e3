"""A tilted camera over an analytic scene: levelled, it maps what the level camera maps."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import CameraError
from panoseg_ros.frames import UNLABELLED, Frame, GroundMap
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.ground import GroundSettings, free_cloud, obstacle_cloud, pixel_cloud
from panoseg_ros.pipeline import Pipeline, Result

ROAD, WALL, SKY = 0, 3, 10
GEOMETRY = PanoramaGeometry(512, 1024)
MOUNTING = transform(rotation_from_rpy_deg(2.0, -3.0, 30.0), [0.3, -0.1, 1.2])
BOXES = (  # corners, in the level frame
    ((2.0, -0.6, 0.0), (2.4, 0.8, 1.5)),
    ((-2.5, 1.0, 0.0), (-2.0, 1.6, 0.7)),
    ((-1.2, -2.8, 0.0), (1.0, -2.5, 2.5)),
)
Grid = NDArray[np.bool_]


def picture(level_from_pano: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Cast the scene exactly: walls are red, the sky is blue and the ground is black."""
    rays = GEOMETRY.rays().astype(float) @ level_from_pano[:3, :3].T
    origin = level_from_pano[:3, 3]
    with np.errstate(divide='ignore', invalid='ignore'):
        ground = np.where(rays[..., 2] < 0.0, -origin[2] / rays[..., 2], np.inf)
        wall = np.full(ground.shape, np.inf)
        for low, high in BOXES:
            one, two = (np.array(low) - origin) / rays, (np.array(high) - origin) / rays
            enter, leave = np.minimum(one, two).max(-1), np.maximum(one, two).min(-1)
            wall = np.where((enter <= leave) & (enter > 0.0), np.minimum(wall, enter), wall)
    is_wall = wall < ground
    image = np.zeros((*ground.shape, 3), np.uint8)
    image[..., 0] = 255 * is_wall
    image[..., 2] = 255 * (np.isinf(ground) & ~is_wall)
    return image


class ByColour:
    """Tells the scene's three classes apart."""

    num_classes = 19

    def segment(self, image: NDArray[np.uint8]) -> tuple[Any, Any]:
        labels = np.full(image.shape[:2], ROAD, np.uint8)
        labels[image[..., 2] > 127] = SKY
        labels[image[..., 0] > 127] = WALL
        return labels, np.full(image.shape[:2], 255, np.uint8)


@pytest.fixture
def pipeline(make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that builds the pipeline of a mounting and perhaps a lens mask."""
    monkeypatch.setattr('panoseg_ros.pipeline.load_backend', lambda *_: ByColour())
    bundle = load_bundle(make_bundle(512, 1024))
    rig = load_rig('equirect')

    def build(base_from_pano: NDArray[np.float64], mask: Grid | None = None) -> Pipeline:
        (entry,) = rig.lenses
        lens = dataclasses.replace(entry.lens, size=(1024, 512))
        entry = dataclasses.replace(entry, lens=lens, source_size=(1024, 512), mask=mask)
        moved = dataclasses.replace(rig, lenses=(entry,), base_from_pano=base_from_pano)
        ground = GroundSettings(size_m=9.0, max_range_m=4.0)
        return Pipeline(bundle, moved, ground=ground, classes=('wall',))

    return build


def run(work: Pipeline, image: NDArray[np.uint8], *poses: Any) -> Result:
    lens = work.rig.lenses[0].name
    return work([Frame(1, 'lens', image, lens)], *poses)


def within_a_cell(cells: Grid, others: Grid) -> float:
    """Return the share of cells that have one of the others among themselves and neighbours."""
    padded = np.pad(others, 1)
    size = len(others)
    near = np.zeros_like(others)
    for y in range(3):
        for x in range(3):
            near |= padded[y : y + size, x : x + size]
    return float(near[cells].mean())


def agreement(level: GroundMap, other: GroundMap) -> float:
    """Return the least share of marked and free cells that the other map has within a cell.

    The outline of an obstacle is uncertain by half a pixel, so either map may hold marks
    along the border of the ground that it hides.
    """
    marked, free, hidden = (level.combined == cost for cost in (100, 0, -1))
    return min(
        within_a_cell(marked, other.combined == 100),
        within_a_cell(free, other.combined == 0),
        within_a_cell(other.combined == 100, marked | hidden),
        within_a_cell(other.combined == 0, free),
    )


def maps(result: Result) -> GroundMap:
    assert result.ground is not None
    return result.ground


@pytest.mark.parametrize('roll_pitch', [(0.0, 10.0), (10.0, 0.0)])
def test_a_levelled_camera_maps_what_the_level_one_maps(pipeline, roll_pitch):
    tilt = rotation_from_rpy_deg(*roll_pitch, 0.0)
    seen_from = transform(tilt, [0, 0, 0]) @ MOUNTING
    level_pose = transform(rotation_from_rpy_deg(0.0, 0.0, 30.0), seen_from[:3, 3])
    level = run(pipeline(level_pose), picture(level_pose))
    work, image = pipeline(MOUNTING), picture(seen_from)
    levelled, tilted = run(work, image, None, tilt), run(work, image)
    assert (maps(level).combined == 100).sum() > 40
    assert agreement(maps(level), maps(levelled)) > 0.995
    assert agreement(maps(level), maps(tilted)) < 0.8
    assert 'levelling' in levelled.timings_ms and 'levelling' not in tilted.timings_ms


def test_masks_and_panorama_are_upright(pipeline):
    tilt = rotation_from_rpy_deg(10.0, -4.0, 0.0)
    seen_from = transform(tilt, [0, 0, 0]) @ MOUNTING
    heading = np.arctan2(seen_from[1, 0], seen_from[0, 0])
    turn = rotation_from_rpy_deg(0.0, 0.0, np.rad2deg(heading))
    level_image = picture(transform(turn, seen_from[:3, 3]))
    own_body = np.ones((512, 1024), bool)
    own_body[440:] = False
    result = run(pipeline(MOUNTING, own_body), picture(seen_from), None, tilt)
    labels, valid = result.segmentation.labels, result.panorama.valid
    assert np.mean(labels != ByColour().segment(level_image)[0], where=valid) < 0.01
    assert (labels[~valid] == UNLABELLED).all() and (
        result.segmentation.confidence[~valid] == 0
    ).all()
    lowest = (~valid).argmax(0)  # where the masked cap around the tilted nadir begins
    assert lowest.min() < 415 and lowest.max() > 470 and not valid[-1].any()


def test_an_odometry_with_roll_and_pitch_is_not_applied_twice(pipeline):
    tilt, yaw = rotation_from_rpy_deg(6.0, 8.0, 0.0), rotation_from_rpy_deg(0.0, 0.0, 40.0)
    seen_from = transform(tilt, [0, 0, 0]) @ MOUNTING
    flat_pose, full_pose = transform(yaw, [3.0, 2.0, 0.1]), transform(yaw @ tilt, [3.0, 2.0, 0.1])
    level_pose = transform(rotation_from_rpy_deg(0.0, 0.0, 30.0), seen_from[:3, 3])
    level = run(pipeline(level_pose), picture(level_pose), flat_pose)
    work, image = pipeline(MOUNTING), picture(seen_from)
    levelled = run(work, image, full_pose, tilt)
    work.reset_map()
    tilted = run(work, image, full_pose)
    assert maps(levelled).origin_xy_m == maps(level).origin_xy_m
    assert maps(levelled).frame_id == 'odom'
    assert agreement(maps(level), maps(levelled)) > 0.995
    assert agreement(maps(level), maps(tilted)) < 0.8


def test_the_range_ring_follows_the_levelled_frame(pipeline):
    tilt = rotation_from_rpy_deg(0.0, 10.0, 0.0)
    seen_from = transform(tilt, [0, 0, 0]) @ MOUNTING
    ring = maps(run(pipeline(MOUNTING), picture(seen_from), None, tilt)).ranges_m
    assert ring[180] == pytest.approx(2.0 - seen_from[0, 3], abs=0.07)


def test_clouds_lie_in_the_base_as_it_leans(pipeline):
    tilt = rotation_from_rpy_deg(6.0, 8.0, 0.0)
    seen_from = transform(tilt, [0, 0, 0]) @ MOUNTING
    sight = run(pipeline(MOUNTING), picture(seen_from), None, tilt).sight
    for cloud, lift_m in ((obstacle_cloud, 0.2), (free_cloud, 0.2), (pixel_cloud, 0.0)):
        points = cloud(sight).ravel()
        points = points[np.isfinite(points['x'])]
        level = np.stack([points[name] for name in 'xyz'], -1) @ tilt.T
        assert len(points) > 100 and level[:, 2] == pytest.approx(lift_m, abs=1e-4)
        if cloud is obstacle_cloud:
            off_m = [np.maximum(low[:2] - level[:, :2], level[:, :2] - high[:2]).clip(0.0)
                     for low, high in np.array(BOXES)]  # fmt: skip
            beside_m = np.hypot(*np.moveaxis(off_m, -1, 0)).min(0)
            assert np.quantile(beside_m, 0.9) < 0.1  # outlines of mixed colour aside


def test_no_tilt_changes_nothing_but_the_mounting(pipeline):
    level_pose = transform(rotation_from_rpy_deg(0.0, 0.0, 30.0), MOUNTING[:3, 3])
    work, image = pipeline(level_pose), picture(level_pose)
    plain, levelled = run(work, image), run(work, image, None, np.eye(3))
    np.testing.assert_array_equal(levelled.panorama.image, plain.panorama.image)
    np.testing.assert_array_equal(maps(levelled).combined, maps(plain).combined)
    with pytest.raises(CameraError, match=r'must be a \(3, 3\) rotation'):
        run(work, image, None, np.full((3, 3), np.nan))
