"""RViz does not run everywhere: its file is held to the node's contract by reading it."""

import pytest
import yaml

from panoseg_ros.resources import share_dir

PICTURES = ['panorama/image', *(f'segmentation/{n}' for n in ('mask', 'confidence', 'overlay'))]


@pytest.fixture(scope='module')
def manager():
    text = (share_dir() / 'config' / 'panoseg.rviz').read_text(encoding='utf-8')
    return yaml.safe_load(text)['Visualization Manager']


@pytest.fixture(scope='module')
def topics(manager):
    """Topic name -> (display class, its QoS block)."""
    shown = [display for display in manager['Displays'] if 'Topic' in display]
    return {d['Topic']['Value']: (d['Class'], d['Topic']) for d in shown}


def test_grids_match_a_latched_publisher(topics):
    grids = {name: entry for name, entry in topics.items() if name.startswith('costmap/')}
    for kind, qos in grids.values():
        assert kind == 'rviz_default_plugins/Map'
        assert qos['Durability Policy'] == 'Transient Local'
        assert qos['Reliability Policy'] == 'Reliable'
        assert qos['History Policy'] == 'Keep Last'


def test_pictures_never_hold_a_publisher_back(topics):
    for name in PICTURES:
        kind, qos = topics[name]
        assert kind == 'rviz_default_plugins/Image'
        assert (qos['Reliability Policy'], qos['Depth']) == ('Best Effort', 1)
        assert qos['Durability Policy'] == 'Volatile'


def test_topics_follow_the_namespace_of_rviz(manager, topics):
    assert not [name for name in topics if name.startswith(('/', '~'))]
    assert manager['Global Options']['Fixed Frame'] == 'base_link'


def test_display_names_are_unique(manager):
    names = [display['Name'] for display in manager['Displays']]
    assert len(set(names)) == len(names)
