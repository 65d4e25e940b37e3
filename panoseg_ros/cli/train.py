"""`panoseg train`: labelled panoramas in, a model bundle out."""

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from panoseg_ros.errors import TrainingError

if TYPE_CHECKING:
    from panoseg_ros.training import Data, Joined, Report, Samples, TrainConfig

LOG_EVERY_S = 30.0


@dataclass(frozen=True)
class Rendering:
    """Pictures rendered while training instead of a train split."""

    world: str  # what is rendered; '' for nothing
    workers: int = 0  # processes, 0 for one per core
    ring: int = 4000  # pictures held at once
    ready: int = 400  # pictures there must be before training begins


def train(
    config: Path,
    data: Sequence[str],
    out: Path,
    run: Path | None = None,
    *,
    weights: Sequence[float] = (),
    rendering: Rendering = Rendering(''),
    max_minutes: float | None = None,
    threads: int = 0,
    loaders: int = 0,
    accelerator: str = 'auto',
    devices: int = 1,
    tensorboard: bool = False,
    snapshot: bool = False,
    graph: bool = True,
) -> int:
    """Train a network, or resume, and write the bundle; return 0.

    Args:
        config: The run's YAML file.
        data: Data sets, as `datasets.open_dataset` names them; their val splits are scored on.
        out: The bundle's folder.
        run: Where checkpoints and cached pictures go, default runs/<name of out>.
        weights: How much each data set is drawn; by their sizes if empty.
        rendering: What is learned from instead of the data sets' train splits.
        max_minutes: Map the schedule onto this much training time instead of steps.
        threads: CPU threads, 0 for torch's choice.
        loaders: Threads that prepare batches ahead.
        accelerator: Where to compute, as Lightning Fabric names it.
        devices: How many of those.
        tensorboard: Write the run's course for TensorBoard.
        snapshot: Do not train, only write the bundle of the last checkpoint.
        graph: Write the ONNX graph too, not only the weights.
    """
    import cv2
    import torch

    from panoseg_ros import training

    settings = training.load_train_config(config)
    folder = run or Path('runs') / out.name
    if not snapshot:
        _check(data, weights, rendering, devices)
    if threads:
        torch.set_num_threads(threads)
    cv2.setNumThreads(1)  # small pictures: OpenCV's threads would only get in torch's way
    training.keep_freed_memory()
    notes = training.describe(data) if data else {}
    with ExitStack() as stack:
        if snapshot:
            trained = training.trained_so_far(settings, folder)
        else:
            learned = _rendered(stack, settings, data, folder, rendering)
            report = stack.enter_context(_reporting(settings, folder, tensorboard))
            trained = training.train(
                settings,
                learned or _data(settings, data, weights, folder),
                folder,
                max_minutes=max_minutes,
                accelerator=accelerator,
                devices=devices,
                loaders=loaders,
                report=report,
            )
            if isinstance(trained_on := learned and learned.source, training.LiveSource):
                notes = {**notes, 'rendered': trained_on.notes()}
    if not trained.first_device:
        return 0
    hardware = _hardware(torch, accelerator)
    training.write_bundle(
        out, settings, trained, graph, hardware=hardware, data=notes, licence='Apache-2.0'
    )
    print(f'wrote {out}')
    return 0


def _check(
    data: Sequence[str], weights: Sequence[float], rendering: Rendering, devices: int
) -> None:
    if weights and (len(weights) != len(data) or min(weights) <= 0):
        raise TrainingError(
            f'--weight must be given once for each of the {len(data)} --data and be positive, '
            f'got {", ".join(map(str, weights))}'
        )
    if rendering.world and (devices > 1 or weights):
        raise TrainingError('--render feeds one device and takes no --weight')
    if not data and not rendering.world:
        raise TrainingError('nothing to learn from: give --data or --render')


def _hardware(torch: Any, accelerator: str) -> str:
    on_gpu = accelerator != 'cpu' and torch.cuda.is_available()
    gpu = f'{torch.cuda.get_device_name()}, ' if on_gpu else ''
    return f'{gpu}{platform.machine()}, {torch.get_num_threads()} of {os.cpu_count()} CPU threads'


def _rendered(
    stack: ExitStack,
    settings: 'TrainConfig',
    data: Sequence[str],
    folder: Path,
    rendering: Rendering,
) -> 'Data | None':
    """Start rendering, if it is asked for; the data sets, if any, are scored on."""
    from panoseg_ros import training
    from panoseg_ros.geometry import PanoramaGeometry

    if not rendering.world:
        return None
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
    _say(f'rendering the first {min(rendering.ready, rendering.ring)} pictures')
    return training.Data(stack.enter_context(source), held_out, balanced=True)


def _data(
    settings: 'TrainConfig', data: Sequence[str], weights: Sequence[float], folder: Path
) -> 'Data':
    """Open the data sets, reading and resizing them only the first time."""
    from panoseg_ros import training
    from panoseg_ros.labels import load_label_set

    joined = training.open_joined(data, 'train', load_label_set(settings.label_set))
    cached = [_cached(settings, joined, folder, 'train', size) for size in _sizes(settings)]
    held_out = _held_out(settings, data, folder)
    _say(f'{len(cached[0])} images to train on, {len(held_out)} to validate on')
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


@contextmanager
def _reporting(
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


def _say(text: str) -> None:
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
        out: Annotated[Path, typer.Option(help='The bundle to write.')],
        data: Annotated[
            list[str] | None,
            typer.Option(help='Labelled pictures, [KIND:]DIR; may be given several times.'),
        ] = None,
        weight: Annotated[
            list[float] | None,
            typer.Option(help='How much each --data is drawn, in their order [default: by size].'),
        ] = None,
        render: Annotated[
            str, typer.Option(help='Learn from what is rendered meanwhile: street or indoor.')
        ] = '',
        renderers: Annotated[
            int, typer.Option(min=0, help='Rendering processes, 0: one per core.')
        ] = 0,
        ring: Annotated[int, typer.Option(min=1, help='Rendered pictures held at once.')] = 4000,
        ready: Annotated[
            int, typer.Option(min=1, help='Rendered pictures there must be to begin.')
        ] = 400,
        run: Annotated[
            Path | None,
            typer.Option(help='Where checkpoint and cache go [default: runs/NAME].'),
        ] = None,
        max_minutes: Annotated[
            float | None,
            typer.Option(min=0.01, help='Map the schedule onto this time instead of steps.'),
        ] = None,
        threads: Annotated[int, typer.Option(min=0, help='CPU threads, 0: all cores.')] = 0,
        loaders: Annotated[
            int, typer.Option(min=0, help='Threads that prepare batches ahead; for a GPU.')
        ] = 0,
        accelerator: Annotated[str, typer.Option(help='auto, cpu or cuda.')] = 'auto',
        devices: Annotated[int, typer.Option(min=1, help='How many of these.')] = 1,
        tensorboard: Annotated[
            bool, typer.Option('--tensorboard', help='Write RUN/tensorboard.')
        ] = False,
        snapshot: Annotated[
            bool, typer.Option('--snapshot', help='Only write the bundle of the last checkpoint.')
        ] = False,
        weights_only: Annotated[
            bool, typer.Option('--weights-only', help='Write no graph; panoseg export adds it.')
        ] = False,
    ) -> int:
        """Train a network on labelled pictures; resumes where it was interrupted."""
        return train(
            config,
            data or (),
            out,
            run,
            weights=weight or (),
            rendering=Rendering(render, renderers, ring, ready),
            max_minutes=max_minutes,
            threads=threads,
            loaders=loaders,
            accelerator=accelerator,
            devices=devices,
            tensorboard=tensorboard,
            snapshot=snapshot,
            graph=not weights_only,
        )
