"""The pictures of a run: of data sets, or rendered meanwhile."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from panoseg_ros.cli.train.progress import say

if TYPE_CHECKING:
    from panoseg_ros.training import Data, Joined, Samples, TrainConfig


@dataclass(frozen=True)
class Rendering:
    """Pictures rendered while training instead of a train split."""

    world: str  # what is rendered
    workers: int = 0  # processes, 0 for one per core
    ring: int = 4000  # pictures held at once
    ready: int = 400  # pictures there must be before training begins


def rendered_data(
    stack: ExitStack,
    settings: 'TrainConfig',
    data: Sequence[str],
    folder: Path,
    rendering: Rendering,
) -> 'Data':
    """Start rendering until the stack is closed; the data sets, if any, are scored on."""
    from panoseg_ros import training
    from panoseg_ros.geometry import PanoramaGeometry

    held_out = _held_out(settings, data, folder) if data else None
    height, width = _sizes(settings)[-1]
    elevations = (settings.input.top_deg, settings.input.bottom_deg)
    source = training.LiveSource(
        rendering.world,
        PanoramaGeometry(height, width, *elevations),
        rendering.ring,
        rendering.workers or os.cpu_count() or 1,
        folder,
        rendering.ready,
        settings.sample_balance,
    )
    say(f'rendering the first {min(rendering.ready, rendering.ring)} pictures')
    return training.Data(stack.enter_context(source), held_out, balanced=True)


def stored_data(
    settings: 'TrainConfig', data: Sequence[str], weights: Sequence[float], folder: Path
) -> 'Data':
    """Open the data sets, reading and resizing them only the first time."""
    from panoseg_ros import training
    from panoseg_ros.labels import load_label_set

    joined = training.open_joined(data, 'train', load_label_set(settings.label_set))
    cached = [_cached(settings, joined, folder, 'train', size) for size in _sizes(settings)]
    held_out = _held_out(settings, data, folder)
    say(f'{len(cached[0])} images to train on, {len(held_out)} to validate on')
    source = training.SampleSizes(tuple(cached))
    return training.Data(source, held_out, joined.parts, tuple(weights))


def _held_out(settings: 'TrainConfig', data: Sequence[str], folder: Path) -> 'Samples':
    from panoseg_ros import training
    from panoseg_ros.labels import load_label_set

    joined = training.open_joined(data, 'val', load_label_set(settings.label_set))
    size = (settings.input.height, settings.input.width)
    return _cached(settings, joined, folder, 'val', size, settings.validation_images)


def _sizes(settings: 'TrainConfig') -> list[tuple[int, int]]:
    """Return at which sizes pictures are held: the input's, and those of larger phases."""
    least = (settings.input.height, settings.input.width)
    larger = {(phase.height, phase.width) for phase in settings.phases}
    return sorted({least, *(size for size in larger if size[0] > least[0])})


def _cached(
    settings: 'TrainConfig',
    joined: 'Joined',
    folder: Path,
    split: str,
    size: tuple[int, int],
    most: int = 0,
) -> 'Samples':
    from rich.console import Console
    from rich.progress import Progress

    from panoseg_ros import training

    with Progress(transient=True, disable=not Console().is_terminal) as bar:
        task = bar.add_task(f'caching {split} pictures of {size[1]}x{size[0]}', total=None)
        return training.cached_samples(
            joined,
            folder / 'cache',
            split,
            settings.input,
            size,
            most,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
