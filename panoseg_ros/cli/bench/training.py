"""`panoseg bench training`: a step of training, our form of the network against the plain one."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from panoseg_ros.cli.bench.networks import check_names, shaken_network
from panoseg_ros.cli.bench.picture import detailed_picture
from panoseg_ros.cli.bench.plain import plain_form
from panoseg_ros.cli.bench.sheet import TIMES, Sheet, deliver, digits, times
from panoseg_ros.cli.bench.sizes import parse_size
from panoseg_ros.cli.bench.timing import interleave, machine, watch_others

BAR, AT = 2.8, ('trans4pass_nano', '512x256', 4)  # times as fast as plain, and where
ROADS = {
    'plain': "torchvision's operator, maps summed before they are classified",
    'panoseg': 'grid_sample form, branches classified at their own size, as panoseg train',
}


def measure_training(
    network: str = 'trans4pass_nano',
    size: str = '512x256',
    batch_size: int = 4,
    rounds: int = 5,
    threads: int = 0,
) -> dict[str, Any]:
    """Return the times of a training step in float32: loss, gradients, AdamW.

    Both roads start from the same random weights that deform, and take turns in one process.

    Args:
        network: a Trans4PASS network.
        size: `WIDTHxHEIGHT`, multiples of 4.
        batch_size: pictures in a step.
        rounds: how often.
        threads: of torch, 0 for one per core.

    Raises:
        NetworkError: if the network or the size is not allowed.
    """
    import torch

    check_names([network])
    parse_size(size)
    threads, others = threads or os.cpu_count() or 1, watch_others()
    torch.set_num_threads(threads)
    networks = {kind: shaken_network(network).train() for kind in ROADS}
    steps = {kind: _step(kind, found, size, batch_size) for kind, found in networks.items()}
    agreement = _agreement(networks, steps)
    spreads = interleave(steps, rounds, cpu_clock=time.process_time_ns)
    plain = spreads['plain']
    return {
        'task': f'A step of {network} on {batch_size} pictures of {size}, float32, '
        f'{threads} threads, torch {torch.__version__}',
        'machine': machine(threads, others) | {'torch': torch.__version__},
        'roads': ROADS,
        'agreement': agreement,
        'figures': [
            {
                'road': kind,
                **found._asdict(),
                'images_per_h': round(3.6e6 * batch_size / found.median_ms),
                'times_as_fast': round(plain.median_ms / found.median_ms, 2),
                'cpu_share': round(plain.cpu_median_ms / found.cpu_median_ms, 2),
                'bar_times_as_fast': BAR if (network, size, batch_size) == AT else None,
            }
            for kind, found in spreads.items()
        ],
    }


def _step(kind: str, network: Any, size: str, batch_size: int) -> Callable[[], float]:
    """Return what makes one step and returns its loss."""
    import torch

    from panoseg_ros.training.config import Phase, TrainConfig
    from panoseg_ros.training.objective import batch_loss
    from panoseg_ros.training.optimizers import build_optimizer
    from panoseg_ros.training.samples import Batch

    spec = parse_size(size)
    phase = Phase(spec.height, spec.width, batch_size, 1.0)
    config = TrainConfig('bench', 'bench', 'cityscapes19', spec, (phase,), 1)
    optimizer = build_optimizer(network, config)
    form = plain_form(network) if kind == 'plain' else network
    scene = detailed_picture(spec.height, spec.width * batch_size)
    images = np.stack(np.split(scene, batch_size, 1))
    classes = network.dede_head.pred.out_channels
    labels = (images[..., 0] // 8 % classes).astype(np.uint8)
    batch = Batch(images, labels, ('random',) * batch_size)
    balance = torch.ones(classes)

    def step() -> float:
        optimizer.zero_grad()
        loss = batch_loss(form, batch, spec, balance)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def _agreement(networks: dict[str, Any], steps: dict[str, Callable[[], float]]) -> dict[str, Any]:
    """Return how far losses and gradients of the first step are apart, relative to plain."""
    import torch

    losses = {kind: step() for kind, step in steps.items()}
    gradients = {
        kind: torch.cat([p.grad.flatten() for p in network.parameters()])
        for kind, network in networks.items()
    }
    gap = (gradients['panoseg'] - gradients['plain']).norm() / gradients['plain'].norm()
    return {
        'loss': abs(losses['panoseg'] - losses['plain']) / losses['plain'],
        'gradient': float(gap),
    }


def _sheet(figures: dict[str, Any]) -> Sheet:
    rows = [
        (
            row['road'],
            *times(row),
            str(row['images_per_h']),
            f'{row["times_as_fast"]:.2f}',
            digits(row['bar_times_as_fast']),
            f'{row["cpu_share"]:.2f}',
        )
        for row in figures['figures']
    ]
    apart = figures['agreement']
    notes = [f'{kind}: {meaning}.' for kind, meaning in figures['roads'].items()]
    notes.append(
        f'First step: loss within {apart["loss"]:.1e}, gradient within {apart["gradient"]:.1e} of '
        "plain's."
    )
    return Sheet(figures['task'], ('road', *TIMES, 'images/h', 'x', 'bar', 'x CPU'), rows, notes)


def bench_training(
    network: str = 'trans4pass_nano',
    size: str = '512x256',
    batch_size: int = 4,
    rounds: int = 5,
    threads: int = 0,
    out: Path | None = None,
    as_json: bool = False,
) -> int:
    """Measure the step, deliver the figures and return 0."""
    figures = measure_training(network, size, batch_size, rounds, threads)
    deliver(figures, _sheet(figures), out, as_json)
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('training')(_training)


def _training(
    network: Annotated[str, typer.Option(help='A Trans4PASS network.')] = 'trans4pass_nano',
    size: Annotated[str, typer.Option(help='WIDTHxHEIGHT of the pictures.')] = '512x256',
    batch: Annotated[int, typer.Option(min=1, help='Pictures in a step.')] = 4,
    rounds: Annotated[int, typer.Option(min=1, help='How often both are run.')] = 5,
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """A training step: ours against torchvision's operator, in turn."""
    return bench_training(network, size, batch, rounds, threads, out, as_json)
