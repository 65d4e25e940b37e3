"""replay.launch.py and rig.launch.py: read, their functions called, and run by a real launch."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import typer

from panoseg_ros.cameras import load_rig
from panoseg_ros.cli.play import play
from panoseg_ros.errors import PanosegError
from panoseg_ros.geometry import rotation_from_quaternion

GIVEN = {'bag': 'b.mcap', 'rate': '1.0', 'start': '0.0', 'loop': 'false', 'topics': '',
         'remap': '', 'use_sim_time': 'true', 'rviz': 'true'}  # fmt: skip
HAS_LAUNCH = importlib.util.find_spec('launch_ros') is not None
needs_launch = pytest.mark.skipif(not HAS_LAUNCH, reason='launch_ros is not installed')


@pytest.fixture
def this_python(monkeypatch, root):
    """Let `env python3` be the Python of the tests."""
    folder = Path(sys.executable).parent
    monkeypatch.setenv('PATH', f'{folder}{os.pathsep}{os.environ["PATH"]}')
    monkeypatch.setenv('PYTHONPATH', str(root), prepend=os.pathsep)


def test_the_bag_is_played_with_its_clock_into_this_graph(load_launch):
    words = load_launch('replay.launch.py').play_words(GIVEN)
    assert words[:5] == ['play', 'b.mcap', '--join', '--wait-active', '/panoseg']
    assert words[5:] == ['--rate', '1.0', '--start', '0.0', '--clock']


@pytest.mark.parametrize('namespace', ['robot', '/robot', 'robot/'])
def test_the_player_waits_for_the_node_of_its_namespace(load_launch, namespace):
    words = load_launch('replay.launch.py').play_words(GIVEN | {'namespace': namespace})
    assert words[4].strip('/') == 'robot/panoseg'


def test_the_arguments_become_options_of_play(load_launch):
    given = GIVEN | {'loop': 'true', 'use_sim_time': 'false', 'topics': '/a /b', 'remap': '/a:=/c'}
    words = load_launch('replay.launch.py').play_words(given)
    assert words[8:] == ['0.0', '--loop', '--topic', '/a', '--topic', '/b', '--remap', '/a:=/c']


def test_play_knows_all_these_options(load_launch):
    given = GIVEN | {'loop': 'true', 'topics': '/a', 'remap': '/a:=/c'}
    words = load_launch('replay.launch.py').play_words(given)
    app = typer.Typer()
    app.command()(play)
    known = {option for parameter in typer.main.get_command(app).params
             for option in parameter.opts}  # fmt: skip
    assert {word for word in words if word.startswith('--')} <= known


@pytest.mark.parametrize('name', ['dual_fisheye', 'car_four_fisheye', 'gear360'])
def test_the_frames_are_those_of_the_rig(load_launch, name):
    rig = load_rig(name)
    found = {f['child']: f for f in load_launch('rig_frames.py').rig_frames(name, 'base_link')}
    assert found['panorama_frame']['parent'] == 'base_link'
    assert np.allclose(matrix(found['panorama_frame']), rig.base_from_pano)
    for lens in rig.lenses:
        frame = found[f'{lens.name}_optical_frame']
        assert frame['parent'] == 'panorama_frame'
        assert np.allclose(matrix(frame), lens.pano_from_lens)
    # Optical x is to the right, body -y; optical z is forward, body x.
    assert np.allclose(matrix(found['panorama_optical_frame'])[:3, :3] @ [1, 0, 0], [0, -1, 0])
    assert np.allclose(matrix(found['panorama_optical_frame'])[:3, :3] @ [0, 0, 1], [1, 0, 0])


def matrix(frame):
    whole = np.eye(4)
    whole[:3, :3] = rotation_from_quaternion(frame['rotation_xyzw'])
    whole[:3, 3] = frame['translation_m']
    return whole


def test_a_lens_whose_pose_comes_from_tf_is_not_published(load_launch, tmp_path):
    path = tmp_path / 'open.yaml'
    path.write_text(
        'name: open\nbase_from_pano: {}\nlenses:\n  front: {topic: image, '
        'calibration: camera_info, pano_from_lens: {frame_id: front_optical}}\n'
    )
    children = [
        f['child'] for f in load_launch('rig_frames.py').rig_frames(str(path), 'base_link')
    ]
    assert children == ['panorama_frame', 'panorama_optical_frame']


def test_a_rig_that_is_not_there_is_named(load_launch):
    with pytest.raises(PanosegError, match='none'):
        load_launch('rig_frames.py').rig_frames('none', 'base_link')


def test_the_reader_runs_by_itself(root, this_python):
    path = root / 'launch' / 'rig_frames.py'
    done = subprocess.run(
        ['/usr/bin/env', 'python3', path, 'equirect', 'base'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)[0]['parent'] == 'base'
    done = subprocess.run(
        ['/usr/bin/env', 'python3', path, 'none', 'base'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith('rig_frames: ')
    assert len(done.stderr.splitlines()) == 1


def test_every_frame_gets_a_publisher(load_launch, this_python, monkeypatch):
    module = load_launch('rig.launch.py')
    monkeypatch.setattr(module, 'Node', lambda **given: given)
    given = {'rig_file': 'dual_fisheye', 'base_frame': 'base_link'}
    nodes = module.start(SimpleNamespace(launch_configurations=given))
    assert [node['arguments'][-1] for node in nodes] == [
        'panorama_frame', 'panorama_optical_frame', 'front_optical_frame', 'back_optical_frame'
    ]  # fmt: skip
    assert len({node['name'] for node in nodes}) == 4
    words = nodes[0]['arguments']
    assert words[::2] == [*(f'--{n}' for n in ('x', 'y', 'z', 'qx', 'qy', 'qz', 'qw')),
                          '--frame-id', '--child-frame-id']  # fmt: skip
    assert all(np.isfinite(float(word)) for word in words[1:14:2])


def test_a_broken_rig_stops_the_launch_with_one_line(load_launch, this_python):
    module = load_launch('rig.launch.py')
    given = {'rig_file': 'none', 'base_frame': 'base_link'}
    with pytest.raises(RuntimeError, match="rig_frames: rig: 'none' is neither a path"):
        module.start(SimpleNamespace(launch_configurations=given))


@needs_launch
@pytest.mark.parametrize(
    ('name', 'arguments'),
    [
        ('panoseg.launch.py', {'rviz', 'namespace'}),
        ('replay.launch.py', {'bag', 'rate', 'start', 'loop', 'topics', 'remap', 'rviz'}),
        ('rig.launch.py', {'rig_file', 'base_frame'}),
    ],
)
def test_a_real_launch_knows_the_arguments(load_launch, name, arguments):
    description = load_launch(name).generate_launch_description()
    declared = {argument.name for argument in description.get_launch_arguments()}
    assert arguments <= declared


@needs_launch
def test_a_real_launch_makes_the_actions(load_launch, this_python, monkeypatch, tmp_path):
    from launch import LaunchContext
    from launch.actions import ExecuteProcess
    from launch_ros.actions import LifecycleNode, Node

    context = LaunchContext()
    context.launch_configurations.update(GIVEN)
    (player,) = load_launch('replay.launch.py').start_player(context)
    assert isinstance(player, ExecuteProcess)
    context.launch_configurations.update(rig_file='dual_fisheye', base_frame='base_link')
    assert [type(node) for node in load_launch('rig.launch.py').start(context)] == [Node] * 4
    panoseg = load_launch('panoseg.launch.py')
    share = SimpleNamespace(perform=lambda _: '')  # RViz need not be installed
    monkeypatch.setattr(panoseg, 'FindPackageShare', lambda _: share)
    monkeypatch.setattr(panoseg, 'PathJoinSubstitution', lambda _: 'panoseg.rviz')
    for argument in panoseg.declared_arguments():
        context.launch_configurations.setdefault(argument.name, '')
    (tmp_path / 'p.yaml').write_text('{}')
    given = {'rviz': 'true', 'use_respawn': 'false', 'params_file': str(tmp_path / 'p.yaml')}
    context.launch_configurations.update(given)
    kinds = [type(node) for node in panoseg.start(context)]
    assert kinds == [LifecycleNode, Node]
