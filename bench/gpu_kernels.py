"""The Triton kernels of the deformable layers on a GPU: right first, then how fast.

    ./run exec python -m bench.gpu_kernels --out gpu_kernels.json    # begins nothing after 540 s
    ./run exec python -m bench.gpu_kernels --dry-run                 # itself, tried on a CPU

Layers are those of Trans4PASS tiny and small. Every kernel is held to torchvision's operator in
float64; nothing is timed if one is wrong. OUT is written after every case, and a run that finds
it goes on from there. Timed are calls in a CUDA graph on inputs that take turns, so that they come
from memory and not from the L2 cache, A B A B with torchvision's operator on the same tensors in
the same type. The operator is given offsets and masks ready for use, the
kernels what the layer predicts; a column has the operator with what settles that for it.

Roofline share: the larger of FLOP / peak and least bytes / bandwidth, over the time. FLOP are
those of the products; least bytes are every input and result once. Peaks are those of the data
sheet where the GPU is in PEAKS, else what a large product and a copy reach here.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from bench.deform_layers import BRAIN, HALF, LAYERS, SINGLE, SIZES, Case, inputs_of
from bench.gpu_machine import Machine
from panoseg_ros.networks import deform

TINY = (32, 48)  # of a dry run
TOLERANCE = {HALF: 5e-3, BRAIN: 4e-2, SINGLE: 1e-4}  # of the largest value of a tensor
BARS = {('forward', True): 3.0, ('forward', False): 1.3, ('backward', True): 1.5}
BARS['backward', False] = BARS['backward', True]
SHARE_BAR = 0.4
ROUNDS = 15


@dataclass
class Row:
    """One line of the table; times in microseconds per call."""

    layer: str
    size: str
    batch: int
    dtype: str
    direction: str
    kernel_us: float
    spread_us: float
    torchvision_us: float  # NaN where it has no such type
    layer_us: float  # torchvision's operator and what settles its input; NaN for backward
    ratio: float
    ratio_bar: float
    share: float


Timed = dict[str, list[Row]]  # case -> its rows


def main(words: Sequence[str] | None = None) -> int:
    """Run the bench; 1 if a kernel is wrong or does not compile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=Path, help='write the figures here, as JSON')
    parser.add_argument('--seconds', type=float, default=540, help='begin nothing after these')
    parser.add_argument('--dry-run', action='store_true', help='tiny sizes on the CPU')
    options = parser.parse_args(words)
    if options.dry_run:
        interpret()
    elif not torch.cuda.is_available():
        raise SystemExit('no CUDA GPU, but --dry-run needs none')
    machine = Machine('cpu') if options.dry_run else Machine('cuda')
    deadline = time.monotonic() + options.seconds
    kept = resumed(options.out, machine)
    wrong = [] if kept else check_all(machine, options.dry_run) + replaced()
    if wrong:
        print('\n'.join(wrong))
        return 1

    def save(timed: Timed, left_out: Sequence[str]) -> None:
        if options.out is not None:
            figures = {name: [asdict(row) for row in rows] for name, rows in timed.items()}
            facts = {**machine.facts(), 'left_out': left_out, 'wrong': replaced()}
            facts['done'] = not left_out
            options.out.write_text(json.dumps({**facts, 'timed': figures}, indent=1) + '\n')

    timed, left_out = time_all(machine, cases(options.dry_run), deadline, kept, save)
    rows = [row for ones in timed.values() for row in ones]
    print(markdown(machine, rows, left_out), *replaced(), sep='\n')
    return int(bool(replaced()))


def resumed(path: Path | None, machine: Machine) -> Timed:
    """Return what an earlier run with the same GPU and libraries has timed."""
    if path is None or not path.exists():
        return {}
    known = json.loads(path.read_text())
    same = all(known.get(name) == machine.facts()[name] for name in ('gpu', 'torch', 'triton'))
    rows = known['timed'] if same and not known['wrong'] else {}
    return {name: [Row(**row) for row in ones] for name, ones in rows.items()}


def interpret() -> None:
    """Let Triton interpret its kernels, in large blocks, for programs are slow there."""
    os.environ['TRITON_INTERPRET'] = '1'  # before anything imports Triton
    from panoseg_ros.networks.kernels import launches

    launches.ENOUGH = 1


def cases(dry_run: bool) -> list[Case]:
    """Return what is timed, the most important first."""
    if dry_run:
        return [Case(layer, *TINY, 1, HALF) for layer in (LAYERS[0], LAYERS[1], LAYERS[-2])]
    half = [(size, batch, HALF) for batch in (1, 8) for size in SIZES]
    others = [(SIZES[0], 1, SINGLE), (SIZES[0], 1, BRAIN), (SIZES[0], 8, SINGLE)]
    return [
        Case(layer, *size, batch, dtype)
        for size, batch, dtype in half + others
        for layer in LAYERS
    ]


class Calls(NamedTuple):
    """The ways to compute one case on one set of inputs."""

    forward: Callable[[], Tensor]
    backward: Callable[[], Sequence[Tensor]]
    torchvision_forward: Callable[[], Tensor]
    torchvision_backward: Callable[[], Sequence[Tensor]]
    torchvision_layer: Callable[[], Tensor]
    tensors: tuple[Tensor, ...]  # what a call reads: map, moves, weight, gradient of the result


def calls_of(case: Case, device: str) -> Calls:
    """Return calls on fresh inputs."""
    from torchvision.ops import deform_conv2d

    from panoseg_ros.networks import kernels

    x, moves, bound, weight, bias = inputs_of(case, device)
    planar = x.contiguous()  # as torchvision's operator wants it
    layer, sizes, pad = case.layer, (), case.layer.kernel // 2
    ours, back = kernels.deform_pointwise, torch.ops.panoseg.deform_pointwise_backward
    if layer.kernel > 1:
        sizes = (layer.stride, pad)
        ours, back = kernels.deform_conv, torch.ops.panoseg.deform_conv_backward
    offset, mask = (value.to(case.dtype) for value in deform.settle(moves, bound))
    groups = mask.shape[1] // layer.kernel**2
    grad = torch.randn(case.batch, layer.outputs, *moves.shape[2:], device=device).to(case.dtype)

    shape = (layer.stride, layer.stride, pad, pad, 1, 1, 1)  # of strides, pads, dilation, groups

    def settled_layer() -> Tensor:
        offset, mask = (value.to(case.dtype) for value in deform.settle(moves, bound))
        return deform_conv2d(x, offset, weight, bias, layer.stride, pad, mask=mask)

    return Calls(
        lambda: ours(x, moves, bound, weight, bias, *sizes),
        lambda: (*back(grad, x, moves, bound, weight, *sizes, [True, True]), grad.sum((0, 2, 3))),
        lambda: deform_conv2d(planar, offset, weight, bias, layer.stride, pad, mask=mask),
        lambda: torch.ops.torchvision._deform_conv2d_backward(
            grad, planar, weight, offset, mask, bias, *shape, groups, True
        ),
        settled_layer,
        (x, moves, weight, grad),
    )


def check_all(machine: Machine, dry_run: bool) -> list[str]:
    """Return what is wrong: differences from float64, and sums that are not repeated."""
    sizes, dtypes = (TINY if dry_run else SIZES[0]), (HALF,) if dry_run else tuple(TOLERANCE)
    layers = [case.layer for case in cases(True)] if dry_run else LAYERS
    wrong = []
    for layer in layers:
        for dtype in dtypes:
            torch.manual_seed(0)
            case = Case(layer, *sizes, 1 if dry_run else 2, dtype)
            errors = check(case, machine.device)
            words = ', '.join(f'{name} {error:.1e}' for name, error in errors.items())
            print(f'{layer.name}, {dtype}: {words}', flush=True)
            if not max(errors.values()) <= TOLERANCE[dtype]:
                wrong.append(f'{layer.name} in {dtype} is wrong: {words}')
    return wrong


def replaced() -> list[str]:
    """Return which kernels did not compile; their figures are torchvision's own."""
    from panoseg_ros.networks.kernels.fallback import refused

    return sorted(f'{name} in {dtype} did not compile' for name, dtype, _ in refused)


def check(case: Case, device: str) -> dict[str, float]:
    """Return the largest errors of result and gradients, in shares of the largest values."""
    x, moves, bound, weight, bias = inputs_of(case, device)
    kind = 'pointwise' if case.layer.kernel == 1 else 'convolve'
    sizes = () if kind == 'pointwise' else (case.layer.stride, case.layer.kernel // 2)
    found = []
    for operator, dtype in (('triton', case.dtype), ('torchvision', torch.float64)):
        leaves = [t.detach().to(dtype).requires_grad_() for t in (x, moves, weight, bias)]
        function = getattr(deform.OPERATORS[operator], kind)
        out = function(leaves[0], leaves[1], bound, *leaves[2:], *sizes)
        ramp = torch.linspace(-1, 1, out.numel(), device=device, dtype=dtype).view(out.shape)
        (out * ramp).sum().backward()
        found.append([out.detach(), *(leaf.grad for leaf in leaves)])
    names = ('result', 'map', 'moves', 'weight', 'bias')
    return {
        name: float((a.double() - b).abs().max() / b.abs().max())
        for name, a, b in zip(names, *found, strict=True)
    }


def time_all(
    machine: Machine,
    chosen: Sequence[Case],
    deadline: float,
    timed: Timed,
    save: Callable[[Timed, Sequence[str]], None],
) -> tuple[Timed, list[str]]:
    """Return the rows of every case, and what there was no time for; saved after each."""
    names = {f'{c.layer.name} {c.height}x{c.width} batch {c.batch} {c.dtype}': c for c in chosen}
    left_out = [name for name in names if name not in timed]
    for name in list(left_out):
        if time.monotonic() > deadline:
            break
        timed[name] = time_case(machine, names[name])
        left_out.remove(name)
        save(timed, left_out)
        print(f'timed {name}', flush=True)
    return timed, left_out


def time_case(machine: Machine, case: Case) -> list[Row]:
    """Return the rows of both directions."""
    first = calls_of(case, machine.device)
    sets = [first] + [
        calls_of(case, machine.device) for _ in range(machine.copies(first.tensors) - 1)
    ]
    theirs = case.dtype != BRAIN  # torchvision's operator has no bfloat16
    forward = [[calls.forward for calls in sets]]
    backward = [[calls.backward for calls in sets]]
    if theirs:
        forward += [[c.torchvision_forward for c in sets], [c.torchvision_layer for c in sets]]
        backward += [[c.torchvision_backward for c in sets]]
    return [
        row(machine, case, 'forward', forward, first.tensors),
        row(machine, case, 'backward', backward, first.tensors),
    ]


def row(
    machine: Machine,
    case: Case,
    direction: str,
    contenders: Sequence[Sequence[Callable[[], object]]],
    tensors: Sequence[Tensor],
) -> Row:
    """Time the contenders in turn, ours first."""
    timers = [machine.timer(calls) for calls in contenders]
    rounds = ROUNDS if machine.device == 'cuda' else 1
    seconds = torch.tensor([[timer() for timer in timers] for _ in range(rounds)])
    medians = [float(value) for value in seconds.median(0).values]
    low, high = (float(seconds[:, 0].quantile(q)) for q in (0.25, 0.75))
    ours, operator, settled = medians + [math.nan] * (3 - len(medians))
    flop, moved = least_work(case, direction, tensors)
    return Row(
        case.layer.name, f'{case.height}x{case.width}', case.batch, str(case.dtype)[6:], direction,
        ours * 1e6, (high - low) * 1e6, operator * 1e6, settled * 1e6, operator / ours,
        BARS[direction, case.layer.kernel == 1], machine.least_s(flop, moved, case.dtype) / ours,
    )  # fmt: skip


def least_work(case: Case, direction: str, tensors: Sequence[Tensor]) -> tuple[float, float]:
    """Return the FLOP of the products, and the bytes of all inputs and results once."""
    x, moves, weight, out = tensors
    flop = 2.0 * weight.numel() * out.numel() / case.layer.outputs
    moved = sum(tensor.nbytes for tensor in tensors)
    if direction == 'forward':
        return flop, moved
    return 2 * flop, moved + x.nbytes + moves.nbytes + weight.nbytes


def markdown(machine: Machine, rows: Sequence[Row], left_out: Sequence[str]) -> str:
    """Return the table, with what misses a bar said in its line."""
    lines = [f'{machine.name}; microseconds per call, medians of {ROUNDS} interleaved runs', '']
    heads = ('layer', 'size', 'batch', 'type', 'direction', 'kernel', 'spread', 'torchvision',
             'with settling', 'ratio', 'bar', 'roofline', 'missed')  # fmt: skip
    lines += ['| ' + ' | '.join(heads) + ' |', '|---' * len(heads) + '|']
    for r in rows:
        missed = ['ratio'] * (r.ratio < r.ratio_bar) + ['roofline'] * (r.share < SHARE_BAR)
        cells = [
            r.layer, r.size, str(r.batch), r.dtype, r.direction, f'{r.kernel_us:.1f}',
            f'{r.spread_us:.1f}', f'{r.torchvision_us:.1f}', f'{r.layer_us:.1f}', f'{r.ratio:.2f}',
            f'{r.ratio_bar}', f'{r.share:.0%}', ', '.join(missed),
        ]  # fmt: skip
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines + [f'no time left for {name}' for name in left_out])


if __name__ == '__main__':
    sys.exit(main())
