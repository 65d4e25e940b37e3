"""Starts the demo's robot, node and viewer together and ends them together."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import yaml

from panoseg_ros.errors import RosError
from panoseg_ros.ros.demo.processes import Children
from panoseg_ros.ros.isolation import LockedDomain
from panoseg_ros.ros.transport import configure_transport

NAMESPACE = '/panoseg_demo'
LOGS = 'logs'
_POLL_S = 0.1


@dataclass(frozen=True)
class Plan:
    """What the demo plays, with which node, and where it leaves its results."""

    pictures: Path  # what `drive.load_drive` takes
    rig: str
    topic: str  # the rig's image topic
    model: str
    label_set: str
    out: Path
    rate_hz: float = 15.0
    seconds: float | None = None  # after the warm-up; None: until it is interrupted
    live: bool = True  # a table that is redrawn, else plain lines
    view: bool = False  # Rerun
    join: bool = False  # the caller's ROS graph instead of an isolated one

    def node_parameters(self) -> dict[str, object]:
        """Return the content of the node's parameter file."""
        values = {
            'autostart': True,
            'base_frame': 'base_footprint',
            'map_frame': 'odom',
            'pose_source': 'odom',
            'model': {'bundle': self.model},
            'rig': {'file': self.rig},
            'input': {'rate_hz': float(self.rate_hz)},
        }
        return {'/**': {'ros__parameters': values}}


class StopRequest:
    """Notes SIGINT, SIGTERM and SIGHUP: the first ends the demo, the second hurries.

    Use it as a context manager, which gives the signals back afterwards.
    """

    def __init__(self) -> None:
        self._count = 0
        self._asked = threading.Event()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> 'StopRequest':
        """Hear the signals from here on."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """Hear them no longer."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        self._asked.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a request for at most some seconds; True if there is one."""
        return self._asked.wait(seconds)

    def urgent(self) -> bool:
        """Return whether there was more than one request."""
        return self._count > 1


def run_demo(plan: Plan, stop: StopRequest) -> int:
    """Run the demo until its time is over or a signal asks for the end, and return 0.

    Args:
        plan: what to run.
        stop: entered by the caller, which may have work to do before.

    Raises:
        RosError: if a process ends by itself; the message holds its last words.
    """
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='panoseg_demo_')))
        environment, where = dict(os.environ), 'the ROS graph of this shell'
        if not plan.join:
            domain = stack.enter_context(LockedDomain())
            environment = domain.environment()
            where = f'ROS domain {domain.domain_id}, limited to this host'
        environment['ROS_LOG_DIR'] = str(scratch)
        transport = configure_transport(environment)
        print(f'demo in {where}, namespace {NAMESPACE}; Ctrl-C ends it', flush=True)
        print(transport.message, flush=True)
        children = Children()
        try:
            if not stop.wait(0.0):
                _start(plan, scratch, environment, children)
                _attend(children, stop)
        finally:
            # It has yet to read how much of the cores the others took.
            unclean = children.stop(stop.urgent, first=['viewer'])
        for line in unclean:
            print(f'not a clean end: {line}', file=sys.stderr)
    return 0


def _attend(children: Children, stop: StopRequest) -> None:
    """Wait for the viewer or a signal; raise RosError if another process ends."""
    while not stop.wait(_POLL_S):
        if children.ended('viewer') == 0:
            return
        for name in ('node', 'robot', 'viewer'):
            if children.ended(name) is not None:
                raise RosError(children.obituary(name))


def _start(plan: Plan, scratch: Path, environment: Mapping[str, str], children: Children) -> None:
    logs = plan.out / LOGS
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise RosError(f'--out: {plan.out} cannot be used: {err.strerror}') from err
    parameters = scratch / 'node.yaml'
    parameters.write_text(yaml.safe_dump(plan.node_parameters()), encoding='utf-8')
    pids: dict[str, int] = {}
    for name, words in _commands(plan, parameters).items():
        command = [sys.executable, '-m', f'panoseg_ros.ros.{words[0]}', *words[1:]]
        if name == 'viewer':
            for other, pid in pids.items():
                command += ['--process', f'{other}={pid}']
        log = logs / f'{name}.log'
        pids[name] = children.start(name, command, environment, log, speaks=name == 'viewer')


def _commands(plan: Plan, parameters: Path) -> dict[str, list[str]]:
    """Return module and arguments of every process, in the order of their start."""
    in_namespace = ['--namespace', NAMESPACE]
    viewer = ['demo.viewer', *in_namespace, '--out', str(plan.out), '--label-set', plan.label_set]
    if plan.seconds is not None:
        viewer += ['--seconds', str(plan.seconds)]
    viewer += ['--live'] if plan.live else []
    viewer += ['--view', '--rig', plan.rig] if plan.view else []
    robot = ['demo.robot', str(plan.pictures), *in_namespace, '--rate', str(plan.rate_hz)]
    ros_args = ['--ros-args', '-r', f'__ns:={NAMESPACE}', '--params-file', str(parameters)]
    return {
        'node': ['main', *ros_args],
        'robot': [*robot, '--topic', plan.topic],
        'viewer': viewer,
    }
