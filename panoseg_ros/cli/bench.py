"""`panoseg bench`: how long a stage takes on this machine, against the obvious ways to do it."""

import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg

SIDE = 960  # of the lens pictures
PER_CALL_ROUNDS = 5  # the slowest road needs no more to be told apart
BUILDS = 3
LEAN = rotation_from_rpy_deg(8.0, -6.0, 0.0)
Images = Mapping[str, NDArray[np.uint8]]


class Spread(NamedTuple):
    """Times of one road in milliseconds; `cpu` is that of this thread alone."""

    rounds: int
    median_ms: float
    p10_ms: float
    p90_ms: float
    min_ms: float
    cpu_median_ms: float
    cpu_min_ms: float


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
        images = rig.split('image', _scene(2 * SIDE, SIDE))
        mapper = PanoramaMapper(rig, geometry)
        builds = [_timed(lambda: PanoramaMapper(rig, geometry)) for _ in range(BUILDS)]

        image, valid = mapper(images)
        leveller = Leveller(geometry)

        def per_call() -> NDArray[np.uint8]:
            return _float_remap(rig, geometry, images)()

        roads = {
            'panoseg': lambda: mapper(images),
            'float_remap': _float_remap(rig, geometry, images),
            'per_call': per_call,
            'levelling': lambda: leveller(image, valid, LEAN),
        }
        spreads = _interleave(roads, rounds)
    finally:
        cv2.setNumThreads(threads)
    return {
        'task': f'2 x {SIDE}x{SIDE} -> {width}x{width // 2}, one thread',
        'machine': _machine(load),
        'roads': {name: spread._asdict() for name, spread in spreads.items()},
        'map_building_ms': {
            'median': round(float(np.median([wall for wall, _ in builds])), 1),
            'cpu_median': round(float(np.median([cpu for _, cpu in builds])), 1),
        },
        'gains': np.round(mapper.gains, 3).tolist(),
    }


ROADS = {
    'panoseg': 'halving by area, gain, one table, feather',
    'float_remap': 'cv2.remap with kept float maps, float blend',
    'per_call': 'the same, coordinates computed for every picture (as py360convert does)',
    'levelling': 'what turning the panorama upright adds, picture and validity',
}


def _scene(width: int, height: int) -> NDArray[np.uint8]:
    """Return a picture with detail of all sizes, its right half darker, (height, width, 3)."""
    import cv2

    rng = np.random.default_rng(1)
    picture = np.zeros((height, width, 3), np.float32)
    for side in (4, 32, 256):
        patch = rng.uniform(30, 90, (height // side + 1, width // side + 1, 3)).astype(np.float32)
        picture += cv2.resize(patch, (width, height), interpolation=cv2.INTER_CUBIC) * 0.8
    picture[:, width // 2 :] *= 0.9
    return picture.clip(0, 255).astype(np.uint8)


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


def _interleave(roads: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, Spread]:
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in roads}
    for name, road in roads.items():
        if name != 'per_call':
            road()
    for index in range(rounds):
        for name, road in roads.items():
            if name != 'per_call' or index < PER_CALL_ROUNDS:
                times[name].append(_timed(road))
    return {name: _spread(pairs) for name, pairs in times.items()}


def _timed(road: Callable[[], Any]) -> tuple[float, float]:
    """Return wall and CPU time of this thread in milliseconds."""
    wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
    road()
    return (time.perf_counter_ns() - wall) / 1e6, (time.thread_time_ns() - cpu) / 1e6


def _spread(pairs: list[tuple[float, float]]) -> Spread:
    wall, cpu = np.array(pairs).T
    p10, median, p90 = np.percentile(wall, [10, 50, 90])
    figures = (median, p10, p90, wall.min(), np.median(cpu), cpu.min())
    return Spread(len(pairs), *(round(float(figure), 2) for figure in figures))


def _machine(load: tuple[float, float, float]) -> dict[str, Any]:
    """Return what the figures depend on; `load` is the load average before."""
    import cv2
    import numba

    return {
        'cpu': _cpu_name(),
        'cores': os.cpu_count(),
        'threads': 1,
        'load_before': round(load[0], 1),
        'load_after': round(os.getloadavg()[0], 1),
        'python': platform.python_version(),
        'numpy': np.__version__,
        'opencv': cv2.__version__,
        'numba': numba.__version__,
    }


def _cpu_name() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()


def bench_panorama(rounds: int = 100, width: int = 1024, as_json: bool = False) -> int:
    """Measure the panorama, print a table or JSON, and return 0."""
    figures = measure_panorama(rounds, width)
    if as_json:
        print(json.dumps(figures, indent=2))
        return 0
    print(figures['task'])
    machine = figures['machine']
    print(
        f'{machine["cpu"]}, {machine["cores"]} cores, load {machine["load_before"]} before and '
        f'{machine["load_after"]} after'
    )
    print(
        f'{"ms":<12} {"median":>8} {"p10":>8} {"p90":>8} {"min":>8} {"cpu med":>8} {"cpu min":>8}'
    )
    for name, road in figures['roads'].items():
        values = ' '.join(f'{value:8.2f}' for key, value in road.items() if key != 'rounds')
        print(f'{name:<12} {values}  {ROADS[name]}')
    building = figures['map_building_ms']
    print(f'tables built in {building["median"]} ms, {building["cpu_median"]} ms of CPU')
    if machine['load_before'] > 0.5 * machine['cores']:
        print('the machine is busy: compare the roads, or the least CPU times, not the medians')
    return 0


def _panorama(
    rounds: Annotated[int, typer.Option(min=1, help='How often every road is run.')] = 100,
    width: Annotated[int, typer.Option(min=16, help='Columns of the panorama.')] = 1024,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Two 960 x 960 fisheye pictures to one panorama, on one core."""
    return bench_panorama(rounds, width, as_json)


def register(app: typer.Typer) -> None:
    """Add `panoseg bench panorama`."""
    commands = typer.Typer(help='Measure stages on this machine.')
    commands.callback()(lambda: None)  # keeps `panorama` a word of its own
    commands.command('panorama')(_panorama)
    app.add_typer(commands, name='bench')
