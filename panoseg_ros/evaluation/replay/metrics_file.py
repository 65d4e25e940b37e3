"""metrics.json: what a replay did, shot by shot and in sum."""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.environment import environment
from panoseg_ros.evaluation.replay.journal import Journal

PERCENTILES = (50, 90, 95, 99)


def write_metrics(path: Path, journal: Journal, about: dict[str, Any]) -> dict[str, Any]:
    """Write the file, one shot in memory at a time, and return its summary.

    Args:
        path: of the file.
        journal: the shots of all runs so far.
        about: what else to write: source, bundle, rig, and entries of the summary under
            `summary`.

    Raises:
        ReplayError: if it cannot be written.
    """
    summary: dict[str, Any] = summarise(journal.entries()) | about.get('summary', {})
    head = json.dumps({**about, 'summary': summary, 'environment': environment()})
    part = path.with_suffix('.json.part')
    try:
        with part.open('w', encoding='utf-8') as file:
            file.write(f'{head[:-1]}, "frames": [')
            for number, frame in enumerate(journal.entries()):
                file.write(f'{"," if number else ""}\n{json.dumps(frame)}')
            file.write('\n]}\n')
        part.replace(path)
    except OSError as err:
        raise ReplayError(f'{path}: cannot be written: {err}') from err
    return summary


def summarise(frames: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return counts, percentiles of the latency and of the stages, in milliseconds."""
    latencies = array('d')
    stages: defaultdict[str, array[float]] = defaultdict(lambda: array('d'))
    faults: defaultdict[str, int] = defaultdict(int)
    count = dropped = 0
    for frame in frames:
        count += 1
        dropped += frame['dropped']
        if 'fault' in frame:
            faults[frame['fault']] += 1
        if frame['latency_ms'] is not None:
            latencies.append(frame['latency_ms'])
            for stage, ms in frame['timings_ms'].items():
                stages[stage].append(ms)
    return {
        'frames': count,
        'results': len(latencies),
        'dropped': dropped,
        'faults': dict(faults),
        'latency_ms': _percentiles(latencies),
        'stages_ms': {stage: _percentiles(stages[stage]) for stage in sorted(stages)},
    }


def _percentiles(values: 'array[float]') -> dict[str, float]:
    if not values:
        return {}
    found = np.percentile(values, PERCENTILES)
    named = {f'p{p}': round(float(v), 3) for p, v in zip(PERCENTILES, found, strict=True)}
    return {'mean': round(float(np.mean(values)), 3), **named, 'max': round(max(values), 3)}
