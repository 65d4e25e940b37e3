"""Which runtime runs a bundle, and where.

Order of `auto` on a GPU: TensorRT, whose engine is fused and timed for this very GPU; torch,
whose kernels for deformable layers and whose tail stay on the device; ONNX Runtime, whose
DeformConv is general and whose logits come back. Each must give the CPU's labels on the
probes and be faster than the CPU there, so the order only says which is tried first. On a
CPU it is ONNX Runtime, then torch.
"""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from panoseg_ros.bundles import GRAPH, WEIGHTS, Bundle
from panoseg_ros.errors import BackendError, GpuError
from panoseg_ros.inference.agreement import EXACT, HALF, Limits
from panoseg_ros.inference.backend import BACKENDS, DEVICES, PRECISIONS, Backend
from panoseg_ros.inference.cuda_driver import find_gpu
from panoseg_ros.inference.cuda_guard import cuda

_log = logging.getLogger(__name__)


def load_backend(
    bundle: Bundle,
    kind: str = 'auto',
    threads: int = 0,
    device: str = 'auto',
    precision: str = 'auto',
) -> Backend:
    """Load a bundle into a runtime.

    What runs on a GPU comes with the same network on the CPU, see `StandbyBackend`.

    Args:
        bundle: The model. If it holds weights only, it gets its graph once, kept by
            `graph_cache`.
        kind: `onnx`, `torch`, `tensorrt`, which builds an engine where none is kept, or
            `auto`: the fastest that works, which says in the log why it was taken. It takes
            TensorRT only where an engine has been built, because that takes minutes.
        threads: CPU threads of the network, 0 for one per core.
        device: `cpu`, `cuda`, or `auto`, a GPU where there is one that works.
        precision: On a GPU; `auto` is float16 where it gives the CPU's labels, else float32.

    Raises:
        BackendError: if an argument is unknown or the bundle cannot run like that.
    """
    known = ('backend', kind, BACKENDS), ('device', device, DEVICES)
    for name, value, allowed in (*known, ('precision', precision, PRECISIONS)):
        if value not in allowed:
            raise BackendError(f'unknown {name} {value!r}, expected one of {", ".join(allowed)}')
    if kind == 'tensorrt' and device == 'cpu':
        raise BackendError('tensorrt runs on a GPU only, expected device auto or cuda')
    must = kind == 'tensorrt' or device == 'cuda'
    if device == 'cpu' or not (must or _has_gpu()):
        return _load_on_cpu(bundle, kind, threads)
    if must and not _has_gpu():
        raise GpuError(f'no GPU for backend {kind}: {find_gpu().missing or cuda.reason}')
    cpu = _load_on_cpu(bundle, 'auto', threads, 'stands by')
    gpu, refusals = _first_that_works(bundle, kind, precision, cpu)
    if gpu is not None:
        return gpu
    reasons = '; '.join(refusals) or f'{kind} does not run in {precision} there'
    if must:
        raise GpuError(f'bundle {bundle.name} does not run on the GPU: {reasons}')
    _log.warning('%s is used, the GPU is not: %s', cpu.runtime, reasons)
    return cpu if kind == 'auto' else _load_on_cpu(bundle, kind, threads)


def _has_gpu() -> bool:
    return not cuda.reason and not find_gpu().missing


class _Candidate(NamedTuple):
    """A way to run on the GPU."""

    name: str
    limits: Limits
    load: Callable[[], Backend]


def _candidates(bundle: Bundle, kind: str, precision: str) -> Iterator[_Candidate]:
    halves = ('float16', 'float32') if precision == 'auto' else (precision,)
    if kind in ('auto', 'tensorrt'):
        build = kind == 'tensorrt'
        for each in halves:
            load = partial(_load_tensorrt, bundle, each, build)
            yield _Candidate('tensorrt', EXACT if each == 'float32' else HALF, load)
    if kind in ('auto', 'torch'):
        for each in halves:
            load = partial(_load_torch, bundle, 0, 'cuda', each)
            yield _Candidate('torch', EXACT if each == 'float32' else HALF, load)
    if kind in ('auto', 'onnx') and halves[-1] == 'float32':
        yield _Candidate('onnx', EXACT, partial(_load_onnx, bundle, 0, 'cuda'))


def _first_that_works(
    bundle: Bundle, kind: str, precision: str, cpu: Backend
) -> tuple[Backend | None, list[str]]:
    """Return the first candidate that agrees with the CPU and is faster, and the refusals."""
    from panoseg_ros.inference.standby import StandbyBackend, prove

    refusals: list[str] = []
    for name, limits, load in _candidates(bundle, kind, precision):
        try:
            cuda.check()
            gpu = load()
            proof = prove(gpu, cpu, bundle.input, limits)
        except BackendError as err:
            reason = f'{name}: {err}'
            if reason not in refusals:
                refusals.append(reason)
            continue
        took = f'{1e3 * proof.gpu_s:.1f} ms a panorama, {1e3 * proof.cpu_s:.1f} ms on the CPU'
        if kind == 'auto' and proof.gpu_s >= proof.cpu_s:
            refusals.append(f'{name}: {gpu.runtime} is no faster: {took}')
            continue
        others = f'; not {"; not ".join(refusals)}' if refusals else ''
        _log.info(
            '%s is used: %s, %.2f %% of the labels equal%s',
            gpu.runtime, took, 100 * proof.agreement.same, others,
        )  # fmt: skip
        return StandbyBackend(gpu, cpu), refusals
    return None, refusals


def _load_on_cpu(
    bundle: Bundle, kind: str, threads: int, role: str = 'is used: the fastest here'
) -> Backend:
    if kind == 'torch':
        return _load_torch(bundle, threads)
    try:
        backend = _load_onnx(bundle, threads)
    except BackendError as err:
        only_weights = GRAPH not in bundle.files and WEIGHTS in bundle.files
        if kind == 'onnx' or not (only_weights or 'DeformConv' in str(err)):
            raise
        backend = _load_torch(bundle, threads)
        _log.warning('%s is used, which is slower than ONNX Runtime: %s', backend.runtime, err)
        return backend
    _log.info('%s %s', backend.runtime, role)
    return backend


def _load_tensorrt(bundle: Bundle, precision: str, build: bool) -> Backend:
    from panoseg_ros.inference.tensorrt import load_tensorrt

    return load_tensorrt(bundle, precision, build)


def _load_onnx(bundle: Bundle, threads: int, device: str = 'cpu') -> Backend:
    from panoseg_ros.inference.onnx_backend import OnnxBackend

    if GRAPH in bundle.files:
        return OnnxBackend(bundle, threads, device)
    from panoseg_ros.inference.graph_cache import with_graph

    whole = with_graph(bundle)
    try:
        return OnnxBackend(whole, threads, device)
    except BackendError as err:
        if 'DeformConv' in str(err) or device == 'cuda':
            raise
    whole.files[GRAPH].unlink(missing_ok=True)  # damaged since it was written
    return OnnxBackend(with_graph(bundle), threads)


def _load_torch(
    bundle: Bundle, threads: int, device: str = 'cpu', precision: str = 'float32'
) -> Backend:
    try:
        from panoseg_ros.inference.torch_backend import TorchBackend
    except ModuleNotFoundError as err:
        raise BackendError(
            f'bundle {bundle.name} needs onnxruntime 1.25 (Python 3.11 or newer), torch, or a '
            f'graph of panoseg export --rendering grid_sample, but {err.name} is missing: '
            "pip install 'panoseg_ros[train]'"
        ) from err
    return TorchBackend(bundle, threads, device, precision)
