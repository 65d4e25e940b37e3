"""What a ground map costs per frame on one core, all of its outputs included.

The bar is of 400 x 400 cells, 20 classes and labels of 1024 x 512: every class that touches
the ground gets a grid of its own, beside the combined costs, the scan, and the clouds that mark
and clear. A point for every pixel is apart: only Nav2's semantic layer wants it.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from panoseg_ros.evaluation.ground.bench import SETTINGS
from panoseg_ros.evaluation.ground.looks import TRUE_LABELS, TrueLook
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.frames import GroundMap, Segmentation
from panoseg_ros.geometry import transform
from panoseg_ros.ground import (
    POINT,
    GroundFusion,
    GroundProjector,
    GroundScanner,
    free_cloud,
    obstacle_cloud,
    pixel_cloud,
)
from panoseg_ros.labels import LabelSet, load_label_set
from panoseg_ros.metrics import latency

BAR_MS = 8.0
ROWS = 512
CLASSES = 20
PARTS = ('costmaps', 'ground/scan', 'ground/obstacles', 'ground/free')  # under the bar
POINTS = 'segmentation/points'
_UNTIMED = 3  # frames that compile and fill caches

Times = dict[str, list[tuple[int, int]]]  # part -> wall and CPU nanoseconds


def measure_cost(moments: Sequence[Moment], rounds: int = 100) -> dict[str, Any]:
    """Return wall and CPU milliseconds per frame of everything that a node publishes.

    Args:
        moments: whose labels are used in turn.
        rounds: frames that are timed.
    """
    cv2.setNumThreads(1)
    load, times = os.getloadavg()[0], _times(moments, _UNTIMED + rounds)
    parts = {name: np.array(spent)[_UNTIMED:] / 1e6 for name, spent in times.items()}
    whole = np.sum([parts[name] for name in PARTS], 0)  # (rounds, 2)
    walls, cpus = (latency(clock.tolist()) for clock in whole.T)
    return {
        'frames': rounds,
        'cells': SETTINGS.cells,
        'classes': CLASSES,
        'grids': len(_wanted(_twenty())) + 1,
        'labels': f'{2 * ROWS} x {ROWS}',
        'camera_height_m': float(moments[0].level_from_pano[2, 3]),
        'wall_p50_ms': round(walls.p50_ms, 2),
        'wall_p95_ms': round(walls.p95_ms, 2),
        'cpu_p50_ms': round(cpus.p50_ms, 2),
        'cpu_p95_ms': round(cpus.p95_ms, 2),
        'parts_cpu_p50_ms': {
            name: round(latency(spent[:, 1].tolist()).p50_ms, 2) for name, spent in parts.items()
        },
        'bar_ms': BAR_MS,
        'load': round(load, 1),
        'cores': os.cpu_count(),
    }


def _times(moments: Sequence[Moment], rounds: int) -> Times:
    look, labels = TrueLook(ROWS), _twenty()
    classes = _wanted(labels)
    base_from_pano = transform(np.eye(3), [0.0, 0.0, float(moments[0].level_from_pano[2, 3])])
    project = GroundProjector(look.geometry, base_from_pano, labels, SETTINGS, classes)
    fusion = GroundFusion(labels, SETTINGS, classes)
    seen = [look(moment, np.eye(3)) for moment in moments]
    scan = GroundScanner(project, seen[0].valid, 'base_footprint')
    points = np.empty(seen[0].labels.shape, POINT)
    times: Times = {name: [] for name in (*PARTS, POINTS)}

    def timed(name: str, work: Callable[..., Any], *args: Any) -> Any:
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        made = work(*args)
        times[name].append((time.perf_counter_ns() - wall, time.thread_time_ns() - cpu))
        return made

    def fused(*sight: Any) -> GroundMap:
        return fusion.update(project.observe(*sight))

    for number in range(rounds):
        one, pose = seen[number % len(seen)], moments[number % len(seen)].odom_from_base
        segmentation = Segmentation(number + 1, 'panorama', one.labels, one.confidence)
        ground = timed(PARTS[0], fused, segmentation, one.valid, pose)
        timed(PARTS[1], scan, ground)
        timed(PARTS[2], obstacle_cloud, project.sight)
        timed(PARTS[3], free_cloud, project.sight)
        timed(POINTS, pixel_cloud, project.sight, points)
    return times


def _twenty() -> LabelSet:
    """Return the label set of the world with as many classes as the bar is of."""
    labels = load_label_set(TRUE_LABELS)
    extra = tuple(
        replace(labels.classes[-1], id=i, name=f'class {i}', slug=f'class_{i}')
        for i in range(len(labels), CLASSES)
    )
    return replace(labels, classes=(*labels.classes, *extra))


def _wanted(labels: LabelSet) -> list[str]:
    return [cls.slug for cls in labels.classes if cls.surface != 'none']
