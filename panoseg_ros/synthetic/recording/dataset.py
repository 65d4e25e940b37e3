"""Data sets of rendered pictures on disk.

Whatever the layout, `OUT/lists/<split>.txt` names the images relative to OUT,
`OUT/frames/<split>.csv` says where and in which weather each was taken, and
`OUT/dataset.json` holds version, size, recipe, seeds and the hash of each list.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic.recording.files import write_whole
from panoseg_ros.synthetic.recording.layouts import Place, layout_of
from panoseg_ros.synthetic.recording.processes import in_order
from panoseg_ros.synthetic.recording.recipe import Recipe, Recorded, scene_pictures
from panoseg_ros.synthetic.recording.views import Shot
from panoseg_ros.synthetic.scenes.catalogue import FAMILIES, GENERATOR_VERSION, family_of

SEED_RANGES = {
    'train': range(0, 900_000),
    'val': range(900_000, 950_000),
    'test': range(950_000, 1_000_000),
}
COLUMNS = (
    'image', 'scene', 'family', 'weather', 'district', 'x_m', 'y_m', 'z_m', 'height_m',
    'roll_deg', 'pitch_deg', 'yaw_deg',
)  # fmt: skip
_EVERY = 60  # scenes between two writings of lists and tables


def split_seeds(split: str, first: int, count: int) -> range:
    """Return the seeds of `count` scenes of a split, leaving out the `first` ones.

    Raises:
        SyntheticError: if the split is unknown or has fewer scenes.
    """
    own = _range_of(split)
    seeds = own[first : first + count]
    if first < 0 or count < 0 or len(seeds) < count:
        raise SyntheticError(f'split {split} has {len(own)} scenes, not {first} + {count}')
    return seeds


def split_of(seed: int) -> str:
    """Return the split that a seed belongs to.

    Raises:
        SyntheticError: if it belongs to none.
    """
    for split, seeds in SEED_RANGES.items():
        if seed in seeds:
            return split
    raise SyntheticError(f'seed {seed} belongs to no split, expected 0 to 999999')


def _range_of(split: str) -> range:
    if split not in SEED_RANGES:
        raise SyntheticError(f'unknown split {split!r}, expected {", ".join(SEED_RANGES)}')
    return SEED_RANGES[split]


class _Task(NamedTuple):
    """What is written where."""

    out: Path
    split: str
    seeds: Sequence[int]
    views: int
    geometry: PanoramaGeometry
    recipe: Recipe


def scene_shots(
    split: str, seed: int, views: int, geometry: PanoramaGeometry, recipe: Recipe | None = None
) -> Iterator[Shot]:
    """Yield the recorded views of one scene; the same arguments give the same bytes."""
    for recorded in scene_pictures(split, seed, views, geometry, recipe or Recipe()):
        yield recorded.shot


def room_shots(split: str, seed: int, views: int, geometry: PanoramaGeometry) -> Iterator[Shot]:
    """Yield the recorded views of one furnished room, as `scene_shots` those of a street."""
    yield from scene_shots(split, seed, views, geometry, Recipe(world='indoor'))


def write_dataset(
    out: Path,
    split: str,
    seeds: Sequence[int],
    views_per_scene: int,
    geometry: PanoramaGeometry,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
    **recipe: Any,
) -> int:
    """Render scenes into `out` and return the number of images in the split's list.

    Scenes that lie there complete are kept, so an interrupted run goes on. Lists and
    tables are rewritten every 60 scenes and at the end; their order is that of `seeds`.
    `progress` is called with the number of finished scenes; `recipe` are fields of `Recipe`.

    Raises:
        SyntheticError: if the split is unknown, a seed belongs to another split, a field of
            the recipe is wrong, or `out` cannot be written or holds a data set of another
            version, size or recipe, or other scenes of the split.
    """
    _check_seeds(split, seeds)
    task = _Task(out, split, seeds, views_per_scene, geometry, Recipe(**recipe))
    _write_index(task)
    job = partial(_write_scene, task)
    written = map(job, seeds) if workers <= 1 else in_order(job, seeds, workers)
    for done, _ in enumerate(written, start=1):
        if done % _EVERY == 0:
            _write_tables(task)
        if progress is not None:
            progress(done)
    return _write_tables(task)


def _check_seeds(split: str, seeds: Sequence[int]) -> None:
    own = _range_of(split)
    wrong = [seed for seed in seeds if seed not in own]
    if wrong:
        raise SyntheticError(
            f'seed {wrong[0]} is not of split {split}, expected {own.start} to {own.stop - 1}'
        )


def _write_scene(task: _Task, seed: int) -> None:
    """Write every file of a scene and, last of all, what is known about it."""
    if _scene(task, seed):
        return
    held = _held(task, seed)
    files, rows = layout_of(task.recipe.layout).files, []
    for view, recorded in enumerate(
        scene_pictures(task.split, seed, task.views, task.geometry, task.recipe)
    ):
        place = Place(task.split, seed, view, recorded.world.weather)
        written = files(place, recorded.shot)
        for name, content in written:
            write_whole(task.out / name, content)
        row = _row(written[0][0], place, recorded)
        rows.append({**row, 'files': [name for name, _ in written]})
    for name in held.difference(*(row['files'] for row in rows)):  # of views that are no more
        (task.out / name).unlink(missing_ok=True)
    write_whole(_scene_file(task, seed), json.dumps(rows, indent=0).encode())


def _held(task: _Task, seed: int) -> set[str]:
    """Return the files of a scene that was written with other views."""
    path = _scene_file(task, seed)
    rows = json.loads(path.read_text(encoding='utf-8')) if path.exists() else []
    return {name for row in rows for name in row['files']}


def _scene_file(task: _Task, seed: int) -> Path:
    return task.out / 'frames' / task.split / f'{seed:06d}.json'


def _scene(task: _Task, seed: int) -> list[dict[str, Any]]:
    """Return the frames of a scene that lies there complete, else nothing."""
    path = _scene_file(task, seed)
    try:
        rows = json.loads(path.read_text(encoding='utf-8'))
        if any(key not in row for row in rows for key in (*COLUMNS, 'files')):
            raise ValueError(f'a frame lacks one of {", ".join(COLUMNS)}, files')
        names = [name for row in rows for name in row['files']]
        complete = len(rows) == task.views and all((task.out / n).exists() for n in names)
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, RecursionError) as err:
        raise SyntheticError(f'{path}: cannot be read, remove it: {err}') from err
    return list(rows) if complete else []


def _row(image: str, place: Place, recorded: Recorded) -> dict[str, Any]:
    """Return a line of the table; the angles are those of the camera's pose in the world."""
    pose, world = recorded.shot.world_from_camera, recorded.world
    roll, pitch, yaw = rpy_deg(pose)
    x, y, z = pose[:3, 3]
    numbers = {
        'x_m': x, 'y_m': y, 'z_m': z, 'height_m': recorded.stand.height_m,
        'roll_deg': roll, 'pitch_deg': pitch, 'yaw_deg': yaw,
    }  # fmt: skip
    return {
        'image': image,
        'scene': place.seed,
        'family': family_of(place.split, place.seed),
        'weather': place.weather,
        'district': world.plan.district,
        **{name: round(float(value), 5) for name, value in numbers.items()},
        'hfov_deg': round(recorded.hfov_deg, 4),
    }


def rpy_deg(pose: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return roll, pitch and yaw of a (4, 4) pose as Rz(yaw) Ry(pitch) Rx(roll), degrees.

    Other than `rpy_deg_from_rotation` of the cameras, it gives level poses no zeros with a
    sign: published tables are compared by their bytes.
    """
    r = np.asarray(pose, np.float64)
    angles = (
        np.arctan2(r[2, 1], r[2, 2]),
        np.arctan2(-r[2, 0], np.hypot(r[2, 1], r[2, 2])),
        np.arctan2(r[1, 0], r[0, 0]),
    )
    roll, pitch, yaw = (float(np.rad2deg(angle)) for angle in angles)
    return roll, pitch, yaw


def _write_tables(task: _Task) -> int:
    """Write list, table and index of the scenes that are complete; return how many images."""
    layout = layout_of(task.recipe.layout)
    rows: list[dict[str, Any]] = []
    further: dict[str, dict[str, None]] = {}
    for seed in task.seeds:
        for row in _scene(task, seed):
            rows.append(row)
            for name, line in layout.lists(Place(task.split, seed, 0, row['weather'])).items():
                further.setdefault(name, {})[line] = None
    lines = [row['image'] for row in rows]
    write_whole(task.out / 'lists' / f'{task.split}.txt', _lines(lines))
    columns = COLUMNS if task.recipe.camera == 'panorama' else (*COLUMNS, 'hfov_deg')
    table = io.StringIO()
    writer = csv.DictWriter(table, columns, extrasaction='ignore', lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    write_whole(task.out / 'frames' / f'{task.split}.csv', table.getvalue().encode())
    for name, unique in further.items():
        write_whole(task.out / name, _lines(list(unique)))
    _write_index(task)
    return len(lines)


def _lines(lines: list[str]) -> bytes:
    return ''.join(f'{line}\n' for line in lines).encode()


def _write_index(task: _Task) -> None:
    path, geometry = task.out / 'dataset.json', task.geometry
    size = [geometry.height, geometry.width, geometry.top_deg, geometry.bottom_deg]
    head = {
        'generator_version': GENERATOR_VERSION,
        'label_set': task.recipe.label_set,
        'size': size,
        'recipe': task.recipe.as_json(),
    }
    index: dict[str, Any] = {**head, 'splits': {}}
    if path.exists():
        index = _read_index(path)
        wrong = [name for name, value in head.items() if index[name] != value]
        if wrong:
            raise SyntheticError(
                f'{path}: {wrong[0]} is {index[wrong[0]]}, not {head[wrong[0]]}; '
                f'write to another folder'
            )
    folders = layout_of(task.recipe.layout).splits
    mine = folders[task.split]
    same = [s for s in index['splits'] if s != task.split and folders.get(s) == mine]
    if same:
        raise SyntheticError(
            f'{path}: layout {task.recipe.layout} keeps {same[0]} and {task.split} in one '
            f'folder; write to another folder'
        )
    held = index['splits'].get(task.split, {}).get('seeds', [])
    unlisted = set(held) - set(task.seeds)
    if lost := sorted(seed for seed in unlisted if _scene_file(task, seed).exists()):
        raise SyntheticError(
            f'{path}: split {task.split} holds scene {lost[0]}, which would leave its list; '
            f'render it as well, or write to another folder'
        )
    lists = task.out / 'lists' / f'{task.split}.txt'
    digest = hashlib.sha256(lists.read_bytes()).hexdigest() if lists.exists() else None
    index['splits'][task.split] = {
        'seeds': [int(seed) for seed in task.seeds],
        'families': [FAMILIES[task.split].start, FAMILIES[task.split].stop - 1],
        'views_per_scene': task.views,
        'list_sha256': digest,
    }
    write_whole(path, json.dumps(index, indent=1).encode())


def _is_table(splits: Any) -> bool:
    """Return whether a value maps splits to mappings that list their seeds, if any."""
    if not isinstance(splits, dict) or not all(isinstance(v, dict) for v in splits.values()):
        return False
    return all(isinstance(value.get('seeds', []), list) for value in splits.values())


def _read_index(path: Path) -> dict[str, Any]:
    try:
        index = json.loads(path.read_text(encoding='utf-8'))
        missing = {'generator_version', 'label_set', 'size', 'recipe', 'splits'} - set(index)
    except (OSError, ValueError, TypeError, RecursionError) as err:
        raise SyntheticError(f'{path}: cannot be read: {err}') from err
    if not missing and not _is_table(index['splits']):
        missing = {'splits'}
    if missing:
        raise SyntheticError(f'{path}: lacks {sorted(missing)[0]!r}; write to another folder')
    return dict(index)
