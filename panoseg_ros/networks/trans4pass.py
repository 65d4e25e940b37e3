"""Trans4PASS and Trans4PASS+ (Zhang et al.): encoder and decoder assembled."""

from collections.abc import Callable, Collection
from itertools import pairwise

import torch
from torch import Tensor, nn

from panoseg_ros.networks.checks import checked_image
from panoseg_ros.networks.encoder import (
    Attention,
    Block,
    DeformablePatchEmbedding,
    MixFeedForward,
    PatchEmbedding,
    PyramidEncoder,
)
from panoseg_ros.networks.head import DecoderHead, resize
from panoseg_ros.networks.mlp_head import MLPHead

SMALLEST_SIDE = 29  # a shorter one leaves the first stage too small for its 8-fold reduction

Widths = tuple[int, int, int, int]


class Trans4PASS(nn.Module):
    """Segments panoramas: normalised float (B, 3, H, W) to logits (B, classes, H, W).

    The attribute names are the first parts of the released weights' keys.
    """

    def __init__(self, encoder: PyramidEncoder, head: DecoderHead | MLPHead) -> None:
        super().__init__()
        self.encoder = encoder
        self.dede_head = head

    def decoder_maps(self, image: Tensor) -> list[Tensor]:
        """Return four decoder maps (B, width, H / 4, W / 4) of a `DecoderHead`.

        Their sum is classified.
        """
        return self.dede_head.maps(self.encoder(self._checked(image)))

    def quarter_logits(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H / 4, W / 4), rounded up where 4 does not divide.

        Raises:
            NetworkError: if the input is not (B >= 1, 3, H, W) of at least 29 x 29 finite
                pixels in the precision of the weights.
        """
        return self.dede_head(self.encoder(self._checked(image)))

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H, W), resized from a quarter with corners aligned."""
        return resize(self.quarter_logits(image), image.shape[2:])

    def _checked(self, image: Tensor) -> Tensor:
        return checked_image(image, self.dede_head.pred.weight, SMALLEST_SIDE)


def build_trans4pass(
    num_classes: int,
    deformable: Collection[int],
    *,
    widths: Widths,
    depths: Widths,
    head_width: int,
    branch: Callable[[int, int], nn.Module] | None,
) -> Trans4PASS:
    """Assemble a network and initialise it; every other hyper-parameter is spelled here.

    Args:
        num_classes: Channels of the logits.
        deformable: Which of the patch embeddings 1 to 4 are deformable.
        widths: Channels of the four stages.
        depths: Blocks of the four stages.
        head_width: Channels of the decoder maps.
        branch: Builds the decoder of a stage from its channels and `head_width`; with None
            all stages share SegFormer's all-MLP decoder.
    """
    heads, reductions = (1, 2, 5, 8), (8, 4, 2, 1)
    shapes = [(3, widths[0], 7, 4)] + [(a, b, 3, 2) for a, b in pairwise(widths)]
    embeddings = [
        DeformablePatchEmbedding(*shape) if index in deformable else PatchEmbedding(*shape)
        for index, shape in enumerate(shapes, start=1)
    ]
    stages = [
        nn.Sequential(
            *[
                Block(width, Attention(width, count, reduction), MixFeedForward(width, 4 * width))
                for _ in range(depth)
            ]
        )
        for width, count, reduction, depth in zip(widths, heads, reductions, depths, strict=True)
    ]
    network = Trans4PASS(
        PyramidEncoder(embeddings, stages, widths), _head(widths, head_width, branch, num_classes)
    )
    initialise(network)
    return network


def _head(
    widths: Widths,
    width: int,
    branch: Callable[[int, int], nn.Module] | None,
    num_classes: int,
) -> DecoderHead | MLPHead:
    if branch is None:
        return MLPHead(widths, width, num_classes)
    branches = [branch(inputs, width) for inputs in widths]
    return DecoderHead(branches, nn.Conv2d(width, num_classes, 1))


@torch.no_grad()
def initialise(network: nn.Module) -> None:
    """Initialise all weights; deformable layers start undeformed, with every modulator at 1."""
    for name, parameter in network.named_parameters():
        leaf = name.rsplit('.', 1)[-1]
        moves = 'offset' in name or 'modulator' in name
        if leaf == 'bias' or (moves and 'depthwise' not in name):
            parameter.zero_()
        elif parameter.ndim == 1:
            parameter.fill_(1.0)
        elif parameter.ndim == 2:
            nn.init.trunc_normal_(parameter, std=0.02)
        else:
            nn.init.kaiming_normal_(parameter, mode='fan_in')
