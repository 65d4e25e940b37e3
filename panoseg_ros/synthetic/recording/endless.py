"""Pictures without end, rendered in a process of their own for a run that learns from them.

Such a process loads this room and no other: torch would take it seconds and memory.
"""

import signal
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

import cv2

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.processes import end_with_parent
from panoseg_ros.synthetic.recording.views import Shot

Shots = Callable[[str, int, int, PanoramaGeometry], Iterable[Shot]]


def send_shots(
    shots: Shots,
    seeds: Sequence[int],
    views: int,
    geometry: PanoramaGeometry,
    places: tuple[int, int],
    sent: Any,
) -> None:
    """Send training scenes until the process is ended; after the last seed the first follows.

    Args:
        shots: `scene_shots`, or what has its arguments.
        seeds: of the train split.
        views: of each scene.
        geometry: of the panoramas.
        places: place among the seeds of the first scene, and from a scene to the next.
        sent: a queue that gets (image (H, W, 3) uint8 RGB, labels (H, W) uint8, seed, view), or
            the reason of a failure as text, which is the last.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the run ends us
    end_with_parent()
    cv2.setNumThreads(1)
    for place in count(*places):
        seed = seeds[place % len(seeds)]
        try:
            for view, shot in enumerate(shots('train', seed, views, geometry)):
                sent.put((shot.image, shot.labels, seed, view))
        except Exception as err:  # whatever it is, the run must hear of it
            sent.put(f'scene {seed} failed: {type(err).__name__}: {err}')
            return
