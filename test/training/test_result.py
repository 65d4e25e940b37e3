"""A whole small run through the command's function: data folder in, working bundle out."""

import shutil

import numpy as np
import onnxruntime
import pytest
import torch

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli.export import export
from panoseg_ros.cli.train import train
from panoseg_ros.errors import BackendError, BundleError
from panoseg_ros.networks import build_network, load_weights


@pytest.fixture(scope='module')
def workplace(street_data):
    return street_data


@pytest.fixture(scope='module')
def bundle(workplace):
    out = workplace / 'models' / 'small'
    paths = (workplace / 'run.yaml', [str(workplace)], out, workplace / 'run')
    before = torch.get_num_threads()
    assert train(*paths, threads=1, accelerator='cpu') == 0
    torch.set_num_threads(before)
    return load_bundle(out)


def test_bundle_is_complete_and_says_where_it_comes_from(bundle):
    assert sorted(bundle.files) == ['model.onnx', 'weights.safetensors']
    assert sum(path.stat().st_size for path in bundle.files.values()) < 20e6
    assert bundle.card['licence'] == 'Apache-2.0'
    assert bundle.card['data']['generator_version'] == '7'
    assert bundle.card['data']['lists']['train']['images'] == 6
    training = bundle.card['training']
    assert training['steps'] == 4 and training['images_seen'] == 8
    assert training['config']['seed'] == 0 and len(training['validation']) == 1
    assert training['chosen'] == 'the averaged weights of step 4, best on validation'


def test_graph_and_weights_give_the_same_classes(bundle):
    network = build_network(bundle.network)
    load_weights(network, bundle.files['weights.safetensors'])
    image = np.random.default_rng(1).integers(0, 256, (1, 32, 64, 3), np.uint8)
    session = onnxruntime.InferenceSession(str(bundle.files['model.onnx']))
    (logits,) = session.run(None, {'image': image})
    x = (torch.from_numpy(image) / 255 - torch.tensor(bundle.input.mean)) / torch.tensor(
        bundle.input.std
    )
    wrapped = torch.nn.functional.pad(x.permute(0, 3, 1, 2), (8, 8, 0, 0), mode='circular')
    with torch.no_grad():
        expected = network.quarter_logits(wrapped).numpy()
    assert np.abs(logits - expected).max() < 0.02


def test_export_mends_a_bundle_without_its_graph(bundle):
    bundle.files['model.onnx'].unlink()
    with pytest.raises(BundleError, match=r'model\.onnx'):
        load_bundle(bundle.path)
    assert export(bundle.path) == 0
    mended = load_bundle(bundle.path)
    assert mended.card['training'] == bundle.card['training']


def test_export_refuses_damaged_weights(bundle, tmp_path):
    copy = shutil.copytree(bundle.path, tmp_path / 'copy')
    (copy / 'weights.safetensors').write_bytes(b'damaged')
    with pytest.raises(BundleError, match=r'weights\.safetensors: damaged'):
        export(copy)


def test_failing_export_leaves_the_old_bundle(bundle, workplace, monkeypatch):
    def fail(*args):
        raise BackendError('no graph')

    monkeypatch.setattr('panoseg_ros.training.result.export_onnx', fail)
    paths = (workplace / 'run.yaml', [str(workplace)], bundle.path, workplace / 'run')
    with pytest.raises(BackendError):
        train(*paths, snapshot=True)
    assert (bundle.path / 'card.yaml').exists()
    assert [path.name for path in bundle.path.parent.iterdir()] == ['small']


def test_weights_alone_are_a_bundle_too(workplace, bundle, tmp_path):
    paths = (workplace / 'run.yaml', [], tmp_path / 'light', workplace / 'run')
    assert train(*paths, snapshot=True, graph=False) == 0
    light = load_bundle(tmp_path / 'light')
    assert sorted(light.files) == ['weights.safetensors']
    assert light.hashes['weights.safetensors'] == bundle.hashes['weights.safetensors']
