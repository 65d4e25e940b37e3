"""Tiny against outputs of the authors' code, see fixtures/README.md."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks import build_network, load_official, set_deform_operator

FIXTURES = Path(__file__).parent / 'fixtures'
TOLERANCE = 2e-3


def generator(key):
    return np.random.Generator(np.random.PCG64(zlib.crc32(key.encode())))


def filled(key, shape):
    rng = generator(key)
    if key.endswith('running_var'):
        return rng.uniform(0.5, 1.5, shape)
    if key.endswith('running_mean'):
        return rng.normal(0, 0.1, shape)
    if 'num_batches_tracked' in key:
        return np.zeros((), np.int64)
    if len(shape) <= 1:
        return key.endswith('weight') + rng.normal(0, 0.1, shape)
    gain = 2.0 if 'offset' in key or 'modulator' in key else 1.0
    return rng.normal(0, gain / np.sqrt(np.prod(shape[1:])), shape)


def reference_input(height, width):
    noise = generator('input').normal(0, 1, (1, 3, height, width))
    return torch.from_numpy(noise.astype(np.float32))


@pytest.fixture(scope='module')
def reference():
    return json.loads((FIXTURES / 'trans4pass_tiny.json').read_text())


@pytest.fixture(scope='module')
def tiny(reference):
    network = build_network('trans4pass_tiny')
    state = {
        key: filled(key, shape).astype(dtype) for key, shape, dtype in reference['state_dict']
    }
    load_official(network, state)
    return network


@pytest.mark.parametrize('operator', ['grid_sample', 'torchvision'])
def test_small_input_matches_authors(tiny, operator):
    expected = np.load(FIXTURES / 'trans4pass_tiny_64x128.npz')
    image = reference_input(64, 128)
    set_deform_operator(tiny, operator)
    with torch.no_grad():
        stages, maps, logits = tiny.encoder(image), tiny.decoder_maps(image), tiny(image)
    for index in range(4):
        assert np.abs(stages[index].numpy() - expected[f'c{index + 1}']).max() < TOLERANCE
        assert np.abs(maps[index].numpy() - expected[f'x_feat{index + 1}']).max() < TOLERANCE
    assert np.abs(logits.numpy() - expected['logits']).max() < TOLERANCE
    assert (logits.numpy().argmax(1) == expected['logits'].argmax(1)).mean() > 0.999


def test_larger_input_matches_authors(tiny, reference):
    expected = np.load(FIXTURES / 'trans4pass_tiny_128x256.npz')['logits_f16_stride2']
    sampled = reference['sampled_128x256']
    image = reference_input(128, 256)
    set_deform_operator(tiny, 'grid_sample')
    with torch.no_grad():
        logits, maps, stages = tiny(image), tiny.decoder_maps(image), tiny.encoder(image)
    half = logits.numpy()[:, :, ::2, ::2]
    assert np.abs(half - expected).max() < TOLERANCE + 12 * 2**-11  # float16 steps at 12
    assert (half.argmax(1) == expected.argmax(1)).mean() > 0.999
    outputs = [logits, *maps, *stages]
    for output, pairs in zip(
        outputs, [sampled['logits'], *sampled['x_feats'], *sampled['c']], strict=True
    ):
        index, value = np.array(pairs).T
        assert np.abs(output.numpy().ravel()[index.astype(int)] - value).max() < TOLERANCE


@pytest.mark.parametrize(
    ('name', 'count'), [('trans4pass_tiny', 15_274_427), ('trans4pass_small', 26_319_291)]
)
def test_parameter_counts(name, count):
    assert sum(p.numel() for p in build_network(name).parameters()) == count


@pytest.mark.parametrize(('batch', 'height', 'width'), [(1, 32, 64), (3, 64, 96), (1, 61, 127)])
def test_logits_have_the_size_of_the_input(batch, height, width):
    network = build_network('trans4pass_nano', num_classes=5)
    image = torch.randn(batch, 3, height, width)
    with torch.no_grad():
        assert network(image).shape == (batch, 5, height, width)
        quarter = network.quarter_logits(image)
    assert quarter.shape == (batch, 5, -(-height // 4), -(-width // 4))


def test_classifying_first_equals_classifying_the_sum_of_the_maps(tiny):
    image = reference_input(64, 128)
    with torch.no_grad():
        summed = sum(tiny.decoder_maps(image))
        assert torch.allclose(tiny.dede_head.pred(summed), tiny.quarter_logits(image), atol=1e-3)


def test_fresh_network_is_undeformed_and_ready_to_evaluate():
    network = build_network('trans4pass_nano')
    assert not network.training
    moves = [v for k, v in network.state_dict().items() if 'offset_conv.weight' in k]
    assert moves and all(not v.any() for v in moves)


@pytest.mark.parametrize(
    ('image', 'words'),
    [
        (torch.zeros(1, 4, 64, 64), r'\(1, 4, 64, 64\)'),
        (torch.zeros(0, 3, 64, 64), r'\(0, 3, 64, 64\)'),
        (torch.zeros(1, 3, 16, 64), '64x16'),
        (torch.zeros(1, 3, 64, 64, dtype=torch.uint8), 'torch.uint8'),
    ],
)
def test_wrong_input_is_refused(image, words):
    with pytest.raises(NetworkError, match=words):
        build_network('trans4pass_nano')(image)
