"""What every runtime offers, and which one runs a bundle."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.errors import BackendError

BACKENDS = ('auto', 'onnx')


class Backend(Protocol):
    """Runs one frozen network on one panorama of the bundle's size."""

    num_classes: int

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
        kind: `onnx`, or `auto` for the fastest that works here.
        threads: CPU threads of the network, 0 for one per core.

    Raises:
        BackendError: if the kind is unknown or the bundle cannot run on it.
    """
    if kind not in BACKENDS:
        raise BackendError(f'unknown backend {kind!r}, expected one of {", ".join(BACKENDS)}')
    from panoseg_ros.inference.onnx_backend import OnnxBackend

    return OnnxBackend(bundle, threads)
