"""The seam of a bundle: turning and margin as torch runs them, and the command."""

import json
import re

import cv2
import numpy as np
import pytest

pytest.importorskip('torch', reason='networks need torch')

import torch

from panoseg_ros.bundles import WEIGHTS, InputSpec, load_bundle, write_card
from panoseg_ros.cli import main as cli
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.report import page_of_seam, write_page
from panoseg_ros.evaluation.seam import SeamReport, measure_seam, read_panorama
from panoseg_ros.metrics.seam import SeamCounts
from panoseg_ros.networks import build_network, save_weights


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Write a bundle of nano at 128 x 64 whose random weights tell places apart."""
    path = tmp_path_factory.mktemp('seam') / 'mine'
    path.mkdir()
    torch.manual_seed(1)
    network = build_network('trans4pass_nano')
    with torch.no_grad():
        network.dede_head.pred.weight *= 30.0
    save_weights(network.state_dict(), path / WEIGHTS)
    write_card(
        path,
        name='mine',
        network='trans4pass_nano',
        label_set='cityscapes19',
        spec=InputSpec(64, 128, wrap_px=32),
    )
    return path


def picture(seed=0, height=64, width=128):
    coarse = np.random.default_rng(seed).uniform(0, 255, (4, 8, 3))
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return smooth.clip(0, 255).astype(np.uint8)


def test_margin_zero_and_the_margin_of_the_card_are_compared(folder):
    report = measure_seam(load_bundle(folder), [('a', picture(0)), ('b', picture(1))], threads=1)
    assert list(report.counts) == [0, 32]
    assert report.names == ('a', 'b') and report.band_px == 4
    for counts in report.counts.values():
        assert len(counts) == 2
        assert counts[0].seam_pixels == 16 * 64
    figures = report.as_json()
    assert figures['margins']['0']['seam'] > 0.0
    assert figures['gain'][1] <= figures['gain'][0] <= figures['gain'][2]
    assert figures['margins']['0']['seam'] > figures['margins']['32']['seam']


def test_pictures_are_taken_at_the_size_of_the_bundle_only(folder, tmp_path):
    bundle = load_bundle(folder)
    for name, size in (('whole', (256, 128)), ('part', (256, 100))):
        cv2.imwrite(str(tmp_path / f'{name}.png'), picture(0, size[1], size[0])[..., ::-1])
    found = read_panorama(tmp_path / 'whole.png', bundle)
    assert found.shape == (64, 128, 3)
    expected = cv2.resize(picture(0, 128, 256), (128, 64), interpolation=cv2.INTER_AREA)
    assert np.array_equal(found, expected)  # RGB, averaged
    with pytest.raises(DatasetError, match=r'part\.png: is 256x100.*128x64'):
        read_panorama(tmp_path / 'part.png', bundle)
    with pytest.raises(DatasetError, match=r'none\.png: cannot be read'):
        read_panorama(tmp_path / 'none.png', bundle)


def test_no_panorama_and_impossible_margins_are_refused(folder):
    with pytest.raises(DatasetError, match='at least one panorama'):
        measure_seam(load_bundle(folder), [])
    with pytest.raises(DatasetError, match='wrap_px must be a multiple of 4, got 6'):
        measure_seam(load_bundle(folder), [], wrap_px=6)


def test_command_prints_both_margins(folder, tmp_path, capsys):
    path = tmp_path / 'one.png'
    cv2.imwrite(str(path), picture()[..., ::-1])
    assert cli.main(['evaluate', 'seam', str(folder), str(path), '--threads', '1']) == 0
    text = capsys.readouterr().out
    assert 'mine on 1 panoramas of 128 x 64' in text and 'within 4 columns' in text
    assert re.search(r'\n +0 px ', text) and re.search(r'\n +32 px ', text)
    words = ['evaluate', 'seam', str(folder), str(path), '--threads', '1', '--wrap', '0', '--json']
    out = tmp_path / 'made' / 'seam.json'
    assert cli.main([*words, '--out', str(out)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert list(figures['margins']) == ['0'] and 'gain' not in figures
    assert json.loads(out.read_text()) == figures


def test_page_shows_margins_and_panoramas(tmp_path):
    near = [SeamCounts(40, 400, 4, 400), SeamCounts(20, 400, 2, 400)]
    better = [SeamCounts(10, 400, 4, 400), SeamCounts(0, 400, 2, 400)]
    report = SeamReport('mine', 128, 64, 4, ('a', 'b'), {0: near, 32: better}, 'torch')
    page = page_of_seam(report)
    assert [figure.value for figure in page.figures] == ['7.50%', '1.25%', '6.25']
    margins, panoramas = page.sections[:2]
    assert margins.rows == [(0, 7.5, 0.75), (32, 1.25, 0.75)]
    assert panoramas.rows == [('a', 10.0, 1.0, 2.5, 1.0), ('b', 5.0, 0.5, 0.0, 0.5)]
    text = write_page(page, tmp_path / 'page.html').read_text()
    assert '<h2>Near the cuts</h2>' in text and '2 panoramas of 128 x 64' in text
    alone = page_of_seam(report._replace(names=('a',), counts={0: near[:1]}))
    assert [section.title for section in alone.sections] == ['Margins', 'Panoramas', 'Environment']


def test_the_word_labelled_may_be_left_out(capsys):
    for words in (
        ['evaluate', 'none', '--data', 'x'],
        ['evaluate', '--data', 'x', 'none'],
        ['evaluate', 'labelled', 'none', '--data', 'x'],
    ):
        assert cli.main(words) == 2
        assert "model bundle: 'none' is neither a path" in capsys.readouterr().err
    assert cli.main(['evaluate', '--help']) == 0
    assert 'seam' in capsys.readouterr().out
