import dataset_layouts as layouts
import numpy as np
import pytest

from panoseg_ros.datasets.densepass import DensePass
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set


@pytest.mark.parametrize('ending', ['', '_'])
def test_both_spellings_of_image_names_find_their_labels(tmp_path, ending):
    data = DensePass(layouts.densepass(tmp_path, ending=ending), 'val')
    assert [name.rsplit('/')[-1] for name in data.names] == [f'10{ending}.png', f'2{ending}.png']
    assert data[1][1].ravel()[:5].tolist() == [0, 12, 16, 255, 18]


def test_thirteen_classes(tmp_path):
    data = DensePass(layouts.densepass(tmp_path), 'val', load_label_set('densepass13'))
    assert data[1][1].ravel()[:5].tolist() == [0, 11, 255, 255, 12]


def test_train_split_is_unlabelled_and_says_so(tmp_path):
    data = DensePass(layouts.densepass(tmp_path), 'train')
    assert not data.labelled
    image, labels, name = data[0]
    assert name == 'leftImg8bit/train/oslo/1.png'
    assert image.shape == (*labels.shape, 3) and (labels == 255).all()
    with pytest.raises(DatasetError, match="no split 'test'"):
        DensePass(tmp_path, 'test')


def test_rows_are_as_dense_as_columns(tmp_path):
    projection = DensePass(layouts.densepass(tmp_path), 'val').projection
    assert projection.assumed
    height_deg = projection.top_deg - projection.bottom_deg
    assert np.isclose(height_deg / 400, 360 / 2048)
