"""Real ROS for every test here: an own locked domain on this host, nothing left behind.

The environment is set while this file is imported, that is before any test module can
import rclpy or a message package (those read ROS_PYTHON_CHECK_FIELDS once, on import).
"""

import os
import re
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from panoseg_ros.ros.isolation import LockedDomain

HANG_S = 100.0  # nothing here takes that long, however busy the machine
DOMAIN = LockedDomain()  # held until this worker ends
ROS_HOME = Path(tempfile.mkdtemp(prefix='panoseg_ros_test_'))
SESSION_NAMESPACE = f'/panoseg_test_{os.getpid()}'
for _name in set(os.environ) - set(DOMAIN.environment()):
    del os.environ[_name]
os.environ.update(DOMAIN.environment())
os.environ.update(
    ROS_PYTHON_CHECK_FIELDS='1', ROS_HOME=str(ROS_HOME), ROS_LOG_DIR=str(ROS_HOME / 'log')
)


def own_processes():
    """Return {pid: command} of the processes that this test session started and that live.

    Orphans are found too: whatever was started from here carries our ROS_HOME.
    """
    mark = f'ROS_HOME={ROS_HOME}'.encode()
    found = {}
    for folder in Path('/proc').glob('[0-9]*'):
        try:
            state, parent = (folder / 'stat').read_text().rsplit(')', 1)[1].split()[:2]
            ours = int(parent) == os.getpid() or mark in (folder / 'environ').read_bytes()
            command = (folder / 'cmdline').read_bytes().replace(b'\0', b' ').decode()
        except (OSError, ValueError):  # it ended while we looked, or is another user's
            continue
        mine = int(folder.name) == os.getpid()
        if ours and not mine and state != 'Z' and 'resource_tracker' not in command:
            found[int(folder.name)] = command
    return found


@pytest.fixture(scope='session', autouse=True)
def _leave_nothing_behind():
    yield
    left = own_processes()
    shutil.rmtree(ROS_HOME, ignore_errors=True)
    DOMAIN.release()
    assert not left, f'processes left after the tests: {left}'


@pytest.fixture(autouse=True)
def _end_own_children():
    before = set(own_processes())
    yield
    left = {pid: command for pid, command in own_processes().items() if pid not in before}
    assert not left, f'processes left after this test: {left}'


@pytest.fixture(scope='session')
def ros_domain_id():
    """The domain that this worker has to itself."""
    return DOMAIN.domain_id


@pytest.fixture(scope='session')
def foreign_nodes():
    """Return a function that lists full names of visible nodes that no test here made."""
    import rclpy

    context = rclpy.Context()
    rclpy.init(context=context, domain_id=DOMAIN.domain_id)
    watcher = rclpy.create_node('watcher', context=context, namespace=SESSION_NAMESPACE)

    def foreign():
        seen = watcher.get_node_names_and_namespaces()
        full = [f'{namespace.rstrip("/")}/{name}' for name, namespace in seen]
        return [name for name in full if not name.startswith(f'{SESSION_NAMESPACE}/')]

    yield foreign
    left = gone(foreign)
    watcher.destroy_node()
    rclpy.shutdown(context=context)
    assert not left, f'foreign ROS nodes are visible in domain {DOMAIN.domain_id}: {left}'


def gone(foreign):
    """Return the foreign nodes that do not leave; word of a leaving one takes a moment."""
    deadline_s = time.monotonic() + HANG_S
    while (left := foreign()) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return left


@pytest.fixture
def ros_namespace(request):
    """A namespace that no other test uses."""
    name = re.sub(r'[^a-z0-9]+', '_', request.node.name.lower()).strip('_')
    return f'{SESSION_NAMESPACE}/{name}_{time.monotonic_ns()}'


@pytest.fixture
def ros_context(foreign_nodes):
    """An own rclpy Context in this worker's domain, shut down after the test."""
    import rclpy

    context = rclpy.Context()
    rclpy.init(context=context, domain_id=DOMAIN.domain_id)
    yield context
    if context.ok():
        rclpy.shutdown(context=context)
    left = gone(foreign_nodes)
    assert not left, f'foreign ROS nodes are visible in domain {DOMAIN.domain_id}: {left}'


@pytest.fixture
def ros_executor(ros_context):
    """A single-threaded executor in `ros_context`."""
    from rclpy.executors import SingleThreadedExecutor

    executor = SingleThreadedExecutor(context=ros_context)
    yield executor
    executor.shutdown()


@pytest.fixture
def make_node(ros_context, ros_executor, ros_namespace):
    """Return `make(name='tester', node_class=Node, **kwargs)`: a node in the test's namespace.

    Nodes are spun by `spin_until` and destroyed after the test; pass `namespace=` to
    put one elsewhere below the test's own namespace.
    """
    from rclpy.node import Node

    nodes = []

    def make(name='tester', node_class=Node, **kwargs):
        settings = {'context': ros_context, 'namespace': ros_namespace, **kwargs}
        node = node_class(name, **settings)
        nodes.append(node)
        ros_executor.add_node(node)
        return node

    yield make
    for node in nodes:
        ros_executor.remove_node(node)
        node.destroy_node()


@pytest.fixture
def spin_until(ros_executor):
    """Return `spin(condition)`: spin the test's nodes until it holds.

    It returns the condition's value and fails the test if that stays false.
    """

    def spin(condition):
        deadline = time.monotonic() + HANG_S
        while not (value := condition()):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                pytest.fail(f'condition did not come true within {HANG_S} s')
            ros_executor.spin_once(timeout_sec=min(0.05, left_s))
        return value

    return spin
