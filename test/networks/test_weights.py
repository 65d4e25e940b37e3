import pytest
import torch

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks import build_network, load_official, load_weights, save_weights


@pytest.fixture(scope='module')
def nano():
    return build_network('trans4pass_nano', num_classes=3)


def test_arrays_and_tensors_load(nano):
    state = {key: value.numpy() + 1 for key, value in nano.state_dict().items()}
    other = build_network('trans4pass_nano', num_classes=3)
    load_official(other, state)
    assert all((value.numpy() == state[key]).all() for key, value in other.state_dict().items())


def test_every_fault_is_named(nano):
    state = dict(nano.state_dict())
    state['extra.weight'] = torch.zeros(1)
    del state['encoder.norm1.weight']
    state['dede_head.pred.bias'] = torch.zeros(19)
    with pytest.raises(NetworkError) as caught:
        load_official(nano, state)
    message = str(caught.value)
    assert '1 missing: encoder.norm1.weight' in message
    assert '1 surplus: extra.weight' in message
    assert '1 mis-shaped: dede_head.pred.bias (19,) instead of (3,)' in message


def test_all_of_many_faults_are_named_in_one_short_line(nano):
    with pytest.raises(NetworkError) as caught:
        load_official(nano, {})
    message = str(caught.value)
    assert '314 missing: encoder.{patch_embed1.{norm,proj,offset_conv,modulator' in message
    assert 'pred.{weight,bias}}' in message
    assert '\n' not in message and len(message) < 1000


def test_file_round_trip_is_half_precision(nano, tmp_path):
    path = tmp_path / 'weights.safetensors'
    save_weights(nano.state_dict(), path)
    assert path.stat().st_size < 8.3e6
    other = build_network('trans4pass_nano', num_classes=3)
    load_weights(other, path)
    for key, value in nano.state_dict().items():
        expected = value.half().float() if value.is_floating_point() else value
        assert torch.equal(other.state_dict()[key], expected)


def test_broken_and_foreign_files_are_named(nano, tmp_path):
    path = tmp_path / 'weights.safetensors'
    path.write_bytes(b'no safetensors')
    with pytest.raises(NetworkError, match=r'weights\.safetensors: cannot be read'):
        load_weights(nano, path)
    save_weights(build_network('trans4pass_nano', num_classes=5).state_dict(), path)
    with pytest.raises(NetworkError, match=r'weights\.safetensors: weights do not fit'):
        load_weights(nano, path)


def test_values_beyond_half_precision_are_refused(tmp_path):
    with pytest.raises(NetworkError, match='first'):
        save_weights({'first': torch.full((2,), 1e6)}, tmp_path / 'w.safetensors')


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    path = tmp_path / 'missing' / 'w.safetensors'
    with pytest.raises(NetworkError, match=r'missing/w\.safetensors: cannot be written'):
        save_weights({'first': torch.zeros(2)}, path)
