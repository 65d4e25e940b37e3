"""Bags of every kind become masks, costmaps and figures; what cannot be read is named."""

import cv2
import numpy as np
import pytest
from replay_samples import (
    HEIGHT,
    MS,
    ONE,
    TWO,
    WIDTH,
    at,
    dark,
    image,
    job,
    messages,
    metrics,
    picture,
    write_bag,
)

from panoseg_ros import bags
from panoseg_ros.errors import CameraError, ReplayError, SettingsError
from panoseg_ros.evaluation.replay import run_job
from panoseg_ros.streams import StreamRules

__all__ = ['job']
EIGHTFOLD = np.ones((8, 8, 1), np.uint8)
UPRIGHT = (0.0, 0.0, 0.0, 1.0)


def jpeg(index, stamp_ns):
    return bags.jpeg(stamp_ns, 'camera', picture(index), 95)


def bgr(index, stamp_ns):
    return bags.ImageMessage(stamp_ns, 'camera', picture(index)[..., ::-1].copy(), 'bgr8')


def nv12(index, stamp_ns):
    """Return a grey picture whose chroma lies below the luma."""
    luma = picture(index)[..., 0].clip(16, 235)
    planes = np.concatenate([luma, np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])
    return bags.ImageMessage(stamp_ns, 'camera', planes, 'nv12')


@pytest.mark.parametrize(
    ('name', 'topic', 'make', 'how'),
    [
        ('a.mcap', '/image', image, {}),
        ('folder', '/image', bgr, {'storage': 'sqlite3'}),
        ('packed', '/image', nv12, {'compress': True}),
        ('jpeg.mcap', '/image/compressed', jpeg, {}),
    ],
)
def test_every_picture_becomes_a_mask_with_its_stamp(job, tmp_path, name, topic, make, how):
    done = job(write_bag(tmp_path / name, 5, (topic,), make, **how))
    summary = run_job(done)
    masks = messages(done, '/segmentation/mask')
    assert [mask.stamp_ns for mask in masks] == [at(index) for index in range(5)]
    assert [dark(mask.image) for mask in masks] == [0, 1, 2, 3, 4]
    assert {mask.frame_id for mask in masks} == {'panorama_optical_frame'}
    assert summary['results'] == 5 and summary['problems'] == []


def test_a_bag_of_ros_1_is_read_too(job, tmp_path):
    from rosbags.rosbag1 import Writer
    from rosbags.typesys import Stores, get_typestore

    store, path = get_typestore(Stores.ROS1_NOETIC), tmp_path / 'old.bag'
    types = store.types
    with Writer(path) as writer:
        topic = writer.add_connection('/image', 'sensor_msgs/msg/Image', typestore=store)
        for index in range(3):
            time = types['builtin_interfaces/msg/Time'](*divmod(at(index), 10**9))
            header = types['std_msgs/msg/Header'](index, time, 'camera')
            message = types['sensor_msgs/msg/Image'](
                header, HEIGHT, WIDTH, 'rgb8', 0, 3 * WIDTH, picture(index).reshape(-1)
            )
            writer.write(topic, at(index), store.serialize_ros1(message, topic.msgtype))
    done = job(path)
    run_job(done)
    assert [dark(mask.image) for mask in messages(done, '/segmentation/mask')] == [0, 1, 2]


def test_the_files_of_a_split_bag_follow_each_other(job, tmp_path):
    folder = tmp_path / 'split'
    folder.mkdir()
    for part in range(2):
        with bags.BagWriter(folder / f'split_{part}.mcap') as writer:
            for index in (2 * part, 2 * part + 1):
                writer.write('/image', at(index), image(index, at(index)))
    done = job(folder)
    run_job(done)
    assert [dark(mask.image) for mask in messages(done, '/segmentation/mask')] == [0, 1, 2, 3]


def test_the_bag_has_the_topics_of_the_node_and_latched_grids(job, tmp_path):
    done = job(write_bag(tmp_path / 'a.mcap'), classes=('car', 'traffic light'))
    run_job(done)
    with bags.BagReader(done.out / 'panoseg.mcap') as bag:
        latched = {name: topic.latched for name, topic in bag.topics.items()}
    assert latched == {
        '/costmap/car': True,
        '/costmap/combined': True,
        '/costmap/traffic_light': True,
        '/ground/free': False,
        '/ground/obstacles': False,
        '/ground/scan': False,
        '/segmentation/confidence': False,
        '/segmentation/label_info': True,
        '/segmentation/mask': False,
    }
    grid = messages(done, '/costmap/combined')[0]
    assert (grid.frame_id, grid.stamp_ns) == ('base_link', at(0))
    for topic in ('/ground/scan', '/ground/obstacles', '/ground/free'):
        got = messages(done, topic)
        assert {message.frame_id for message in got} == {'base_link'}
        assert [message.stamp_ns for message in got] == [at(index) for index in range(len(got))]
    (told,) = messages(done, '/segmentation/label_info')
    assert told.names[6] == 'traffic light' and len(told.names) == 19
    assert told.threshold == pytest.approx(done.ground.min_confidence)


def test_pictures_are_recorded_when_asked_for(job, tmp_path):
    done = job(write_bag(tmp_path / 'a.mcap', 2), bag_pictures=True)
    run_job(done)
    (panorama, _), overlays = messages(done, '/panorama/image'), messages(
        done, '/segmentation/overlay'
    )  # fmt: skip
    np.testing.assert_array_equal(panorama.image, picture(0))
    assert overlays[0].image.shape == (HEIGHT, WIDTH, 3) and len(overlays) == 2
    points = messages(done, '/segmentation/points')
    assert [cloud.points.shape for cloud in points] == 2 * [(HEIGHT, WIDTH)]
    assert not any(cloud.dense for cloud in points)


def test_masks_and_overlays_are_files_named_by_stamp(job, tmp_path):
    done = job(write_bag(tmp_path / 'a.mcap', 3), outputs=('masks', 'overlays'))
    run_job(done)
    for index in range(3):
        mask = cv2.imread(str(done.out / 'masks' / f'{at(index)}.png'), cv2.IMREAD_UNCHANGED)
        assert dark(mask) == index
        assert (done.out / 'overlays' / f'{at(index)}.jpg').is_file()
    assert not (done.out / 'panoseg.mcap').exists()


def test_metrics_tell_every_frame_and_the_sum(job, tmp_path):
    done = job(write_bag(tmp_path / 'a.mcap', 6))
    run_job(done)
    found = metrics(done)
    assert found['source'] == done.source
    assert (found['bundle'], found['rig']) == ('tiny', ONE)
    assert [frame['stamp_ns'] for frame in found['frames']] == [at(index) for index in range(6)]
    assert {'decode', 'panorama', 'network', 'ground', 'total'} <= found['frames'][0][
        'timings_ms'
    ].keys()
    latency = found['summary']['latency_ms']
    assert 0 < latency['p50'] <= latency['p95'] <= latency['p99'] <= latency['max']
    assert found['summary']['dropped'] == 0 and 'numpy ' in found['environment']['packages']


def test_topics_are_remapped(job, tmp_path):
    path = write_bag(tmp_path / 'a.mcap', 2, ('/camera/raw',))
    done = job(path, rules=StreamRules(remaps={'/image': '/camera/raw'}))
    assert run_job(done)['results'] == 2
    with pytest.raises(ReplayError, match=r'none of the image topics /image, only /camera/raw'):
        run_job(job(path, out=tmp_path / 'other'))


def test_lenses_on_two_topics_are_paired_and_a_missing_one_is_named(job, tmp_path):
    rig = tmp_path / 'pair.yaml'
    rig.write_text(TWO)
    path = write_bag(tmp_path / 'a.mcap', 12, ('/front/image', '/back/image'))
    assert run_job(job(path, rig=str(rig), out=tmp_path / 'two'))['results'] == 12
    path = write_bag(tmp_path / 'b.mcap', 12, ('/back/image',))
    summary = run_job(job(path, rig=str(rig), out=tmp_path / 'one'))
    assert any('has no image topic /front/image' in line for line in summary['problems'])
    assert 4 <= summary['results'] < 12  # as in the node, from lens_timeout_s on


def odometry(index, stamp_ns):
    return bags.OdometryMessage(stamp_ns, 'odom', 'base_footprint', (index, 0.0, 0.5), UPRIGHT)


def posed_bag(path, frames=8):
    with bags.BagWriter(path) as writer:
        for index in range(frames):
            writer.write('/odom', at(index), odometry(index, at(index)))
            stamp = at(index) + 50 * MS
            writer.write('/image', stamp, image(index, stamp))
    return path


def test_grids_lie_where_odometry_says_half_way_between_two_poses(job, tmp_path):
    done = job(posed_bag(tmp_path / 'a.mcap'), rules=StreamRules(pose_source='odom'))
    summary = run_job(done)
    grids = messages(done, '/costmap/combined')
    middle = [grid.origin_m[0] + grid.resolution_m * grid.cells.shape[1] / 2 for grid in grids]
    np.testing.assert_allclose(middle, np.arange(7) + 0.5, atol=0.15)
    assert {grid.frame_id for grid in grids} == {'odom'}
    assert all(grid.origin_m[2] == 0.5 for grid in grids)
    assert len(messages(done, '/segmentation/mask')) == 8  # behind the last pose: no grid
    assert any('no pose at image stamp' in line for line in summary['problems'])


def test_odometry_that_jumps_resets_the_map(job, tmp_path):
    path = tmp_path / 'a.mcap'
    with bags.BagWriter(path) as writer:
        for index in range(8):  # twice the same four moments; odometry restarts at 0 m
            stamp = at(index) + 50 * MS
            writer.write('/odom', at(index), odometry(index % 4, at(index)))
            writer.write('/image', stamp, image(index % 4, stamp))
    done = job(path, rules=StreamRules(pose_source='odom', max_speed_mps=12.0))
    summary = run_job(done)
    grids = messages(done, '/costmap/combined')
    assert len(grids) == 6  # none between two poses that do not belong together
    for first, again in zip(grids[:3], grids[3:], strict=True):
        assert first.origin_m == again.origin_m
        np.testing.assert_array_equal(first.cells, again.cells)
    assert any('odometry jumped farther than' in line for line in summary['problems'])


def test_poses_and_tilt_come_from_tf_too(job, tmp_path):
    path = tmp_path / 'a.mcap'
    still = bags.Transform(0, 'base_level', 'base_footprint', (0.0, 0.0, 0.0), UPRIGHT)
    with bags.BagWriter(path, qos={'/tf_static': bags.LATCHED}) as writer:
        writer.write('/tf_static', at(0), bags.TransformsMessage((still,)))
        for index in range(6):
            moving = bags.Transform(at(index), 'odom', 'base_level', (index, 0.0, 0.0), UPRIGHT)
            writer.write('/tf', at(index), bags.TransformsMessage((moving,)))
            writer.write('/image', at(index) + MS, image(index, at(index) + 50 * MS))
    done = job(path, rules=StreamRules(pose_source='tf', tilt_source='tf', tilt_timeout_s=0.3,
                                       pose_timeout_s=0.3))  # fmt: skip
    run_job(done)
    grids = messages(done, '/costmap/combined')
    middle = [grid.origin_m[0] + grid.resolution_m * grid.cells.shape[1] / 2 for grid in grids]
    np.testing.assert_allclose(middle, np.arange(5) + 0.5, atol=0.3)
    assert 'levelling' in metrics(done)['frames'][0]['timings_ms']


def test_missing_sensors_are_one_line(job, tmp_path):
    rules = StreamRules(pose_source='odom', tilt_source='imu')
    summary = run_job(job(write_bag(tmp_path / 'a.mcap', 3), rules=rules))
    lines = '\n'.join(summary['problems'])
    assert 'has no topic /odom' in lines and 'has no topic /imu' in lines
    assert 'no pose at image stamp' in lines and '(3 times)' in lines
    assert summary['results'] == 3


def test_a_frame_that_moves_with_the_robot_cannot_be_the_map(job, tmp_path):
    rules = StreamRules(map_frame='odom')
    with pytest.raises(SettingsError, match='map_frame'):
        run_job(job(write_bag(tmp_path / 'a.mcap', 1), rules=rules))


def test_damaged_pictures_cost_themselves_alone(job, tmp_path):
    def some_cut(index, stamp_ns):
        message = jpeg(index, stamp_ns)
        return message._replace(data=message.data[:200]) if index == 2 else message

    summary = run_job(job(write_bag(tmp_path / 'a.mcap', 5, ('/image/compressed',), some_cut)))
    assert summary['results'] == 4 and summary['faults'] == {'image truncated': 1}


def test_a_bag_that_is_cut_off_is_read_up_to_the_cut(job, tmp_path):
    def large(index, stamp_ns):
        return image(index, stamp_ns)._replace(image=np.kron(picture(index), EIGHTFOLD))

    whole = write_bag(tmp_path / 'whole.mcap', 40, make=large)
    cut = tmp_path / 'cut.mcap'
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    summary = run_job(job(cut))
    assert 0 < summary['results'] < 40 and summary['problems']


def test_a_gap_without_pictures_makes_the_grids_unknown(job, tmp_path):
    path = tmp_path / 'a.mcap'
    with bags.BagWriter(path) as writer:
        for index in (0, 1, 30, 31):
            writer.write('/image', at(index), image(index, at(index)))
    done = job(path)
    run_job(done)
    grids = messages(done, '/costmap/combined')
    assert [grid.stamp_ns for grid in grids] == [at(0), at(1), at(11), at(30), at(31)]
    assert (grids[2].cells == -1).all() and not (grids[3].cells == -1).all()


def test_the_calibration_may_come_from_the_bag(job, tmp_path):
    rig = tmp_path / 'open.yaml'
    rig.write_text(
        'name: open\nbase_from_pano: {translation_m: [0.0, 0.0, 1.0]}\nlenses:\n'
        '  eye: {topic: eye/image, calibration: camera_info,\n'
        '        pano_from_lens: {frame_id: eye_optical_frame}}\n'
    )
    path = tmp_path / 'a.mcap'
    info = bags.CameraInfoMessage(
        at(0), 'eye', WIDTH, HEIGHT, 'plumb_bob', (0.0,) * 5,
        (30.0, 0.0, 32.0, 0.0, 30.0, 16.0, 0.0, 0.0, 1.0), tuple(np.eye(3).ravel()),
        (30.0, 0.0, 32.0, 0.0, 0.0, 30.0, 16.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    )  # fmt: skip
    mount = bags.Transform(0, 'base_link', 'eye_optical_frame', (0.0, 0.0, 1.0),
                           (-0.5, 0.5, -0.5, 0.5))  # fmt: skip
    with bags.BagWriter(path) as writer:
        writer.write('/tf_static', at(0), bags.TransformsMessage((mount,)))
        writer.write('/eye/camera_info', at(0), info)
        writer.write('/eye/image', at(0), image(0, at(0)))
    done = job(path, rig=str(rig))
    assert run_job(done)['results'] == 1
    (mask,) = messages(done, '/segmentation/mask')
    seen = mask.image != 255
    assert seen[HEIGHT // 2, WIDTH // 2] and not seen[:, 0].any()
    bare = write_bag(tmp_path / 'bare.mcap', 1, ('/eye/image',))
    with pytest.raises(CameraError, match='has no CameraInfo on /eye/camera_info'):
        run_job(job(bare, rig=str(rig), out=tmp_path / 'other'))
