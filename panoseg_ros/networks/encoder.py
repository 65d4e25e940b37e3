"""The pyramid transformer encoder of Trans4PASS: four stages at strides 4, 8, 16, 32.

Blocks follow the Mix Transformer (Xie et al., SegFormer, NeurIPS 2021); patch
embeddings may be deformable (Zhang et al., Trans4PASS, CVPR 2022). Inside the
stages maps are channels-last (B, H, W, C), so that tokens and images are the same
memory and pointwise layers are plain matrix products.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from panoseg_ros.networks import deform


class Attention(nn.Module):
    """Multi-head self-attention whose keys and values come from a map reduced `reduction` fold."""

    def __init__(self, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)
        self.sr = nn.Conv2d(width, width, reduction, reduction) if reduction > 1 else None
        # The released weights were trained with PyTorch's default epsilon in this one norm.
        self.norm = nn.LayerNorm(width, eps=1e-5) if reduction > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to (B, H, W, C)."""
        batch, height, width, channels = x.shape
        memory = x
        if self.sr is not None:
            memory = self.norm(to_tokens(self.sr(to_image(x))))
        query = self.q(x).view(batch, height * width, self.heads, -1).transpose(1, 2)
        key_value = self.kv(memory).reshape(batch, -1, 2, self.heads, channels // self.heads)
        key, value = key_value.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, heads, N', C / heads)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).reshape(batch, height, width, channels))


class DepthwiseConv(nn.Module):
    """A 3 x 3 convolution per channel on (B, H, W, C)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 3, padding=1, groups=width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to (B, H, W, C)."""
        return to_tokens(self.dwconv(to_image(x)))


class MixFeedForward(nn.Module):
    """Two linear layers with a depthwise convolution between them that tells where pixels are."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.dwconv = DepthwiseConv(hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to (B, H, W, C)."""
        return self.fc2(F.gelu(self.dwconv(self.fc1(x))))


class Block(nn.Module):
    """Attention and feed-forward layer, each normalised before and added to its input."""

    def __init__(self, width: int, attn: Attention, mlp: MixFeedForward) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = attn
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = mlp

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, H, W, C) to (B, H, W, C)."""
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbedding(nn.Module):
    """An overlapping strided convolution followed by a layer norm."""

    def __init__(self, inputs: int, width: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(inputs, width, kernel, stride, kernel // 2)
        self.norm = nn.LayerNorm(width, eps=1e-5)  # PyTorch's default, unlike the blocks' norms

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to tokens (B, H / stride, W / stride, width)."""
        return self.norm(to_tokens(self.proj(x)))


class DeformableProjection(nn.Module):
    """A k x k convolution whose taps move, by offsets and weights predicted from its input.

    Subclasses say how the result is normalised.
    """

    def __init__(self, inputs: int, width: int, kernel: int, stride: int, norm: nn.Module) -> None:
        super().__init__()
        taps = kernel * kernel
        self.deform_operator = 'auto'
        self.norm = norm
        self.proj = nn.Conv2d(inputs, width, kernel, stride, kernel // 2)
        self.offset_conv = nn.Conv2d(inputs, 2 * taps, kernel, stride, kernel // 2)
        self.modulator_conv = nn.Conv2d(inputs, taps, kernel, stride, kernel // 2)

    def project(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, width, H / stride, W / stride), not normalised."""
        weight = torch.cat([self.offset_conv.weight, self.modulator_conv.weight])
        bias = torch.cat([self.offset_conv.bias, self.modulator_conv.bias])
        stride, pad = self.proj.stride[0], self.proj.padding[0]
        moves = F.conv2d(x, weight, bias, stride, pad)  # one pass for offsets and modulators
        # Released weights were trained with taps held within a quarter of the shorter side.
        bound = min(x.shape[2], x.shape[3]) // 4
        convolve = deform.OPERATORS[self.deform_operator].convolve
        return convolve(x, moves, bound, self.proj.weight, self.proj.bias, stride, pad)


class DeformablePatchEmbedding(DeformableProjection):
    """The deformable form of `PatchEmbedding`."""

    def __init__(self, inputs: int, width: int, kernel: int, stride: int) -> None:
        super().__init__(inputs, width, kernel, stride, nn.LayerNorm(width, eps=1e-5))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to tokens (B, H / stride, W / stride, width)."""
        return self.norm(to_tokens(self.project(x)))


class PyramidEncoder(nn.Module):
    """Four stages of patch embedding, blocks and layer norm.

    Attributes are numbered from 1 (`patch_embed1`, `block1`, `norm1`, ...), which are
    the key names of released weights.
    """

    def __init__(
        self, embeddings: Sequence[nn.Module], stages: Sequence[nn.Module], widths: Sequence[int]
    ) -> None:
        super().__init__()
        for index, parts in enumerate(zip(embeddings, stages, widths, strict=True), start=1):
            embedding, blocks, width = parts
            self.add_module(f'patch_embed{index}', embedding)
            self.add_module(f'block{index}', blocks)
            self.add_module(f'norm{index}', nn.LayerNorm(width, eps=1e-6))
        self.depth = len(widths)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map (B, 3, H, W) to maps (B, C_i, H / s, W / s) at strides s = 4, 8, 16, 32."""
        maps = []
        for index in range(1, self.depth + 1):
            x = self.get_submodule(f'patch_embed{index}')(x)
            x = self.get_submodule(f'block{index}')(x)
            x = to_image(self.get_submodule(f'norm{index}')(x))
            maps.append(x)
        return maps


def to_image(tokens: Tensor) -> Tensor:
    """View (B, H, W, C) as (B, C, H, W)."""
    return tokens.permute(0, 3, 1, 2)


def to_tokens(image: Tensor) -> Tensor:
    """View (B, C, H, W) as (B, H, W, C)."""
    return image.permute(0, 2, 3, 1)
