"""What every runtime offers, and which one runs a bundle."""

import logging
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import GRAPH, WEIGHTS, Bundle
from panoseg_ros.errors import BackendError

BACKENDS = ('auto', 'onnx', 'torch')
_log = logging.getLogger(__name__)


class Backend(Protocol):
    """Runs one frozen network on one panorama of the bundle's size."""

    num_classes: int
    runtime: str  # its name, version and device, for people

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence, both (H, W) uint8, of an (H, W, 3) RGB panorama.

        Full-size logits never leave the runtime: 19 classes of 1024 x 512 are 40 MB.

        Raises:
            BackendError: if the picture has another size, or the runtime fails.
        """
        ...


def load_backend(bundle: Bundle, kind: str = 'auto', threads: int = 0) -> Backend:
    """Load a bundle into a runtime.

    Args:
        bundle: The model.
        kind: `onnx`, `torch`, or `auto`, the fastest that works, which says in the log why it
            was taken: ONNX Runtime where it knows the graph's operators (DeformConv from 1.25
            on, so from Python 3.11 on), torch elsewhere. A bundle of weights only gets its
            graph once, kept by `graph_cache`.
        threads: CPU threads of the network, 0 for one per core.

    Raises:
        BackendError: if the kind is unknown or the bundle cannot run on it.
    """
    if kind not in BACKENDS:
        raise BackendError(f'unknown backend {kind!r}, expected one of {", ".join(BACKENDS)}')
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
    _log.info('%s is used: the fastest here, and it knows the whole graph', backend.runtime)
    return backend


def _load_onnx(bundle: Bundle, threads: int) -> Backend:
    from panoseg_ros.inference.onnx_backend import OnnxBackend

    if GRAPH in bundle.files:
        return OnnxBackend(bundle, threads)
    from panoseg_ros.inference.graph_cache import with_graph

    whole = with_graph(bundle)
    try:
        return OnnxBackend(whole, threads)
    except BackendError as err:
        if 'DeformConv' in str(err):
            raise
    whole.files[GRAPH].unlink(missing_ok=True)  # damaged since it was written
    return OnnxBackend(with_graph(bundle), threads)


def _load_torch(bundle: Bundle, threads: int) -> Backend:
    try:
        from panoseg_ros.inference.torch_backend import TorchBackend
    except ModuleNotFoundError as err:
        raise BackendError(
            f'bundle {bundle.name} needs onnxruntime 1.25 (Python 3.11 or newer), torch, or a '
            f'graph of panoseg export --rendering grid_sample, but {err.name} is missing: '
            "pip install 'panoseg_ros[train]'"
        ) from err
    return TorchBackend(bundle, threads)
