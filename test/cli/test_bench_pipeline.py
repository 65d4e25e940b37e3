"""`panoseg bench pipeline` runs the whole road around both networks and holds them together."""

import json

import numpy as np
import pytest

pytest.importorskip('torch', reason='the plain network needs torch')
pytest.importorskip('onnxruntime', reason='the shipped graph needs ONNX Runtime')

from panoseg_ros.bundles import InputSpec, load_bundle
from panoseg_ros.cli import main as cli
from panoseg_ros.cli.bench import pipeline
from panoseg_ros.cli.bench.networks import shaken_network
from panoseg_ros.cli.bench.picture import detailed_picture
from panoseg_ros.cli.bench.plain import PlainBackend
from panoseg_ros.cli.bench.sizes import resized
from panoseg_ros.cli.bench.weighing import Weight
from panoseg_ros.errors import NetworkError
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.inference.tail import upsample_argmax
from panoseg_ros.resources import DEFAULT_BUNDLE


@pytest.mark.timeout(400)  # a network without a fast operator, on however busy a machine
def test_both_roads_are_timed_and_agree(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pipeline, 'COMPARED', 2)
    weight = Weight(500.0, 0.1, 3.0)
    monkeypatch.setattr(pipeline, 'alone', lambda work, *arguments: weight)
    words = ['--size', '512x256', '--rounds', '2', '--cells', '100', '--threads', '1']
    out = tmp_path / 'pipeline'
    assert cli.main(['bench', 'pipeline', *words, '--out', str(out)]) == 0
    text = capsys.readouterr().out
    assert 'fused 100x100 grids (combined + 4 classes) and scan' in text
    figures = json.loads((tmp_path / 'pipeline.json').read_text())
    plain, ours = figures['figures']
    assert (plain['road'], ours['road']) == ('plain', 'panoseg')
    assert plain['times_as_fast'] == 1.0 and ours['bar_frames_per_s'] == 12.0
    assert ours['memory'] == weight._asdict()
    for row in (plain, ours):
        assert row['frames_per_s'] == pytest.approx(1e3 / row['median_ms'], abs=0.01)
        assert set(row['stages_ms']) == {'panorama', 'network', 'ground'}
    same = ours['agreement']
    assert same['same_labels'] > 0.999 and same['same_costs'] > 0.99
    assert same['largest_difference_of_confidence'] <= 2


def test_the_plain_backend_says_what_the_network_says():
    spec = InputSpec(64, 128, wrap_px=16)
    image = detailed_picture(64, 128)
    plain = PlainBackend(shaken_network('trans4pass_nano'), spec)
    import torch

    with torch.inference_mode():
        found = wrap_network(shaken_network('trans4pass_nano'), spec)(torch.tensor(image[None]))
    logits = found[0].numpy()
    np.testing.assert_allclose(plain.logits(image), logits, atol=1e-4)
    labels, confidence = plain.segment(image)
    expected = upsample_argmax(logits, 64, 128, 16)
    assert (labels == expected[0]).mean() > 0.999
    assert np.abs(confidence.astype(int) - expected[1]).max() <= 1
    assert np.array_equal(plain.labels(image), labels)


def test_bundles_are_resized_without_their_graph():
    bundle = load_bundle(DEFAULT_BUNDLE)
    assert resized(bundle, '512x256') is bundle
    larger = resized(bundle, '768x384')
    assert (larger.input.height, larger.input.width, larger.input.wrap_px) == (384, 768, 48)
    assert list(larger.files) == ['weights.safetensors']
    with pytest.raises(NetworkError, match="size '7x': expected WIDTHxHEIGHT"):
        resized(bundle, '7x')


@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        (['--cells', '1001'], 'above 1000'),
        (['--bundle', 'nowhere'], 'nowhere'),
        (['--rig', 'dual_fisheye_two_topics'], 'one image topic'),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(words, reason, capsys):
    assert cli.main(['bench', 'pipeline', *words]) == 2
    error = capsys.readouterr().err
    assert reason in error and error.count('\n') == 1
