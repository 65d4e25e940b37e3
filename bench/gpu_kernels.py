"""The Triton kernels of the deformable layers on a GPU: right first, then how fast.

    ./run exec python -m bench.gpu_kernels --out gpu_kernels.json    # ten minutes on a GPU
    ./run exec python -m bench.gpu_kernels --dry-run                 # itself, tried on a CPU

Layers are those of Trans4PASS tiny and small. Every kernel is held to torchvision's operator in
float64; nothing is timed if one is wrong. Timed are calls in a CUDA graph on inputs that take
turns, so that they come from memory and not from the L2 cache, A B A B with torchvision's operator
on the same tensors in the same type. The operator is given offsets and masks ready for use, the
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
from panoseg_ros.networks import deform

TINY = (32, 48)  # of a dry run
TOLERANCE = {HALF: 5e-3, BRAIN: 4e-2, SINGLE: 1e-4}  # of the largest value of a tensor
BARS = {('forward', True): 3.0, ('forward', False): 1.3, ('backward', True): 1.5}
BARS['backward', False] = BARS['backward', True]
SHARE_BAR = 0.4
ROUNDS = 15
AT_LEAST = 20  # calls in a graph, whose own start is then little of the time
PEAKS = {  # FLOP/s of float16 and of three TensorFloat-32 products, bytes/s: NVIDIA's data sheets
    'H200': (989e12, 494e12 / 3, 4.8e12),
    'H100 80GB HBM3': (989e12, 494e12 / 3, 3.35e12),
    'A100-SXM4-80GB': (312e12, 156e12 / 3, 2.039e12),
}


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
    wrong = check_all(machine, options.dry_run) + replaced()
    if wrong:
        print('\n'.join(wrong))
        return 1
    rows, left_out = time_all(machine, cases(options.dry_run), deadline)
    print(markdown(machine, rows, left_out), *replaced(), sep='\n')
    if options.out is not None:
        figures = [asdict(row) for row in rows]
        facts = {**machine.facts(), 'left_out': left_out, 'wrong': replaced(), 'rows': figures}
        options.out.write_text(json.dumps(facts, indent=1) + '\n')
    return int(bool(replaced()))


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


class Machine:
    """Where the calls run, and how they are timed."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.name = 'the interpreter on the CPU: no time means anything'
        self.cache_bytes = 0
        self.peaks = self.measured = (1e12, 1e12, 1e11)
        if device == 'cuda':
            properties = torch.cuda.get_device_properties(0)
            self.name, self.cache_bytes = properties.name, properties.L2_cache_size
            self.measured = measured_peaks()
            known = [peaks for name, peaks in PEAKS.items() if name in properties.name]
            self.peaks = known[0] if known else self.measured

    def facts(self) -> dict[str, object]:
        """Return what the figures depend on."""
        import torchvision
        import triton

        return {
            'gpu': self.name,
            'torch': torch.__version__,
            'torchvision': torchvision.__version__,
            'triton': triton.__version__,
            'date': time.strftime('%Y-%m-%d'),
            'peaks': self.peaks,
            'measured_peaks': self.measured,
        }

    def least_s(self, flop: float, moved: float, dtype: torch.dtype) -> float:
        """Return the seconds that the roofline allows."""
        peak = self.peaks[1] if dtype == SINGLE else self.peaks[0]
        return max(flop / peak, moved / self.peaks[2])

    def copies(self, inputs: Sequence[Tensor]) -> int:
        """Return how many sets of inputs take turns so that the cache holds none."""
        size = sum(tensor.nbytes for tensor in inputs)
        return min(16, max(2, math.ceil(2 * self.cache_bytes / size)))

    def timer(self, calls: Sequence[Callable[[], object]]) -> Callable[[], float]:
        """Return what runs all calls once and returns the seconds of one."""
        if self.device == 'cpu':
            return lambda: _wall_s(calls)
        return graph_timer(calls)


def _wall_s(calls: Sequence[Callable[[], object]]) -> float:
    began = time.perf_counter()
    for call in calls:
        call()
    return (time.perf_counter() - began) / len(calls)


def graph_timer(calls: Sequence[Callable[[], object]]) -> Callable[[], float]:
    """Return what replays a CUDA graph of all calls and returns the seconds of one."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(2):  # compiles kernels, sets cuBLAS up
            for call in calls:
                call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    repeats = math.ceil(AT_LEAST / len(calls))
    with torch.cuda.graph(graph, stream=stream):
        for call in list(calls) * repeats:
            call()
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))

    def replay() -> float:
        torch.cuda.synchronize()
        start.record()
        graph.replay()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / 1000 / len(calls) / repeats

    return replay


def measured_peaks() -> tuple[float, float, float]:
    """Return FLOP/s of float16 and TensorFloat-32 / 3, and bytes/s, that library calls reach."""
    side, found = 8192, []
    for dtype, share in ((HALF, 1), (SINGLE, 3)):
        torch.set_float32_matmul_precision('high')
        a = torch.randn(side, side, device='cuda', dtype=dtype)
        replay = graph_timer([lambda a=a: a @ a])
        found.append(2 * side**3 / min(replay() for _ in range(5)) / share)
    torch.set_float32_matmul_precision('highest')
    a, b = torch.empty(2, 1 << 30, device='cuda', dtype=torch.uint8)
    replay = graph_timer([lambda: b.copy_(a)])
    return found[0], found[1], 2 * a.nbytes / min(replay() for _ in range(5))


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
    machine: Machine, chosen: Sequence[Case], deadline: float
) -> tuple[list[Row], list[str]]:
    """Return the rows, and what there was no time for."""
    rows, left_out = [], []
    for case in chosen:
        name = f'{case.layer.name} {case.height}x{case.width} batch {case.batch} {case.dtype}'
        if time.monotonic() > deadline:
            left_out.append(name)
            continue
        rows += time_case(machine, case)
        print(f'timed {name}', flush=True)
    return rows, left_out


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
