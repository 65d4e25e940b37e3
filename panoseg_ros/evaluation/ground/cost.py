"""What a ground map costs per frame on one core, all of its outputs included.

The bar is of 400 x 400 cells, 20 classes and labels of 1024 x 512: every class that touches
the ground gets a grid of its own, beside the combined costs and the ring of ranges.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from panoseg_ros.evaluation.ground.bench import SETTINGS
from panoseg_ros.evaluation.ground.looks import TrueLook
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import transform
from panoseg_ros.ground import GroundFusion, GroundProjector
from panoseg_ros.metrics import latency

BAR_MS = 8.0
ROWS = 512
CLASSES = 20
_UNTIMED = 3  # frames that compile and fill caches


def measure_cost(moments: Sequence[Moment], rounds: int = 100) -> dict[str, Any]:
    """Return wall and CPU milliseconds per frame of projector and fusion.

    Args:
        moments: whose labels are used in turn.
        rounds: frames that are timed.
    """
    cv2.setNumThreads(1)
    look = TrueLook(ROWS)
    last = look.label_set.classes[-1]
    extra = tuple(
        replace(last, id=i, name=f'class {i}', slug=f'class_{i}')
        for i in range(len(look.label_set), CLASSES)
    )
    labels = replace(look.label_set, classes=(*look.label_set.classes, *extra))
    classes = [cls.slug for cls in labels.classes if cls.surface != 'none']
    height_m = float(moments[0].level_from_pano[2, 3])
    base_from_pano = transform(np.eye(3), [0.0, 0.0, height_m])
    project = GroundProjector(look.geometry, base_from_pano, labels, SETTINGS, classes)
    fusion = GroundFusion(labels, SETTINGS, classes)
    seen = [look(moment, np.eye(3)) for moment in moments]
    wall_ms, cpu_ms = [], []
    load = os.getloadavg()[0]
    for number in range(_UNTIMED + rounds):
        at = number % len(moments)
        one, pose = seen[at], moments[at].odom_from_base
        segmentation = Segmentation(number + 1, 'panorama', one.labels, one.confidence)
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        fusion.update(project.observe(segmentation, one.valid, pose))
        wall_ms.append((time.perf_counter_ns() - wall) / 1e6)
        cpu_ms.append((time.thread_time_ns() - cpu) / 1e6)
    walls, cpus = latency(wall_ms[_UNTIMED:]), latency(cpu_ms[_UNTIMED:])
    return {
        'frames': rounds,
        'cells': SETTINGS.cells,
        'classes': CLASSES,
        'grids': len(classes) + 1,
        'labels': f'{2 * ROWS} x {ROWS}',
        'camera_height_m': height_m,
        'wall_p50_ms': round(walls.p50_ms, 2),
        'wall_p95_ms': round(walls.p95_ms, 2),
        'cpu_p50_ms': round(cpus.p50_ms, 2),
        'cpu_p95_ms': round(cpus.p95_ms, 2),
        'bar_ms': BAR_MS,
        'load': round(load, 1),
        'cores': os.cpu_count(),
    }
