"""`panoseg bench tail`: from logits to labels and confidence, against the plain way to do it."""

import json
import os
from functools import partial
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from panoseg_ros.cli.bench.timing import interleave, is_busy, machine, machine_line

ROADS = {
    'rendered': 'one compiled pass, logits of rendered panoramas in turn',
    'noise': 'the same on normal noise: every class counts everywhere',
    'plain': 'numpy on rendered panoramas: full-size logits, arg-max, softmax',
}
PLAIN_ROUNDS = 5  # the slowest road needs no more to be told apart
NOISE = 3.0  # standard deviation of logits


def measure_tail(bundle: str, rounds: int = 100) -> dict[str, Any]:
    """Return the times of the last step of segmentation on one core, and what they were of.

    Args:
        bundle: a bundle with a graph, a folder or the name of a shipped one.
        rounds: how often every road is run, in turn.

    Raises:
        BundleError: if the bundle cannot be read.
        BackendError: if it does not run in ONNX Runtime.
    """
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.inference.onnx_backend import OnnxBackend
    from panoseg_ros.inference.probes import load_probes
    from panoseg_ros.inference.tail import upsample_argmax

    load = os.getloadavg()
    loaded = load_bundle(bundle)
    spec, backend = loaded.input, OnnxBackend(loaded, 1)
    logits = [backend.logits(probe.image) for probe in load_probes(spec)]
    noise = np.random.default_rng(0).normal(0.0, NOISE, logits[0].shape).astype(np.float32)
    tail = partial(upsample_argmax, height=spec.height, width=spec.width, wrap_px=spec.wrap_px)
    turns = [0]

    def rendered() -> None:
        turns[0] += 1
        tail(logits[turns[0] % len(logits)])

    roads = {
        'rendered': rendered,
        'noise': lambda: tail(noise),
        'plain': lambda: plain_tail(logits[0], spec.height, spec.width, spec.wrap_px),
    }
    spreads = interleave(roads, rounds, {'plain': PLAIN_ROUNDS})
    expected = plain_tail(logits[0], spec.height, spec.width, spec.wrap_px)
    found = tail(logits[0])
    return {
        'task': f'{logits[0].shape} -> {spec.width}x{spec.height}, {loaded.name}, one thread',
        'machine': machine(1, load),
        'same_labels': float((found[0] == expected[0]).mean()),
        'largest_difference_of_confidence': int(
            np.abs(found[1].astype(int) - expected[1]).max(initial=0)
        ),
        'roads': {name: spread._asdict() for name, spread in spreads.items()},
    }


def plain_tail(
    logits: NDArray[np.float32], height: int, width: int, wrap_px: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return labels and confidence as `upsample_argmax` does, by way of full-size logits."""
    from panoseg_ros.inference.tail import aligned_axis

    rows = aligned_axis(logits.shape[1], height)
    columns = aligned_axis(logits.shape[2], width + 2 * wrap_px, wrap_px)
    left, right = logits[:, :, columns.low], logits[:, :, columns.low + 1]
    wide = left + columns.weight * (right - left)  # (C, h, W)
    above, below = wide[:, rows.low], wide[:, rows.low + 1]
    full = above + rows.weight[:, None] * (below - above)  # (C, H, W)
    share = 1.0 / np.exp(full - full.max(0)).sum(0)
    return full.argmax(0).astype(np.uint8), np.rint(255 * share).astype(np.uint8)


def bench_tail(bundle: str, rounds: int = 100, as_json: bool = False) -> int:
    """Measure the tail, print a table or JSON, and return 0."""
    figures = measure_tail(bundle, rounds)
    if as_json:
        print(json.dumps(figures, indent=2))
        return 0
    print(figures['task'])
    print(machine_line(figures['machine']))
    print(
        f'{"ms":<9} {"median":>8} {"p10":>8} {"p90":>8} {"min":>8} {"cpu med":>8} {"cpu min":>8}'
    )
    for name, road in figures['roads'].items():
        values = ' '.join(f'{value:8.2f}' for key, value in road.items() if key != 'rounds')
        print(f'{name:<9} {values}  {ROADS[name]}')
    print(
        f'labels equal to plain on {figures["same_labels"]:.4%}, confidence within '
        f'{figures["largest_difference_of_confidence"]}/255'
    )
    if is_busy(figures['machine']):
        print('the machine is busy: the least CPU times are worth most')
    return 0


def _tail(
    bundle: Annotated[
        str, typer.Argument(help='Bundle folder, or the name of a shipped one.')
    ] = 'nano-synthetic',
    rounds: Annotated[int, typer.Option(min=1, help='How often every road is run.')] = 100,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Upsampling, arg-max and confidence in one pass, on one core."""
    return bench_tail(bundle, rounds, as_json)


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('tail')(_tail)
