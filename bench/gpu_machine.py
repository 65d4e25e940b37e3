"""A GPU, or a CPU that stands in for it: its peaks, and how calls on it are timed."""

import math
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from bench.deform_layers import HALF, SINGLE

AT_LEAST = 20  # calls in a graph, whose own start is then little of the time
PEAKS = {  # FLOP/s of float16 and of three TensorFloat-32 products, bytes/s: NVIDIA's data sheets
    'H200': (989e12, 494e12 / 3, 4.8e12),
    'H100 80GB HBM3': (989e12, 494e12 / 3, 3.35e12),
    'A100-SXM4-80GB': (312e12, 156e12 / 3, 2.039e12),
}


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
