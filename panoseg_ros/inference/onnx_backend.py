"""Runs a bundle's graph in ONNX Runtime, on the CPU or by its CUDA provider."""

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from panoseg_ros.bundles import GRAPH, STRIDE, Bundle
from panoseg_ros.errors import BackendError
from panoseg_ros.inference.backend import checked_panorama
from panoseg_ros.inference.cuda_driver import find_gpu
from panoseg_ros.inference.cuda_guard import cuda
from panoseg_ros.inference.tail import upsample_argmax

CUDA = 'CUDAExecutionProvider'
CUDA_OPTIONS = {
    'use_tf32': '0',  # which is hardly more exact than float16
    'cudnn_conv_algo_search': 'HEURISTIC',  # trying all takes long at every start
}


class OnnxBackend:
    """One graph: uint8 panorama in, quarter-resolution logits of the wrapped panorama out.

    Frame and logits have one buffer each, bound once; on a GPU the runtime copies from and
    to them.

    Args:
        bundle: A bundle that holds `model.onnx`.
        threads: CPU threads of the network, 0 for one per core.
        device: `cpu` or `cuda`.

    Raises:
        BackendError: if the graph is missing, unreadable, or not of the bundle's size.
        GpuError: if the runtime cannot use the GPU.
    """

    fault = ''

    def __init__(self, bundle: Bundle, threads: int = 0, device: str = 'cpu') -> None:
        if threads < 0:
            raise BackendError(f'threads must be 0 or more, got {threads}')
        self._spec, self._on_gpu = bundle.input, device == 'cuda'
        self._name = f'ONNX Runtime {onnxruntime.__version__}'
        if self._on_gpu:
            self._session = _open_on_gpu(bundle, threads, self._name)
        else:
            self._session = _open_session(bundle, threads, ['CPUExecutionProvider'])
        self.num_classes, shape = _check_graph(self._session, bundle)
        place = f'{find_gpu().name} in float32' if self._on_gpu else 'the CPU'
        self.runtime = f'{self._name} on {place}'
        self._frame = np.empty((1, self._spec.height, self._spec.width, 3), np.uint8)
        self._logits = np.empty(shape, np.float32)
        self._bind()

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence; see `Backend.segment`."""
        spec = self._spec
        return upsample_argmax(self._run(image), spec.height, spec.width, spec.wrap_px)

    def logits(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (C, H / 4, (W + 2 wrap_px) / 4) float32 of an (H, W, 3) RGB panorama.

        Raises:
            BackendError: if the picture has another size, or the runtime fails.
        """
        return self._run(image).copy()

    def _run(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the logits in the buffer that the next call overwrites."""
        self._frame[0] = checked_panorama(image, self._spec)
        if self._on_gpu:
            with cuda.calls(self._name, running=True):
                self._session.run_with_iobinding(self._binding)
            return self._logits[0]
        try:
            self._session.run_with_iobinding(self._binding)
        except Exception as err:  # onnxruntime's errors share no public base class
            raise BackendError(f'ONNX Runtime failed: {str(err).splitlines()[0]}') from err
        return self._logits[0]

    def _bind(self) -> None:
        self._binding = self._session.io_binding()
        for bind, name, array in (
            (self._binding.bind_input, 'image', self._frame),
            (self._binding.bind_output, 'logits', self._logits),
        ):
            bind(name, 'cpu', 0, array.dtype.type, array.shape, array.ctypes.data)


def _open_on_gpu(bundle: Bundle, threads: int, name: str) -> Any:
    if CUDA not in onnxruntime.get_available_providers():
        raise BackendError(f'{name} has no CUDA provider: pip install onnxruntime-gpu instead')
    with cuda.calls(name):
        if hasattr(onnxruntime, 'preload_dlls'):  # of CUDA and cuDNN from the package index
            onnxruntime.preload_dlls()
        session = _open_session(bundle, threads, [(CUDA, CUDA_OPTIONS), 'CPUExecutionProvider'])
    if CUDA not in session.get_providers():
        raise BackendError(f'{name} cannot load its CUDA provider, see what it has printed')
    return session


def _open_session(bundle: Bundle, threads: int, providers: list[Any]) -> Any:
    if GRAPH not in bundle.files:
        raise BackendError(f'{bundle.path}: holds no {GRAPH}, run panoseg export {bundle.path}')
    path = bundle.files[GRAPH]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # its warnings about folded casts mean nothing to users
    # Waiting threads must not spin: cameras, rclpy and viewers share these cores.
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as err:  # onnxruntime's errors share no public base class
        raise BackendError(f'{path}: cannot be loaded: {str(err).splitlines()[0]}') from err


def _check_graph(session: Any, bundle: Bundle) -> tuple[int, list[int]]:
    """Hold the graph's names and shapes against the card; return classes and logits' shape."""
    spec, path = bundle.input, bundle.files[GRAPH]
    wanted_input = [1, spec.height, spec.width, 3]
    padded = (spec.width + 2 * spec.wrap_px) // STRIDE
    inputs = {node.name: (node.type, node.shape) for node in session.get_inputs()}
    if inputs != {'image': ('tensor(uint8)', wanted_input)}:
        raise BackendError(f'{path}: expected input image uint8 {wanted_input}, got {inputs}')
    outputs = {node.name: node.shape for node in session.get_outputs()}
    classes = (outputs.get('logits') or [None, None])[1]
    wanted_output = [1, classes, spec.height // STRIDE, padded]
    if type(classes) is not int or outputs['logits'] != wanted_output:
        raise BackendError(f'{path}: expected output logits {wanted_output}, got {outputs}')
    return classes, wanted_output
