"""The loader on a tiny artificial copy of the layout."""

import cv2
import numpy as np
import pytest

from panoseg_ros.datasets import StreetFolder
from panoseg_ros.datasets.street_folder import label_path
from panoseg_ros.errors import DatasetError

NAMES = [f'leftImg8bit/train/000007/0{view}.png' for view in range(2)]


@pytest.fixture
def root(tmp_path):
    rng = np.random.default_rng(0)
    for index, name in enumerate(NAMES):
        image = rng.integers(0, 255, (8, 16, 3), np.uint8)
        image[0, 0] = (200, 10, 30)  # BGR on disk
        labels = np.full((8, 16), index, np.uint8)
        labels[0] = 255
        for path, content in ((name, image), (label_path(name), labels)):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(tmp_path / path), content)
    (tmp_path / 'lists').mkdir()
    (tmp_path / 'lists/train.txt').write_text('\n'.join(NAMES) + '\n')
    return tmp_path


def test_reads_images_and_labels_in_the_order_of_the_list(root):
    folder = StreetFolder(root, 'train')
    assert len(folder) == 2
    for index in range(2):
        image, labels, name = folder[index]
        assert name == NAMES[index]
        assert (image.shape, image.dtype) == ((8, 16, 3), np.uint8)
        assert (labels.shape, labels.dtype) == ((8, 16), np.uint8)
        assert image[0, 0].tolist() == [30, 10, 200]  # RGB
        assert set(np.unique(labels)) == {index, 255}


def test_iterates_to_its_end(root):
    assert [name for _, _, name in StreetFolder(root, 'train')] == NAMES


def test_label_path_follows_the_cityscapes_layout():
    assert label_path(NAMES[1]) == 'gtFine/train/000007/01_labelTrainIds.png'


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(DatasetError, match='nowhere: is not a folder'):
        StreetFolder(tmp_path / 'nowhere', 'train')


def test_missing_list_is_named(root):
    with pytest.raises(DatasetError, match=r'lists/val\.txt: cannot be read'):
        StreetFolder(root, 'val')


def test_empty_list_is_named(root):
    (root / 'lists/train.txt').write_text('\n')
    with pytest.raises(DatasetError, match=r'train\.txt: names no image'):
        StreetFolder(root, 'train')


@pytest.mark.parametrize('line', ['/etc/passwd', 'leftImg8bit/../../secret.png', 'gtFine/a.png'])
def test_list_cannot_point_outside(root, line):
    (root / 'lists/train.txt').write_text(f'{line}\n')
    with pytest.raises(DatasetError, match='not a path below leftImg8bit'):
        StreetFolder(root, 'train')


@pytest.mark.parametrize('path', [NAMES[0], label_path(NAMES[0])])
@pytest.mark.parametrize('damage', ['missing', 'empty', 'no picture'])
def test_unreadable_file_is_named(root, path, damage):
    file = root / path
    if damage == 'missing':
        file.unlink()
    else:
        file.write_bytes(b'' if damage == 'empty' else b'not a png')
    with pytest.raises(DatasetError, match=str(file)):
        StreetFolder(root, 'train')[0]


def test_label_of_no_class_is_named(root):
    labels = np.full((8, 16), 19, np.uint8)
    cv2.imwrite(str(root / label_path(NAMES[0])), labels)
    with pytest.raises(DatasetError, match=r'00_labelTrainIds\.png: label value 19 .*0 to 18'):
        StreetFolder(root, 'train')[0]


@pytest.mark.parametrize(
    'labels',
    [np.zeros((4, 16), np.uint8), np.zeros((8, 16, 3), np.uint8), np.zeros((8, 16), np.uint16)],
)
def test_labels_must_fit_their_image(root, labels):
    cv2.imwrite(str(root / label_path(NAMES[0])), labels)
    with pytest.raises(
        DatasetError,
        match=r'expected 8-bit labels of shape|labels of 16x4 pixels, its image has 16x8',
    ):
        StreetFolder(root, 'train')[0]
