"""A pipeline with lenses that are silent, masked or changed at run time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import Rig, load_rig
from panoseg_ros.errors import PipelineError
from panoseg_ros.frames import Frame
from panoseg_ros.ground import GroundSettings
from panoseg_ros.pipeline import Pipeline

UNKNOWN = -1


@pytest.fixture
def build(make_bundle: Callable[..., Path]) -> Callable[[Rig], Pipeline]:
    bundle = load_bundle(make_bundle(64, 128))
    ground = GroundSettings(size_m=8.0, max_range_m=5.0)
    return lambda rig: Pipeline(bundle, rig, threads=1, ground=ground, classes=('road',))


def pictures(names: Sequence[str], value: int = 0, stamp_ns: int = 5) -> list[Frame]:
    image = np.full((960, 960, 3), value, np.uint8)
    return [Frame(stamp_ns + rank, 'lens', image, name) for rank, name in enumerate(names)]


def masked(rig: Rig, name: str, mask: np.ndarray) -> Rig:
    """Return the rig with a mask (960, 960) for one lens."""
    lenses = [replace(e, mask=mask) if e.name == name else e for e in rig.lenses]
    return replace(rig, lenses=tuple(lenses))


@pytest.mark.parametrize(('left', 'behind'), [('front', True), ('back', False)])
@pytest.mark.parametrize('pose', [None, np.eye(4)])
def test_what_only_a_silent_lens_sees_is_unknown_and_never_free(
    build: Callable[[Rig], Pipeline], left: str, behind: bool, pose: np.ndarray | None
) -> None:
    result = build(load_rig('dual_fisheye'))(pictures([left], stamp_ns=9), pose)
    assert result.panorama.stamp_ns == 9
    ahead_of_it = np.arange(128)[48:80]  # 45 degrees to both sides of the middle
    behind_it = (ahead_of_it + 64) % 128
    unseen, seen = (behind_it, ahead_of_it) if behind else (ahead_of_it, behind_it)
    rows = slice(8, 56)  # each lens sees a little beyond zenith and nadir
    assert not result.panorama.valid[rows, unseen].any()
    assert (result.segmentation.labels[rows, unseen] == 255).all()
    assert result.panorama.valid[:, seen].all()
    assert result.ground is not None
    cells = result.ground.combined[40]  # along the robot's x axis, 0.1 m each
    ahead, aft = cells[50:70], cells[10:30]
    assert (ahead if behind else aft).max() == 0
    assert set(aft if behind else ahead) == {UNKNOWN}
    assert set(result.ground.classes['road'][40, 10 : 30 if behind else 11]) <= {UNKNOWN, 100}


def test_a_lens_that_comes_back_is_seen_again(build: Callable[[Rig], Pipeline]) -> None:
    pipeline = build(load_rig('dual_fisheye'))
    assert pipeline(pictures(['front', 'back'])).panorama.valid.all()
    assert not pipeline(pictures(['front'])).panorama.valid.all()
    whole = pipeline(pictures(['back', 'front'], stamp_ns=20))
    assert whole.panorama.valid.all()
    assert whole.panorama.stamp_ns == 21  # of the rig's first lens, wherever it stands


def test_no_frame_at_all_is_refused(build: Callable[[Rig], Pipeline]) -> None:
    with pytest.raises(PipelineError, match='of front, back, got none'):
        build(load_rig('dual_fisheye'))([])


def test_masked_pixels_reach_neither_masks_nor_costs(build: Callable[[Rig], Pipeline]) -> None:
    """The robot's own body covers the lower half of both lenses; whatever it shows is dropped."""
    mask = np.ones((960, 960), bool)
    mask[480:] = False
    rig = load_rig('dual_fisheye')
    rig = masked(masked(rig, 'front', mask), 'back', mask)
    for value in (0, 255):
        frames = pictures(['front', 'back'], 255 - value)
        for frame in frames:
            frame.image[480:] = value
        result = build(rig)(frames)
        assert not result.panorama.valid[34:].any() and result.panorama.valid[:30].all()
        assert not result.panorama.image[34:].any()
        assert (result.segmentation.labels[34:] == 255).all()
        assert not result.segmentation.confidence[34:].any()
        assert result.ground is not None and (result.ground.combined == UNKNOWN).all()


def test_masked_pixels_do_not_colour_their_neighbours(build: Callable[[Rig], Pipeline]) -> None:
    """Beyond the row in which the mask's border lies, the panorama is as without the body."""
    mask = np.ones((960, 960), bool)
    mask[480:] = False
    rig = load_rig('dual_fisheye')
    pipeline = build(masked(masked(rig, 'front', mask), 'back', mask))
    dark, bright = (pictures(['front', 'back'], 90) for _ in range(2))
    for frame in bright:
        frame.image[480:] = 255
    images = [pipeline(frames).panorama.image[:30] for frames in (dark, bright)]
    assert np.abs(images[0].astype(int) - images[1]).max() <= 1


def test_another_rig_takes_over_with_an_empty_map(build: Callable[[Rig], Pipeline]) -> None:
    pipeline = build(load_rig('dual_fisheye'))
    pipeline(pictures(['front', 'back']), np.eye(4))
    rig = load_rig('dual_fisheye')
    front = replace(rig, lenses=rig.lenses[:1])
    other = pipeline.with_rig(front)
    assert other.rig is front and pipeline.rig is not front
    result = other(pictures(['front'], 255, stamp_ns=7), np.eye(4))
    fresh = build(front)(pictures(['front'], 255, stamp_ns=7), np.eye(4))
    assert result.ground is not None and fresh.ground is not None
    np.testing.assert_array_equal(result.ground.combined, fresh.ground.combined)
    kept = pipeline(pictures(['front', 'back'], 255, stamp_ns=8), np.eye(4)).ground
    assert kept is not None and (kept.combined == 0).any()  # the old one remembers
