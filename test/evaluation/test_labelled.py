import hashlib
import json

import cv2
import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli.evaluate import evaluate
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation import labelled
from panoseg_ros.evaluation.labelled import evaluate_bundle
from panoseg_ros.evaluation.score_report import markdown
from panoseg_ros.inference import load_backend

ROAD, SIDEWALK, SKY = 0, 1, 10


def write_view(root, split, scene, image, labels):
    for folder, suffix, pixels in (
        ('leftImg8bit', '.png', cv2.cvtColor(image, cv2.COLOR_RGB2BGR)),
        ('gtFine', '_labelTrainIds.png', labels),
    ):
        path = root / folder / split / scene / f'00{suffix}'
        path.parent.mkdir(parents=True)
        assert cv2.imwrite(str(path), pixels)
    lists = root / 'lists'
    lists.mkdir(exist_ok=True)
    with (lists / f'{split}.txt').open('a', encoding='utf-8') as listing:
        listing.write(f'leftImg8bit/{split}/{scene}/00.png\n')


@pytest.fixture
def streets(tmp_path):
    """Write three training views and two test views: bright sky over dark road."""
    root = tmp_path / 'streets'
    random = np.random.default_rng(0)
    for split, scenes in (('train', 'abc'), ('test', 'de')):
        for scene in scenes:
            labels = np.full((32, 64), SKY, np.uint8)
            labels[16:] = ROAD
            image = np.where(labels == SKY, 220, 40)[..., None] + random.integers(
                -9, 9, (32, 64, 3)
            )
            if scene == 'e':
                labels[24:, :16] = SIDEWALK  # looks like road, so nothing can find it
                labels[16:20] = 255
            write_view(root, split, scene, image.astype(np.uint8), labels)
    (root / 'dataset.json').write_text('{"generator_version": "9"}')
    return root


def test_scores_are_pooled_over_all_images(make_bundle, streets):
    scores = evaluate_bundle(load_bundle(make_bundle()), streets, 'test')
    assert scores.images == 2
    rows = {row.name: (row.images, row.ratios) for row in scores.rows()}
    assert set(rows) == {'road', 'sidewalk', 'sky'}
    assert [rows[name][0] for name in ('road', 'sidewalk', 'sky')] == [2, 1, 2]
    assert rows['sidewalk'][1]['model'] == 0.0
    assert rows['sidewalk'][1]['trivial'] == 0.0
    assert rows['sidewalk'][1]['ceiling'] > 0.7
    # 8 x 16 sidewalk pixels are called road, besides the true ones (some lost at the border).
    road = 16 * 64 + 12 * 64 - 8 * 16
    assert rows['road'][1]['trivial'] == pytest.approx(road / (road + 8 * 16))
    assert rows['sky'][1]['trivial'] == 1.0
    assert rows['sky'][1]['model'] > 0.85
    total = scores.confusions['model'].sum()
    assert total == 2 * 32 * 64 - 4 * 64
    assert all(matrix.sum() == total for matrix in scores.confusions.values())


def test_summary_and_facts_say_what_was_scored(make_bundle, streets):
    scores = evaluate_bundle(load_bundle(make_bundle()), streets, 'test')
    means = scores.summary()
    trivial = means['mean IoU, classes that occur']['trivial']
    by_class = [row.ratios['trivial'] for row in scores.rows()]
    assert trivial == pytest.approx(np.mean(by_class))
    main = means[scores.main_name()]['trivial']
    assert main == pytest.approx(trivial)
    listing = (streets / 'lists/test.txt').read_bytes()
    assert scores.facts['list sha256'] == hashlib.sha256(listing).hexdigest()
    assert scores.facts['generator version'] == '9'
    assert '2 images of the test split, 64 x 32' in scores.caption()
    page = markdown(scores)
    assert '| sidewalk | 1 | 0.000 |' in page
    assert 'train' in page


def test_is_scored_in_float32_unless_told_otherwise(make_bundle, streets, monkeypatch):
    asked = []

    def load(*args, precision):
        asked.append(precision)
        return load_backend(*args, precision=precision)

    monkeypatch.setattr(labelled, 'load_backend', load)
    bundle = load_bundle(make_bundle())
    scores = evaluate_bundle(bundle, streets, 'test', outlines=False)
    evaluate_bundle(bundle, streets, 'test', precision='float16', outlines=False)
    assert asked == ['float32', 'float16']
    assert scores.facts['runtime'].endswith('on the CPU in float32')


def test_command_prints_the_table_and_writes_the_report(make_bundle, streets, tmp_path, capsys):
    out = tmp_path / 'report'
    assert evaluate(str(make_bundle()), streets, 'test', out) == 0
    printed = capsys.readouterr().out
    assert 'sidewalk' in printed
    assert 'ceiling' in printed
    report = json.loads((out / 'tiny-streets-test.json').read_text())
    assert report['images'] == 2
    assert report['classes']['sidewalk']['images'] == 1
    assert np.sum(report['confusion']['trivial']) == 2 * 32 * 64 - 4 * 64
    assert (out / 'tiny-streets-test.md').read_text().startswith('# tiny on 2 images')


def test_images_are_brought_to_the_input_size(make_bundle, streets):
    small = evaluate_bundle(load_bundle(make_bundle(height=16, width=32)), streets, 'test')
    assert small.confusions['model'].sum() == 2 * 16 * 32 - 2 * 32
    assert small.facts['width'] == 32
    assert small.confusions['trivial'][SKY, SKY] == 2 * 8 * 32


def test_images_of_another_shape_are_refused_by_name(make_bundle, streets):
    bundle = load_bundle(make_bundle(height=64, width=64))
    with pytest.raises(DatasetError, match=r'00.png: .*64x32 and nobody says .* 64x64'):
        evaluate_bundle(bundle, streets, 'test')


def test_known_elevations_put_a_band_where_it_belongs(make_bundle, streets):
    notes = {'generator_version': '9', 'size': [32, 64, 45.0, -45.0]}
    (streets / 'dataset.json').write_text(json.dumps(notes))
    scores = evaluate_bundle(load_bundle(make_bundle(height=64, width=64)), streets, 'test')
    assert scores.confusions['model'].sum() == 2 * 32 * 64 - 4 * 64


def test_train_split_is_not_scored(make_bundle, streets):
    with pytest.raises(DatasetError, match='split train is what models learn from'):
        evaluate_bundle(load_bundle(make_bundle()), streets, 'train')


def test_damaged_description_is_refused(make_bundle, streets):
    (streets / 'dataset.json').write_text('[1')
    with pytest.raises(DatasetError, match=r'dataset\.json: cannot be read'):
        evaluate_bundle(load_bundle(make_bundle()), streets, 'test')
