"""The baseline of every comparison: the network as its paper's code runs it."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle, InputSpec


@runtime_checkable
class GivesLogits(Protocol):
    """A backend that can say more than labels and confidence."""

    def logits(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (C, H / 4, (W + 2 wrap_px) / 4) of an (H, W, 3) RGB panorama."""
        ...


def plain_form(network: Any) -> Any:
    """Return a module whose `quarter_logits` are computed the plain way, by torch, eager.

    Torchvision's operator samples in the deformable layers, and the maps of a decoder
    are summed at full width before they are classified.

    Args:
        network: a Trans4PASS network, which is changed to that operator.
    """
    from torch import Tensor, nn

    from panoseg_ros.networks import set_deform_operator
    from panoseg_ros.networks.head import DecoderHead

    set_deform_operator(network, 'torchvision')

    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def quarter_logits(self, image: Tensor) -> Tensor:
            if not isinstance(network.dede_head, DecoderHead):
                return network.quarter_logits(image)
            return network.dede_head.pred(sum(network.decoder_maps(image)))

    return Plain()


def load_plain(bundle: Bundle, threads: int) -> 'PlainBackend':
    """Load the weights of a Trans4PASS bundle into the baseline.

    Args:
        bundle: with weights.
        threads: of torch, at least 1, for the whole process.

    Raises:
        BackendError: if it has no weights.
    """
    import torch

    from panoseg_ros.inference.torch_backend import load_network

    torch.set_num_threads(threads)
    return PlainBackend(load_network(bundle), bundle.input)


class PlainBackend:
    """Runs a network in its plain form on one panorama; a `Backend`.

    Logits are brought to full size before the arg-max and the softmax.

    Args:
        network: a Trans4PASS network in evaluation mode, which is changed; see `plain_form`.
        spec: the panorama that it takes.
    """

    fault = ''

    def __init__(self, network: Any, spec: InputSpec) -> None:
        import torch

        from panoseg_ros.inference.export import wrap_network

        self.num_classes = network.dede_head.pred.out_channels
        self.runtime = f"torch {torch.__version__}, torchvision's operator, on the CPU"
        self._spec, self._deployed = spec, wrap_network(plain_form(network), spec)

    def logits(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (C, H / 4, (W + 2 wrap_px) / 4) of an (H, W, 3) uint8 RGB panorama."""
        return np.asarray(self._quarter(image)[0].numpy())

    def labels(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the labels (H, W) of an (H, W, 3) uint8 RGB panorama."""
        import torch

        return np.asarray(self._full(image).argmax(0).to(torch.uint8).numpy())

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence; see `Backend.segment`."""
        import torch

        share, labels = self._full(image).softmax(0).max(0)
        confidence = (255.0 * share).round().to(torch.uint8)
        return np.asarray(labels.to(torch.uint8).numpy()), np.asarray(confidence.numpy())

    def _quarter(self, image: NDArray[np.uint8]) -> Any:
        import torch

        with torch.inference_mode():
            return self._deployed(torch.tensor(image[None]))

    def _full(self, image: NDArray[np.uint8]) -> Any:
        """Return the logits (C, H, W), margins cut."""
        from torch.nn.functional import interpolate

        spec = self._spec
        size = (spec.height, spec.width + 2 * spec.wrap_px)
        full = interpolate(self._quarter(image), size, mode='bilinear', align_corners=True)
        return full[0, :, :, spec.wrap_px : spec.wrap_px + spec.width]
