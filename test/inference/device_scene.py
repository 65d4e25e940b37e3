"""Rendered lens pictures, and a network that tells dark from bright, on a road to a device."""

import numpy as np
import torch
from torch import nn

from panoseg_ros.bundles import InputSpec
from panoseg_ros.cameras import PanoramaMapper, load_rig
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.inference.frame_road import FrameRoad

GEOMETRY = PanoramaGeometry(48, 128, 60.0, -75.0)
SPEC = InputSpec(48, 128, 60.0, -75.0, wrap_px=16)
TILT = rotation_from_rpy_deg(8.0, -5.0, 0.0)


class DarkOrBright(nn.Module):
    """Class 0 where the mean of a 4 x 4 block is below the mean of the data, else class 10."""

    def __init__(self):
        super().__init__()
        gain = torch.zeros(19, 3, 4, 4)
        gain[0], gain[10] = -0.2, 0.2
        bias = torch.full((19,), -100.0)
        bias[0] = bias[10] = 0.0
        self.gain, self.bias = nn.Parameter(gain), nn.Parameter(bias)

    def quarter_logits(self, x):
        return nn.functional.conv2d(x, self.gain, self.bias, stride=4)


def frame_road(spec=SPEC, device='cpu', dtype=torch.float32):
    return FrameRoad(DarkOrBright().requires_grad_(False), spec, device, dtype)


def views(rig, side=200):
    """What the lenses of a rig see of a smooth world, the last one 15 % darker."""
    seen = {}
    for entry in rig.lenses:
        u, v = np.meshgrid(*(np.arange(side) + 0.5 for _ in range(2)))
        scale = entry.lens.size[0] / side
        rays = entry.lens.unproject(np.stack([u, v], -1) * scale) @ entry.pano_from_lens[:3, :3].T
        x, y, z = np.moveaxis(np.nan_to_num(rays), -1, 0)
        waves = np.sin(9 * x + 5 * y), np.cos(7 * y - 6 * z), np.sin(8 * z + 4 * x)
        seen[entry.name] = (125 + 70 * np.stack(waves, -1)).astype(np.uint8)
    seen[entry.name] = (0.85 * seen[entry.name]).astype(np.uint8)
    return seen


def mapper(rig='dual_fisheye'):
    return PanoramaMapper(load_rig(rig) if isinstance(rig, str) else rig, GEOMETRY)
