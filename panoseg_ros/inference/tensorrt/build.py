"""From a graph to a TensorRT plan, with progress.

Source of the interface: TensorRT Python API 10.1 to 11 (Builder, OnnxParser, IBuilderConfig,
IProgressMonitor). Networks are strongly typed: from 11 on there is no other kind, and the
types of the graph decide instead of flags.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from panoseg_ros.errors import BackendError
from panoseg_ros.inference.tensorrt.half import with_half_products
from panoseg_ros.inference.tensorrt.library import make_logger, tensorrt

Tell = Callable[[str], None]
MESSAGES = 10  # about the progress of one outermost phase


def build_plan(graph: Path, precision: str, tell: Tell) -> bytes:
    """Return the plan of an ONNX graph for the GPU at hand; that takes minutes.

    Args:
        graph: the file; deformable layers in any rendering that the parser knows.
        precision: float32, or float16 for matrix products.
        tell: is given a line of progress now and then.

    Raises:
        BackendError: if the parser or the builder refuses the graph.
    """
    trt = tensorrt()
    logger = make_logger()
    builder = trt.Builder(logger)
    network = builder.create_network(_strongly_typed(trt))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(_model_bytes(graph, precision)):
        reason = parser.get_error(0).desc() if parser.num_errors else logger.error
        raise BackendError(f'TensorRT {trt.__version__} does not take the graph: {_line(reason)}')
    config = builder.create_builder_config()
    if precision == 'float32':
        config.clear_flag(trt.BuilderFlag.TF32)  # which is hardly more exact than float16
    config.progress_monitor = _make_monitor(trt, tell)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise BackendError(f'TensorRT {trt.__version__} builds no engine: {_line(logger.error)}')
    return bytes(memoryview(plan))


def has_deform_conv(graph: Path) -> bool:
    """Return whether a graph holds standard DeformConv nodes."""
    return any(node.op_type == 'DeformConv' for node in _load(graph).graph.node)


def _model_bytes(graph: Path, precision: str) -> bytes:
    if precision == 'float32':
        return graph.read_bytes()
    return bytes(with_half_products(_load(graph)).SerializeToString())


def _load(graph: Path) -> Any:
    try:
        import onnx
    except ModuleNotFoundError as err:
        raise BackendError(
            'onnx is missing to prepare a graph for TensorRT: pip install onnx'
        ) from err
    return onnx.load(str(graph))


def _strongly_typed(trt: Any) -> int:
    flag = getattr(trt.NetworkDefinitionCreationFlag, 'STRONGLY_TYPED', None)
    return 0 if flag is None else 1 << int(flag)


def _line(text: str) -> str:
    return ' '.join(text.split())[:300] or 'no reason is given'


class Progress:
    """Turns phases within phases into shares of the whole, told every tenth; thread-safe."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._phases: dict[str, list[Any]] = {}  # name -> [parent, steps, steps done]
        self._told = 0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """Note that a phase begins."""
        with self._lock:
            self._phases[name] = [parent, max(steps, 1), 0]

    def step(self, name: str, step: int) -> None:
        """Note that a step is done, and tell if that makes another tenth."""
        with self._lock:
            if name not in self._phases:
                return
            self._phases[name][2] = step + 1
            share = int(MESSAGES * self._share(name) + 1e-6)  # thirds and tenths are not exact
            if share <= self._told:
                return
            self._told = share
        self._tell(f'TensorRT: {100 * share // MESSAGES} %, {name}')

    def finish(self, name: str) -> None:
        """Forget a phase; another outermost one begins at nothing."""
        with self._lock:
            parent = self._phases.pop(name, [''])[0]
            if parent is None:
                self._told = 0

    def _share(self, name: str) -> float:
        share = 0.0
        phase: list[Any] | None = self._phases[name]
        while phase is not None:
            parent, steps, done = phase
            share = min((done + share) / steps, 1.0)
            phase = self._phases.get(parent)
        return share


def _make_monitor(trt: Any, tell: Tell) -> Any:
    progress = Progress(tell)

    class Monitor(trt.IProgressMonitor):
        """Hands on what TensorRT says."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            progress.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            progress.step(phase_name, step)
            return True  # go on

        def phase_finish(self, phase_name: str) -> None:
            progress.finish(phase_name)

    return Monitor()
