"""The node as a process of its own, with a real ONNX bundle: signals, exit codes, last words."""

import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import count

import numpy as np
import pytest
from lifecycle_msgs.srv import GetState
from nav_msgs.msg import OccupancyGrid, Odometry
from node_harness import HANG_S, LATCHED, RIG, image, odometry, stamp_of
from sensor_msgs.msg import Image

from panoseg_ros.ros.conversions import array_from_grid

NS = 10**9
START_NS = 1_700_000_000 * NS


@pytest.fixture
def params(tmp_path, make_bundle):
    def write(**values):
        values = {
            'model.bundle': make_bundle(),
            'rig.file': RIG,
            'ground.min_confidence': 0.0,
        } | {name.replace('__', '.'): value for name, value in values.items()}
        path = tmp_path / 'params.yaml'
        rows = [f'    {name}: {value}' for name, value in values.items()]
        path.write_text('\n'.join(['/**:', '  ros__parameters:', *rows]) + '\n')
        return path

    return write


@pytest.fixture
def spawn(ros_namespace):
    """Start `panoseg run` in the test's namespace."""
    children = []
    command = [sys.executable, '-m', 'panoseg_ros.cli.main', 'run']

    def start(*words):
        child = subprocess.Popen(
            [*command, *map(str, words), '--', '-r', f'__ns:={ros_namespace}'],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def tester(make_node, spin_until):
    return make_node('tester')


def ask_state(tester, spin_until, wanted):
    client = tester.create_client(GetState, 'panoseg/get_state')
    spin_until(client.service_is_ready)

    def state():
        future = client.call_async(GetState.Request())
        spin_until(future.done)
        return future.result().current_state.label == wanted

    spin_until(state)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_node_cleanly_with_unknown_grids(
    tester, spin_until, spawn, params, number
):
    child = spawn('--params', params())
    combined, masks = [], []
    tester.create_subscription(OccupancyGrid, 'costmap/combined', combined.append, LATCHED)
    tester.create_subscription(Image, 'segmentation/mask', masks.append, 10)
    camera = tester.create_publisher(Image, 'image', 10)
    spin_until(camera.get_subscription_count)
    steps = count()

    def look():
        """Send until both are there: the node finds the subscribers in its own time."""
        camera.publish(image(20, START_NS + next(steps) * NS // 10))  # dark: to the bundle, road
        return masks and [g for g in combined if (array_from_grid(g) == 0).any()]

    seen = spin_until(look)
    assert Counter(masks[0].data).most_common(1)[0][0] == 0
    assert set(np.unique(array_from_grid(seen[0]))) == {-1, 0}
    assert stamp_of(seen[0]) < START_NS + 1000 * NS
    child.send_signal(number)
    spin_until(lambda: stamp_of(combined[-1]) > START_NS + 1000 * NS)  # the present
    assert np.unique(array_from_grid(combined[-1])).tolist() == [-1]
    output, _ = child.communicate(timeout=HANG_S)
    assert child.returncode == 0
    assert f'{number.name}: shutting down' in output and 'Traceback' not in output


def test_a_moving_robot_gets_a_fused_map_in_the_odometry_frame(tester, spin_until, spawn, params):
    spawn('--params', params(pose_source='odom'))
    combined = []
    tester.create_subscription(OccupancyGrid, 'costmap/combined', combined.append, LATCHED)
    camera = tester.create_publisher(Image, 'image', 10)
    odom = tester.create_publisher(Odometry, 'odom', 50)
    spin_until(lambda: camera.get_subscription_count() and odom.get_subscription_count())
    step = [0]

    def drive():
        stamp_ns = START_NS + step[0] * NS // 10
        step[0] += 1
        odom.publish(odometry(stamp_ns - NS // 20, x=0.02 * step[0]))
        odom.publish(odometry(stamp_ns + NS // 20, x=0.02 * step[0]))
        camera.publish(image(20, stamp_ns))
        return [g for g in combined if (array_from_grid(g) == 0).any()]

    grid = spin_until(drive)[-1]
    assert grid.header.frame_id == 'odom'


def test_signals_while_the_model_loads_end_the_node_cleanly(tester, spin_until, spawn, params):
    """Launch, its service manager and an impatient user may each send one."""
    child = spawn('--params', params())
    client = tester.create_client(GetState, 'panoseg/get_state')
    spin_until(client.service_is_ready)
    deadline_s = time.monotonic() + HANG_S
    while child.poll() is None and time.monotonic() < deadline_s:
        child.send_signal(signal.SIGINT)
        time.sleep(0.02)
    output, _ = child.communicate(timeout=HANG_S)
    assert child.returncode == 0 and 'Traceback' not in output


def test_a_bundle_that_does_not_match_its_card_leaves_the_node_unconfigured(
    tester, spin_until, spawn, params, tmp_path
):
    path = params()
    graph = tmp_path / 'tiny' / 'model.onnx'
    graph.write_bytes(graph.read_bytes()[:-1] + b'?')
    child = spawn('--params', path)
    for line in child.stdout:
        if 'configure failed' in line:
            break
    assert f'{graph}: damaged or exchanged' in line
    ask_state(tester, spin_until, 'unconfigured')
    child.send_signal(signal.SIGINT)
    assert child.wait(HANG_S) == 0


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        (
            '/**: {ros__parameters: {ground: {resolution_m: 1}}}',
            'ground.resolution_m: 1 is an integer, but this parameter is a double: write 1.0',
        ),
        ('/**: {ros__parameters: [', 'bad.yaml'),
    ],
)
def test_a_wrong_parameter_file_is_one_line_and_exit_code_2(spawn, tmp_path, text, words):
    path = tmp_path / 'bad.yaml'
    path.write_text(text)
    child = spawn('--params', path)
    output, _ = child.communicate(timeout=HANG_S)
    assert child.returncode == 2 and 'Traceback' not in output
    (line,) = [line for line in output.splitlines() if line.startswith('panoseg: ')]
    assert words in line
