"""Counted work against sums done by hand, and map sizes against the authors'."""

import pytest
import torch

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks import build_network, set_deform_operator
from panoseg_ros.networks.macs import count_macs, profile

WIDTHS, REDUCTIONS, CLASSES = (64, 128, 320, 512), (8, 4, 2, 1), 19
HEIGHT, WIDTH, HEAD = 64, 128, 128


def by_hand(depths):
    """Return (convolution, linear, attention, deformable) MACs of the DMLP networks."""
    convolution = linear = attention = deformable = 0
    inputs, kernel = 3, 7
    for stage, (width, reduction, depth) in enumerate(
        zip(WIDTHS, REDUCTIONS, depths, strict=True)
    ):
        tokens = (HEIGHT >> (stage + 2)) * (WIDTH >> (stage + 2))
        patch = tokens * width * inputs * kernel**2
        if stage == 0:
            deformable += patch
            convolution += tokens * 3 * kernel**2 * inputs * kernel**2  # offsets, modulators
        else:
            convolution += patch
        memory = tokens // reduction**2
        linear += depth * tokens * width * width * (1 + 1 + 4 + 4)  # q, proj, fc1, fc2
        linear += depth * memory * width * 2 * width  # kv
        convolution += depth * tokens * 4 * width * 9
        if reduction > 1:
            convolution += depth * memory * width * width * reduction**2
        attention += depth * 2 * tokens * memory * width
        # the branch: 3 x 3 projection, two deformable MLPs, classification
        deformable += tokens * HEAD * (9 * width + 2 * HEAD)
        convolution += tokens * 27 * 9 * width + 2 * tokens * HEAD * 9
        linear += 2 * tokens * HEAD * 3 * HEAD + tokens * HEAD * CLASSES
        linear += 2 * CLASSES * HEAD * HEAD + 2 * CLASSES * HEAD  # products of weights alone
        inputs, kernel = width, 3
    return convolution, linear, attention, deformable


@pytest.mark.parametrize(
    ('name', 'depths', 'operator'),
    [
        ('trans4pass_tiny', (2, 2, 2, 2), 'grid_sample'),
        ('trans4pass_tiny', (2, 2, 2, 2), 'torchvision'),
        ('trans4pass_small', (3, 4, 6, 3), 'grid_sample'),
    ],
)
def test_costs_are_what_a_sum_by_hand_says(name, depths, operator):
    network = build_network(name)
    set_deform_operator(network, operator)
    macs = count_macs(network, HEIGHT, WIDTH)
    convolution, linear, attention, deformable = by_hand(depths)
    assert macs.convolution == convolution
    assert macs.attention == attention
    assert macs.deformable == deformable
    assert macs.linear == pytest.approx(linear, abs=8 * CLASSES * HEAD)  # matrix times vector
    assert macs.total == sum(macs)


@pytest.mark.parametrize(
    ('name', 'encoder', 'head', 'depths'),
    [
        ('trans4pass_tiny', 13_173_180, 2_101_247, (2, 2, 2, 2)),
        ('trans4pass_plus_tiny', 13_173_180, 2_044_159, (2, 2, 2, 2)),
        ('trans4pass_plus_small', 26_262_203 - 2_044_159, 2_044_159, (3, 4, 6, 3)),
    ],
)
def test_profile_agrees_with_the_reference_tables(name, encoder, head, depths):
    figures = profile(build_network(name), 128, 256)
    assert figures.parameters == encoder + head
    assert sum(stage.encoder_parameters for stage in figures.stages) == encoder
    classifier = (HEAD + 1) * CLASSES
    assert sum(stage.decoder_parameters for stage in figures.stages) + classifier == head
    shapes = [(64, 32, 64), (128, 16, 32), (320, 8, 16), (512, 4, 8)]
    assert [stage.shape for stage in figures.stages] == shapes
    assert tuple(stage.blocks for stage in figures.stages) == depths
    parts = sum(stage.encoder_macs + stage.decoder_macs for stage in figures.stages)
    assert 0 < figures.macs.total - parts < 0.01 * figures.macs.total


def test_odd_sizes_round_up_and_the_network_is_left_alone():
    network = build_network('trans4pass_nano', 5)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    stages = profile(network, 61, 127).stages
    assert stages[0].shape == (32, 16, 32) and stages[-1].shape == (256, 2, 4)
    assert all(
        m.deform_operator == 'auto' for m in network.modules() if hasattr(m, 'deform_operator')
    )
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


def test_too_small_a_picture_is_refused():
    with pytest.raises(NetworkError, match='64x16'):
        count_macs(build_network('trans4pass_nano'), 16, 64)
