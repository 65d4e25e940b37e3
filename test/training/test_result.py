"""A whole small run through the command's function: data folder in, working bundle out."""

import json
import shutil

import numpy as np
import onnxruntime
import pytest
import torch

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli.export import export
from panoseg_ros.cli.train import train
from panoseg_ros.errors import BackendError, BundleError
from panoseg_ros.inference.agreement import Agreement
from panoseg_ros.networks import build_network, load_weights


@pytest.fixture(scope='module')
def workplace(street_data):
    return street_data


@pytest.fixture(scope='module')
def bundle(workplace):
    out = workplace / 'models' / 'small'
    paths = (workplace / 'run.yaml', [str(workplace)], out, workplace / 'run')
    before = torch.get_num_threads()
    assert train(*paths, threads=1, accelerator='cpu', graph=False) == 0
    torch.set_num_threads(before)
    light = load_bundle(out)
    assert sorted(light.files) == ['weights.safetensors']
    assert export(out) == 0
    assert load_bundle(out).card['training'] == light.card['training']
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
    assert training['devices'] == 1
    figures = bundle.card['figures']['validation']
    assert figures['mean_iou'] == training['validation'][0]['mean_iou']
    seen = {name for name, value in figures['iou'].items() if value is not None}
    assert seen == {'road', 'sky'} and len(figures['iou']) == 19
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


def test_a_run_exports_the_graph_itself(workplace, bundle, tmp_path, monkeypatch):
    def stand_in(network, spec, path):
        shutil.copy(bundle.files['model.onnx'], path)
        return Agreement(0.9996789, 0.0123)

    monkeypatch.setattr('panoseg_ros.training.result.export_onnx', stand_in)
    paths = (workplace / 'run.yaml', [], tmp_path / 'whole', workplace / 'run')
    assert train(*paths, snapshot=True) == 0
    whole = load_bundle(tmp_path / 'whole')
    assert whole.hashes == bundle.hashes
    assert whole.card['export'] == {
        'pixels_with_the_same_class_as_torch': 0.99968,
        'largest_difference_of_iou_points': 0.012,
    }


def test_a_licence_is_ours_only_for_rendered_pictures(workplace, bundle, tmp_path):
    def licence(data, config='run.yaml', live=None):
        run = shutil.copytree(workplace / 'run', tmp_path / 'run', dirs_exist_ok=True)
        (run / 'live.json').unlink(missing_ok=True)
        if live:
            (run / 'live.json').write_text(json.dumps(live))
        out = tmp_path / 'snapshot'
        train(workplace / config, data, out, run, snapshot=True, graph=False)
        return load_bundle(out).card

    own = str(workplace)
    photographs = shutil.copytree(workplace, tmp_path / 'photographs', dirs_exist_ok=True)
    (photographs / 'dataset.json').unlink()
    assert licence([own])['licence'] == 'Apache-2.0'
    assert licence([])['licence'].startswith('as the authors of the data')
    assert licence([own, str(photographs)])['licence'].startswith('as the authors')
    rendered = {'generator_version': '2', 'scenes': 7}
    card = licence([str(photographs)], live=rendered)  # which are only scored on
    assert card['licence'] == 'Apache-2.0' and card['data']['rendered'] == rendered


def test_a_folder_that_is_in_use_is_refused_before_training(workplace, tmp_path, monkeypatch):
    (tmp_path / 'thesis.txt').touch()
    monkeypatch.setattr('panoseg_ros.training.train', None)
    with pytest.raises(BundleError, match='exists and is no bundle'):
        train(workplace / 'run.yaml', [str(workplace)], tmp_path, tmp_path / 'run')


def test_a_bundle_whose_graph_is_gone_is_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle.path, tmp_path / 'copy')
    (copy / 'model.onnx').unlink()
    with pytest.raises(BundleError, match=r'model\.onnx'):
        load_bundle(copy)


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
