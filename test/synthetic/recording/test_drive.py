"""The demo's drive: its path, its pictures, and the copy that the package carries."""

import numpy as np
import pytest
import yaml

from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import SyntheticError
from panoseg_ros.resources import share_dir
from panoseg_ros.synthetic import DEMO, FAMILIES, GENERATOR_VERSION, Mover, family_of
from panoseg_ros.synthetic.recording.drive import path, render_drive
from panoseg_ros.synthetic.recording.drive_files import write_drive

TINY_RIG = """
name: tiny
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front:
    topic: image
    source_size: [96, 48]
    crop: [0, 0, 48, 48]
    pano_from_lens: {rpy_deg: [0.0, 0.0, 0.0]}
    lens: &fisheye {model: kannala_brandt, fx: 13.5, fy: 13.5, cx: 23.5, cy: 23.5,
                    k: [0.0, 0.0, 0.0, 0.0], max_angle_deg: 95.0}
  back:
    topic: image
    source_size: [96, 48]
    crop: [48, 0, 48, 48]
    pano_from_lens: {rpy_deg: [0.0, 0.0, 180.0]}
    lens: *fisheye
"""


@pytest.fixture
def rig(tmp_path):
    file = tmp_path / 'tiny.yaml'
    file.write_text(TINY_RIG)
    return file


def test_path_is_an_arc_at_constant_speed():
    poses = np.array(path(DEMO))
    assert len(poses) == DEMO.frames
    np.testing.assert_array_equal(poses[0], 0)
    steps = np.linalg.norm(np.diff(poses[:, :2], axis=0), axis=1) * DEMO.rate_hz
    np.testing.assert_allclose(steps, DEMO.speed_mps, rtol=1e-3)
    np.testing.assert_allclose(np.diff(poses[:, 2]) * DEMO.rate_hz, DEMO.turn_radps)
    # the robot moves along its own x axis
    way = np.diff(poses[:, :2], axis=0)
    middle_yaw = 0.5 * (poses[1:, 2] + poses[:-1, 2])
    np.testing.assert_allclose(np.arctan2(way[:, 1], way[:, 0]), middle_yaw, atol=1e-9)


def test_pictures_fill_both_circles_and_things_move(rig, tmp_path):
    pytest.importorskip('embreex')
    out = tmp_path / 'drive'
    short = DEMO._replace(frames=2, rate_hz=1.0)
    done = []
    write_drive(out, short, str(rig), 95, done.append)
    assert done == [1, 2]
    drive = yaml.safe_load((out / 'drive.yaml').read_text())
    assert (drive['rig'], drive['seed'], drive['rate_hz']) == ('tiny', DEMO.seed, 1.0)
    assert [frame['file'] for frame in drive['frames']] == ['00.jpg', '01.jpg']
    for frame, pose in zip(drive['frames'], path(short), strict=True):
        assert (frame['x_m'], frame['y_m'], frame['yaw_rad']) == pytest.approx(pose, abs=1e-6)
        assert (frame['forward_mps'], frame['turn_radps']) == (DEMO.speed_mps, DEMO.turn_radps)
    first, second = (frame.image for frame in render_drive(short, load_rig(rig)))
    assert first.shape == (48, 96, 3)
    assert (first[24, [24, 72]] > 20).all()  # the middle of each circle
    assert (first[[0, 0, -1, -1], [0, 47, 48, 95]] < 16).all()  # outside, but for noise
    assert (first.astype(int) - second).std() > 5


def test_unknown_mover_is_refused(rig):
    pytest.importorskip('embreex')
    plan = DEMO._replace(frames=1, movers=(Mover('dog', 0, 0, 0, 1),))
    with pytest.raises(SyntheticError, match="'dog', expected walker, rider or car"):
        next(render_drive(plan, load_rig(rig)))


def test_rig_with_two_topics_is_refused():
    with pytest.raises(SyntheticError, match='needs one image topic'):
        next(render_drive(DEMO, load_rig('dual_fisheye_two_topics')))


def test_scene_is_of_the_test_families_but_not_of_the_test_list():
    assert family_of('test', DEMO.seed) in FAMILIES['test']
    assert DEMO.seed >= 950_100


def test_shipped_drive_is_complete_and_small():
    folder = share_dir() / 'config/demo/street_drive'
    drive = yaml.safe_load((folder / 'drive.yaml').read_text())
    assert (drive['seed'], drive['generator_version']) == (DEMO.seed, GENERATOR_VERSION)
    assert (drive['rig'], drive['rate_hz']) == ('dual_fisheye', DEMO.rate_hz)
    poses = [(frame['x_m'], frame['y_m'], frame['yaw_rad']) for frame in drive['frames']]
    np.testing.assert_allclose(poses, path(DEMO), atol=1e-6)
    files = {frame['file'] for frame in drive['frames']} | {'drive.yaml'}
    assert files == {file.name for file in folder.iterdir()}
    assert sum(file.stat().st_size for file in folder.iterdir()) < 6_000_000
