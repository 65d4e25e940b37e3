"""Interleaved timing of several roads to one goal, and what machine it was done on."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Spread(NamedTuple):
    """Times of one road in milliseconds."""

    rounds: int
    median_ms: float
    p10_ms: float
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
    return {name: _spread(pairs) for name, pairs in times.items()}


def timed(
    road: Callable[[], Any], cpu_clock: Callable[[], int] = time.thread_time_ns
) -> tuple[float, float]:
    """Return wall and CPU time in milliseconds."""
    wall, cpu = time.perf_counter_ns(), cpu_clock()
    road()
    return (time.perf_counter_ns() - wall) / 1e6, (cpu_clock() - cpu) / 1e6


def _spread(pairs: list[tuple[float, float]]) -> Spread:
    wall, cpu = np.array(pairs).T
    p10, median, p90 = np.percentile(wall, [10, 50, 90])
    figures = (median, p10, p90, wall.min(), np.median(cpu), cpu.min())
    return Spread(len(pairs), *(round(float(figure), 2) for figure in figures))


def machine(threads: int, load: tuple[float, float, float]) -> dict[str, Any]:
    """Return what figures depend on; `load` is the load average before the measurement."""
    import cv2
    import numba

    return {
        'cpu': _cpu_name(),
        'cores': os.cpu_count(),
        'threads': threads,
        'load_before': round(load[0], 1),
        'load_after': round(os.getloadavg()[0], 1),
        'python': platform.python_version(),
        'numpy': np.__version__,
        'opencv': cv2.__version__,
        'numba': numba.__version__,
    }


def machine_line(facts: Mapping[str, Any]) -> str:
    """Return processor and load in one line."""
    return (
        f'{facts["cpu"]}, {facts["cores"]} cores, load {facts["load_before"]} before and '
        f'{facts["load_after"]} after'
    )


def is_busy(facts: Mapping[str, Any]) -> bool:
    """Return whether others used the machine when the measurement began."""
    return bool(facts['load_before'] > 0.5 * facts['cores'])


def _cpu_name() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()
