"""A rig of two topics through the real pipeline: dark pixels are road for the test's graph."""

import numpy as np
from nav_msgs.msg import OccupancyGrid
from node_harness import LATCHED, NS, START_NS, image
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, Image

from panoseg_ros.ros.conversions import array_from_grid
from panoseg_ros.ros.factory import build_pipeline
from panoseg_ros.ros.node import PanosegNode

RIG = """
name: pair
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front:
    topic: front/image
    source_size: [96, 96]
    pano_from_lens: {}
    lens: {model: kannala_brandt, fx: 29.0, fy: 29.0, cx: 47.5, cy: 47.5, max_angle_deg: 90.0}
  back:
    topic: back/image
    calibration: camera_info
    pano_from_lens: {rpy_deg: [0.0, 0.0, 180.0]}
"""
FREE, UNKNOWN = 0, -1


def info():
    k = np.array([58.0, 0.0, 95.5, 0.0, 58.0, 95.5, 0.0, 0.0, 1.0])
    return CameraInfo(
        width=192, height=192, distortion_model='equidistant', d=[0.0] * 4, k=k,
        binning_x=2, binning_y=2,
    )  # fmt: skip


def test_two_lenses_one_of_them_live_and_silent_for_a_while(
    make_node, make_bundle, spin_until, tmp_path
):
    (tmp_path / 'pair.yaml').write_text(RIG)
    values = {
        'rig.file': str(tmp_path / 'pair.yaml'),
        'model.bundle': str(make_bundle(64, 128)),
        'model.threads': 1,
        'ground.size_m': 8.0,
        'ground.max_range_m': 5.0,
        'costmap.classes': ['road'],
        'lens_timeout_s': 0.2,
        'input.rate_hz': 20.0,
        'input.pairing_tolerance_s': 1.0,
    }
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    node = make_node(
        'panoseg',
        node_class=lambda name, **kw: PanosegNode(build_pipeline, name, **kw),
        parameter_overrides=overrides,
    )
    spin_until(lambda: node.state == 'active')
    tester, grids = make_node('tester'), []
    tester.create_subscription(OccupancyGrid, 'costmap/combined', grids.append, LATCHED)
    cameras = {n: tester.create_publisher(Image, f'{n}/image', 10) for n in ('front', 'back')}
    infos = tester.create_publisher(CameraInfo, 'back/camera_info', 10)
    for publisher in (*cameras.values(), infos):
        spin_until(publisher.get_subscription_count)
    step = 0

    def along_x(*names):
        """Send a frame of some lenses; return the newest cells behind and ahead of the robot."""
        nonlocal step
        step += 1
        received = node._session.intake.received + len(names)
        for name in names:
            cameras[name].publish(image(0, START_NS + step * NS // 20, (96, 96)))
        spin_until(lambda: node._session.intake.received >= received)
        row = array_from_grid(grids[-1])[40] if grids else np.full(80, UNKNOWN)
        return set(row[10:30].tolist()), set(row[50:70].tolist())

    assert along_x('front', 'back') == ({UNKNOWN}, {UNKNOWN})
    infos.publish(info())
    spin_until(lambda: node._session.calibrator.ready)
    assert node._session.perception.pipeline.rig.lenses[1].source_size == (96, 96)
    spin_until(lambda: along_x('front', 'back') == ({FREE}, {FREE}))
    spin_until(lambda: along_x('front') == ({UNKNOWN}, {FREE}))
    spin_until(lambda: along_x('front', 'back') == ({FREE}, {FREE}))
    spin_until(lambda: along_x('back') == ({FREE}, {UNKNOWN}))
    assert node.faults.counts() == {}
