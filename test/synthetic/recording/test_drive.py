"""Drives: pictures of every topic, truth, poses; the demo's drive and its shipped copy."""

import numpy as np
import pytest
import yaml

from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.resources import share_dir
from panoseg_ros.synthetic import DEMO, Drive, Extras, GridSettings, Leg, Mover, Route, mounted
from panoseg_ros.synthetic.recording.dataset import split_of
from panoseg_ros.synthetic.recording.drive_files import write_drive
from panoseg_ros.synthetic.recording.in_view import looks_everywhere
from panoseg_ros.synthetic.recording.plan import changed, load_plan

pytest.importorskip('embreex', reason='rendering needs embreex')

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
TWO_TOPICS = TINY_RIG.replace('topic: image', 'topic: one', 1).replace(
    'topic: image', 'topic: two'
)
TWO_TOPICS = TWO_TOPICS.replace('[96, 48]', '[48, 48]').replace('crop: [48,', 'crop: [0,')
AHEAD_ONLY = """
name: ahead
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front:
    topic: image
    source_size: [64, 64]
    pano_from_lens: {rpy_deg: [0.0, 0.0, 0.0]}
    lens: {model: pinhole, fx: 32.0, fy: 32.0, cx: 31.5, cy: 31.5}
"""
FAST = Leg(speed_mps=13.9)
GRID = GridSettings(cells=60, resolution_m=0.25)
AHEAD = Route(3.0, 0.5, 0.0, (Leg(speed_mps=1.0),), from_robot=True)


@pytest.fixture
def rig(tmp_path):
    file = tmp_path / 'tiny.yaml'
    file.write_text(TINY_RIG)
    return file


@pytest.fixture(scope='module')
def recorded(tmp_path_factory):
    file = tmp_path_factory.mktemp('rig') / 'two.yaml'
    file.write_text(TWO_TOPICS)
    kinds = ('walker', 'runner', 'rider', 'motorcyclist', 'car', 'truck', 'bus')
    movers = tuple(
        Mover(kind, AHEAD._replace(d=2.5 * k - 7.0, s=6.0)) for k, kind in enumerate(kinds)
    )
    plan = changed(DEMO, movers=(Mover('walker', AHEAD), *movers), seconds=1.5, rate_hz=2.0)
    extras = Extras(True, PanoramaGeometry(48, 96), GRID, 'overcast')
    drive = Drive(plan, mounted(load_rig(str(file)), 1.5, (0.0, 5.0)), extras)
    return drive, list(drive.frames())


def test_every_topic_has_pictures_and_truth(recorded):
    _, frames = recorded
    assert [frame.t_s for frame in frames] == [0.0, 0.5, 1.0]
    for frame in frames:
        assert set(frame.images) == set(frame.truth) == {'one', 'two'}
        for topic, image in frame.images.items():
            labels, depth, instances = frame.truth[topic]
            assert image.shape == (48, 48, 3)
            assert labels.shape == depth.shape == instances.shape == (48, 48)
            assert labels[0, 0] == 255
            assert np.isnan(depth[0, 0])
            assert instances[0, 0] == 0
            assert depth[24, 24] > 0.3
            assert image[24, 24].max() > 10
        assert frame.panorama.labels.shape == (48, 96)


def test_odometry_is_the_pose(recorded):
    drive, frames = recorded
    np.testing.assert_allclose(frames[0].odom_from_base[:3, 3], 0.0, atol=1e-9)
    for frame in frames:
        np.testing.assert_allclose(
            drive.world_from_odom @ frame.odom_from_base, frame.motion.world_from_body, atol=1e-9
        )
        np.testing.assert_array_equal(frame.odom_from_base, drive.odom_from_base(frame.t_s))
    assert drive.world_from_odom[2, 2] == pytest.approx(1.0)  # odom is level
    step = np.linalg.norm(frames[2].odom_from_base[:2, 3] - frames[1].odom_from_base[:2, 3])
    assert step == pytest.approx(0.6, rel=0.01)
    yaw = np.arctan2(frames[1].odom_from_base[1, 0], frames[1].odom_from_base[0, 0])
    assert yaw == pytest.approx(0.5 * 0.12, abs=1e-6)


def test_camera_has_the_height_and_tilt_that_were_asked_for(recorded):
    drive, frames = recorded
    pose = drive.rig.base_from_pano
    assert pose[2, 3] == 1.5
    assert np.rad2deg(np.arctan2(-pose[2, 0], pose[0, 0])) == pytest.approx(5.0)
    lowest = frames[0].panorama.depth[-1]
    assert np.median(lowest) == pytest.approx(1.5, rel=0.03)


def test_movers_move_and_keep_their_numbers(recorded):
    drive, frames = recorded
    assert drive.world.weather == 'overcast'
    still = int(drive.world.mesh.instances.max())
    first = still + 1
    seen = [set(np.unique(frame.panorama.instances)) for frame in frames]
    assert all(first in numbers for numbers in seen)
    for frame in frames:
        mask = frame.panorama.instances == first
        assert (frame.panorama.labels[mask] == 11).all()
    places = []
    for frame in frames:
        cells = np.argwhere(frame.ground.obstacle_instance == first)
        places.append(cells.mean(0) * GRID.resolution_m - 7.5)
    assert places[0][::-1] == pytest.approx([3.0, 0.5], abs=0.35)
    meshes = [drive._moving(t) for t in (0.0, 0.4)]
    for k in range(len(drive.plan.movers)):
        numbers = [m.instances for m in meshes]
        mine = [(n >= first + 8 * k) & (n < first + 8 * (k + 1)) for n in numbers]
        assert all(m.any() for m in mine), drive.plan.movers[k].kind
        before, after = (m.corners[i].reshape(-1, 3) for m, i in zip(meshes, mine, strict=True))
        shift = np.linalg.norm((after.mean(0) - before.mean(0))[:2])
        assert shift == pytest.approx(0.4, abs=0.12)


def test_walkers_swing_their_legs(recorded):
    drive, _ = recorded
    traveller, track = drive._travellers[0], drive._tracks[0]
    early, late = (traveller.at(track, t) for t in (0.1, 0.45))
    own = [m.corners - track.pose(t)[:3, 3] for m, t in ((early, 0.1), (late, 0.45))]
    assert own[0].shape == own[1].shape
    assert abs(own[0] - own[1]).max() > 0.1  # a foot is elsewhere on the body


def test_ground_truth_belongs_to_the_pose(recorded):
    _, frames = recorded
    for frame in frames:
        truth = frame.ground
        assert truth.ground.shape == (60, 60)
        middle = truth.ground[29:31, 29:31]
        assert (middle != 255).all()
        assert abs(truth.ground_z_m[29:31, 29:31]).max() < 0.1
        assert truth.free.any()


def test_pictures_fill_both_circles_and_things_move(rig, tmp_path):
    out = tmp_path / 'drive'
    short = changed(DEMO, seconds=2.0, rate_hz=1.0)
    done = []
    write_drive(out, short, str(rig), 95, done.append)
    assert done == [1, 2]
    drive = yaml.safe_load((out / 'drive.yaml').read_text())
    assert (drive['rig'], drive['seed'], drive['rate_hz']) == ('tiny', DEMO.seed, 1.0)
    assert [frame['file'] for frame in drive['frames']] == ['00.jpg', '01.jpg']
    first, second = drive['frames']
    assert (first['x_m'], first['y_m'], first['yaw_rad']) == (0.0, 0.0, 0.0)
    assert second['yaw_rad'] == pytest.approx(0.12, abs=1e-4)
    assert second['forward_mps'] == pytest.approx(1.2, rel=0.01)
    assert second['turn_radps'] == pytest.approx(0.12, rel=0.01)
    one, two = (frame.images['image'] for frame in Drive(short, load_rig(str(rig))).frames())
    assert one.shape == (48, 96, 3)
    assert (one[24, [24, 72]] > 8).all()  # the middle of each circle
    assert (one[[0, 0, -1, -1], [0, 47, 48, 95]] < 16).all()  # outside, but for noise
    assert (one.astype(int) - two).std() > 5


def test_the_same_drive_twice_is_the_same(rig):
    plan = changed(DEMO, seconds=0.1)
    one, two = (next(iter(Drive(plan, load_rig(str(rig))).frames())) for _ in range(2))
    assert np.array_equal(one.images['image'], two.images['image'])


def test_unknown_mover_is_refused(rig):
    plan = changed(DEMO, movers=(Mover('dog', AHEAD),))
    with pytest.raises(SyntheticError, match="'dog', expected walker, runner, rider"):
        Drive(plan, load_rig(str(rig)))


def test_impossible_extras_and_heights_are_refused(rig):
    with pytest.raises(SyntheticError, match="unknown weather 'snow', expected clear"):
        Extras(weather='snow')
    for height_m in (0.0, -1.0, float('nan'), 1e9):
        with pytest.raises(SyntheticError, match='height must be above 0 to 30 m'):
            mounted(load_rig(str(rig)), height_m)


def test_seed_of_no_split_is_refused():
    with pytest.raises(SyntheticError, match='seed 1000000 belongs to no split'):
        split_of(1_000_000)


def test_rig_with_two_topics_makes_no_folder_of_pictures(tmp_path):
    with pytest.raises(SyntheticError, match='needs one image topic, got front/image, back'):
        write_drive(tmp_path, DEMO, 'dual_fisheye_two_topics')


def test_scene_is_of_the_test_families_but_not_of_the_test_list():
    assert split_of(DEMO.seed) == 'test'
    assert DEMO.seed >= 950_100


def test_shipped_drive_is_complete_and_small():
    folder = share_dir() / 'config/demo/street_drive'
    drive = yaml.safe_load((folder / 'drive.yaml').read_text())
    assert (drive['rig'], len(drive['frames'])) == ('dual_fisheye', DEMO.frames)
    poses = np.array([[f['x_m'], f['y_m'], f['yaw_rad']] for f in drive['frames']])
    steps = np.linalg.norm(np.diff(poses[:, :2], axis=0), axis=1) * drive['rate_hz']
    np.testing.assert_allclose(steps, drive['frames'][0]['forward_mps'], rtol=5e-3)
    files = {frame['file'] for frame in drive['frames']} | {'drive.yaml'}
    assert files == {file.name for file in folder.iterdir()}
    assert sum(file.stat().st_size for file in folder.iterdir()) < 6_000_000


@pytest.mark.parametrize('name', ['demo', 'street', 'walk_away', 'spin', 'patrol'])
def test_long_drives_leave_the_street_s_end_behind(rig, name):
    """Its line is told for 320 m; what goes on beyond keeps a finite pose."""
    plan = changed(load_plan(name), seconds=600.0, rate_hz=0.1)
    plan = changed(plan, movers=(*plan.movers, Mover('car', AHEAD._replace(legs=(FAST,)))))
    drive = Drive(plan, load_rig(str(rig)))
    for track in (drive.track, *drive._tracks):
        poses = np.stack([track.pose(t) for t in (0.0, 60.0, 599.0)])
        assert np.isfinite(poses).all()


def test_ground_behind_a_camera_that_looks_ahead_is_not_seen(tmp_path):
    file = tmp_path / 'ahead.yaml'
    file.write_text(AHEAD_ONLY)
    plan = changed(DEMO, movers=(), seconds=0.5, rate_hz=2.0)
    found = {}
    for name, rig in (('ahead', load_rig(str(file))), ('around', load_rig('equirect'))):
        found[name] = Drive(plan, mounted(rig, 1.0), Extras(grid=GRID)).frame(0).ground
    ahead, around = found['ahead'].ground_visible, found['around'].ground_visible
    assert not (ahead & ~around).any()
    x = GRID.origin_xy_m[0] + (np.arange(GRID.cells) + 0.5) * GRID.resolution_m
    away, left = x[None, :], x[:, None]
    wedge = np.abs(left) < 0.9 * (away - 0.5)  # the lens sees 45 degrees to either side
    assert not (ahead & (np.abs(left) > away + 0.5)).any()
    far = np.hypot(away, left) > 3.0  # it sees the ground from 1.3 m on
    assert np.array_equal(ahead[wedge & far], around[wedge & far]) and ahead[wedge & far].any()
    faces = found['ahead'].face_visible
    assert not (faces & (away < -0.5)).any() and (faces <= found['around'].face_visible).all()


def test_an_unfinished_folder_tells_no_poses(rig, tmp_path):
    plan = changed(DEMO, movers=(), seconds=1.0, rate_hz=2.0)
    write_drive(tmp_path / 'out', plan, str(rig))
    assert (tmp_path / 'out/drive.yaml').exists()

    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_drive(tmp_path / 'out', plan, str(rig), progress=stop)
    assert not (tmp_path / 'out/drive.yaml').exists()


@pytest.mark.parametrize(
    ('name', 'all_of_it'),
    [
        ('dual_fisheye', True),
        ('equirect', True),
        ('fisheye_forward', False),
        ('fisheye_up', False),
    ],
)
def test_what_rigs_look_at(name, all_of_it):
    assert looks_everywhere(load_rig(name)) is all_of_it
