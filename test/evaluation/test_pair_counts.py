"""Counting pictures of two folders and bags, and what does not fit."""

import cv2
import numpy as np
import pytest

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.label_folders import LabelFolders
from panoseg_ros.evaluation.pair_counts import Counting, Pair, count_all, shrunk
from panoseg_ros.evaluation.pair_report import tables
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.labels import load_label_set
from panoseg_ros.metrics import confusion_matrix

SIZE = (32, 64)


def pair(seed, group=''):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, SIZE).astype(np.uint8)
    truth[:3] = 255
    prediction = np.where(rng.random(SIZE) < 0.8, truth % 19, 1).astype(np.uint8)
    return Pair(f's/{seed}', f'scene{seed // 2}', group, truth, prediction)


def scores(pairs, **options):
    counting = Counting(19, **options)
    found = tuple(counting(each) for each in pairs)
    return PairScores(load_label_set('cityscapes19'), found, {})


def test_unpredicted_pixels_are_left_out_and_named():
    one = pair(0)
    one.prediction[10:12] = 255
    found = scores([one])
    assert found.pictures[0].silent == 2 * 64
    assert found.confusion.sum() == 27 * 64
    assert found.summary()['labelled but not predicted'] == pytest.approx(2 / 29)
    assert np.isnan(scores([pair(1)]).silent_share)


def test_figures_follow_from_the_pooled_matrix():
    pairs = [pair(0, 'fog'), pair(1, 'sun'), pair(2, 'fog')]
    found = scores(pairs)
    expected = sum(confusion_matrix(p.truth, p.prediction, 19) for p in pairs)
    assert np.array_equal(found.confusion, expected)
    assert [part.name for part in found.groups()] == ['fog', 'sun']
    assert sum(part.pixels for part in found.bands()) == expected.sum()
    assert [row.name for row in found.classes()] == ['road', 'sidewalk', 'building']
    assert found.classes()[0].accuracy == pytest.approx(expected[0, 0] / expected[0].sum())
    assert found.mean_iou.low < found.mean_iou.value < found.mean_iou.high


def test_columns_without_figures_are_left_out():
    heads = {table.name: table.headings for table in tables(scores([pair(0)], outlines=False))}
    assert heads['Classes'] == ('class', 'share', 'IoU', 'accuracy', 'precision', 'by angle')
    heads = {table.name: table.headings for table in tables(scores([pair(0), pair(2)]))}
    assert heads['Classes'][3] == '95 %' and heads['Classes'][-1] == 'boundary F'


def test_wrong_labels_name_the_picture():
    wrong = pair(0)._replace(prediction=np.full(SIZE, 40, np.uint8))
    with pytest.raises(DatasetError, match='s/0: prediction holds id 40'):
        scores([wrong])
    with pytest.raises(DatasetError, match='no picture'):
        scores([])


def test_small_pictures_are_small():
    big = np.zeros((512, 1024), np.uint8)
    image = np.zeros((600, 1200, 3), np.uint8)
    small = shrunk(Pair('a', 'a', '', big, big, None, image))
    for data in small:
        assert cv2.imdecode(np.frombuffer(data, np.uint8), -1).shape[:2] == (256, 512)


@pytest.fixture
def folders(tmp_path):
    for seed in range(3):
        one = pair(seed)
        for folder, ending, labels in (('true', '_ids.png', one.truth), ('found', '.png', one[4])):
            path = tmp_path / folder / f'city/{seed}{ending}'
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), labels)
    return tmp_path / 'true', tmp_path / 'found'


def test_folders_are_paired_by_name(folders):
    pairs = LabelFolders(*folders, truth_ending='_ids.png')
    counts = list(count_all(pairs, Counting(19, outlines=False)))
    assert [c.name for c in counts] == ['city/0', 'city/1', 'city/2']
    assert {c.scene for c in counts} == {'city'} and counts[0].outlines is None
    direct = Counting(19)(pair(1))
    assert np.array_equal(counts[1].zones.zones, direct.zones.zones)


def test_missing_counterparts_and_shapes_are_named(folders):
    true, found = folders
    (found / 'city/1.png').unlink()
    with pytest.raises(DatasetError, match=r'found: has no counterpart of .*1_ids.png'):
        LabelFolders(true, found, truth_ending='_ids.png')
    with pytest.raises(DatasetError, match=r'holds no file that ends in \.tif'):
        LabelFolders(true, found, prediction_ending='.tif')
    cv2.imwrite(str(found / 'city/1.png'), np.zeros((10, 64), np.uint8))
    pairs = LabelFolders(true, found, truth_ending='_ids.png')
    with pytest.raises(DatasetError, match='64x10'):
        pairs[1]
