"""What the Triton kernels take of a GPU: registers, spills, shared memory. No GPU is needed.

    ./run exec python -m bench.kernel_footprints [--capability 90]

Compiles, for the layers of `bench.deform_layers` at 512 x 1024, what each of them would launch.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from unittest import mock

import torch

from bench.deform_layers import HALF, LAYERS, SINGLE, SIZES, Case, Layer, inputs_of
from panoseg_ros.networks.kernels import operators
from panoseg_ros.networks.kernels.ahead import compile_ahead
from panoseg_ros.networks.kernels.launches import Launch


def main(words: Sequence[str] | None = None) -> int:
    """Print one line per kernel; 1 if one does not fit its registers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--capability', type=int, default=90, help='80 Ampere, 87 Orin, 90 Hopper')
    options = parser.parse_args(words)
    print('| layer | type | kernel | registers | spilled | shared | threads | machine code |')
    print('|---|---|---|---|---|---|---|---|')
    spilled = False
    for layer in LAYERS:
        for dtype in (HALF, SINGLE):
            for launch in launches_of(layer, dtype, 1, 'meta'):
                found = compile_ahead(launch, options.capability)
                spilled |= found.spilled > 0
                cells = (layer.name, str(dtype)[6:], kernel_name(launch), *found)
                print('| ' + ' | '.join(map(str, cells)) + ' |', flush=True)
    return int(spilled)


def launches_of(layer: Layer, dtype: torch.dtype, batch: int, device: str) -> Iterator[Launch]:
    """Yield what a layer launches forward and backward; on a GPU it can be run."""
    x, moves, bound, weight, bias = inputs_of(Case(layer, *SIZES[0], batch, dtype), device)
    sizes = (layer.stride, layer.kernel // 2) if layer.kernel > 1 else ()
    name = 'deform_conv' if sizes else 'deform_pointwise'
    out = x.new_empty(len(x), layer.outputs, *moves.shape[2:])
    yield from recorded(name, x, moves, bound, weight, bias, *sizes)
    yield from recorded(f'{name}_backward', out, x, moves, bound, weight, *sizes, [True, True])


def kernel_name(launch: Launch) -> str:
    """Return module and name of a launch's kernel."""
    return f'{launch.kernel.__module__.rsplit(".", 1)[-1]}.{launch.kernel.__name__}'


def recorded(name: str, *arguments: object) -> list[Launch]:
    """Return the launches of an operator, none of which is run."""
    with mock.patch.object(Launch, 'run', autospec=True) as run:
        operators.OPERATORS[name][1](*arguments)
    return [call.args[0] for call in run.call_args_list]


if __name__ == '__main__':
    sys.exit(main())
