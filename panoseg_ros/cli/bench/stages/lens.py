"""The first stage: lens pictures to the panorama, against the obvious ways to do it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Leveller, PanoramaMapper, Rig, load_rig
from panoseg_ros.cli.bench.picture import detailed_picture
from panoseg_ros.cli.bench.stages.subject import Found, Way
from panoseg_ros.cli.bench.timing import interleave, timed
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

SIDE = 960  # of the lens pictures
PER_CALL_ROUNDS = 5  # the slowest way needs no more to be told apart
BUILDS = 3
BAR_MS = 3.0
LEAN = rotation_from_rpy_deg(8.0, -6.0, 0.0)
WAYS = {
    'panoseg': 'halving by area, gain, one table, feather: the uint8 tensor of the graph',
    'levelled': 'the same, then picture and validity turned upright',
    'float_remap': 'cv2.remap with kept float maps, float blend',
    'per_call': 'the same, coordinates computed for every picture (as py360convert does)',
}


def measure_lens(geometry: PanoramaGeometry, rounds: int) -> Found:
    """Measure two 960 x 960 lens pictures becoming one panorama.

    Args:
        geometry: of the panorama.
        rounds: how often every way is run.
    """
    rig = load_rig('dual_fisheye')
    scene = detailed_picture(SIDE, 2 * SIDE)
    scene[:, SIDE:] = 0.9 * scene[:, SIDE:]  # unequal lenses, so that gains have work
    images = rig.split('image', scene)
    mapper, leveller = PanoramaMapper(rig, geometry), Leveller(geometry)
    builds = [timed(lambda: PanoramaMapper(rig, geometry))[1] for _ in range(BUILDS)]

    def per_call() -> NDArray[np.uint8]:
        return float_remap(rig, geometry, images)()

    roads: dict[str, Callable[[], Any]] = {
        'panoseg': lambda: mapper(images),
        'levelled': lambda: leveller(*mapper(images), LEAN),
        'float_remap': float_remap(rig, geometry, images),
        'per_call': per_call,
    }
    spreads = interleave(roads, rounds, {'per_call': PER_CALL_ROUNDS})
    size = f'{geometry.width} x {geometry.height}'
    note = f'Tables of 2 x {SIDE} x {SIDE} to {size} are built in {min(builds):.0f} ms of CPU.'
    bars = {'panoseg': BAR_MS}
    return Found(
        [Way('lens', name, WAYS[name], found, bars.get(name)) for name, found in spreads.items()],
        [note],
    )


def float_remap(
    rig: Rig, geometry: PanoramaGeometry, images: Mapping[str, NDArray[np.uint8]]
) -> Callable[[], NDArray[np.uint8]]:
    """Return the textbook road: a whole float remap per lens, then a weighted sum."""
    import cv2

    from panoseg_ros.cameras.coverage import look

    coverages = [look(entry, geometry) for entry in rig.lenses]
    maps = [coverage.pixels - np.float32(0.5) for coverage in coverages]
    weights = np.stack([coverage.reach_rad**2 for coverage in coverages])
    weights = (weights / np.maximum(weights.sum(0), np.float32(1e-12)))[..., None]
    views = [images[entry.name] for entry in rig.lenses]

    def road() -> NDArray[np.uint8]:
        total = np.zeros((geometry.height, geometry.width, 3), np.float32)
        for view, at, weight in zip(views, maps, weights, strict=True):
            total += weight * cv2.remap(view, at, None, cv2.INTER_LINEAR)
        return (total + np.float32(0.5)).astype(np.uint8)

    return road
