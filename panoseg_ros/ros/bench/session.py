"""One benchmark of the node: start it in a domain of its own, search, measure, end it."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import yaml

from panoseg_ros.errors import RosError
from panoseg_ros.ros.bench.figures import RunFigures
from panoseg_ros.ros.bench.probe import Probe
from panoseg_ros.ros.bench.search import SearchPlan, peak_rate
from panoseg_ros.ros.demo.cpu import cpu_seconds
from panoseg_ros.ros.demo.drive import Drive
from panoseg_ros.ros.demo.processes import Children
from panoseg_ros.ros.isolation import LockedDomain
from panoseg_ros.ros.transport import configure_transport

NAMESPACE, NODE = '/panoseg_bench', 'panoseg'
WARM_UP_S = 3.0
STAGES = ('panorama', 'levelling', 'network', 'ground')  # the pipeline's share of a frame


@dataclass(frozen=True)
class NodePlan:
    """The node under test and what it is measured at."""

    drive: Drive
    topic: str  # the rig's image topic
    classes: tuple[str, ...]  # slugs that get a grid of their own
    clouds: bool  # receive the point clouds, too
    parameters: Mapping[str, Any]  # of the node, beside those that the benchmark sets
    rates_hz: Sequence[float] = (30.0,)
    seconds: float = 10.0  # per run at one of `rates_hz`
    search_seconds: float = 5.0  # per run of the search
    search: SearchPlan = field(default_factory=SearchPlan)


class Load(NamedTuple):
    """What the node took of the machine in one run."""

    cores: float  # mean share, 1.0 is one core
    cpu_ms_per_result: float
    peak_memory_mb: float


class NodeFigures(NamedTuple):
    """The result of a benchmark."""

    peak: tuple[RunFigures, Load] | None  # None: it does not keep up with the lowest rate
    search: list[RunFigures]
    fixed: list[tuple[RunFigures, Load]]  # one per rate
    unhurried: tuple[RunFigures, Load]  # at half the peak rate
    stages_ms: dict[str, float]  # median at half the peak rate, by the node's diagnostics
    overhead_ms: float  # latency there beyond the pipeline's stages: transport, rclpy, messages


def bench_node(plan: NodePlan, say: Callable[[str], None] = lambda _: None) -> NodeFigures:
    """Return how fast the node is.

    Args:
        plan: what to measure.
        say: called with a line on what is being done.

    Raises:
        RosError: if the node cannot start or ends by itself.
    """
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='panoseg_bench_')))
        domain = stack.enter_context(LockedDomain())
        environment = {**domain.environment(), 'ROS_LOG_DIR': str(scratch)}
        configure_transport(environment)
        stack.enter_context(_environment(environment))
        children = Children()
        stack.callback(children.stop)
        pid = _start(plan, scratch, environment, children)
        probe = stack.enter_context(
            Probe(
                plan.drive,
                plan.topic,
                plan.classes,
                plan.clouds,
                NAMESPACE,
                f'{NAMESPACE}/{NODE}',
            )
        )
        say('waiting for the node')
        probe.wait(lambda: _obituary(children))
        return _Runs(plan, probe, children, pid, say).all()


class _Runs:
    def __init__(
        self,
        plan: NodePlan,
        probe: Probe,
        children: Children,
        pid: int,
        say: Callable[[str], None],
    ) -> None:
        self._plan, self._probe, self._children = plan, probe, children
        self._pid, self._say = pid, say
        self._loads: dict[int, Load] = {}

    def all(self) -> NodeFigures:
        plan = self._plan
        self._run(2.0, WARM_UP_S)
        best, searched = peak_rate(lambda hz: self._run(hz, plan.search_seconds)[0], plan.search)
        fixed = [self._run(rate_hz, plan.seconds) for rate_hz in plan.rates_hz]
        peak = None if best is None else self._run(best.wanted_hz, plan.seconds)
        half_hz = 0.5 * (plan.search.lowest_hz if best is None else best.wanted_hz)
        before = len(self._probe.reports)
        unhurried = self._run(half_hz, plan.seconds)
        stages = stage_medians(self._probe.reports[before:])
        inside_ms = sum(stages.get(name, 0.0) for name in STAGES)
        overhead_ms = unhurried[0].latency_p50_ms - inside_ms
        return NodeFigures(peak, searched, fixed, unhurried, stages, overhead_ms)

    def _run(self, rate_hz: float, seconds: float) -> tuple[RunFigures, Load]:
        began_s, cpu_s = time.monotonic(), cpu_seconds(self._pid)
        figures = self._probe.run(rate_hz, seconds)
        if ended := _obituary(self._children):
            raise RosError(ended)
        used_s = cpu_seconds(self._pid) - cpu_s
        load = Load(
            cores=used_s / (time.monotonic() - began_s),
            cpu_ms_per_result=1e3 * used_s / max(figures.received, 1),
            peak_memory_mb=peak_memory_mb(self._pid),
        )
        self._say(
            f'{rate_hz:5.1f} Hz in, {figures.received_hz:5.1f} out, missed '
            f'{figures.missed_percent:.1f} %, p50 {figures.latency_p50_ms:.0f} ms'
        )
        return figures, load


def _obituary(children: Children) -> str:
    """Return how the node ended, '' while it runs."""
    return '' if children.ended(NODE) is None else children.obituary(NODE)


def stage_medians(reports: Sequence[Mapping[str, str]]) -> dict[str, float]:
    """Return the median of every `time: <stage> (ms)` of the node's diagnostics."""
    stages: dict[str, list[float]] = {}
    for report in reports:
        for key, value in report.items():
            if key.startswith('time: ') and key.endswith(' (ms)'):
                stages.setdefault(key[len('time: ') : -len(' (ms)')], []).append(float(value))
    return {name: median(values) for name, values in stages.items()}


def peak_memory_mb(pid: int) -> float:
    """Return the most resident memory (MB) that a process has had, NaN where that is unknown."""
    try:
        lines = Path(f'/proc/{pid}/status').read_text(encoding='utf-8').splitlines()
    except OSError:
        return float('nan')
    sizes = [line.split()[1] for line in lines if line.startswith('VmHWM:')]
    return int(sizes[0]) * 1024 / 1e6 if sizes else float('nan')


def _start(
    plan: NodePlan, scratch: Path, environment: Mapping[str, str], children: Children
) -> int:
    values = {
        **plan.parameters,
        'autostart': True,
        'base_frame': 'base_footprint',
        'map_frame': 'odom',
        'pose_source': 'odom',
        'costmap': {'classes': list(plan.classes) or ['']},
    }
    parameters = scratch / 'node.yaml'
    parameters.write_text(yaml.safe_dump({'/**': {'ros__parameters': values}}), encoding='utf-8')
    command = [sys.executable, '-m', 'panoseg_ros.ros.main', '--ros-args']
    command += ['-r', f'__ns:={NAMESPACE}', '--params-file', str(parameters)]
    return children.start(NODE, command, environment, scratch / 'node.log')


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Give this process another environment, for rclpy reads its domain from there."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
