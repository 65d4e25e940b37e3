"""The family against outputs of the authors' code, see fixtures/README.md."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from reference_weights import filled, filled_state, reference_input

from panoseg_ros.networks import build_network, load_official, set_deform_operator

FIXTURES = Path(__file__).parent / 'fixtures'
TOLERANCE = 2e-3
NAMES = ('trans4pass_tiny', 'trans4pass_plus_tiny')


@pytest.fixture(scope='module', params=NAMES)
def reference(request):
    return json.loads((FIXTURES / f'{request.param}.json').read_text())


@pytest.fixture(scope='module')
def tiny(reference):
    network = build_network(reference['model'])
    state = {
        key: filled(key, shape).astype(dtype) for key, shape, dtype in reference['state_dict']
    }
    load_official(network, state)
    return network


@pytest.mark.parametrize('operator', ['grid_sample', 'torchvision'])
def test_small_input_matches_authors(tiny, reference, operator):
    expected = np.load(FIXTURES / f'{reference["model"]}_64x128.npz')
    stages_expected = np.load(FIXTURES / 'trans4pass_tiny_64x128.npz')  # one encoder, one output
    image = reference_input(64, 128)
    set_deform_operator(tiny, operator)
    with torch.no_grad():
        stages, maps, logits = tiny.encoder(image), tiny.decoder_maps(image), tiny(image)
    for index in range(4):
        stage = stages_expected[f'c{index + 1}']
        assert np.abs(stages[index].numpy() - stage).max() < TOLERANCE
        name = f'x_feat{index + 1}'
        step = 1 if name in expected else 2
        wanted = expected[name if step == 1 else f'{name}_stride2']
        assert np.abs(maps[index].numpy()[:, :, ::step, ::step] - wanted).max() < TOLERANCE
    assert np.abs(logits.numpy() - expected['logits']).max() < TOLERANCE
    assert (logits.numpy().argmax(1) == expected['logits'].argmax(1)).mean() > 0.999


def test_larger_input_matches_authors(tiny, reference):
    expected = np.load(FIXTURES / f'{reference["model"]}_128x256.npz')['logits_f16_stride2']
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
        assert_sampled(output, pairs)


def assert_sampled(output, pairs):
    index, value = np.array(pairs).T
    assert np.abs(output.numpy().ravel()[index.astype(int)] - value).max() < TOLERANCE


def assert_like_authors(network, name, size):
    expected = json.loads((FIXTURES / 'other_sizes.json').read_text())[name][size]
    with torch.no_grad():
        logits = network(reference_input(*map(int, size.split('x'))))
    assert_sampled(logits, expected['sampled'])
    counts = np.bincount(logits.numpy().argmax(1).ravel(), minlength=19)
    moved = np.abs(counts - expected['argmax_histogram']).sum() / 2
    assert moved <= 0.001 * counts.sum()


@pytest.mark.parametrize('size', ['61x127', '72x100', '29x45'])
def test_sizes_that_32_does_not_divide_match_authors(tiny, reference, size):
    set_deform_operator(tiny, 'grid_sample')
    assert_like_authors(tiny, reference['model'], size)


@pytest.mark.parametrize('name', ['trans4pass_small', 'trans4pass_plus_small'])
def test_small_variants_match_authors(name):
    network = build_network(name)
    load_official(network, filled_state(network))
    assert_like_authors(network, name, '61x127')


@pytest.mark.parametrize(
    ('name', 'count'),
    [
        ('trans4pass_tiny', 15_274_427),
        ('trans4pass_small', 26_319_291),
        ('trans4pass_plus_tiny', 15_217_339),
        ('trans4pass_plus_small', 26_262_203),
    ],
)
def test_parameter_counts(name, count):
    with torch.device('meta'):
        assert sum(p.numel() for p in build_network(name).parameters()) == count


@pytest.mark.parametrize(('batch', 'height', 'width'), [(1, 32, 64), (3, 64, 96), (1, 61, 127)])
@pytest.mark.parametrize('name', ['trans4pass_nano', 'trans4pass_plus_nano_dpe24'])
def test_logits_have_the_size_of_the_input(name, batch, height, width):
    network = build_network(name, num_classes=5)
    image = torch.randn(batch, 3, height, width)
    with torch.no_grad():
        assert network(image).shape == (batch, 5, height, width)
        quarter = network.quarter_logits(image)
    assert quarter.shape == (batch, 5, -(-height // 4), -(-width // 4))


def test_pictures_of_a_batch_do_not_mix():
    network = build_network('trans4pass_plus_nano', num_classes=5)
    load_official(network, filled_state(network))
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        both, alone = network(images), network(images[1:])
    assert torch.allclose(both[1:], alone, atol=1e-3)


def test_classifying_first_equals_classifying_the_sum_of_the_maps(tiny):
    image = reference_input(64, 128)
    with torch.no_grad():
        summed = sum(tiny.decoder_maps(image))
        assert torch.allclose(tiny.dede_head.pred(summed), tiny.quarter_logits(image), atol=1e-3)


@pytest.mark.parametrize('name', ['trans4pass_nano', 'trans4pass_plus_nano_dpe234'])
def test_fresh_network_is_undeformed_and_ready_to_evaluate(name):
    network = build_network(name)
    assert not network.training
    moves = [v for k, v in network.state_dict().items() if 'offset_conv.weight' in k]
    assert len(moves) == (8 if 'dpe' in name else 5) and all(not v.any() for v in moves)


def test_undeformed_embeddings_are_plain_ones():
    plain = build_network('trans4pass_nano', num_classes=5)
    other = build_network('trans4pass_nano_dpe234', num_classes=5)
    assert not other.load_state_dict(plain.state_dict(), strict=False).unexpected_keys
    image = torch.randn(1, 3, 61, 64)
    with torch.no_grad():
        assert torch.allclose(plain(image), other(image), atol=1e-4)


@pytest.mark.parametrize('name', ['trans4pass_nano', 'trans4pass_plus_nano_dpe234'])
def test_operators_agree_in_double_precision_values_and_gradients(name):
    network = build_network(name, num_classes=5).double()
    load_official(network, filled_state(network))
    found = []
    for operator in ('grid_sample', 'torchvision'):
        set_deform_operator(network, operator)
        network.zero_grad()
        image = reference_input(45, 66).double().requires_grad_()
        logits = network(image)
        logits.square().mean().backward()
        found.append((logits.detach(), image.grad, network.dede_head.head1.sdp.proj.weight.grad))
    for left, right in zip(*found, strict=True):
        assert torch.allclose(left, right, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('name', ['trans4pass_nano', 'trans4pass_plus_nano'])
def test_half_precision_runs_as_a_whole_and_by_autocast(name, dtype):
    network = build_network(name, num_classes=5)
    load_official(network, filled_state(network))
    image = reference_input(32, 64)
    with torch.no_grad():
        expected = network(image)
        with torch.autocast('cpu', dtype):
            mixed = network(image)
        low = network.to(dtype)(image.to(dtype))
    assert low.dtype == dtype
    spread = expected.std()
    for found in (mixed, low):
        assert (found.float() - expected).abs().mean() < 0.15 * spread
