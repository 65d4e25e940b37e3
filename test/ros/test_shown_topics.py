"""What RViz and Foxglove are told to show is what a real node publishes, or reads."""

import json
import re

import numpy as np
import pytest
import yaml
from node_harness import RIG, harness
from rclpy.qos import (
    QoSCompatibility,
    QoSDurabilityPolicy,
    QoSHistoryPolicy,
    QoSProfile,
    QoSReliabilityPolicy,
    qos_check_compatible,
)

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import load_rig
from panoseg_ros.frames import Frame
from panoseg_ros.pipeline import Pipeline
from panoseg_ros.resources import share_dir

__all__ = ['harness']
KINDS = {  # RViz display or Foxglove panel -> type of its messages
    'rviz_default_plugins/Image': 'sensor_msgs/Image',
    'rviz_default_plugins/LaserScan': 'sensor_msgs/LaserScan',
    'rviz_default_plugins/Map': 'nav_msgs/OccupancyGrid',
    'rviz_default_plugins/PointCloud2': 'sensor_msgs/PointCloud2',
    'Image': 'sensor_msgs/Image',
    'DiagnosticSummary': 'diagnostic_msgs/DiagnosticArray',
    'Plot': 'diagnostic_msgs/DiagnosticArray',
}
TOLD_ONCE = {'segmentation/label_info'}  # for programs; only where vision_msgs is installed
SHOWN_3D = {  # topic -> type of what is no costmap
    '/ground/scan': 'sensor_msgs/LaserScan',
    '/ground/obstacles': 'sensor_msgs/PointCloud2',
    '/ground/free': 'sensor_msgs/PointCloud2',
    '/segmentation/points': 'sensor_msgs/PointCloud2',
}
OWN = ('rosout', 'parameter_events', 'panoseg/transition_event')
PATH = re.compile(r'/(\w+)\.status\[:\]\{name=="/panoseg"\}\.values\[:\]\{key=="([^"]+)"\}\.value')


@pytest.fixture
def faces(harness, ros_namespace):
    """Relative topic -> (type, QoS) of what a node of default parameters publishes and reads."""
    node = harness.start()

    def table(ends):
        found = {}
        for end in ends:
            name = end.topic_name.removeprefix(f'{ros_namespace}/').removeprefix('/')
            package = end.msg_type.__module__.split('.')[0]
            found[name] = f'{package}/{end.msg_type.__name__}', end.qos_profile
        return found

    published = {k: v for k, v in table(node.publishers).items() if k not in OWN}
    return published, table(node.subscriptions)


@pytest.fixture(scope='module')
def displays():
    text = (share_dir() / 'config' / 'panoseg.rviz').read_text(encoding='utf-8')
    shown = yaml.safe_load(text)['Visualization Manager']['Displays']
    return [display for display in shown if 'Topic' in display]


@pytest.fixture(scope='module')
def panels():
    text = (share_dir() / 'config' / 'foxglove.json').read_text(encoding='utf-8')
    layout = json.loads(text)
    assert set(leaves(layout['layout'])) == set(layout['configById'])
    return {name: (name.split('!')[0], panel) for name, panel in layout['configById'].items()}


def leaves(node):
    if isinstance(node, str):
        return [node]
    return leaves(node['first']) + leaves(node['second'])


def asked(topic):
    """Return the QoS that RViz asks for."""
    return QoSProfile(
        depth=topic['Depth'],
        history=QoSHistoryPolicy[topic['History Policy'].upper().replace(' ', '_')],
        reliability=QoSReliabilityPolicy[topic['Reliability Policy'].upper().replace(' ', '_')],
        durability=QoSDurabilityPolicy[topic['Durability Policy'].upper().replace(' ', '_')],
    )


def test_rviz_shows_every_output_with_its_type_and_quality(faces, displays):
    published, read = faces
    shown = {display['Topic']['Value']: display for display in displays}
    assert shown.keys() - published.keys() == {'image'}  # the camera's own
    assert published.keys() - shown.keys() - TOLD_ONCE == {'diagnostics'}  # it has no display
    for name, display in shown.items():
        kind, profile = (published | read)[name]
        assert KINDS[display['Class']] == kind, name
        verdict, reason = qos_check_compatible(profile, asked(display['Topic']))
        assert verdict != QoSCompatibility.ERROR, f'{name}: {reason}'
        if 'Update Topic' in display:
            assert display['Update Topic']['Value'] == f'{name}_updates'


def test_rviz_gets_the_latched_grids_that_came_before_it(displays, faces):
    published, _ = faces
    latched = {
        name
        for name, (_, profile) in published.items()
        if profile.durability == QoSDurabilityPolicy.TRANSIENT_LOCAL
    }
    assert 'costmap/combined' in latched
    for display in displays:
        transient = asked(display['Topic']).durability == QoSDurabilityPolicy.TRANSIENT_LOCAL
        assert transient == (display['Topic']['Value'] in latched)


def test_foxglove_shows_topics_that_the_node_has_with_their_type(faces, panels):
    published, _ = faces
    seen = set()

    def check(topic, wanted):
        kind, _ = published[topic.removeprefix('/')]
        assert topic.startswith('/') and kind == wanted, topic
        seen.add(topic)

    for kind, panel in panels.values():
        if kind == '3D':
            for topic in panel['topics']:
                check(topic, SHOWN_3D.get(topic, 'nav_msgs/OccupancyGrid'))
        elif kind == 'Image':
            check(panel['imageMode']['imageTopic'], KINDS[kind])
        elif kind == 'DiagnosticSummary':
            check(panel['topicToRender'], KINDS[kind])
        else:
            for path in panel['paths']:
                check(f'/{PATH.fullmatch(path["value"])[1]}', KINDS[kind])
    missing = {f'/{name}' for name in published.keys() - TOLD_ONCE} - seen
    assert missing == {'/segmentation/confidence'}


def test_foxglove_plots_figures_that_the_diagnostics_have(harness, panels, make_bundle):
    harness.start()
    newest = harness.diagnostics()
    harness.spin_until(newest)
    own = {'time: decode (ms)', 'time: pose (ms)', 'time: total (ms)'}  # of the node itself
    rig = load_rig(RIG)
    frame = Frame(1, '', np.zeros((32, 64, 3), np.uint8), 'camera')
    stages = Pipeline(load_bundle(str(make_bundle())), rig)([frame]).timings_ms
    known = own | {f'time: {stage} (ms)' for stage in stages} | newest().values.keys()
    plots = [panel for kind, panel in panels.values() if kind == 'Plot']
    keys = {PATH.fullmatch(path['value'])[2] for panel in plots for path in panel['paths']}
    assert len(keys) >= 8 and keys <= known
