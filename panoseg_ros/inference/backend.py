"""What every runtime offers."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import InputSpec
from panoseg_ros.cameras import Directions, Moment, PanoramaMapper
from panoseg_ros.errors import BackendError
from panoseg_ros.inference.panorama import Seen

BACKENDS = ('auto', 'onnx', 'torch', 'tensorrt')
DEVICES = ('auto', 'cpu', 'cuda')
OLDEST_TENSORRT = (10, 1)
PRECISIONS = ('auto', 'float32', 'float16', 'bfloat16')


class Backend(Protocol):
    """Runs one frozen network on one panorama of the bundle's size."""

    num_classes: int

    @property
    def runtime(self) -> str:
        """Its name, version and device, for people."""

    @property
    def fault(self) -> str:
        """Why it is not what was loaded: the GPU that failed; empty if all is well."""

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence, both (H, W) uint8, of an (H, W, 3) RGB panorama.

        Full-size logits never leave the runtime: 19 classes of 1024 x 512 are 40 MB.

        Raises:
            BackendError: if the picture has another size, or the runtime fails.
        """
        ...


# From the pictures of a moment, and where a level panorama looks, to what they show; None where
# the device does not work any more and the CPU has to make the panorama.
Road = Callable[[Moment, Directions | None], Seen | None]


@runtime_checkable
class SegmentsLenses(Protocol):
    """A runtime that can make panoramas where its network runs."""

    def lens_road(self, mapper: PanoramaMapper) -> Road | None:
        """Return what segments raw lens pictures, None where panoramas are for the CPU.

        Args:
            mapper: of the rig, for the size that the network wants.

        Raises:
            GpuError: if the GPU fails.
            BackendError: if it gives other panoramas than the CPU.
        """


def checked_panorama(image: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Return a panorama that a network takes.

    Raises:
        BackendError: naming the size and type that it should have.
    """
    wanted = (spec.height, spec.width, 3)
    if image.shape != wanted or image.dtype != np.uint8:
        raise BackendError(
            f'the model wants a panorama {wanted} uint8, got {image.shape} {image.dtype}'
        )
    return image
