"""Which blocks, warps and stages of the Triton kernels are the fastest on this GPU.

    ./run exec python -m bench.kernel_tuning [--batch 1] [--seconds 540] [--out kernel_tuning.json]

Times every launch of some layers at 512 x 1024 in float16 as `kernels/launches.py` makes it,
and with other blocks. Inputs stay in the L2 cache, so that times of one launch compare with each
other only; a choice is worth changing where `bench.gpu_kernels` confirms it.
"""

import argparse
import dataclasses
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from bench.deform_layers import HALF, LAYERS
from bench.gpu_machine import graph_timer
from bench.kernel_footprints import kernel_name, launches_of
from panoseg_ros.networks.kernels.fallback import is_device_error
from panoseg_ros.networks.kernels.launches import Launch

CHOSEN = tuple(LAYERS[index] for index in (5, 1, 0, 3, 8))  # large and small maps of each kind
PIXELS = {'BLOCK_P': (16, 32, 64, 128)}
TRIED = {  # kernel -> constants that a launch may change
    'pointwise.forward': {**PIXELS, 'BLOCK_C': (16, 32)},
    'pointwise.backward': {'BLOCK_P': (128, 256, 512), 'BLOCK_C': (1, 2)},
    'convolution.forward': PIXELS,
    'convolution.backward_moves': {'BLOCK_P': (32, 64, 128)},
    'convolution.backward_weight': {'BLOCK_P': (32, 64, 128)},
}
WARPS, STAGES = (4, 8), (1, 2, 3)


def main(words: Sequence[str] | None = None) -> int:
    """Print, for every launch, its own time and the three best."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--batch', type=int, default=1)
    parser.add_argument('--seconds', type=float, default=540, help='begin nothing after these')
    parser.add_argument('--out', type=Path, help='write all times here, as JSON')
    options = parser.parse_args(words)
    if not torch.cuda.is_available():
        raise SystemExit('no CUDA GPU to tune for')
    deadline, found = time.monotonic() + options.seconds, {}
    for layer in CHOSEN:
        for launch in launches_of(layer, HALF, options.batch, 'cuda'):
            name = f'{layer.name}, {kernel_name(launch)}'
            found[name] = timings(launch, deadline)
            own, *best = found[name][:1] + sorted(found[name], key=lambda pair: pair[1])[:3]
            print(f'{name}: {own[1]:.1f} us as it is ({own[0]})')
            print(*(f'    {us:.1f} us with {what}' for what, us in best), sep='\n', flush=True)
    if options.out is not None:
        options.out.write_text(json.dumps(found, indent=1) + '\n')
    return 0


def timings(launch: Launch, deadline: float) -> list[tuple[str, float]]:
    """Return what was tried and its microseconds, the launch as it is first."""
    found = [timed(launch)]
    for other in variants(launch):
        if time.monotonic() > deadline:
            break
        try:
            found.append(timed(other))
        except Exception as err:
            if is_device_error(err):
                raise  # else it does not compile or not fit, as blocks of some sizes do not
    return found


def timed(launch: Launch) -> tuple[str, float]:
    """Return what a launch is like and its microseconds."""
    replay = graph_timer([launch.run])
    return described(launch), 1e6 * min(replay() for _ in range(10))


def variants(launch: Launch) -> Iterator[Launch]:
    """Yield the launch with other blocks, warps and stages."""
    tried = TRIED[kernel_name(launch)]
    for *sizes, warps, stages in itertools.product(*tried.values(), WARPS, STAGES):
        constants = {**launch.constants, **dict(zip(tried, sizes, strict=True))}
        other = dataclasses.replace(launch, constants=constants, warps=warps, stages=stages)
        if described(other) != described(launch):
            yield other


def described(launch: Launch) -> str:
    """Return what variants of a launch differ in."""
    blocks = [f'{name} {launch.constants[name]}' for name in TRIED[kernel_name(launch)]]
    return ', '.join([*blocks, f'{launch.warps} warps', f'{launch.stages} stages'])


if __name__ == '__main__':
    sys.exit(main())
