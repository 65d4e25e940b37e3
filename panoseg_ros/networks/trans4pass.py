"""Trans4PASS (Zhang et al., Bending Reality, CVPR 2022): encoder and decoder assembled."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks.encoder import (
    Attention,
    Block,
    DeformablePatchEmbedding,
    MixFeedForward,
    PatchEmbedding,
    PyramidEncoder,
)
from panoseg_ros.networks.head import Branch, DMLPHead, resize

SMALLEST_SIDE = 32  # one pixel at the coarsest stage


class Trans4PASS(nn.Module):
    """Segments panoramas: normalised float (B, 3, H, W) to logits (B, classes, H, W).

    The attribute names are the first parts of the released weights' keys.
    """

    def __init__(self, encoder: PyramidEncoder, head: DMLPHead) -> None:
        super().__init__()
        self.encoder = encoder
        self.dede_head = head

    def decoder_maps(self, image: Tensor) -> list[Tensor]:
        """Return four decoder maps (B, width, H / 4, W / 4), whose sum is classified."""
        return self.dede_head.maps(self.encoder(_checked(image)))

    def quarter_logits(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H / 4, W / 4), rounded up where 4 does not divide.

        Raises:
            NetworkError: if the input is not a float (B, 3, H, W) of at least 32 x 32 pixels.
        """
        return self.dede_head(self.encoder(_checked(image)))

    def forward(self, image: Tensor) -> Tensor:
        """Return logits (B, classes, H, W), resized from a quarter with corners aligned."""
        return resize(self.quarter_logits(image), image.shape[2:])


def build_trans4pass(
    num_classes: int,
    embed_widths: tuple[int, int, int, int],
    depths: tuple[int, int, int, int],
    head_width: int,
) -> Trans4PASS:
    """Assemble a network and initialise it; every other hyper-parameter is spelled here."""
    heads, reductions = (1, 2, 5, 8), (8, 4, 2, 1)
    first_norm = nn.LayerNorm(embed_widths[0], eps=1e-5)
    embeddings = [DeformablePatchEmbedding(3, embed_widths[0], 7, 4, first_norm)]
    embeddings += [PatchEmbedding(a, b, 3, 2) for a, b in pairwise(embed_widths)]
    stages = [
        nn.Sequential(
            *[
                Block(width, Attention(width, count, reduction), MixFeedForward(width, 4 * width))
                for _ in range(depth)
            ]
        )
        for width, count, reduction, depth in zip(
            embed_widths, heads, reductions, depths, strict=True
        )
    ]
    branches = [Branch(width, head_width) for width in embed_widths]
    head = DMLPHead(branches, nn.Conv2d(head_width, num_classes, 1))
    network = Trans4PASS(PyramidEncoder(embeddings, stages, embed_widths), head)
    initialise(network)
    return network


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


def _checked(image: Tensor) -> Tensor:
    if image.ndim != 4 or image.shape[1] != 3 or image.shape[0] == 0:
        raise NetworkError(f'input must be (B >= 1, 3, H, W), got {tuple(image.shape)}')
    if min(image.shape[2], image.shape[3]) < SMALLEST_SIDE:
        raise NetworkError(
            f'input must be at least {SMALLEST_SIDE}x{SMALLEST_SIDE} pixels, '
            f'got {image.shape[3]}x{image.shape[2]}'
        )
    if not image.is_floating_point():
        raise NetworkError(f'input must be floating point, got {image.dtype}')
    return image
