"""How a run is going: a bar or lines, and TensorBoard."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panoseg_ros.training import Report, TrainConfig

LOG_EVERY_S = 30.0


@contextmanager
def reporting(
    settings: 'TrainConfig', folder: Path, tensorboard: bool
) -> Iterator[Callable[['Report'], None]]:
    """Yield what shows a report, and writes it for TensorBoard if asked for."""
    from panoseg_ros import training
    from panoseg_ros.labels import load_label_set

    with _progress() as show:
        if not tensorboard or not _is_first():
            yield show
            return
        names = [cls.name for cls in load_label_set(settings.label_set).classes]
        board = training.Board(folder / 'tensorboard', names)

        def both(now: 'Report') -> None:
            show(now)
            board(now)

        try:
            yield both
        finally:
            board.close()


def _is_first() -> bool:
    return os.environ.get('LOCAL_RANK', '0') == '0'  # set in the processes that Fabric starts


def say(text: str) -> None:
    """Print a line, once where several processes run."""
    if _is_first():
        print(text, flush=True)


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
        disable=not (console.is_terminal and _is_first()),
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
            line = f'{100 * now.progress:5.1f} %  {text}  lr {now.learning_rate:.2e}  {eta}'
            print(line, flush=True)

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
        if time.monotonic() - self._last_s < LOG_EVERY_S:
            return False
        self._last_s = time.monotonic()
        return True
