"""`panoseg bench networks`: our forms of the networks against the plain one, per frame."""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from panoseg_ros.bundles import STRIDE, InputSpec, load_bundle, write_card
from panoseg_ros.cli.bench.picture import detailed_picture
from panoseg_ros.cli.bench.timing import interleave, is_busy, machine, machine_line
from panoseg_ros.errors import NetworkError

if TYPE_CHECKING:
    from torch import nn

SIZES = ('512x256', '1024x512')
LABEL_SET, CLASSES = 'cityscapes19', 19
Road = Callable[[], NDArray[np.uint8]]  # labels (H, W) of the one picture

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

    specs = [_parse_size(size) for size in sizes]
    threads = threads or os.cpu_count() or 1
    torch.set_num_threads(threads)
    load = os.getloadavg()
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        folder = graphs or Path(stack.enter_context(TemporaryDirectory()))
        for name in names:
            for spec in specs:
                _ensure_bundle(folder, name, spec)
                rows += _measure_one(folder, name, spec, rounds, threads, memory)
    facts = machine(threads, load) | {'torch': torch.__version__}
    return {'machine': facts, 'rounds': rounds, 'roads': ROADS, 'figures': rows}


def _measure_one(
    folder: Path, name: str, spec: InputSpec, rounds: int, threads: int, memory: bool
) -> list[dict[str, Any]]:
    roads = {kind: _road(kind, folder, name, spec, threads) for kind in ROADS}
    expected = roads['plain']()
    same = {kind: float((road() == expected).mean()) for kind, road in roads.items()}
    spreads = interleave(roads, rounds, cpu_clock=time.process_time_ns)
    del roads
    return [
        {
            'network': name,
            'width': spec.width,
            'height': spec.height,
            'road': kind,
            **spread._asdict(),
            'times_as_fast': round(spreads['plain'].median_ms / spread.median_ms, 2),
            'same_labels': round(same[kind], 5),
            'peak_mb': _peak_mb(kind, folder, name, spec, threads) if memory else None,
        }
        for kind, spread in spreads.items()
    ]


def _road(kind: str, folder: Path, name: str, spec: InputSpec, threads: int) -> Road:
    """Return what maps the picture to labels in one way; see `ROADS`."""
    image = detailed_picture(spec.height, spec.width)
    if kind == 'onnx':
        from panoseg_ros.inference import load_backend

        backend = load_backend(load_bundle(_bundle_path(folder, name, spec)), 'onnx', threads)
        return lambda: backend.segment(image)[0]
    return _torch_road(shaken_network(name), spec, image, plain=kind == 'plain')


def _torch_road(
    network: 'nn.Module', spec: InputSpec, image: NDArray[np.uint8], plain: bool
) -> Road:
    import torch
    from torch.nn.functional import interpolate

    from panoseg_ros.inference.export import wrap_network
    from panoseg_ros.inference.tail import upsample_argmax
    from panoseg_ros.networks import set_deform_operator

    deployed = wrap_network(network, spec)
    tensor = torch.from_numpy(image[None])

    def ours() -> NDArray[np.uint8]:
        with torch.inference_mode():
            logits = deployed(tensor)[0].numpy()
        return upsample_argmax(logits, spec.height, spec.width)[0]

    def textbook() -> NDArray[np.uint8]:
        with torch.inference_mode():
            x = tensor.to(torch.float32) * deployed.scale + deployed.shift
            maps = network.decoder_maps(x.permute(0, 3, 1, 2))
            quarter = network.dede_head.pred(sum(maps))
            size = (spec.height, spec.width)
            logits = interpolate(quarter, size, mode='bilinear', align_corners=True)
            return np.asarray(logits[0].argmax(0).to(torch.uint8).numpy())

    set_deform_operator(network, 'torchvision' if plain else 'grid_sample')
    return textbook if plain else ours


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


def _bundle_path(folder: Path, name: str, spec: InputSpec) -> Path:
    return folder / f'{name}-{spec.width}x{spec.height}'


def _ensure_bundle(folder: Path, name: str, spec: InputSpec) -> None:
    """Export the graph of a network at one size as a bundle, unless it lies there."""
    from panoseg_ros.bundles import CARD, GRAPH
    from panoseg_ros.inference.export import export_onnx

    path = _bundle_path(folder, name, spec)
    if (path / CARD).exists():
        return
    network = shaken_network(name)
    path.mkdir(parents=True, exist_ok=True)
    export_onnx(network, spec, path / GRAPH)
    write_card(path, name=path.name, network=name, label_set=LABEL_SET, spec=spec)


def _peak_mb(kind: str, folder: Path, name: str, spec: InputSpec, threads: int) -> float:
    """Return the peak resident memory of a fresh process that segments two frames."""
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        return float(pool.apply(_segment_and_weigh, (kind, folder, name, spec, threads)))


def _segment_and_weigh(kind: str, folder: Path, name: str, spec: InputSpec, threads: int) -> float:
    if kind != 'onnx':
        import torch

        torch.set_num_threads(threads)
    road = _road(kind, folder, name, spec, threads)
    for _ in range(2):
        road()
    try:
        status = Path('/proc/self/status').read_text(encoding='utf-8')
    except OSError:  # not Linux
        return float('nan')
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith('VmHWM')]
    return round(int(peak) * 1024 / 1e6, 1)


def _parse_size(text: str) -> InputSpec:
    width, _, height = text.partition('x')
    try:
        return InputSpec(int(height), int(width))
    except ValueError as err:
        raise NetworkError(
            f'size {text!r}: expected WIDTHxHEIGHT in multiples of {STRIDE}: {err}'
        ) from err


def bench_networks(
    names: Sequence[str] = (),
    sizes: Sequence[str] = SIZES,
    rounds: int = 5,
    threads: int = 0,
    graphs: Path | None = None,
    memory: bool = False,
    as_json: bool = False,
) -> int:
    """Measure the networks, all of Trans4PASS by default, print a table or JSON; return 0."""
    from panoseg_ros.networks import NETWORKS

    family = tuple(name for name in NETWORKS if name.startswith('trans4pass'))
    unknown = [name for name in names if name not in family]
    if unknown:
        raise NetworkError(f'network {unknown[0]!r}: expected one of {", ".join(family)}')
    figures = measure_networks(names or family, sizes, rounds, threads, graphs, memory)
    if as_json:
        print(json.dumps(figures, indent=2))
    else:
        _print(figures)
    return 0


def _print(figures: dict[str, Any]) -> None:
    facts = figures['machine']
    print(machine_line(facts) + f', {facts["threads"]} threads, {figures["rounds"]} rounds')
    for kind, meaning in figures['roads'].items():
        print(f'{kind:<6} {meaning}')
    print(
        f'{"network":<22} {"size":>9} {"road":<6} {"s/frame":>8} {"min":>7} {"cpu s":>7} '
        f'{"x":>5} {"same":>8} {"peak MB":>8}'
    )
    for row in figures['figures']:
        size = f'{row["width"]}x{row["height"]}'
        peak = '-' if row['peak_mb'] is None else f'{row["peak_mb"]:.0f}'
        print(
            f'{row["network"]:<22} {size:>9} {row["road"]:<6} {row["median_ms"] / 1e3:>8.3f} '
            f'{row["min_ms"] / 1e3:>7.3f} {row["cpu_median_ms"] / 1e3:>7.3f} '
            f'{row["times_as_fast"]:>5.2f} {row["same_labels"]:>8.3%} {peak:>8}'
        )
    if is_busy(facts):
        print('the machine is busy: compare the roads of one network, not the seconds')


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
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Seconds per frame of the networks: ours against torchvision's operator, in one run."""
    return bench_networks(network or (), size or SIZES, rounds, threads, graphs, memory, as_json)
