"""Lenses from live CameraInfo: late, scaled, refused, changed."""

import re
import threading

import numpy as np
import pytest
from node_harness import HANG_S, START_NS, harness, image, value_of
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_srvs.srv import Trigger

from panoseg_ros.cameras import KannalaBrandt, Pinhole
from panoseg_ros.cameras.rig_template import LensTemplate
from panoseg_ros.errors import CameraError
from panoseg_ros.ros.camera_info import info_topic

__all__ = ['harness']
LIVE = """
name: live
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front:
    topic: front/image_raw
    calibration: camera_info
    pano_from_lens: {}
"""
ERROR = b'\x02'
SIZED = ('calibration:', 'source_size: [64, 32]\n    calibration:')


def info(width=64, height=32, model='plumb_bob', d=(0.0,) * 5, focal=40.0, **fields):
    """Return a CameraInfo whose centre is that of the picture."""
    cx, cy = (width - 1) / 2, (height - 1) / 2
    k = np.array([focal, 0.0, cx, 0.0, focal, cy, 0.0, 0.0, 1.0])
    return CameraInfo(width=width, height=height, distortion_model=model, d=list(d), k=k, **fields)


class Camera:
    def __init__(self, harness, *changes, info_topic='front/camera_info', **parameters):
        text = LIVE
        for old, new in changes:
            text = text.replace(old, new)
        harness.rig_file.write_text(text)
        harness.start(**parameters)
        self.harness, self.node = harness, harness.node
        self.grids = harness.listen('costmap/combined')
        self.images = harness.camera('front/image_raw')
        self.infos = harness.camera(info_topic, CameraInfo)
        self.newest = harness.diagnostics()

    @property
    def calibrator(self):
        return self.node._session.calibrator

    @property
    def pipeline(self):
        return self.node._session.perception.pipeline

    @property
    def lens(self):
        return self.pipeline.rig.lenses[0].lens

    def tell(self, message):
        """Publish a CameraInfo and wait until it is used or refused."""
        version = self.calibrator.live.version
        self.infos.publish(message)
        self.harness.spin_until(lambda: self.calibrator.live.version > version)
        self.harness.spin_until(lambda: self.calibrator.ready or self.calibrator.error)

    def show(self, value):
        received = self.node._session.intake.received
        self.images.publish(image(value, self.harness.next_ns()))
        self.harness.spin_until(lambda: self.node._session.intake.received > received)

    def sees(self, value):
        self.show(value)
        self.harness.spin_until(lambda: self.grids and value_of(self.grids[-1]) == value)
        return True


def test_until_it_has_come_nothing_is_published_but_unknown(harness, spin_until):
    camera = Camera(harness, input_timeout_s=0.3)
    newest = camera.newest
    for value in (1, 2, 3):
        camera.show(value)
    spin_until(lambda: newest() and newest().level == ERROR)
    assert newest().message.startswith('blind, costmaps are unknown: waiting for camera_info on ')
    assert '/front/camera_info; ' in newest().message
    assert newest().values['lens front: calibration'].startswith('camera_info on /')
    assert harness.pipeline.lenses == []
    assert all(value_of(grid) == -1 for grid in camera.grids)
    assert harness.set_parameters(input_timeout_s=600.0)[0]
    camera.tell(info())
    assert camera.sees(4)
    spin_until(lambda: 'camera_info' not in newest().message)
    assert isinstance(camera.lens, Pinhole) and camera.lens.size == (64, 32)
    assert camera.lens.fx == 40.0


def test_waiting_is_a_warning_before_it_is_blindness(harness, spin_until):
    camera = Camera(harness)
    spin_until(lambda: camera.newest() and camera.newest().message.startswith('waiting for'))
    assert camera.newest().level == b'\x01'


@pytest.mark.parametrize(
    ('message', 'focal'),
    [
        (info(640, 320, focal=400.0), 40.0),  # the same lens at ten times the size
        (info(128, 64, focal=80.0, binning_x=2, binning_y=2), 40.0),
        (
            info(128, 64, roi=RegionOfInterest(x_offset=32, y_offset=16, width=64, height=32)),
            40.0,
        ),
    ],
)
def test_it_is_scaled_to_the_image(harness, message, focal):
    camera = Camera(harness, SIZED)
    camera.tell(message)
    assert camera.lens.size == (64, 32) and camera.lens.fx == pytest.approx(focal)
    assert (camera.lens.cx, camera.lens.cy) == pytest.approx((31.5, 15.5))
    assert camera.sees(5)


@pytest.mark.parametrize(
    ('message', 'words'),
    [
        (info(model='fisheye', d=(0.0,) * 4), "distortion_model .* got 'fisheye' .*equidistant"),
        (info(d=(0.0,) * 3), r'\(d\) of plumb_bob must be 4 or 5 .* got 3'),
        (info(model='equidistant', d=(0.0,) * 5), r'\(d\) of equidistant must be 4 .* got 5'),
        (info(64, 48), 'describes pictures of 64x48, which 64x32 is not'),
        (info(focal=0.0), r'f[xy]'),
        (info(d=(float('nan'),) * 5), r'\(d\) must be finite'),
    ],
)
def test_one_line_says_why_it_is_refused(harness, spin_until, message, words):
    camera = Camera(harness, SIZED)
    camera.tell(message)
    assert re.search(words, camera.calibrator.error)
    assert re.search(r'camera_info on /\S+/front/camera_info: ', camera.calibrator.error)
    newest = camera.newest
    spin_until(lambda: newest() and 'calibration refused' in newest().message)
    assert newest().level == ERROR and camera.calibrator.error in newest().message
    camera.show(5)
    camera.infos.publish(message)  # said again, it is not counted again
    camera.tell(info())
    assert camera.sees(6) and (START_NS, 5) not in harness.pipeline.seen
    assert harness.node.faults.counts() == {'calibration refused': 1}
    assert harness.pipeline.lenses == [('front',)]


def test_images_of_another_shape_are_refused_by_name(harness, spin_until):
    camera = Camera(harness)
    camera.tell(info(64, 48))
    camera.show(5)
    spin_until(lambda: harness.node.faults.counts() == {'image shape': 1})
    with pytest.raises(CameraError, match=r'64x32, camera_info on front/camera_info expects .*48'):
        camera.pipeline.rig.split('front/image_raw', np.zeros((32, 64, 3), np.uint8))
    camera.tell(info(640, 320))  # any size of the right shape will do
    assert camera.sees(6)


def test_a_change_mounts_another_lens_and_resets_the_map(harness):
    camera = Camera(harness)
    camera.tell(info())
    assert camera.sees(7)
    first, epoch = camera.pipeline, camera.node._session.outputs.epoch
    camera.infos.publish(info())
    assert camera.sees(8) and camera.pipeline is first  # nothing new
    camera.tell(info(model='equidistant', d=(0.1, 0.0, 0.0, 0.0)))
    assert isinstance(camera.lens, KannalaBrandt) and camera.pipeline is not first
    assert camera.node._session.outputs.epoch > epoch
    harness.spin_until(lambda: value_of(camera.grids[-1]) == -1)
    assert camera.sees(9)


def test_a_change_to_the_worse_makes_blind(harness, spin_until):
    camera = Camera(harness)
    camera.tell(info())
    assert camera.sees(7)
    camera.tell(info(model='fisheye'))
    spin_until(lambda: value_of(camera.grids[-1]) == -1)
    camera.show(8)
    camera.tell(info())
    assert camera.sees(9)
    assert 8 not in [value for _, value in harness.pipeline.seen]


def test_another_model_keeps_the_lens(harness):
    camera = Camera(harness)
    camera.tell(info())
    rig = camera.pipeline.rig
    assert harness.call(Trigger, 'panoseg/load_model').success
    assert camera.pipeline.rig is rig and camera.pipeline is harness.pipeline
    assert camera.sees(3)


def test_the_topic_may_be_named_in_the_rig(harness):
    named = ('calibration:', 'camera_info_topic: elsewhere/info\n    calibration:')
    camera = Camera(harness, named, info_topic='elsewhere/info')
    camera.tell(info())
    assert camera.sees(3)


@pytest.mark.parametrize(
    ('rules', 'topic'),
    [
        (['front/image_raw:=cam/image'], 'cam/camera_info'),
        (['front/camera_info:=cam/info'], 'cam/info'),
        (['front/image_raw:=cam/image', 'front/camera_info:=other'], 'other'),
    ],
)
def test_it_is_beside_the_image_after_remapping(make_node, rules, topic):
    arguments = [word for rule in rules for word in ('-r', rule)]
    node = make_node('remapped', cli_args=['--ros-args', *arguments])
    entry = LensTemplate('front', 'front/image_raw', None, None, None, np.eye(4))
    assert info_topic(node, entry) == f'{node.get_namespace()}/{topic}'


def test_two_lenses_wait_for_both(harness, spin_until):
    second = LIVE[LIVE.index('  front:') :].replace('front', 'back')
    camera = Camera(harness, ('pano_from_lens: {}\n', f'pano_from_lens: {{}}\n{second}'))
    back_images = harness.camera('back/image_raw')
    back_infos = harness.camera('back/camera_info', CameraInfo)
    camera.infos.publish(info())
    live = camera.calibrator.live
    spin_until(lambda: len(live.missing) == 1)
    assert live.missing[0].endswith('/back/camera_info')
    back_infos.publish(info(focal=50.0))
    spin_until(lambda: camera.calibrator.ready)
    assert [entry.lens.fx for entry in camera.pipeline.rig.lenses] == [40.0, 50.0]
    stamp_ns = harness.next_ns()
    camera.images.publish(image(3, stamp_ns))
    back_images.publish(image(4, stamp_ns))
    spin_until(lambda: harness.pipeline.lenses == [('front', 'back')])


def test_what_comes_while_tables_are_built_counts(harness, spin_until):
    """The first lens is never used: another had come before its tables were ready."""
    camera = Camera(harness)
    gate, pipeline = threading.Event(), harness.pipeline
    with_rig, begun = pipeline.with_rig, []

    def slow(rig):
        begun.append(rig)
        assert gate.wait(HANG_S)
        return with_rig(rig)

    pipeline.with_rig = slow
    camera.infos.publish(info(focal=30.0))
    spin_until(lambda: begun)
    camera.infos.publish(info(focal=50.0))
    spin_until(lambda: camera.calibrator.live.version == 2)
    assert harness.state() == 'active' and not camera.calibrator.ready
    camera.show(5)
    gate.set()
    spin_until(lambda: camera.calibrator.ready)
    assert camera.lens.fx == 50.0 and len(begun) == 2
    assert camera.sees(6) and 5 not in [value for _, value in pipeline.seen]


def test_a_model_loaded_while_tables_are_built_gets_the_new_lens(harness, spin_until):
    camera = Camera(harness)
    camera.tell(info(focal=30.0))
    harness.build_gate.clear()
    client = harness.tester.create_client(Trigger, 'panoseg/load_model')
    spin_until(client.service_is_ready)
    answer = client.call_async(Trigger.Request())
    spin_until(lambda: harness.node._loading)
    camera.tell(info(focal=50.0))
    harness.build_gate.set()
    spin_until(answer.done)
    assert answer.result().success and camera.lens.fx == 50.0
    assert camera.pipeline in harness.pipeline.mounted
    assert camera.sees(6)


def test_deactivated_it_does_not_listen_but_remembers(harness):
    camera = Camera(harness)
    camera.tell(info())
    assert harness.change('deactivate')
    harness.spin_until(lambda: camera.infos.get_subscription_count() == 0)
    assert harness.change('activate')
    harness.spin_until(camera.images.get_subscription_count)
    assert camera.sees(6)
