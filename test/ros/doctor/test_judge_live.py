"""Judging a graph; test_watch.py looks at real ones."""

from dataclasses import replace

import pytest

from panoseg_ros.cameras import load_rig_template
from panoseg_ros.cli.doctor.live import inputs, judge_live, running_node
from panoseg_ros.cli.doctor.wants import Want, outputs, wanted_inputs
from panoseg_ros.ros.doctor.graph import Endpoint, Link, Sight
from panoseg_ros.settings import Settings

IMAGE, GRID = 'sensor_msgs/msg/Image', 'nav_msgs/msg/OccupancyGrid'
WANT = Want('/image', IMAGE, 'best_effort', 'qos.image')


def end(node, msgtype=IMAGE, reliability='best_effort', durability='volatile'):
    return Endpoint(node, msgtype, reliability, durability, 1)


def sight(*links, nodes=()):
    return Sight(3.0, tuple(nodes), {link.topic: link for link in links})


CAMERA = Link(
    '/image',
    (end('/camera'),),
    (),
    messages=45,
    rate_hz=15.0,
    message_bytes=1000,
    stamp_age_s=0.02,
)
NODE = (
    Link('/costmap/combined', (end('/panoseg', GRID),), ()),
    Link('/segmentation/mask', (end('/panoseg'),), ()),
)


def judged(*links, wanted=(WANT,), written=()):
    return {f.subject: f for f in judge_live(sight(*links), wanted, written)}


def test_a_camera_with_its_rate_is_well():
    finding = judged(CAMERA)['input /image']
    assert finding.level == 'ok'
    assert finding.state == '15.0 Hz from /camera, best effort, 1 KiB'


def test_without_a_camera_topics_that_would_fit_are_named():
    link = replace_topic(CAMERA, '/cam/raw')
    finding = judged(link)['input /image']
    assert (finding.level, finding.advice) == (
        'warning',
        'start the driver, or remap one of /cam/raw',
    )


def replace_topic(link, topic):
    return link._replace(topic=topic)


def test_a_running_node_that_gets_nothing_is_a_problem():
    asked = Link('/front/image', (), (end('/panoseg'),))
    found = judged(*NODE, asked, CAMERA)
    assert found['node'].state == '/panoseg runs'
    assert found['input /front/image'].level == 'problem'
    assert found['input /front/image'].advice == 'start the driver, or remap one of /image'
    assert 'input /image' not in found  # the node decides what it reads


def test_another_type_is_a_problem():
    link = CAMERA._replace(publishers=(end('/camera', 'sensor_msgs/msg/CompressedImage'),))
    finding = judged(link)['input /image']
    assert finding.level == 'problem'
    assert 'input.transport' in finding.advice


def test_a_best_effort_publisher_does_not_serve_a_reliable_node():
    want = WANT._replace(reliability='reliable', setting='qos.video')
    finding = judged(CAMERA, wanted=[want])['input /image']
    assert finding.level == 'problem'
    assert 'qos.video.reliability to best_effort' in finding.advice


def test_a_silent_camera_is_a_problem():
    finding = judged(CAMERA._replace(messages=0, rate_hz=None, stamp_age_s=None))['input /image']
    assert finding.level == 'problem'
    assert '/camera sent nothing within 3 s' in finding.state
    assert 'see segment' in finding.advice


def test_large_pictures_point_to_the_segment():
    assert 'see segment' in judged(CAMERA._replace(message_bytes=6 << 20))['input /image'].state


@pytest.mark.parametrize(
    ('age_s', 'level', 'words'),
    [
        (0.02, 'ok', '20 ms behind'),
        (7.0, 'warning', '7.0 s behind'),
        (-7.0, 'warning', '7.0 s ahead of'),
    ],
)
def test_stamps_are_held_against_this_host(age_s, level, words):
    finding = judged(CAMERA._replace(stamp_age_s=age_s))['input /image stamps']
    assert finding.level == level
    assert words in finding.state


def test_simulated_time_is_not_compared():
    clock = Link('/clock', (end('/player', 'rosgraph_msgs/msg/Clock'),), ())
    assert judged(CAMERA._replace(stamp_age_s=1e6), clock)['input /image stamps'].level == 'ok'


def test_zero_stamps_are_a_warning():
    link = CAMERA._replace(stamp_age_s=None, zero_stamps=45)
    assert 'stamp_source' in judged(link)['input /image stamps'].advice


def test_two_cameras_on_one_topic_are_a_warning():
    link = CAMERA._replace(publishers=(end('/camera'), end('/other')))
    found = list(judge_live(sight(link), [WANT], ()))
    assert found[1].level == 'warning'
    assert '/camera, /other' in found[1].state


def test_somebody_else_on_our_topics_is_a_problem():
    mask = NODE[1]._replace(publishers=(end('/panoseg'), end('/intruder')))
    finding = judged(NODE[0], mask)['output /segmentation/mask']
    assert finding.level == 'problem'
    assert finding.state == 'also published by /intruder'


def test_before_the_node_runs_every_publisher_there_is_a_foreign_one():
    link = Link('/costmap/car', (end('/old', GRID),), ())
    found = judged(link, written=outputs('', ['/costmap/car', '/other']))
    assert found['output /costmap/car'].level == 'problem'


def test_ends_that_do_not_connect_are_a_problem():
    link = Link('/map', (end('/a'),), (end('/b'),), ('/a does not serve /b: reliability',))
    finding = judged(link)['topic /map']
    assert (finding.level, finding.state) == ('problem', '/a does not serve /b: reliability')


def test_a_costmap_without_a_mask_is_not_our_node():
    assert running_node(sight(NODE[0])) == ''
    assert running_node(sight(*NODE)) == '/panoseg'


def test_inputs_follow_the_settings():
    settings = Settings()
    template = load_rig_template('dual_fisheye_two_topics')
    names = [want.topic for want in wanted_inputs(settings, template, '/robot')]
    assert len(names) == 2
    assert all(name.startswith('/robot/') for name in names)
    video = replace(settings, input=replace(settings.input, transport='h264'), tilt_source='imu')
    wanted = wanted_inputs(video, template, '')
    assert [want.setting for want in wanted] == ['qos.video', 'qos.video', 'qos.imu']
    assert wanted[0].topic.endswith('/compressed')
    assert wanted[0].reliability == 'reliable'


def test_a_running_node_decides_what_is_listened_to():
    asked = Link('/front/image', (), (end('/panoseg'), end('/viewer')))
    other = Link('/raw', (), (end('/viewer'),))
    assert inputs(sight(asked, other), [WANT]) == ('/image',)
    assert inputs(sight(*NODE, asked, other), [WANT]) == ('/front/image',)


def test_a_topic_that_nobody_listened_to_is_not_called_silent():
    assert judged(CAMERA._replace(messages=None, rate_hz=None))['input /image'].level == 'ok'
