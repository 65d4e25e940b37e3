"""`panoseg train`: labelled panoramas in, a model bundle out."""

import hashlib
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from panoseg_ros.training import Report

LOG_EVERY_S = 30.0


def train(
    config: Path,
    data: Path,
    out: Path,
    run: Path | None = None,
    max_minutes: float | None = None,
    threads: int = 0,
    accelerator: str = 'auto',
    devices: int = 1,
    snapshot: bool = False,
) -> int:
    """Train a network, or resume, and write the bundle; return 0.

    Args:
        config: The run's YAML file.
        data: A folder in the layout of `datasets.StreetFolder`.
        out: The bundle's folder.
        run: Where checkpoints go, default runs/<name of out>.
        max_minutes: Map the schedule onto this much training time instead of steps.
        threads: CPU threads, 0 for torch's choice.
        accelerator: Where to compute, as Lightning Fabric names it.
        devices: How many of those.
        snapshot: Do not train, only write the bundle of the last checkpoint.
    """
    import torch

    from panoseg_ros import training
    from panoseg_ros.datasets import StreetFolder

    settings = training.load_train_config(config)
    folder = run or Path('runs') / out.name
    if threads:
        torch.set_num_threads(threads)
    training.keep_freed_memory()
    if snapshot:
        trained = training.trained_so_far(settings, folder)
    else:
        size = (settings.input.height, settings.input.width)
        samples = training.read_samples(StreetFolder(data, 'train'), *size)
        most = settings.validation_images
        held_out = training.read_samples(StreetFolder(data, 'val'), *size, most)
        print(f'{len(samples.names)} images to train on, {len(held_out.names)} to validate on')
        with _progress() as report:
            trained = training.train(
                settings,
                samples,
                held_out,
                folder,
                max_minutes=max_minutes,
                accelerator=accelerator,
                devices=devices,
                report=report,
            )
    if not trained.first_device:
        return 0
    hardware = f'{platform.machine()}, {torch.get_num_threads()} of {os.cpu_count()} CPU threads'
    training.write_bundle(
        out, settings, trained, hardware=hardware, data=describe_data(data), licence='Apache-2.0'
    )
    print(f'wrote {out}')
    return 0


def describe_data(data: Path) -> dict[str, Any]:
    """Return what a card says about a data set: its own description and its lists' hashes."""
    import json

    lists = {
        path.stem: {
            'images': len(path.read_text(encoding='utf-8').split()),
            'sha256': hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted((data / 'lists').glob('*.txt'))
    }
    described = data / 'dataset.json'
    notes = json.loads(described.read_text(encoding='utf-8')) if described.exists() else {}
    plain = {key: value for key, value in notes.items() if isinstance(value, str | int | float)}
    return {**plain, 'lists': lists}


@contextmanager
def _progress() -> Iterator[Callable[['Report'], None]]:
    """Yield what shows a bar on a terminal, and a line every half minute elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console()
    bar = Progress(
        TextColumn('{task.percentage:5.1f} %'),
        BarColumn(),
        TextColumn('{task.description}'),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    task = bar.add_task('starting', total=1.0)
    shown = _Pace()

    def report(now: 'Report') -> None:
        speed = shown.speed(now.images_per_s)
        text = f'step {now.step}  loss {now.loss:.3f}  {speed:.1f} img/s'
        bar.update(task, completed=now.progress, description=text)
        if now.mean_iou is not None:
            console.print(f'step {now.step}: mean IoU on validation {now.mean_iou:.3f}')
        if not console.is_terminal and shown.due():
            eta = f'{now.eta_s / 60:.0f} min left'
            print(f'{100 * now.progress:5.1f} %  {text}  lr {now.learning_rate:.2e}  {eta}')

    with bar:
        yield report


class _Pace:
    """Smooths the speed shown and says when the next line is due."""

    def __init__(self) -> None:
        self._speed = 0.0
        self._last_s = float('-inf')

    def speed(self, images_per_s: float) -> float:
        """Return the running mean of the speed."""
        self._speed = 0.95 * self._speed + 0.05 * images_per_s if self._speed else images_per_s
        return self._speed

    def due(self) -> bool:
        """Return True once every LOG_EVERY_S."""
        import time

        if time.monotonic() - self._last_s < LOG_EVERY_S:
            return False
        self._last_s = time.monotonic()
        return True


def register(app: typer.Typer) -> None:
    """Add `panoseg train`."""

    @app.command('train')
    def command(
        config: Annotated[Path, typer.Option(help='The run, a YAML file of config/train/.')],
        data: Annotated[
            Path, typer.Option(help='Labelled panoramas: leftImg8bit, gtFine, lists.')
        ],
        out: Annotated[Path, typer.Option(help='The bundle to write.')],
        run: Annotated[
            Path | None, typer.Option(help='Where checkpoints go [default: runs/NAME].')
        ] = None,
        max_minutes: Annotated[
            float | None,
            typer.Option(min=0.01, help='Map the schedule onto this time instead of steps.'),
        ] = None,
        threads: Annotated[int, typer.Option(min=0, help='CPU threads, 0: all cores.')] = 0,
        accelerator: Annotated[str, typer.Option(help='auto, cpu or cuda.')] = 'auto',
        devices: Annotated[int, typer.Option(min=1, help='How many of these.')] = 1,
        snapshot: Annotated[
            bool, typer.Option(help='Only write the bundle of the last checkpoint.')
        ] = False,
    ) -> int:
        """Train a network on labelled panoramas; resumes where it was interrupted."""
        return train(config, data, out, run, max_minutes, threads, accelerator, devices, snapshot)
