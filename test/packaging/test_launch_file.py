"""The launch file, read, and started with the real `launch` or with stand-ins that record."""

import ast
import importlib.util
from types import SimpleNamespace

import pytest
import yaml
from launch_sources import declared

from panoseg_ros.settings import parameters

ARGUMENTS = (
    *('namespace', 'use_sim_time', 'params_file', 'autostart', 'use_respawn', 'log_level'),
    *('rig_file', 'model', 'image_topic', 'odom_topic', 'imu_topic', 'base_frame', 'map_frame'),
    'rviz',
)

HAS_LAUNCH = importlib.util.find_spec('launch_ros') is not None


@pytest.fixture(scope='module')
def path(root):
    return root / 'launch' / 'panoseg.launch.py'


@pytest.fixture(scope='module')
def tree(path):
    return ast.parse(path.read_text(encoding='utf-8'))


def constant(tree, name):
    """Return the literal value assigned to a module constant."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return eval(ast.unparse(node.value), {'bool': bool, 'str': str})
    raise AssertionError(f'no {name} in the launch file')


def test_it_declares_the_arguments(tree):
    assert tuple(declared(tree)) == ARGUMENTS


def test_an_argument_that_is_not_given_leaves_the_parameters_alone(tree):
    defaults = declared(tree)
    arguments = [*constant(tree, 'PARAMETERS'), *constant(tree, 'TOPICS')]
    assert {defaults[name] for name in arguments} == {"''"}


def test_arguments_set_parameters_that_exist_with_their_type(tree):
    known = {parameter.name: type(parameter.default) for parameter in parameters()}
    known['use_sim_time'] = bool  # every ROS node has it
    for name, kind in constant(tree, 'PARAMETERS').values():
        assert known[name] is kind


def test_defaults_bring_up_the_equirectangular_rig(root):
    text = (root / 'config' / 'panoseg.yaml').read_text(encoding='utf-8')
    assert yaml.safe_load(text)['/**']['ros__parameters']['rig']['file'] == 'equirect'
    assert (root / 'config' / 'rigs' / 'equirect.yaml').is_file()


def test_the_node_is_not_driven_from_outside(tree):
    text = ast.unparse(tree)  # a handler would activate again what somebody deactivated
    assert 'ChangeState' not in text
    assert 'RegisterEventHandler' not in text


def refuse(_):
    raise RuntimeError("package 'rviz2' not found")


def typed_value(value, value_type):
    return SimpleNamespace(evaluate=lambda _: value_type(value))


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / 'p.yaml'
    path.write_text('{}')
    return str(path)


@pytest.fixture
def launched(load_launch, monkeypatch, params_file):
    """Start with arguments; return what each node action was given, by its package."""
    module = load_launch('panoseg.launch.py')
    found = SimpleNamespace(perform=lambda _: '')
    monkeypatch.setattr(module, 'FindPackageShare', lambda name: found)
    monkeypatch.setattr(module, 'PathJoinSubstitution', lambda parts: parts)
    if not HAS_LAUNCH:
        monkeypatch.setattr(module, 'ParameterValue', typed_value)
    monkeypatch.setattr(module, 'LifecycleNode', lambda **given: given)
    monkeypatch.setattr(module, 'Node', lambda **given: given)

    def start(has_rviz=True, **arguments):
        if not has_rviz:
            monkeypatch.setattr(found, 'perform', refuse)
        defaults = dict.fromkeys(ARGUMENTS, '') | {'params_file': params_file, 'log_level': 'info'}
        given = defaults | {'rviz': 'false'} | arguments
        nodes = module.start(SimpleNamespace(launch_configurations=given))
        return {node['package']: node for node in nodes}

    return start


def test_without_arguments_only_the_file_is_passed(launched, params_file):
    (node,) = launched().values()
    assert node['executable'] == 'panoseg_node'
    assert node['parameters'] == [params_file]
    assert node['remappings'] == []


def test_a_file_that_is_not_there_is_refused(launched):
    """Launch itself would start the node with its defaults."""
    with pytest.raises(RuntimeError, match=r'params_file: /no/such\.yaml is not a file'):
        launched(params_file='/no/such.yaml')


def test_given_arguments_win_over_the_file(launched, params_file):
    node = launched(use_sim_time='true', base_frame='5', image_topic='/cam')['panoseg_ros']
    file, values = node['parameters']
    assert (file, values['use_sim_time']) == (params_file, True)
    assert values['base_frame'].evaluate(None) == '5'  # a text, though it looks like a number
    assert node['remappings'] == [('image', '/cam')]


def test_naming_the_odometry_asks_for_its_poses(launched, params_file):
    node = launched(odom_topic='/odom')['panoseg_ros']
    assert node['parameters'] == [params_file, {'pose_source': 'odom'}]
    assert node['remappings'] == [('odom', '/odom')]


def test_naming_the_imu_asks_for_its_tilt(launched, params_file):
    node = launched(imu_topic='/imu/data')['panoseg_ros']
    assert node['parameters'] == [params_file, {'tilt_source': 'imu'}]
    assert node['remappings'] == [('imu', '/imu/data')]


def test_rviz_comes_on_request_in_the_same_namespace(launched):
    rviz = launched(rviz='true', namespace='/robot', map_frame='odom')['rviz2']
    assert rviz['namespace'] == '/robot'
    assert rviz['arguments'][-2:] == ['-f', 'odom']


def test_a_missing_rviz_is_found_before_anything_starts(launched):
    with pytest.raises(RuntimeError, match='rviz2'):
        launched(has_rviz=False, rviz='true')
    assert 'panoseg_ros' in launched(has_rviz=False)


def test_a_replay_plays_nothing_before_the_node_is_there(root):
    text = (root / 'launch' / 'replay.launch.py').read_text(encoding='utf-8')
    assert text.index('IncludeLaunchDescription(Py') < text.index('function=start_player')
