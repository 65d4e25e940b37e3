"""Blocks of launches, and that the kernels compile for a GPU that is not there."""

import json
import os
import subprocess
import sys

import pytest
import torch

CODE = """
import json, torch
from panoseg_ros.networks.kernels import launches
from panoseg_ros.networks.kernels.ahead import compile_ahead

def meta(*shape, dtype=torch.float16):
    return torch.empty(shape, dtype=dtype, device='meta')

x, out, bias = meta(1, 16, 8, 16), meta(1, 16, 8, 16), meta(16)
grad_x, moves, matrix = meta(1, 16, 8, 16, dtype=torch.float32), meta(1, 48, 8, 16), meta(16, 16)
last = x.contiguous(memory_format=torch.channels_last)
taps, weight = meta(1, 27, 8, 16), meta(16, 3, 3, 16)
parts = meta(2, 16, 3, 3, 16, dtype=torch.float32)
found = [
    compile_ahead(launches.pointwise_forward(x, moves, 2.0, matrix, bias, out)),
    compile_ahead(launches.pointwise_backward(x, moves, 2.0, out, grad_x, moves, x)),
    compile_ahead(launches.conv_forward(last, taps, 2.0, weight, bias, out, 1, 1)),
    compile_ahead(launches.conv_backward_moves(last, taps, 2.0, weight, out, grad_x, taps, 1, 1)),
    compile_ahead(launches.conv_backward_weight(last, taps, 2.0, out, parts, 1, 1)),
]
print(json.dumps(found))
"""
HOPPER_SHARED = 227 * 1024  # bytes that one program may have


@pytest.mark.timeout(600)  # minutes on a busy machine
def test_every_kernel_compiles_for_hopper(device, tmp_path):
    """In a process of its own, since kernels are either interpreted or compiled in one."""
    kept = {k: v for k, v in os.environ.items() if k != 'TRITON_INTERPRET'}
    environment = {**kept, 'TRITON_CACHE_DIR': str(tmp_path)}
    words = [sys.executable, '-W', 'ignore', '-c', CODE]
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert len(found) == 5
    for registers, spilled, shared, threads, code in found:
        assert 0 < registers <= 255 and spilled == 0
        assert shared <= HOPPER_SHARED and threads in (128, 256) and code > 1000


@pytest.mark.parametrize(
    ('channels', 'padded'), [(1, 4), (3, 4), (5, 8), (16, 16), (20, 32), (320, 320)]
)
def test_channels_fill_whole_tiles(device, channels, padded):
    from panoseg_ros.networks.kernels import launches

    assert launches.padded_channels(channels) == padded


@pytest.mark.parametrize('channels', [4, 8, 16, 32, 48, 64, 128, 160, 320, 512])
@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
def test_blocks_of_columns_cover_all_channels(device, channels, dtype):
    from panoseg_ros.networks.kernels import launches

    x = torch.empty(1, channels, 8, 8, dtype=dtype, device='meta')
    blocks = launches._columns(x)
    assert channels % blocks['CH'] == 0 and blocks['TAPS'] * blocks['CH'] >= launches.SMALLEST
    assert blocks['TAPS'] == 1 or blocks['CH'] == channels


def test_small_maps_are_cut_into_more_programs(device):
    from panoseg_ros.networks.kernels import launches

    def programs(batch, height, width):
        x = torch.empty(batch, 128, height, width, device='meta')
        moves, matrix = x.new_empty(batch, 384, height, width), x.new_empty(128, 128)
        launch = launches.pointwise_forward(x, moves, 1.0, matrix, matrix[0], x)
        return launch.grid(launch.constants)

    assert programs(1, 128, 256) == (512, 1, 1)
    assert programs(1, 16, 32) == (32, 1, 1)
    assert programs(8, 16, 32) == (16, 1, 8)
