"""Runs a bundle's graph in ONNX Runtime on the CPU."""

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from panoseg_ros.bundles import GRAPH, STRIDE, Bundle
from panoseg_ros.errors import BackendError
from panoseg_ros.inference.tail import upsample_argmax


class OnnxBackend:
    """One graph: uint8 panorama in, quarter-resolution logits of the wrapped panorama out.

    Args:
        bundle: A bundle that holds `model.onnx`.
        threads: CPU threads of the network, 0 for one per core.

    Raises:
        BackendError: if the graph is missing, unreadable, or not of the bundle's size.
    """

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        if threads < 0:
            raise BackendError(f'threads must be 0 or more, got {threads}')
        self._spec = bundle.input
        self._shape = (bundle.input.height, bundle.input.width, 3)
        self._session = _open_session(bundle, threads)
        self.num_classes = _check_graph(self._session, bundle)
        self.runtime = f'ONNX Runtime {onnxruntime.__version__} on the CPU'

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence; see `Backend.segment`."""
        spec = self._spec
        return upsample_argmax(self.logits(image), spec.height, spec.width, spec.wrap_px)

    def logits(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (C, H / 4, (W + 2 wrap_px) / 4) float32 of an (H, W, 3) RGB panorama.

        Raises:
            BackendError: if the picture has another size, or the runtime fails.
        """
        if image.shape != self._shape or image.dtype != np.uint8:
            raise BackendError(
                f'the model wants a panorama {self._shape} uint8, got {image.shape} {image.dtype}'
            )
        try:
            return np.asarray(self._session.run(['logits'], {'image': image[None]})[0][0])
        except Exception as err:  # onnxruntime's errors share no public base class
            raise BackendError(f'ONNX Runtime failed: {str(err).splitlines()[0]}') from err


def _open_session(bundle: Bundle, threads: int) -> Any:
    if GRAPH not in bundle.files:
        raise BackendError(f'{bundle.path}: holds no {GRAPH}, run panoseg export {bundle.path}')
    path = bundle.files[GRAPH]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # its warnings about folded casts mean nothing to users
    # Waiting threads must not spin: cameras, rclpy and viewers share these cores.
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=['CPUExecutionProvider']
        )
    except Exception as err:  # onnxruntime's errors share no public base class
        raise BackendError(f'{path}: cannot be loaded: {str(err).splitlines()[0]}') from err
    return session


def _check_graph(session: Any, bundle: Bundle) -> int:
    """Hold the graph's names and shapes against the card; return its number of classes."""
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
    return classes
