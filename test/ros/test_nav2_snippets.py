"""The snippets for Nav2 ask for what a node of default parameters publishes."""

import pytest
import yaml
from node_harness import harness
from rclpy.qos import QoSDurabilityPolicy

from panoseg_ros.labels import load_label_set
from panoseg_ros.resources import share_dir
from panoseg_ros.settings import Settings

__all__ = ['harness']
FOLDER = share_dir() / 'config' / 'nav2'
BY_CLOUD = ('obstacle_layer', 'stvl', 'voxel_layer')
SEMANTIC = 'semantic_segmentation_layer'
COSTMAPS = (*BY_CLOUD, SEMANTIC, 'static_layer')
NAMES = ('collision_monitor', *COSTMAPS)
LABEL_INFO = 'segmentation/label_info'  # only where vision_msgs is installed
NODE = Settings()


def body(name):
    """Return the parameters of the one node in a snippet."""
    found = yaml.safe_load((FOLDER / f'{name}.yaml').read_text(encoding='utf-8'))
    while 'ros__parameters' not in found:
        ((_, found),) = found.items()
    return found['ros__parameters']


def layers(name):
    values = body(name)
    return [values[plugin] for plugin in values['plugins']]


def sources(name):
    """Return (owner, source) of every observation source."""
    owners = [body(name)] if name == 'collision_monitor' else layers(name)
    found = []
    for owner in owners:
        names = owner.get('observation_sources', [])
        names = names.split() if isinstance(names, str) else names
        found += [(owner, owner[source]) for source in names]
    return found


@pytest.fixture
def published(harness, ros_namespace):
    """Absolute topic without a namespace -> (type, durability)."""
    harness.start(ground__size_m=NODE.ground.size_m)
    return {
        p.topic_name.removeprefix(ros_namespace): (p.msg_type.__name__, p.qos_profile.durability)
        for p in harness.node.publishers
    }


def test_the_folder_holds_nothing_else():
    assert {path.name for path in FOLDER.iterdir()} == {f'{name}.yaml' for name in NAMES}


def test_every_topic_is_published_with_the_type_that_is_read(published):
    asked = {layers('static_layer')[0]['map_topic']: 'OccupancyGrid'}
    for name in ('collision_monitor', *BY_CLOUD):
        for _, source in sources(name):
            kind = source.get('data_type', source.get('type'))
            asked[source['topic']] = {'scan': 'LaserScan'}.get(kind, kind)
    ((_, source),) = sources(SEMANTIC)
    asked |= {source[f'{what}_topic']: 'Image' for what in ('segmentation', 'confidence')}
    asked[source['pointcloud_topic']] = 'PointCloud2'
    assert len(asked) == 7
    for topic, kind in asked.items():
        assert published[topic][0] == kind, topic


def test_the_semantic_layer_knows_every_class_and_where_their_names_come_from(published):
    ((owner, source),) = sources(SEMANTIC)
    assert source['labels_topic'] == f'/{LABEL_INFO}'
    told = published.get(source['labels_topic'])
    assert told in (None, ('LabelInfo', QoSDurabilityPolicy.TRANSIENT_LOCAL))
    classes = load_label_set('cityscapes19').classes
    types = {name: kind for kind in source['class_types'] for name in source[kind]['classes']}
    assert types.keys() == {cls.name for cls in classes}
    assert sum(len(source[kind]['classes']) for kind in source['class_types']) == len(classes)
    for cls in classes:
        lethal = source[types[cls.name]]['max_cost'] == 254
        assert lethal == (cls.surface != 'ground'), cls.name
    assert owner['use_approximate_time_sync'] is False and source['use_cost_selection'] is True
    assert source['max_obstacle_distance'] > NODE.ground.max_range_m


def test_the_latched_grid_is_asked_for_as_latched(published):
    layer = layers('static_layer')[0]
    assert layer['map_subscribe_transient_local'] is True
    assert published[layer['map_topic']][1] == QoSDurabilityPolicy.TRANSIENT_LOCAL


def test_the_grid_is_the_first_layer_of_a_costmap_that_tells_unknown_from_free():
    costmap = body('static_layer')
    assert costmap[costmap['plugins'][0]]['plugin'] == 'nav2_costmap_2d::StaticLayer'
    assert costmap['rolling_window'] and costmap['track_unknown_space']
    assert costmap['trinary_costmap'] is False and costmap['lethal_cost_threshold'] == 100
    own = costmap[costmap['plugins'][0]]
    assert own.keys() == {
        'plugin',
        'map_topic',
        'map_subscribe_transient_local',
        'subscribe_to_updates',
    }  # the layer reads trinary_costmap and the like from the costmap alone


@pytest.mark.parametrize('name', COSTMAPS)
def test_costmaps_fit_the_grid_of_the_node(name):
    costmap = body(name)
    assert costmap['rolling_window'] and costmap['global_frame'] == 'odom'
    assert costmap['robot_base_frame'] == 'base_link'
    assert costmap['track_unknown_space'] is True
    assert costmap['resolution'] == NODE.ground.resolution_m
    for side in ('width', 'height'):
        assert type(costmap[side]) is int and costmap[side] >= NODE.ground.size_m
    assert [entry['plugin'] for entry in layers(name)][-1].endswith('InflationLayer')


@pytest.mark.parametrize('name', ['collision_monitor', *BY_CLOUD])
def test_silence_of_the_node_is_noticed_before_it_says_that_it_is_blind(name):
    assert sources(name)
    for _, source in sources(name):
        limit = source.get('expected_update_rate', source.get('source_timeout'))
        assert 0.2 <= limit < NODE.input_timeout_s


@pytest.mark.parametrize('name', BY_CLOUD)
def test_lifted_points_pass_every_limit(name):
    lift_m = NODE.ground.ground_z_m + NODE.ground.marking_height_m
    for owner, source in sources(name):
        for limits in (source, owner):
            assert limits.get('min_obstacle_height', -9.0) <= lift_m - 0.7  # and lean by 3 degrees
            assert limits.get('max_obstacle_height', 9.0) >= lift_m + 0.7
        far_m = source.get('obstacle_max_range', source.get('obstacle_range'))
        assert far_m is None or far_m > NODE.ground.max_range_m
        assert source['data_type'] == 'PointCloud2'
        assert source['sensor_frame'] == ''  # the lines of ground/free begin in base_frame


@pytest.mark.parametrize('name', BY_CLOUD)
def test_feet_mark_and_only_free_ground_clears(name):
    found = {source['topic']: source for _, source in sources(name)}
    assert found['/ground/obstacles']['marking'] and not found['/ground/obstacles']['clearing']
    assert found.keys() - {'/ground/free'} == {'/ground/obstacles'}
    assert ('/ground/free' in found) == (name != 'stvl')
    if name != 'stvl':
        free = found['/ground/free']
        assert free['clearing'] and not free['marking']
        assert free['raytrace_max_range'] > NODE.ground.max_range_m


def test_lines_run_in_the_voxels_that_feet_mark():
    (owner, _), _ = sources('voxel_layer')
    base_m, lift_m = 0.0, NODE.ground.marking_height_m
    voxel = [int((z - owner['origin_z']) / owner['z_resolution']) for z in (base_m, lift_m)]
    assert voxel[0] == voxel[1] < owner['z_voxels'] <= 16
    for z in (base_m, lift_m):  # and not at its edge, where rounding decides
        inside = (z - owner['origin_z']) / owner['z_resolution'] % 1.0
        assert 0.2 < inside < 0.8


def test_marks_of_the_spatio_temporal_layer_last_until_the_next_frame():
    ((owner, source),) = sources('stvl')
    assert source['expected_update_rate'] <= owner['voxel_decay']


def test_the_collision_monitor_has_a_zone_and_stops_without_data():
    monitor = body('collision_monitor')
    assert monitor['source_timeout'] > 0.0
    for polygon in monitor['polygons']:
        zone = monitor[polygon]
        assert zone['action_type'] == 'stop' and zone['radius'] > 0.0
        # A pole of 10 cm at the edge of the zone is as many bearings wide as it takes.
        bearings = NODE.ground.bearings * 0.1 / (2.0 * 3.1416 * zone['radius'])
        assert zone['min_points'] <= bearings
