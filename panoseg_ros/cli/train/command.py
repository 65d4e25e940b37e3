"""The command: trains, or resumes, and writes the bundle."""

import math
import os
import platform
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from panoseg_ros.bundles import check_replaceable
from panoseg_ros.cli.train.pictures import Rendering, rendered_data, stored_data
from panoseg_ros.cli.train.progress import reporting, say
from panoseg_ros.errors import TrainingError


def train(
    config: Path,
    data: Sequence[str],
    out: Path,
    run: Path | None = None,
    *,
    weights: Sequence[float] = (),
    rendering: Rendering | None = None,
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

    folder = run or Path('runs') / out.name
    check_replaceable(out)
    wanted = training.load_train_config(config)
    settings, advice = training.in_affordable_precision(wanted, accelerator, folder)
    if not snapshot:
        if advice:
            say(advice)
        _check(data, weights, rendering, devices)
    if threads:
        torch.set_num_threads(threads)
        os.environ['OMP_NUM_THREADS'] = str(threads)  # of further processes; else Lightning's
    cv2.setNumThreads(1)  # small pictures: OpenCV's threads would only get in torch's way
    training.keep_freed_memory()
    notes = training.describe(data) if data else {}
    if weights:
        notes['weights'] = list(weights)
    with ExitStack() as stack:
        if snapshot:
            trained = training.trained_so_far(settings, folder)
            if rendered := training.rendered_so_far(folder):
                notes['rendered'] = rendered
        else:
            if rendering:
                learned = rendered_data(stack, settings, data, folder, rendering)
            else:
                learned = stored_data(settings, data, weights, folder)
            report = stack.enter_context(reporting(settings, folder, tensorboard))
            trained = training.train(
                settings,
                learned,
                folder,
                max_minutes=max_minutes,
                accelerator=accelerator,
                devices=devices,
                loaders=loaders,
                report=report,
            )
            if isinstance(learned.source, training.LiveSource):
                notes['rendered'] = learned.source.notes()
    if not trained.first_device:
        return 0
    training.write_bundle(
        out,
        settings,
        trained,
        graph,
        hardware=_hardware(torch, accelerator, trained.devices),
        data=notes,
        licence=_licence(settings.encoder_weights, notes),
    )
    print(f'wrote {out}')
    return 0


def _check(
    data: Sequence[str], weights: Sequence[float], rendering: Rendering | None, devices: int
) -> None:
    usable = all(0 < weight < math.inf for weight in weights)
    if weights and (len(weights) != len(data) or not usable):
        raise TrainingError(
            f'--weight must be given once for each of the {len(data)} --data and be positive, '
            f'got {", ".join(map(str, weights))}'
        )
    if rendering and (devices > 1 or weights):
        raise TrainingError('--render feeds one device and takes no --weight')
    if not data and not rendering:
        raise TrainingError('nothing to learn from: give --data or --render')


def _hardware(torch: Any, accelerator: str, devices: int) -> str:
    on_gpu = accelerator != 'cpu' and torch.cuda.is_available()
    gpus = f'{devices} x {torch.cuda.get_device_name()}, ' if on_gpu else ''
    processes = f'{devices} processes of ' if devices > 1 else ''
    threads = f'{processes}{torch.get_num_threads()} threads on {os.cpu_count()} CPU cores'
    return f'{gpus}{platform.machine()}, {threads}'


def _licence(encoder_weights: str, notes: dict[str, Any]) -> str:
    """Return ours for what has learnt from nothing but our own rendered pictures."""
    sets = notes.get('sets', [notes])
    rendered = 'rendered' in notes or all('generator_version' in one for one in sets)
    if rendered and not encoder_weights:
        return 'Apache-2.0'
    return 'as the authors of the data, and of encoder weights, state'


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
        """Train a network on labelled pictures.

        Resumes where it was interrupted.
        """
        return train(
            config,
            data or (),
            out,
            run,
            weights=weight or (),
            rendering=Rendering(render, renderers, ring, ready) if render else None,
            max_minutes=max_minutes,
            threads=threads,
            loaders=loaders,
            accelerator=accelerator,
            devices=devices,
            tensorboard=tensorboard,
            snapshot=snapshot,
            graph=not weights_only,
        )
