"""`panoseg bench networks`: our forms of the networks against the plain one, per frame."""

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from panoseg_ros.bundles import (
    CARD,
    GRAPH,
    WEIGHTS,
    Bundle,
    InputSpec,
    load_bundle,
    write_card,
)
from panoseg_ros.cli.bench.picture import detailed_picture
from panoseg_ros.cli.bench.plain import GivesLogits, PlainBackend, load_plain
from panoseg_ros.cli.bench.sheet import TIMES, Sheet, deliver, digits, times
from panoseg_ros.cli.bench.sizes import parse_size
from panoseg_ros.cli.bench.timing import interleave, machine, watch_others
from panoseg_ros.cli.bench.weighing import alone, weigh
from panoseg_ros.errors import NetworkError

if TYPE_CHECKING:
    from torch import nn

    from panoseg_ros.inference import Backend

SIZES = ('512x256', '1024x512')
LABEL_SET, CLASSES = 'cityscapes19', 19

ROADS = {
    'plain': "torchvision's operator, maps summed before they are classified, full-size arg-max",
    'torch': 'grid_sample form, branches classified at their own size, compiled tail',
    'onnx': 'its graph in ONNX Runtime, compiled tail',
}


def measure_networks(
    names: Sequence[str],
    sizes: Sequence[str],
    rounds: int = 5,
    threads: int = 0,
    graphs: Path | None = None,
    memory: bool = False,
) -> dict[str, Any]:
    """Return the times of every road of every network at every size.

    Weights are random but deform, the picture has detail of all sizes; every road makes
    labels from an (H, W, 3) uint8 picture, and all take turns in one process.

    Args:
        names: of `networks.NETWORKS`, Trans4PASS networks.
        sizes: `WIDTHxHEIGHT`, multiples of 4.
        rounds: how often.
        threads: of each runtime, 0 for one per core.
        graphs: folder where exported graphs are kept and found again, nowhere when None.
        memory: measure the peak memory of each road in a process of its own, too.

    Raises:
        NetworkError: if a name or size is not allowed.
        BackendError: if a graph does not give the network's labels.
    """
    import torch

    specs = [parse_size(size) for size in sizes]
    threads = threads or os.cpu_count() or 1
    others = watch_others()
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        folder = graphs or Path(stack.enter_context(TemporaryDirectory()))
        for name in names:
            for spec in specs:
                bundle = load_bundle(_ensure_bundle(folder, name, spec))
                rows += _measure_one(bundle, rounds, threads, memory)
    facts = machine(threads, others) | {'torch': torch.__version__}
    return {'machine': facts, 'rounds': rounds, 'roads': ROADS, 'figures': rows}


def _measure_one(bundle: Bundle, rounds: int, threads: int, memory: bool) -> list[dict[str, Any]]:
    spec = bundle.input
    image = detailed_picture(spec.height, spec.width)
    backends = {kind: _backend(kind, bundle, threads) for kind in ROADS}
    expected = _labels_of(backends['plain'], image)
    same = {kind: (_labels_of(one, image) == expected).mean() for kind, one in backends.items()}
    logits = {k: one.logits(image) for k, one in backends.items() if isinstance(one, GivesLogits)}
    gaps = {kind: float(np.abs(one - logits['plain']).max()) for kind, one in logits.items()}
    roads = {kind: partial(_labels_of, one, image) for kind, one in backends.items()}
    spreads = interleave(roads, rounds, cpu_clock=time.process_time_ns)
    plain = spreads['plain']
    return [
        {
            'network': bundle.network,
            'width': spec.width,
            'height': spec.height,
            'road': kind,
            **spread._asdict(),
            'times_as_fast': round(plain.median_ms / spread.median_ms, 2),
            'cpu_share': round(plain.cpu_median_ms / spread.cpu_median_ms, 2),
            'same_labels': round(float(same[kind]), 5),
            'largest_difference_of_logits': gaps.get(kind),
            'peak_mb': alone(_peak_mb, kind, bundle.path, threads) if memory else None,
        }
        for kind, spread in spreads.items()
    ]


def _backend(kind: str, bundle: Bundle, threads: int) -> 'Backend':
    """Load a bundle for one road, see `ROADS`."""
    from panoseg_ros.inference import load_backend

    if kind == 'plain':
        return load_plain(bundle, threads)
    return load_backend(bundle, kind, threads, 'cpu')


def _labels_of(backend: 'Backend', image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the labels (H, W), by the plain network without a confidence beside them."""
    if isinstance(backend, PlainBackend):
        return backend.labels(image)
    return backend.segment(image)[0]


def shaken_network(name: str, seed: int = 0) -> 'nn.Module':
    """Return a network of random weights, exact in float16, whose layers really deform.

    A fresh network has offsets of zero, which would make sampling cheaper than it is.
    """
    import torch

    from panoseg_ros.networks import build_network

    network = build_network(name, CLASSES)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, value in network.state_dict().items():
            if not value.is_floating_point():
                continue
            noise = torch.randn(value.shape, generator=generator)
            if value.ndim > 1:
                gain = 0.5 if 'offset' in key or 'modulator' in key else 1.0
                noise *= gain / value[0].numel() ** 0.5
            else:  # norms near 1, biases and means near 0
                noise = 0.1 * noise + float(key.endswith(('weight', 'running_var')))
            value.copy_(noise.half())
    return network


def _ensure_bundle(folder: Path, name: str, spec: InputSpec) -> Path:
    """Return a bundle of a network at one size, made unless it lies there."""
    from panoseg_ros.inference.export import export_onnx
    from panoseg_ros.networks import save_weights

    path = folder / f'{name}-{spec.width}x{spec.height}'
    if (path / CARD).exists() and (path / WEIGHTS).exists():
        return path
    network = shaken_network(name)
    path.mkdir(parents=True, exist_ok=True)
    save_weights(network.state_dict(), path / WEIGHTS)
    export_onnx(network, spec, path / GRAPH)
    write_card(path, name=path.name, network=name, label_set=LABEL_SET, spec=spec)
    return path


def _peak_mb(kind: str, path: Path, threads: int) -> float:
    """Return the peak memory of this process after two frames."""
    bundle = load_bundle(path)
    image = detailed_picture(bundle.input.height, bundle.input.width)
    return weigh(partial(_labels_of, _backend(kind, bundle, threads), image), 1, 1).peak_mb


def bench_networks(
    names: Sequence[str] = (),
    sizes: Sequence[str] = SIZES,
    rounds: int = 5,
    threads: int = 0,
    graphs: Path | None = None,
    memory: bool = False,
    out: Path | None = None,
    as_json: bool = False,
) -> int:
    """Measure the networks, all of Trans4PASS by default, deliver the figures; return 0."""
    family = check_names(names)
    figures = measure_networks(names or family, sizes, rounds, threads, graphs, memory)
    deliver(figures, _sheet(figures), out, as_json)
    return 0


def check_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all Trans4PASS networks.

    Raises:
        NetworkError: if one of `names` is not of them.
    """
    from panoseg_ros.networks import NETWORKS

    family = tuple(name for name in NETWORKS if name.startswith('trans4pass'))
    unknown = [name for name in names if name not in family]
    if unknown:
        raise NetworkError(f'network {unknown[0]!r}: expected one of {", ".join(family)}')
    return family


def _sheet(figures: dict[str, Any]) -> Sheet:
    facts = figures['machine']
    rows = [
        (
            row['network'],
            f'{row["width"]}x{row["height"]}',
            row['road'],
            *times(row),
            f'{1e3 / row["median_ms"]:.1f}',
            f'{row["times_as_fast"]:.2f}',
            f'{row["cpu_share"]:.2f}',
            f'{row["same_labels"]:.3%}',
            _apart(row['largest_difference_of_logits']),
            digits(row['peak_mb']),
        )
        for row in figures['figures']
    ]
    heads = ('fps', 'x', 'x CPU', 'labels as plain', 'logits within', 'peak MB')
    return Sheet(
        f'A picture to its labels, {facts["threads"]} threads, {figures["rounds"]} rounds, '
        f'torch {facts["torch"]}',
        ('network', 'size', 'road', *TIMES, *heads),
        rows,
        [f'{kind}: {meaning}.' for kind, meaning in figures['roads'].items()],
    )


def _apart(gap: float | None) -> str:
    return '-' if gap is None else f'{gap:.0e}'


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('networks')(_networks)


def _networks(
    network: Annotated[
        list[str] | None, typer.Option(help='A network, again for each; all of Trans4PASS.')
    ] = None,
    size: Annotated[
        list[str] | None, typer.Option(help='WIDTHxHEIGHT, again for each; 512x256, 1024x512.')
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help='How often every road is run.')] = 5,
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
    graphs: Annotated[Path | None, typer.Option(help='Keep the exported graphs here.')] = None,
    memory: Annotated[bool, typer.Option('--memory', help='Peak memory of each, too.')] = False,
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Seconds per frame of the networks.

    Ours against torchvision's operator, in one run.
    """
    return bench_networks(
        network or (), size or SIZES, rounds, threads, graphs, memory, out, as_json
    )
