"""Data sets of rendered panoramas on disk, in a Cityscapes-like layout.

`OUT/leftImg8bit/<split>/<scene>/<view>.png`, `OUT/gtFine/<split>/<scene>/
<view>_labelTrainIds.png`, `OUT/lists/<split>.txt` (image paths relative to OUT) and
`OUT/dataset.json` (version, size, seeds and the hash of each list).
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic.recording.views import Shot, random_pose, take
from panoseg_ros.synthetic.rendering.render import Renderer, panorama_rays
from panoseg_ros.synthetic.scenes.catalogue import FAMILIES, GENERATOR_VERSION, family_of
from panoseg_ros.synthetic.scenes.world import build_world

SEED_RANGES = {
    'train': range(0, 900_000),
    'val': range(900_000, 950_000),
    'test': range(950_000, 1_000_000),
}


def scene_shots(split: str, seed: int, views: int, geometry: PanoramaGeometry) -> Iterator[Shot]:
    """Yield the recorded views of one scene; the same arguments give the same bytes."""
    world = build_world(seed, family_of(split, seed))
    renderer = Renderer(world.mesh, world.table, world.sky)
    grid = panorama_rays(geometry)
    for view in range(views):
        rng = np.random.default_rng([int(GENERATOR_VERSION), seed, view, 5])
        yield take(renderer, grid, random_pose(world, renderer, rng), rng)


def write_dataset(
    out: Path,
    split: str,
    seeds: Sequence[int],
    views_per_scene: int,
    geometry: PanoramaGeometry,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Render scenes into `out` and return the number of images in the split's list.

    Scenes that lie there complete are kept, so an interrupted run goes on. The list and
    its hash are rewritten every 60 scenes and at the end; its order is that of `seeds`.
    `progress` is called with the number of finished scenes.

    Raises:
        SyntheticError: if the split is unknown, a seed belongs to another split, or `out`
            cannot be written or holds a data set of another version or size.
    """
    _check_seeds(split, seeds)
    _write_index(out, split, seeds, views_per_scene, geometry)
    job = partial(_write_scene, out, split, views_per_scene, geometry)
    for done, _ in enumerate(_each(job, seeds, workers), start=1):
        if done % 60 == 0:
            _write_list(out, split, seeds, views_per_scene)
            _write_index(out, split, seeds, views_per_scene, geometry)
        if progress is not None:
            progress(done)
    count = _write_list(out, split, seeds, views_per_scene)
    _write_index(out, split, seeds, views_per_scene, geometry)
    return count


def _each(job: Callable[[int], None], seeds: Sequence[int], workers: int) -> Iterator[None]:
    if workers <= 1:
        yield from map(job, seeds)
        return
    with multiprocessing.get_context('spawn').Pool(workers, _one_thread) as pool:
        yield from pool.imap(job, seeds, chunksize=1)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _check_seeds(split: str, seeds: Sequence[int]) -> None:
    if split not in SEED_RANGES:
        raise SyntheticError(f'unknown split {split!r}, expected {", ".join(SEED_RANGES)}')
    wrong = [seed for seed in seeds if seed not in SEED_RANGES[split]]
    if wrong:
        own = SEED_RANGES[split]
        raise SyntheticError(
            f'seed {wrong[0]} is not of split {split}, expected {own.start} to {own.stop - 1}'
        )


def _names(split: str, seed: int, view: int) -> tuple[str, str]:
    """Return the paths of an image and its label file, relative to the data set."""
    stem = f'{split}/{seed:06d}/{view:02d}'
    return f'leftImg8bit/{stem}.png', f'gtFine/{stem}_labelTrainIds.png'


def _write_scene(out: Path, split: str, views: int, geometry: PanoramaGeometry, seed: int) -> None:
    if _is_complete(out, split, views, seed):
        return
    names = [_names(split, seed, view) for view in range(views)]
    for (image_name, label_name), shot in zip(
        names, scene_shots(split, seed, views, geometry), strict=True
    ):
        _write_png(out / image_name, shot.image[..., ::-1])
        _write_png(out / label_name, shot.labels)


def _is_complete(out: Path, split: str, views: int, seed: int) -> bool:
    names = [name for view in range(views) for name in _names(split, seed, view)]
    return all((out / name).exists() for name in names)


def _write_png(path: Path, image: Any) -> None:
    _, data = cv2.imencode('.png', image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    _replace(path, data.tobytes())


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as err:
        raise SyntheticError(f'{path}: cannot be written: {err.strerror}') from err


def _write_list(out: Path, split: str, seeds: Sequence[int], views: int) -> int:
    lines = [
        _names(split, seed, view)[0]
        for seed in seeds
        if _is_complete(out, split, views, seed)
        for view in range(views)
    ]
    _replace(out / 'lists' / f'{split}.txt', ''.join(f'{line}\n' for line in lines).encode())
    return len(lines)


def _write_index(
    out: Path, split: str, seeds: Sequence[int], views: int, geometry: PanoramaGeometry
) -> None:
    path = out / 'dataset.json'
    size = [geometry.height, geometry.width, geometry.top_deg, geometry.bottom_deg]
    index: dict[str, Any] = {'generator_version': GENERATOR_VERSION, 'size': size, 'splits': {}}
    if path.exists():
        index = _read_index(path)
        found = (index['generator_version'], index['size'])
        if found != (GENERATOR_VERSION, size):
            raise SyntheticError(
                f'{path}: holds version {found[0]} of size {found[1]}, '
                f'not version {GENERATOR_VERSION} of size {size}; write to another folder'
            )
    lists = out / 'lists' / f'{split}.txt'
    digest = hashlib.sha256(lists.read_bytes()).hexdigest() if lists.exists() else None
    index['splits'][split] = {
        'seeds': [int(seed) for seed in seeds],
        'families': [FAMILIES[split].start, FAMILIES[split].stop - 1],
        'views_per_scene': views,
        'list_sha256': digest,
    }
    _replace(path, json.dumps(index, indent=1).encode())


def _read_index(path: Path) -> dict[str, Any]:
    try:
        index = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as err:
        raise SyntheticError(f'{path}: cannot be read: {err}') from err
    missing = {'generator_version', 'size', 'splits'} - set(index)
    if missing:
        raise SyntheticError(f'{path}: lacks {sorted(missing)[0]!r}; write to another folder')
    return dict(index)
