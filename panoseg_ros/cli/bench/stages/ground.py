"""The fourth stage: labels to ground maps, its parts timed within the pipeline."""

from collections.abc import Callable
from itertools import count, cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import load_rig
from panoseg_ros.cli.bench.stages.stopwatch import Place, Stopwatch
from panoseg_ros.cli.bench.stages.subject import Found, Subject, Way
from panoseg_ros.cli.bench.timing import Spread, interleave
from panoseg_ros.frames import Frame
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.ground import GroundFusion, GroundProjector, GroundScanner, GroundSettings
from panoseg_ros.ground import fusion as fusing
from panoseg_ros.ground import projector as projecting
from panoseg_ros.ground import room as rooms
from panoseg_ros.inference import Backend
from panoseg_ros.pipeline import Pipeline

CELLS, CELL_M = 400, 0.1
CLASSES = ('road', 'sidewalk', 'person', 'car')
STEP_NS, STEP_M = 66_000_000, 0.08  # between frames
PLAIN_ROUNDS = 5
BARS_MS = {'labels': 0.5}
PARTS: dict[str, tuple[str, tuple[Place, ...]]] = {
    'labels': (
        'labels along the rays, and ground into cells',
        ((projecting, 'look_up'), (projecting, 'paint_ground')),
    ),
    'look up': ('of these, labels along the rays', ((projecting, 'look_up'),)),
    'trace': ('foot points along the rays', ((projecting, 'find_feet'),)),
    'contact': ('where they touch the ground', ((projecting, 'settle_feet'),)),
    'feet': (
        'foot points into cells, neighbours joined',
        tuple((projecting, name) for name in ('neighbours', 'paint_feet', 'join_feet')),
    ),
    'cells': (
        'weights of cells, their trust, the ring of ranges',
        ((rooms, 'weigh'), (projecting, 'trust'), (projecting, 'ring_of_ranges')),
    ),
    'merge': (
        'evidence of the frame into the fused grid, combined costs, a grid per class',
        ((fusing, 'merge'),),
    ),
    'scan': ('the ring seen from the base', ((GroundScanner, '__call__'),)),
}
WHOLE: tuple[Place, ...] = (
    (GroundProjector, 'observe'), (GroundFusion, 'update'), (GroundScanner, '__call__'),
)  # fmt: skip


class Told:
    """A backend that says what it was told, in turn.

    Args:
        masks: labels and confidence, both (H, W) uint8.
        num_classes: of the labels.
    """

    runtime, fault = 'none', ''

    def __init__(
        self, masks: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]], num_classes: int
    ) -> None:
        self.num_classes, self._turns = num_classes, cycle(masks)

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return copies, for their receiver may change them."""
        labels, confidence = next(self._turns)
        return labels.copy(), confidence.copy()


def measure_ground(subject: Subject) -> Found:
    """Measure the ground's parts on labels of rendered panoramas, fused along a straight way."""
    told: Backend = Told(subject.masks, subject.backend.num_classes)
    settings = GroundSettings(size_m=CELLS * CELL_M)
    rig = load_rig('dual_fisheye')
    pipeline = Pipeline(subject.bundle, rig, backend=told, ground=settings, classes=CLASSES)
    views = rig.split('image', np.zeros((960, 1920, 3), np.uint8))
    inner = {name: places for name, (_, places) in PARTS.items()}
    turns, spreads = count(), dict[str, Spread]()
    for parts in ({'all': WHOLE}, inner):  # apart, or the clocks of the inner would be charged
        with Stopwatch(parts) as watch:
            for _ in range(subject.rounds + 1):
                index = next(turns)
                pose = np.eye(4)
                pose[0, 3] = index * STEP_M
                stamp_ns = index * STEP_NS
                pipeline([Frame(stamp_ns, '', view, lens) for lens, view in views.items()], pose)
                watch.lap()
        spreads |= watch.spreads()
    height_m = float(rig.base_from_pano[2, 3])
    plain = plain_ground(subject.bundle.geometry, height_m, told.num_classes)
    labels = cycle([mask[0] for mask in subject.masks])
    spreads |= interleave({'labels, plain': lambda: plain(next(labels))}, PLAIN_ROUNDS)
    meanings = {'all': 'the whole stage'} | {name: what for name, (what, _) in PARTS.items()}
    meanings['labels, plain'] = 'cv2.remap of every class onto the cells, arg-max'
    return Found(
        [
            Way('ground', name, meanings[name], spreads[name], BARS_MS.get(name))
            for name in meanings
        ],
        [f'Ground: {CELLS} x {CELLS} cells, combined + {len(CLASSES)} classes.'],
    )


def plain_ground(
    geometry: PanoramaGeometry, height_m: float, num_classes: int
) -> Callable[[NDArray[np.uint8]], Any]:
    """Return the textbook road from labels (H, W) to the labels of ground cells (N, N).

    Args:
        geometry: of the panorama.
        height_m: of the camera above the ground.
        num_classes: of the labels.
    """
    import cv2

    metres = (np.arange(CELLS) + 0.5 - CELLS / 2) * CELL_M
    x, y = np.meshgrid(metres, metres)
    at = geometry.pixels(np.stack([x, y, np.full_like(x, -height_m)], -1))
    maps = (at - 0.5).astype(np.float32)

    def road(labels: NDArray[np.uint8]) -> NDArray[np.intp]:
        shares = [
            cv2.remap((labels == index).astype(np.float32), maps, None, cv2.INTER_LINEAR)
            for index in range(num_classes)
        ]
        return np.stack(shares).argmax(0)

    return road
