"""The whole road on a real rig and a real graph."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import CameraError, LabelError, PipelineError
from panoseg_ros.frames import Frame
from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.ground import GroundSettings, free_cloud, obstacle_cloud, pixel_cloud
from panoseg_ros.inference import load_backend
from panoseg_ros.pipeline import Pipeline, Result


@pytest.fixture
def pipeline(make_bundle: Callable[..., Path]) -> Pipeline:
    return Pipeline(
        load_bundle(make_bundle(64, 128)),
        load_rig('dual_fisheye'),
        threads=1,
        ground=GroundSettings(size_m=8.0, max_range_m=5.0),
        classes=('road',),
    )


def pictures(value: int = 0, stamp_ns: int = 5) -> list[Frame]:
    image = np.full((960, 960, 3), value, np.uint8)
    return [Frame(stamp_ns, 'lens', image, name) for name in ('front', 'back')]


def test_dark_ground_is_free_and_costed(pipeline: Pipeline) -> None:
    result = pipeline(pictures())
    assert result.panorama.image.shape == (64, 128, 3)
    assert result.panorama.valid.all()
    assert (result.segmentation.labels == 0).all()  # the test graph calls dark pixels road
    assert result.ground is not None
    assert result.ground.frame_id == 'base_footprint'
    assert result.ground.stamp_ns == result.segmentation.stamp_ns == 5
    row = result.ground.combined[40]
    assert row[50] == 0 and result.ground.classes['road'][40, 50] == 100
    assert set(result.timings_ms) == {'panorama', 'network', 'ground'}


def test_a_group_of_classes_has_a_grid_of_its_own(make_bundle: Callable[..., Path]) -> None:
    pipeline = Pipeline(
        load_bundle(make_bundle(64, 128)),
        load_rig('dual_fisheye'),
        threads=1,
        ground=GroundSettings(size_m=8.0, max_range_m=5.0),
        classes=('sidewalk', 'paved=road+sidewalk', 'person'),
    )
    for pose in (None, np.eye(4)):
        ground = pipeline(pictures(), pose).ground
        assert ground is not None and list(ground.classes) == ['sidewalk', 'paved', 'person']
        seen = ground.combined >= 0
        assert seen.any() and (ground.classes['paved'][seen] == 100).all()
        assert (ground.classes['paved'][~seen] == -1).all()
        assert (ground.classes['sidewalk'][seen] == 0).all()


def test_bright_sky_everywhere_says_nothing_about_the_ground(pipeline: Pipeline) -> None:
    result = pipeline(pictures(255))
    assert result.ground is not None
    assert (result.ground.combined == -1).all()


def test_pose_puts_the_map_into_the_map_frame(pipeline: Pipeline) -> None:
    pose = np.eye(4)
    pose[:2, 3] = (100.0, -50.0)
    pipeline(pictures(stamp_ns=1), pose)
    ground = pipeline(pictures(stamp_ns=2), pose).ground
    assert ground is not None and ground.frame_id == 'odom'
    assert ground.origin_xy_m == pytest.approx((96.0, -54.0))
    assert (ground.combined == 0).sum() > 500
    pipeline.reset_map()
    forgotten = pipeline(pictures(255, stamp_ns=3), pose).ground
    assert forgotten is not None and (forgotten.combined == -1).all()


def test_another_pipeline_goes_on_with_the_memory_of_the_first(
    pipeline: Pipeline, make_bundle: Callable[..., Path]
) -> None:
    backend = load_backend(load_bundle(make_bundle(64, 128)), 'onnx', 1)
    other = Pipeline(
        pipeline.bundle,
        pipeline.rig,
        backend=backend,
        ground=GroundSettings(size_m=8.0, max_range_m=5.0),
        classes=('road',),
    )
    assert other.memory.ground is None
    front, back = pictures(60)
    uneven = [front, back._replace(image=back.image + np.uint8(9))]
    pipeline(uneven, np.eye(4))
    other.memory = pickle.loads(pickle.dumps(pipeline.memory))
    blind = [frame._replace(stamp_ns=6) for frame in pictures(255)]
    expected, found = pipeline(blind, np.eye(4)), other(blind, np.eye(4))
    assert expected.ground is not None and found.ground is not None
    assert (found.ground.combined == 0).sum() > 500  # what only the first one saw
    assert np.array_equal(found.ground.combined, expected.ground.combined)
    assert (other.memory.brightness.updates == 1.0).all()  # white pictures tell nothing
    assert np.array_equal(found.panorama.image, expected.panorama.image)


def test_earlier_results_do_not_change(pipeline: Pipeline) -> None:
    def kept(result: Result) -> list[bytes]:
        assert result.ground is not None and result.scan is not None and result.sight is not None
        masks = result.panorama.image, result.panorama.valid, *result.segmentation[2:]
        cells = result.ground.combined, *result.ground.classes.values()
        ranges = result.ground.ranges_m, result.scan.ranges_m
        clouds = [cloud(result.sight) for cloud in (obstacle_cloud, free_cloud, pixel_cloud)]
        return [array.tobytes() for array in (*masks, *cells, *ranges, *clouds)]

    tilt = rotation_from_rpy_deg(2.0, -1.0, 0.0)
    first = pipeline(pictures(0, 1), np.eye(4))
    before = kept(first)
    for stamp_ns, level in ((2, None), (3, tilt), (4, tilt)):
        later = pipeline(pictures(255, stamp_ns), np.eye(4), level)
    assert kept(first) == before != kept(later)


def test_what_no_lens_sees_is_unlabelled(make_bundle: Callable[..., Path]) -> None:
    rig = load_rig('dual_fisheye')
    front = type(rig)(rig.name, rig.lenses[:1], rig.base_from_pano)
    result = Pipeline(load_bundle(make_bundle(64, 128)), front, threads=1)(pictures()[:1])
    blind = ~result.panorama.valid
    assert 0.3 < blind.mean() < 0.6
    assert (result.segmentation.labels[blind] == 255).all()
    assert (result.segmentation.confidence[blind] == 0).all()


def test_wrong_frames_are_named(pipeline: Pipeline) -> None:
    front, back = pictures()
    with pytest.raises(PipelineError, match='one frame per lens of front, back, got front, front'):
        pipeline([front, front])
    with pytest.raises(PipelineError, match='got left'):
        pipeline([front._replace(lens='left')])
    with pytest.raises(PipelineError, match='got none'):
        pipeline([])
    with pytest.raises(CameraError, match='back is 960x480'):
        pipeline([front, back._replace(image=back.image[:480])])
    assert pipeline([front, back]).segmentation.labels.shape == (64, 128)


def test_a_silent_lens_leaves_its_side_unseen(pipeline: Pipeline) -> None:
    front, back = pictures()
    result = pipeline([back._replace(stamp_ns=9)])
    assert result.panorama.stamp_ns == result.segmentation.stamp_ns == 9
    behind, ahead = result.panorama.valid[:, :8], result.panorama.valid[24:40, 60:68]
    assert behind.all() and not ahead.any()
    assert (result.segmentation.labels[~result.panorama.valid] == 255).all()
    assert pipeline([back, front]).panorama.valid.all()


def test_contradictions_are_refused(make_bundle: Callable[..., Path]) -> None:
    rig = load_rig('dual_fisheye')
    with pytest.raises(PipelineError, match='has 11 classes, its label set cityscapes19 has 19'):
        Pipeline(load_bundle(make_bundle(64, 128, num_classes=11)), rig)
    with pytest.raises(LabelError, match="no class 'unicorn'"):
        Pipeline(load_bundle(make_bundle(64, 128)), rig, classes=('unicorn',))
