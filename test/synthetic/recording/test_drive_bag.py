"""A drive's bag: read back, its messages agree with the drive and with each other."""

import math

import numpy as np
import pytest

from panoseg_ros.cameras import lens_from_camera_info, load_rig
from panoseg_ros.geometry import (
    PanoramaGeometry,
    rotation_from_quaternion,
)
from panoseg_ros.synthetic import DEMO, Drive, Extras, GridSettings, Leg, Mover, Route, mounted
from panoseg_ros.synthetic.recording.plan import changed

pytest.importorskip('embreex', reason='rendering needs embreex')
pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros.bags import BagReader
from panoseg_ros.synthetic.recording import drive_bag
from panoseg_ros.synthetic.recording.drive_bag import START_NS, write_drive_bag

RIG = """
name: two
base_from_pano: {translation_m: [0.7, 0.0, 1.2], rpy_deg: [0.0, 3.0, 0.0]}
lenses:
  front:
    topic: front/image
    source_size: [48, 40]
    pano_from_lens: {translation_m: [0.1, 0.0, 0.0], rpy_deg: [0.0, 0.0, 0.0]}
    lens: {model: kannala_brandt, fx: 13.5, fy: 13.5, cx: 23.5, cy: 19.5,
           k: [0.01, 0.0, 0.0, 0.0], max_angle_deg: 95.0}
  back:
    topic: back/image
    source_size: [32, 24]
    pano_from_lens: {rpy_deg: [0.0, 0.0, 180.0]}
    lens: {model: pinhole, fx: 16.0, fy: 16.0, cx: 15.5, cy: 11.5}
"""
GRID = GridSettings(cells=40, resolution_m=0.5)


@pytest.fixture(scope='module')
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp('bag')
    (folder / 'rig.yaml').write_text(RIG)
    route = Route(legs=(Leg(math.inf, 1.0, 0.5),), from_robot=True)
    mover = Mover('walker', Route(2.5, 0.3, 90.0, (Leg(),), from_robot=True))
    plan = changed(DEMO, route=route, movers=(mover,), seconds=0.5, rate_hz=7.0)
    extras = Extras(True, PanoramaGeometry(32, 64), GRID)
    drive = Drive(plan, mounted(load_rig(str(folder / 'rig.yaml')), 1.4), extras)
    path, done = folder / 'drive.mcap', []
    count = write_drive_bag(path, drive, progress=done.append)
    assert done == [1, 2, 3, 4]
    seen = {}
    with BagReader(path) as reader:
        topics = reader.topics
        for record in reader.messages():
            seen.setdefault(record.topic, []).append(record)
        assert reader.problems == []
    assert sum(map(len, seen.values())) == count
    return drive, topics, seen


def messages(recorded, topic):
    return [record.message for record in recorded[2][topic]]


def test_topics_and_quality_of_service(recorded):
    _, topics, _ = recorded
    assert {
        '/front/image', '/front/camera_info', '/back/image', '/back/camera_info', '/odom', '/imu',
        '/tf', '/tf_static', '/truth/front/image/labels', '/truth/back/image/depth',
        '/truth/panorama/labels', '/truth/panorama/instances', '/truth/ground/surface',
        '/truth/ground/seen', '/truth/ground/obstacle', '/truth/ground/face',
        '/truth/ground/foot', '/truth/ground/ranges', '/truth/ground/instance',
    } <= set(topics)  # fmt: skip
    assert topics['/tf_static'].latched
    assert topics['/front/image'].qos[0].reliability == 'best_effort'
    assert topics['/odom'].qos[0].reliability == 'reliable'
    assert topics['/front/image'].message_count == 4
    assert topics['/imu'].message_count == 51


def test_pictures_and_truth_are_those_of_the_drive(recorded):
    drive = recorded[0]
    for k, frame in enumerate(drive.frames()):
        image = messages(recorded, '/front/image')[k]
        assert image.stamp_ns == START_NS + round(frame.t_s * 1e9)
        assert np.array_equal(image.image, frame.images['front/image'])
        assert image.frame_id == 'front_optical_frame'
        labels = messages(recorded, '/truth/front/image/labels')[k].decoded()
        assert np.array_equal(labels, frame.truth['front/image'].labels)
        depth = messages(recorded, '/truth/panorama/depth')[k].decoded()
        near = frame.panorama.depth < 60
        np.testing.assert_allclose(depth[near] / 1000, frame.panorama.depth[near], atol=6e-4)
        assert (depth[np.isinf(frame.panorama.depth)] == 0).all()
        numbers = messages(recorded, '/truth/panorama/instances')[k].decoded()
        assert np.array_equal(numbers, frame.panorama.instances)


def test_odometry_equals_the_poses_and_has_one_at_every_picture(recorded):
    drive = recorded[0]
    stamps = {m.stamp_ns for m in messages(recorded, '/odom')}
    assert stamps >= {m.stamp_ns for m in messages(recorded, '/front/image')}
    for message in messages(recorded, '/odom'):
        pose = drive.odom_from_base((message.stamp_ns - START_NS) / 1e9)
        np.testing.assert_allclose(message.position_m, pose[:3, 3], atol=1e-9)
        turn = rotation_from_quaternion(message.orientation)
        np.testing.assert_allclose(turn, pose[:3, :3], atol=1e-9)
        assert message.linear_mps[0] == pytest.approx(1.0, rel=0.02)
        assert message.angular_radps[2] == pytest.approx(0.5, rel=0.01)


def test_imu_agrees_with_odometry(recorded):
    odometry = {m.stamp_ns: m for m in messages(recorded, '/odom')}
    for imu in messages(recorded, '/imu'):
        assert np.linalg.norm(imu.acceleration_mps2) == pytest.approx(9.82, abs=0.6)
        if imu.stamp_ns in odometry:
            assert imu.orientation == odometry[imu.stamp_ns].orientation
            assert imu.angular_radps == odometry[imu.stamp_ns].angular_radps
    middle = messages(recorded, '/imu')[25]
    level = rotation_from_quaternion(middle.orientation) @ np.array(middle.acceleration_mps2)
    assert level[2] == pytest.approx(9.80665, abs=0.05)


def test_transforms_lead_from_odom_to_every_lens(recorded):
    drive = recorded[0]
    (static,) = messages(recorded, '/tf_static')
    edges = {t.child_frame_id: t for t in static.transforms}
    for t in messages(recorded, '/tf')[3].transforms:
        edges[t.child_frame_id] = t
    for lens in drive.rig.lenses:
        frame, chain = f'{lens.name}_optical_frame', []
        while frame != 'odom':
            chain.append(edges[frame])
            frame = edges[frame].frame_id
        assert [t.child_frame_id for t in chain][1:] == ['panorama_frame', 'base_footprint']
        turn = rotation_from_quaternion(chain[0].rotation)
        np.testing.assert_allclose(turn, lens.pano_from_lens[:3, :3], atol=1e-9)
    assert edges['panorama_frame'].translation_m == pytest.approx((0.7, 0.0, 1.4))
    assert edges['base_level'].rotation[:2] == (0.0, 0.0)


@pytest.mark.parametrize('name', ['fisheye_up', 'dual_fisheye'])
def test_every_frame_has_one_parent(name):
    rig = load_rig(name)  # the lens of the first is called as pictures of several lenses are
    children = {t.child_frame_id: t for t in drive_bag._static(rig).transforms}
    assert len(children) == len(drive_bag._static(rig).transforms)
    for lens in rig.lenses:
        turn = rotation_from_quaternion(children[f'{lens.name}_optical_frame'].rotation)
        np.testing.assert_allclose(turn, lens.pano_from_lens[:3, :3], atol=1e-9)


def test_camera_info_is_the_lens(recorded):
    drive = recorded[0]
    for lens in drive.rig.lenses:
        info = messages(recorded, f'/{lens.name}/camera_info')[0]
        read = lens_from_camera_info(
            info.width, info.height, info.distortion_model, info.d, info.k
        )
        points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3)) + np.array([0, 0, 1])
        np.testing.assert_allclose(read.project(points), lens.lens.project(points), atol=1e-9)


def test_ground_map_layers_agree(recorded):
    drive = recorded[0]
    frame = next(iter(drive.frames()))
    grids = {
        name: messages(recorded, f'/truth/ground/{name}')[0]
        for name in ('surface', 'seen', 'obstacle', 'face', 'foot')
    }
    truth = frame.ground
    for grid in grids.values():
        assert grid.cells.shape == (40, 40)
        assert grid.resolution_m == pytest.approx(0.5)
        assert grid.origin_m[:2] == (-10.0, -10.0)
        assert grid.frame_id == 'base_level'
    assert np.array_equal(grids['seen'].cells == 100, truth.ground_visible)
    assert np.array_equal(grids['obstacle'].cells >= 0, truth.obstacle)
    assert np.array_equal(grids['face'].cells == 100, truth.face_visible)
    assert np.array_equal(grids['surface'].cells == -1, truth.ground == 255)
    numbers = messages(recorded, '/truth/ground/instance')[0].image
    assert np.array_equal(numbers, truth.obstacle_instance)
    walker = int(drive.world.mesh.instances.max()) + 1
    assert (numbers == walker).any()


def test_ranges_end_at_obstacles_of_the_map(recorded):
    for k, scan in enumerate(messages(recorded, '/truth/ground/ranges')):
        moving = [
            m for m in messages(recorded, '/tf') if m.transforms[0].stamp_ns == scan.stamp_ns
        ]
        (foot,) = [t for t in moving[0].transforms if t.child_frame_id == scan.frame_id]
        assert foot.frame_id == 'base_level' and foot.translation_m[0] == pytest.approx(
            0.7, abs=0.05
        )
        bearings = scan.angle_min_rad + scan.angle_step_rad * np.arange(len(scan.ranges_m))
        near = scan.ranges_m < 8.0  # well within the grid
        assert near.sum() > 50
        reach = scan.ranges_m[near] + 0.01
        ends = reach * np.array([np.cos(bearings[near]), np.sin(bearings[near])])
        column, row = ((ends.T + foot.translation_m[:2] + 10.0) / 0.5).astype(int).T
        grid = messages(recorded, '/truth/ground/obstacle')[k]
        assert (grid.cells[row, column] >= 0).mean() > 0.99


def test_compressed_images_on_request(recorded, tmp_path):
    plan = changed(recorded[0].plan, seconds=0.1, rate_hz=5.0)
    drive = Drive(plan, recorded[0].rig)
    write_drive_bag(tmp_path / 'bag', drive, 'sqlite3', True, 90)
    with BagReader(tmp_path / 'bag') as reader:
        assert not any(topic.startswith('/truth') for topic in reader.topics)
        (record,) = reader.messages(['/back/image/compressed'])
    assert record.message.decoded().shape == (24, 32, 3)


def test_processes_write_the_same_messages(recorded, tmp_path):
    drive, _, seen = recorded
    write_drive_bag(tmp_path / 'two.mcap', drive, workers=2)
    with BagReader(tmp_path / 'two.mcap') as reader:
        again = list(reader.messages(['/front/image', '/truth/panorama/labels']))
    for topic in ('/front/image', '/truth/panorama/labels'):
        mine = [record.message for record in again if record.topic == topic]
        for one, other in zip(mine, seen[topic], strict=True):
            same = [np.array_equal(a, b) for a, b in zip(one, other.message, strict=True)]
            assert all(same)
