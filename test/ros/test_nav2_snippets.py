"""The snippets for Nav2 ask for what a node of default parameters publishes."""

import pytest
import yaml
from node_harness import harness
from rclpy.qos import QoSDurabilityPolicy

from panoseg_ros.resources import share_dir
from panoseg_ros.settings import Settings

__all__ = ['harness']
FOLDER = share_dir() / 'config' / 'nav2'
COSTMAPS = ('obstacle_layer', 'static_layer', 'stvl', 'voxel_layer')
NAMES = ('collision_monitor', *COSTMAPS)
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
    for name in NAMES:
        for _, source in sources(name):
            kind = source.get('data_type', source.get('type'))
            asked[source['topic']] = {'LaserScan': 'LaserScan', 'scan': 'LaserScan'}[kind]
    assert len(asked) == 2
    for topic, kind in asked.items():
        assert published[topic][0] == kind, topic


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


@pytest.mark.parametrize('name', NAMES[:2] + NAMES[3:])
def test_silence_of_the_node_is_noticed_before_it_says_that_it_is_blind(name):
    assert sources(name)
    for _, source in sources(name):
        limit = source.get('expected_update_rate', source.get('source_timeout'))
        assert 0.2 <= limit < NODE.input_timeout_s


@pytest.mark.parametrize('name', ['obstacle_layer', 'stvl', 'voxel_layer'])
def test_points_at_the_height_of_the_base_are_kept(name):
    for owner, source in sources(name):
        for limits in (source, owner):
            assert limits.get('min_obstacle_height', -1.0) < -0.1
            assert limits.get('max_obstacle_height', 1.0) > 0.1
        assert source['sensor_frame'] == '' and source['marking'] is True
        if 'origin_z' in owner:
            top = owner['origin_z'] + owner['z_voxels'] * owner['z_resolution']
            assert owner['origin_z'] < -0.1 and top > 0.1 and owner['z_voxels'] <= 16


@pytest.mark.parametrize('name', ['obstacle_layer', 'voxel_layer'])
def test_free_bearings_clear_and_do_not_mark(name):
    for _, source in sources(name):
        assert source['clearing'] and source['inf_is_valid']
        assert source['obstacle_max_range'] < NODE.ground.max_range_m  # where +inf ends up
        assert source['raytrace_max_range'] == NODE.ground.max_range_m
        assert source['obstacle_max_range'] <= source['raytrace_max_range']


def test_the_spatio_temporal_layer_neither_marks_nor_clears_what_is_free():
    ((owner, source),) = sources('stvl')
    assert not source['inf_is_valid'] and not source['clearing']
    assert source['expected_update_rate'] <= owner['voxel_decay']
    assert source['obstacle_range'] <= NODE.ground.max_range_m


def test_the_collision_monitor_has_a_zone_and_stops_without_data():
    monitor = body('collision_monitor')
    assert monitor['source_timeout'] > 0.0
    for polygon in monitor['polygons']:
        zone = monitor[polygon]
        assert zone['action_type'] == 'stop' and zone['radius'] > 0.0
        # A pole of 10 cm at the edge of the zone is as many bearings wide as it takes.
        bearings = NODE.ground.bearings * 0.1 / (2.0 * 3.1416 * zone['radius'])
        assert zone['min_points'] <= bearings
