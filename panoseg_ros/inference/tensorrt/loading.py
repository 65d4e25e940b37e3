"""Which engine runs a bundle: the one that is kept, or one that is built."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from panoseg_ros.bundles import GRAPH, WEIGHTS, Bundle, sha256
from panoseg_ros.errors import BackendError, GpuError
from panoseg_ros.inference.agreement import EXACT, HALF, Agreement
from panoseg_ros.inference.cuda_driver import find_gpu
from panoseg_ros.inference.cuda_guard import cuda
from panoseg_ros.inference.graph_cache import with_graph
from panoseg_ros.inference.onnx_backend import OnnxBackend
from panoseg_ros.inference.standby import prove
from panoseg_ros.inference.tensorrt.backend import TensorRtBackend
from panoseg_ros.inference.tensorrt.build import Tell, build_plan, has_deform_conv
from panoseg_ros.inference.tensorrt.cache import EngineKey, read_plan, write_plan
from panoseg_ros.inference.tensorrt.library import tensorrt

PRECISIONS = ('float16', 'float32')
_log = logging.getLogger(__name__)


class Built(NamedTuple):
    """An engine that was built, proved and kept."""

    path: Path
    rendering: str
    agreement: Agreement
    backend: TensorRtBackend


def load_tensorrt(bundle: Bundle, precision: str, build: bool) -> TensorRtBackend:
    """Return a bundle's engine, the kept one if it fits this graph, GPU and library.

    Args:
        bundle: the model.
        precision: one of PRECISIONS.
        build: True to build an engine where none that fits is kept, which takes minutes.

    Raises:
        BackendError: if TensorRT cannot be used, or there is no engine and none can be built.
    """
    whole, key = _identified(bundle, precision)
    try:
        return TensorRtBackend(read_plan(key), bundle.input, precision)
    except BackendError as err:
        if isinstance(err, GpuError) and err.lost:
            raise
        if not build:
            raise BackendError(
                f'{err}; panoseg export {bundle.path} --format tensorrt builds one, in minutes'
            ) from err
        _log.warning('%s', str(err))  # a kept record would keep the frames behind the error
    return _build(whole, key, _log.warning).backend


def build_engine(bundle: Bundle, precision: str, tell: Tell) -> Built:
    """Build a bundle's engine for the GPU at hand, prove it on the probes and keep it.

    Args:
        bundle: the model.
        precision: one of PRECISIONS.
        tell: is given a line of progress now and then.

    Raises:
        BackendError: if TensorRT cannot be used, or no engine gives the labels of the graph.
    """
    return _build(*_identified(bundle, precision), tell)


def _identified(bundle: Bundle, precision: str) -> tuple[Bundle, EngineKey]:
    trt, gpu = tensorrt(), find_gpu()
    if gpu.missing:
        raise GpuError(f'TensorRT needs a GPU: {gpu.missing}')
    if precision not in PRECISIONS:
        raise BackendError(f'TensorRT: precision {precision}, expected {" or ".join(PRECISIONS)}')
    whole = bundle if GRAPH in bundle.files else with_graph(bundle)
    capability = '.'.join(map(str, gpu.capability))
    graph = sha256(whole.files[GRAPH])
    return whole, EngineKey(graph, gpu.name, capability, str(trt.__version__), precision)


def _build(bundle: Bundle, key: EngineKey, tell: Tell) -> Built:
    tell(
        f'building the TensorRT engine of {bundle.name} in {key.precision} for {key.gpu}: '
        'this takes minutes, once'
    )
    limits = HALF if key.precision == 'float16' else EXACT
    cpu = OnnxBackend(bundle)
    refusals: list[str] = []
    for rendering, graph in _renderings(bundle, refusals):
        try:
            with cuda.calls('TensorRT'):
                plan = build_plan(graph, key.precision, tell)
            backend = TensorRtBackend(plan, bundle.input, key.precision)
            agreement = prove(backend, cpu, bundle.input, limits).agreement
        except BackendError as err:
            cuda.check()
            refusals.append(f'{rendering}: {err}')
            tell(refusals[-1])
            continue
        return Built(write_plan(key, plan), rendering, agreement, backend)
    raise BackendError(f'no engine of bundle {bundle.name}: {"; ".join(refusals)}')


def _renderings(bundle: Bundle, refusals: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield the bundle's graph, then one without DeformConv if that is something else."""
    graph = bundle.files[GRAPH]
    if not has_deform_conv(graph):
        yield 'the graph', graph
        return
    yield 'deform_conv', graph
    if WEIGHTS not in bundle.files:
        refusals.append(f'grid_sample: {bundle.path} holds no {WEIGHTS} to render it from')
        return
    yield 'grid_sample', with_graph(bundle, 'grid_sample').files[GRAPH]
