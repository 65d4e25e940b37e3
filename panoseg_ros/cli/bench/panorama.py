"""`panoseg bench panorama`: lens pictures to a panorama, against the obvious ways to do it."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from panoseg_ros.cli.bench.picture import detailed_picture
from panoseg_ros.cli.bench.timing import interleave, is_busy, machine, machine_line, timed
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

SIDE = 960  # of the lens pictures
PER_CALL_ROUNDS = 5  # the slowest road needs no more to be told apart
BUILDS = 3
LEAN = rotation_from_rpy_deg(8.0, -6.0, 0.0)
Images = Mapping[str, NDArray[np.uint8]]


def measure_panorama(rounds: int = 100, width: int = 1024) -> dict[str, Any]:
    """Return figures of two 960 x 960 lens pictures becoming one panorama on one core.

    Every round runs every road once, in turn, so that whatever else the machine does
    falls on all of them alike.

    Args:
        rounds: how often.
        width: of the panorama, twice its height.
    """
    import cv2

    from panoseg_ros.cameras import PanoramaMapper, load_rig
    from panoseg_ros.cameras.levelling import Leveller

    threads, load = cv2.getNumThreads(), os.getloadavg()
    cv2.setNumThreads(1)
    try:
        rig, geometry = load_rig('dual_fisheye'), PanoramaGeometry(width // 2, width)
        scene = detailed_picture(SIDE, 2 * SIDE)
        scene[:, SIDE:] = 0.9 * scene[:, SIDE:]  # unequal lenses, so that gains have work
        images = rig.split('image', scene)
        mapper = PanoramaMapper(rig, geometry)
        builds = [timed(lambda: PanoramaMapper(rig, geometry)) for _ in range(BUILDS)]

        leveller = Leveller(geometry)

        def per_call() -> NDArray[np.uint8]:
            return _float_remap(rig, geometry, images)()

        roads = {
            'panoseg': lambda: mapper(images),
            'levelled': lambda: leveller(*mapper(images), LEAN),
            'float_remap': _float_remap(rig, geometry, images),
            'per_call': per_call,
        }
        spreads = interleave(roads, rounds, {'per_call': PER_CALL_ROUNDS})
    finally:
        cv2.setNumThreads(threads)
    return {
        'task': f'2 x {SIDE}x{SIDE} -> {width}x{width // 2}, one thread',
        'machine': machine(1, load),
        'roads': {name: spread._asdict() for name, spread in spreads.items()},
        'map_building_ms': {
            'median': round(float(np.median([wall for wall, _ in builds])), 1),
            'cpu_median': round(float(np.median([cpu for _, cpu in builds])), 1),
        },
        'gains': np.round(mapper.gains, 3).tolist(),
    }


ROADS = {
    'panoseg': 'halving by area, gain, one table, feather',
    'levelled': 'the same, then picture and validity turned upright',
    'float_remap': 'cv2.remap with kept float maps, float blend',
    'per_call': 'the same, coordinates computed for every picture (as py360convert does)',
}


def _float_remap(
    rig: Any, geometry: PanoramaGeometry, images: Images
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


def bench_panorama(rounds: int = 100, width: int = 1024, as_json: bool = False) -> int:
    """Measure the panorama, print a table or JSON, and return 0."""
    figures = measure_panorama(rounds, width)
    if as_json:
        print(json.dumps(figures, indent=2))
        return 0
    print(figures['task'])
    print(machine_line(figures['machine']))
    print(
        f'{"ms":<12} {"median":>8} {"p10":>8} {"p90":>8} {"min":>8} {"cpu med":>8} {"cpu min":>8}'
    )
    for name, road in figures['roads'].items():
        values = ' '.join(f'{value:8.2f}' for key, value in road.items() if key != 'rounds')
        print(f'{name:<12} {values}  {ROADS[name]}')
    building = figures['map_building_ms']
    print(f'tables built in {building["median"]} ms, {building["cpu_median"]} ms of CPU')
    if is_busy(figures['machine']):
        print('the machine is busy: compare the roads, or the least CPU times, not the medians')
    return 0


def _panorama(
    rounds: Annotated[int, typer.Option(min=1, help='How often every road is run.')] = 100,
    width: Annotated[int, typer.Option(min=16, help='Columns of the panorama.')] = 1024,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Two 960 x 960 fisheye pictures to one panorama, on one core."""
    return bench_panorama(rounds, width, as_json)


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('panorama')(_panorama)
