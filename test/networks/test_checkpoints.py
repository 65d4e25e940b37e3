"""Foreign files: what is read, what is recognised, and what is refused in one line."""

import pickle

import pytest
import torch
from reference_weights import filled_state

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks import (
    build_network,
    load_encoder,
    load_official,
    read_checkpoint,
    recognise,
)


@pytest.fixture(scope='module')
def state():
    return filled_state(build_network('trans4pass_plus_nano', num_classes=8))


def prefixed(state, prefix):
    return {prefix + key: value for key, value in state.items()}


WRAPPED = {
    'bare': lambda state: state,
    'state_dict': lambda state: {'epoch': 7, 'state_dict': state, 'optimizer': {'lr': 0.1}},
    'model': lambda state: {'model': state},
    'model.state_dict': lambda state: {'model': {'state_dict': prefixed(state, 'module.')}},
    'module.': lambda state: prefixed(state, 'module.'),
    'mmsegmentation': lambda state: {
        key.replace('encoder.', 'backbone.').replace('dede_head.', 'decode_head.'): value
        for key, value in state.items()
    },
}


@pytest.mark.parametrize('wrapper', WRAPPED)
def test_wrappers_and_prefixes_are_taken_off(state, wrapper, tmp_path):
    torch.save(WRAPPED[wrapper](state), tmp_path / 'best.pth')
    read = read_checkpoint(tmp_path / 'best.pth')
    assert read.keys() == state.keys()
    assert all(torch.equal(read[key], value) for key, value in state.items())


class Bomb:
    def __reduce__(self):
        return (print, ('the code of a checkpoint ran',))


def test_code_is_refused_and_does_not_run(state, tmp_path, capsys):
    path = tmp_path / 'evil.pth'
    torch.save({'state_dict': state, 'extra': Bomb()}, path)
    with pytest.raises(
        NetworkError, match=r'evil\.pth: refused, it holds code \(.*print\)'
    ) as err:
        read_checkpoint(path)
    assert '\n' not in str(err.value)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(NetworkError, match=r'evil\.pth: '):
        read_checkpoint(path)
    assert 'ran' not in capsys.readouterr().out


@pytest.mark.parametrize(
    ('held', 'words'),
    [
        ([1, 2], 'holds list instead of weights'),
        ({}, 'holds dict instead of weights'),
        ({'epoch': 3}, "holds int under 'epoch' instead of a tensor"),
        ({'state_dict': {'a': 'b'}}, "holds str under 'a'"),
    ],
)
def test_files_without_weights_are_refused(held, words, tmp_path):
    torch.save(held, tmp_path / 'a.pth')
    with pytest.raises(NetworkError, match=rf'a\.pth: {words}'):
        read_checkpoint(tmp_path / 'a.pth')


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04', b'\x80\x02', b'no weights', b'\x00' * 99])
@pytest.mark.parametrize('name', ['a.pth', 'a.safetensors'])
def test_garbage_is_refused_in_one_line(content, name, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NetworkError, match=name) as caught:
        read_checkpoint(tmp_path / name)
    assert '\n' not in str(caught.value)


def test_damaged_and_missing_files_are_named(state, tmp_path):
    path = tmp_path / 'a.pth'
    with pytest.raises(NetworkError, match=r'a\.pth: cannot be read: No such file'):
        read_checkpoint(path)
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(NetworkError, match=r'a\.pth: is no checkpoint'):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ('name', 'classes'),
    [
        ('trans4pass_nano', 13),
        ('trans4pass_tiny', 19),
        ('trans4pass_small', 22),
        ('trans4pass_plus_nano_dpe24', 8),
        ('trans4pass_plus_tiny', 13),
        ('trans4pass_plus_small', 19),
    ],
)
def test_networks_are_recognised_by_keys_and_shapes(name, classes):
    with torch.device('meta'):
        given = build_network(name, classes).state_dict()
    found = recognise(given)
    assert (found.network, found.classes) == (name, classes)
    del given['encoder.norm1.weight']
    assert str(recognise(given)) == f'{name} with {classes} classes'


def test_foreign_weights_are_recognised_as_nothing():
    assert recognise({'layer1.weight': torch.zeros(3)}) is None
    assert recognise({}) is None


def test_dmlp_weights_given_to_dmlpv2_say_so():
    with torch.device('meta'):
        given = build_network('trans4pass_nano').state_dict()
        network = build_network('trans4pass_plus_nano')
    wanted = 'do not fit trans4pass_plus_nano with 19 classes, they look like trans4pass_nano with'
    with pytest.raises(NetworkError, match=wanted) as caught:
        load_official(network, given)
    assert '{h_mlp,w_mlp}' in str(caught.value) and '{cmlp1,cmlp2}' in str(caught.value)


@pytest.fixture(scope='module')
def mit(state):
    """An ImageNet file of a Mix Transformer as SegFormer names it."""
    encoder = {
        key.removeprefix('encoder.'): value
        for key, value in state.items()
        if key.startswith('encoder.') and 'offset_' not in key and 'modulator_' not in key
    }
    return encoder | {'head.weight': torch.zeros(1000, 256), 'head.bias': torch.zeros(1000)}


def test_encoder_files_initialise_the_encoder_alone(mit):
    network = build_network('trans4pass_nano_dpe3', num_classes=4)
    head = network.dede_head.pred.weight.clone()
    load_encoder(network, mit)
    found = network.encoder.state_dict()
    for key, value in mit.items():
        assert key.startswith('head.') or torch.equal(found[key], value)
    assert not found['patch_embed3.offset_conv.weight'].any()
    assert torch.equal(network.dede_head.pred.weight, head)
    assert str(recognise(mit)) == 'the encoder alone of trans4pass_nano'


def test_encoder_files_are_loaded_strictly(mit, state):
    network = build_network('trans4pass_nano', num_classes=4)
    broken = dict(mit, extra=torch.zeros(1))
    del broken['block2.1.attn.kv.bias']
    with pytest.raises(NetworkError, match=r'1 missing: block2\.1\.attn\.kv\.bias; 1 surplus: ex'):
        load_encoder(network, broken)
    with pytest.raises(NetworkError, match='look like trans4pass_plus_nano with 8 classes'):
        load_encoder(network, state)
    with pytest.raises(NetworkError, match='Linear has no encoder'):
        load_encoder(torch.nn.Linear(2, 2), mit)
