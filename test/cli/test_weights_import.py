"""`panoseg weights import` on small checkpoints with generated weights."""

import pytest

pytest.importorskip('torch', reason='networks need torch')

import torch
from reference_weights import filled_state

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli.main import main
from panoseg_ros.cli.weights.import_ import choose_label_set
from panoseg_ros.errors import LabelError
from panoseg_ros.inference import export, load_backend
from panoseg_ros.networks import build_network, load_weights, read_checkpoint


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp('checkpoint') / 'best.pth'
    state = filled_state(build_network('trans4pass_plus_nano', 13))
    torch.save({'state_dict': {f'module.{k}': v for k, v in state.items()}}, path)
    return path


@pytest.fixture
def no_graph(monkeypatch):
    """Leave the slow exporter out, as on a machine where it cannot run."""

    def refuse(*args, **kwargs):
        raise RuntimeError('no exporter here')

    monkeypatch.setattr(export, 'export_onnx', refuse)


def weights_import(*words):
    return main(['weights', 'import', *map(str, words)])


@pytest.mark.timeout(600)  # torch's exporter is slow on a busy machine
def test_bundle_holds_the_checkpoint_and_runs(checkpoint, tmp_path, capsys):
    out = tmp_path / 'mine'
    size = ('--size', '128x64', '--wrap-px', 8)
    assert weights_import(checkpoint, '--labels', 'densepass13', '--out', out, *size) == 0
    bundle = load_bundle(out)
    assert (bundle.name, bundle.network) == ('mine', 'trans4pass_plus_nano')
    assert (bundle.label_set, bundle.input.width, bundle.input.wrap_px) == ('densepass13', 128, 8)
    assert set(bundle.files) == {'weights.safetensors', 'model.onnx'}
    assert bundle.card['source']['file'] == 'best.pth'
    assert bundle.card['run']['pixels_with_the_same_class_as_torch'] >= 0.999
    assert 'wrote' in capsys.readouterr().out


def test_without_a_graph_torch_runs_the_bundle(checkpoint, tmp_path, no_graph, capsys):
    out = tmp_path / 'mine'
    words = ('--labels', 'stanford2d3d13', '--out', out, '--size', '64x32')
    assert weights_import(checkpoint, *words) == 0
    assert 'no graph, torch will run the bundle: no exporter here' in capsys.readouterr().out
    bundle = load_bundle(out)
    assert set(bundle.files) == {'weights.safetensors'}
    assert type(load_backend(bundle)).__name__ == 'TorchBackend'
    network = build_network('trans4pass_plus_nano', 13)
    load_weights(network, bundle.files['weights.safetensors'])
    assert all(
        torch.equal(network.state_dict()[key], value)
        for key, value in read_checkpoint(checkpoint).items()
    )


@pytest.mark.parametrize(
    ('words', 'line'),
    [
        ((), '13 classes can be densepass13 or stanford2d3d13: say which with --labels'),
        (('--labels', 'synpass22'), 'label set synpass22 has 22 classes, the checkpoint has 13'),
        (('--labels', 'densepass13', '--size', 'big'), 'size must be WIDTHxHEIGHT'),
        (('--labels', 'densepass13', '--size', '61x30'), 'height must be a positive multiple'),
    ],
)
def test_wrong_options_end_in_one_line(checkpoint, words, line, tmp_path, no_graph, capsys):
    assert weights_import(checkpoint, '--out', tmp_path / 'mine', *words) == 2
    error = capsys.readouterr().err
    assert line in error and error.count('\n') == 1
    assert not list(tmp_path.iterdir())


def test_folders_that_are_no_bundle_are_not_replaced(checkpoint, tmp_path, no_graph, capsys):
    (tmp_path / 'diary.txt').write_text('dear')
    words = ('--labels', 'densepass13', '--out', tmp_path, '--size', '64x32')
    assert weights_import(checkpoint, *words) == 2
    assert 'exists and is no bundle' in capsys.readouterr().err
    assert (tmp_path / 'diary.txt').read_text() == 'dear'


def test_encoders_and_strangers_are_refused(tmp_path, capsys):
    path = tmp_path / 'mit_b0.pth'
    encoder = build_network('trans4pass_nano').encoder.state_dict()
    torch.save({key: value for key, value in encoder.items() if 'offset' not in key}, path)
    assert weights_import(path, '--out', tmp_path / 'mine') == 2
    assert 'holds the encoder alone of trans4pass_nano' in capsys.readouterr().err
    torch.save({'fc.weight': torch.zeros(3)}, path)
    assert weights_import(path, '--out', tmp_path / 'mine') == 2
    assert 'weights of none of the known networks' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('classes', 'name'), [(19, 'cityscapes19'), (22, 'synpass22'), (8, 'stanford2d3d8')]
)
def test_the_only_label_set_of_a_size_is_taken(classes, name):
    assert choose_label_set(None, classes) == name


def test_class_counts_without_a_label_set_need_a_file():
    with pytest.raises(LabelError, match='no shipped label set has 5 classes'):
        choose_label_set(None, 5)
