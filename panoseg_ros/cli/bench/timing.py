"""Interleaved timing of several roads to one goal, and what machine it was done on."""

import math
import os
import platform
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

LOOK_S = 0.3  # how long others are watched before a measurement
BUSY_SHARE = 0.15  # share of all cores that others may take before figures are doubted


class Spread(NamedTuple):
    """Times of one road in milliseconds."""

    rounds: int
    median_ms: float
    p10_ms: float
    p25_ms: float
    p75_ms: float
    p90_ms: float
    min_ms: float
    cpu_median_ms: float
    cpu_min_ms: float


def interleave(
    roads: Mapping[str, Callable[[], Any]],
    rounds: int,
    fewer: Mapping[str, int] | None = None,
    cpu_clock: Callable[[], int] = time.thread_time_ns,
) -> dict[str, Spread]:
    """Run every road once per round, in turn, after one run of each that does not count.

    Whatever else the machine does falls on all of them alike.

    Args:
        roads: what to run, by name.
        rounds: how often.
        fewer: roads that are run in the first few rounds only, and not before.
        cpu_clock: counts CPU nanoseconds, of this thread unless said otherwise.
    """
    fewer = fewer or {}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in roads}
    for name, road in roads.items():
        if name not in fewer:
            road()
    for index in range(rounds):
        for name, road in roads.items():
            if index < fewer.get(name, rounds):
                times[name].append(timed(road, cpu_clock))
    return {name: spread(pairs) for name, pairs in times.items()}


def timed(
    road: Callable[[], Any], cpu_clock: Callable[[], int] = time.thread_time_ns
) -> tuple[float, float]:
    """Return wall and CPU time in milliseconds."""
    wall, cpu = time.perf_counter_ns(), cpu_clock()
    road()
    return (time.perf_counter_ns() - wall) / 1e6, (cpu_clock() - cpu) / 1e6


def spread(pairs: list[tuple[float, float]]) -> Spread:
    """Return the statistics of wall and CPU times in milliseconds."""
    wall, cpu = np.array(pairs).T
    shares = np.percentile(wall, [50, 10, 25, 75, 90])
    figures = (*shares, wall.min(), np.median(cpu), cpu.min())
    return Spread(len(pairs), *(round(float(figure), 3) for figure in figures))


class Others(NamedTuple):
    """What else the machine did before a measurement."""

    load: float  # average over a minute, a measurement just before included
    cores: float  # in use while nothing was measured; NaN where nobody knows


def watch_others() -> Others:
    """Look for a moment at what the machine does while this process does nothing."""
    before = _ticks()
    time.sleep(LOOK_S)
    idle, every = (after - then for after, then in zip(_ticks(), before, strict=True))
    cores = (os.cpu_count() or 1) * (1.0 - idle / every) if every else float('nan')
    return Others(round(os.getloadavg()[0], 1), round(cores, 2))


def _ticks() -> tuple[int, int]:
    """Return how many ticks all cores were idle since the start, and how many there were."""
    try:
        with open('/proc/stat', encoding='utf-8') as file:
            fields = [int(field) for field in file.readline().split()[1:9]]
    except OSError:  # not Linux
        return 0, 0
    return fields[3] + fields[4], sum(fields)  # idle and waiting for disks


def machine(threads: int, others: Others) -> dict[str, Any]:
    """Return what figures depend on; `others` was watched before the measurement."""
    import cv2
    import numba

    return {
        'date': time.strftime('%Y-%m-%d'),
        'commit': _commit(),
        'cpu': _cpu_name(),
        'cores': os.cpu_count(),
        'memory_gb': round(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9, 1),
        'threads': threads,
        'load_before': others.load,
        'others_cores': None if math.isnan(others.cores) else others.cores,
        'python': platform.python_version(),
        'numpy': np.__version__,
        'opencv': cv2.__version__,
        'numba': numba.__version__,
    }


def machine_line(facts: Mapping[str, Any]) -> str:
    """Return date, commit, processor and what others did in one line."""
    others = facts['others_cores']
    taken = f'load {facts["load_before"]}' if others is None else f'others took {others:.2f} cores'
    return (
        f'{facts["date"]}, {facts["commit"]}, {facts["cpu"]}, {facts["cores"]} cores, '
        f'{taken} before'
    )


def is_busy(facts: Mapping[str, Any]) -> bool:
    """Return whether others used the machine when the measurement began."""
    others = facts['others_cores']
    return bool((facts['load_before'] if others is None else others) > BUSY_SHARE * facts['cores'])


def _cpu_name() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str:
    """Return the commit of the checkout that runs, or the version of what is installed."""
    from panoseg_ros.cli.main import package_version

    words = ['git', '-C', str(Path(__file__).parent), 'describe', '--always', '--exclude', '*']
    try:
        found = subprocess.run(words, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return f'panoseg_ros {package_version()}'
    return f'commit {found.stdout.strip()}'
