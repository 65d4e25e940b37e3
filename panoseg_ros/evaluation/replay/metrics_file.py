"""metrics.json: what a replay did, shot by shot and in sum."""

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np

from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay.journal import Journal

PERCENTILES = (50, 90, 95, 99)
PACKAGES = ('numpy', 'opencv-python-headless', 'numba', 'onnxruntime', 'torch', 'rosbags', 'av')


def write_metrics(path: Path, journal: Journal, about: dict[str, Any]) -> dict[str, Any]:
    """Write the file and return its summary.

    Args:
        path: of the file.
        journal: the shots of all runs so far.
        about: what else to write: source, bundle, rig, and entries of the summary under
            `summary`.

    Raises:
        ReplayError: if it cannot be written.
    """
    frames = list(journal.entries())
    summary: dict[str, Any] = summarise(frames) | about.get('summary', {})
    more = {'frames': frames, 'summary': summary, 'environment': environment()}
    part = path.with_suffix('.json.part')
    try:
        part.write_text(json.dumps({**about, **more}), encoding='utf-8')
        part.replace(path)
    except OSError as err:
        raise ReplayError(f'{path}: cannot be written: {err}') from err
    return summary


def summarise(frames: list[dict[str, Any]]) -> dict[str, Any]:
    """Return counts, percentiles of the latency and of the stages, in milliseconds."""
    done = [frame for frame in frames if frame['latency_ms'] is not None]
    stages = {stage for frame in done for stage in frame['timings_ms']}
    faults: dict[str, int] = {}
    for frame in frames:
        if 'fault' in frame:
            faults[frame['fault']] = faults.get(frame['fault'], 0) + 1
    return {
        'frames': len(frames),
        'results': len(done),
        'dropped': sum(frame['dropped'] for frame in frames),
        'faults': faults,
        'latency_ms': _percentiles([frame['latency_ms'] for frame in done]),
        'stages_ms': {
            stage: _percentiles([f['timings_ms'][stage] for f in done if stage in f['timings_ms']])
            for stage in sorted(stages)
        },
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    found = np.percentile(values, PERCENTILES)
    named = {f'p{p}': round(float(v), 3) for p, v in zip(PERCENTILES, found, strict=True)}
    return {'mean': round(float(np.mean(values)), 3), **named, 'max': round(max(values), 3)}


def environment() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        'python': sys.version.split()[0],
        'platform': platform.platform(),
        'processor': platform.processor() or platform.machine(),
        'cores': cpu_count(),
        'packages': {name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ''
