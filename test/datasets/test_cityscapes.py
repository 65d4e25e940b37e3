import dataset_layouts as layouts
import pytest

from panoseg_ros.datasets.cityscapes import Cityscapes
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set


def first_labels(data, count):
    return data[0][1].ravel()[:count].tolist()


def test_label_ids_become_train_ids(tmp_path):
    data = Cityscapes(layouts.cityscapes(tmp_path), 'val')
    assert [name.split('/')[2] for name in data.names] == ['aachen', 'ulm']
    assert first_labels(data, 6) == [0, 1, 18, 255, 255, 11]


def test_train_ids_are_read_where_there_are_only_those(tmp_path):
    labels = layouts.values(0, 12, 16, 255)
    data = Cityscapes(layouts.cityscapes(tmp_path, labels=labels, suffix='labelTrainIds'), 'val')
    assert first_labels(data, 4) == [0, 12, 16, 255]
    layouts.cityscapes(tmp_path, labels=layouts.values(7, 8))  # ids win where both are
    assert first_labels(data, 2) == [0, 1]


@pytest.mark.parametrize('suffix', ['labelIds', 'labelTrainIds'])
def test_thirteen_classes_join_people_and_vehicles(tmp_path, suffix):
    ids = (24, 25, 27, 31, 33) if suffix == 'labelIds' else (11, 12, 14, 16, 18)
    layouts.cityscapes(tmp_path, labels=layouts.values(*ids), suffix=suffix)
    data = Cityscapes(tmp_path, 'val', load_label_set('densepass13'))
    assert first_labels(data, 5) == [11, 11, 12, 255, 12]


def test_test_split_has_no_labels(tmp_path):
    layouts.cityscapes(tmp_path, split='test')
    with pytest.raises(DatasetError, match="no split 'test' with labels, only train, val"):
        Cityscapes(tmp_path, 'test')


def test_missing_label_folder_is_named(tmp_path):
    layouts.cityscapes(tmp_path)
    (tmp_path / 'gtFine').rename(tmp_path / 'gtCoarse')
    with pytest.raises(DatasetError, match='gtFine/val: is not a folder'):
        Cityscapes(tmp_path, 'val')
