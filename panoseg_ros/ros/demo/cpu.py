"""How much of a core other processes take."""

import os
from collections.abc import Mapping
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its threads, 0.0 if it is gone."""
    try:
        stat = Path(f'/proc/{pid}/stat').read_text(encoding='utf-8', errors='replace')
    except OSError:
        return 0.0
    user, system = stat.rsplit(')', 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')


class CpuMeter:
    """Measures the share of a core that processes take since the last start."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = dict(processes)
        self._before = dict.fromkeys(self._processes, 0.0)

    def start(self) -> None:
        """Measure from here on."""
        self._before = {name: cpu_seconds(pid) for name, pid in self._processes.items()}

    def cores(self, seconds: float) -> dict[str, float]:
        """Return name -> share of a core over the seconds since `start`."""
        used = {name: cpu_seconds(pid) for name, pid in self._processes.items()}
        span_s = max(seconds, 1e-3)
        return {
            name: round((used[name] - self._before[name]) / span_s, 3)
            for name in self._processes
            if used[name]
        }
