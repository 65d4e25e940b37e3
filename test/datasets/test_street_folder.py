"""The loader on a tiny artificial copy of the layout."""

import json

import cv2
import numpy as np
import pytest

from panoseg_ros.datasets import StreetFolder
from panoseg_ros.datasets.street_folder import instance_path, label_path
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set

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


TABLE = 'image,scene,family,weather,district,x_m,roll_deg,pitch_deg,yaw_deg\n'


def describe(root, **notes):
    (root / 'dataset.json').write_text(json.dumps({'generator_version': '2', **notes}))


def test_thirteen_classes_are_joined_from_train_ids(root):
    labels = np.full((8, 16), 18, np.uint8)
    cv2.imwrite(str(root / label_path(NAMES[0])), labels)
    for notes in ({}, {'label_set': 'cityscapes19'}):
        describe(root, **notes)
        data = StreetFolder(root, 'train', load_label_set('densepass13'))
        assert (data[0][1] == 12).all()


def test_description_says_which_classes_the_files_hold(root):
    describe(root, label_set='stanford2d3d8')
    assert StreetFolder(root, 'train').label_set.name == 'stanford2d3d8'
    assert set(np.unique(StreetFolder(root, 'train')[1][1])) == {1, 255}
    with pytest.raises(DatasetError, match=r'of label set stanford2d3d8, .* read as cityscapes19'):
        StreetFolder(root, 'train', load_label_set('cityscapes19'))
    describe(root, label_set='stanford2d3d13')
    cv2.imwrite(str(root / label_path(NAMES[0])), np.full((8, 16), 11, np.uint8))
    assert (StreetFolder(root, 'train', load_label_set('stanford2d3d8'))[0][1] == 6).all()


def test_description_says_what_the_camera_is(root):
    assert StreetFolder(root, 'train').projection.top_deg is None
    describe(root, size=[8, 16, 30.0, -60.0])
    projection = StreetFolder(root, 'train').projection
    assert (projection.kind, projection.top_deg, projection.bottom_deg) == (
        'panorama',
        30.0,
        -60.0,
    )
    describe(root, size=[8, 16, 90, -90], recipe={'camera': 'pinhole', 'fov_deg': [70.0, 90.0]})
    projection = StreetFolder(root, 'train').projection
    assert (projection.kind, projection.hfov_deg) == ('pinhole', 80.0)
    assert projection.assumed


@pytest.mark.parametrize(
    ('notes', 'words'),
    [
        ({'size': [8, 16]}, 'size must be'),
        ({'size': [8, 16, 10**400, -90]}, 'size must be'),
        ({'size': [8, 16, -90, 90]}, 'size must be'),
        ({'size': [8, 16, 'up', 'down']}, 'size must be'),
        ({'recipe': {'camera': 'pinhole'}}, 'fov_deg must be two rising angles'),
    ],
)
def test_malformed_description_is_refused(root, notes, words):
    describe(root, **notes)
    with pytest.raises(DatasetError, match=rf'dataset\.json: {words}'):
        StreetFolder(root, 'train')


def test_frame_table_says_scene_weather_and_tilt(root):
    data = StreetFolder(root, 'train')
    assert data.note(1).scene == 'leftImg8bit/train/000007' and data.note(1).weather == ''
    (root / 'frames').mkdir()
    table = root / 'frames/train.csv'
    table.write_text(f'{TABLE}{NAMES[1]},7,3,fog,old,1.0,-2.5,3.0,90.0\n')
    note = StreetFolder(root, 'train').note(1)
    assert (note.scene, note.weather, note.roll_deg, note.pitch_deg) == ('7', 'fog', -2.5, 3.0)
    assert StreetFolder(root, 'train').note(0).weather == ''
    table.write_text(f'{TABLE}{NAMES[1]},7,3,,,1.0,-2.5,3.0,90.0\n')  # a room
    assert StreetFolder(root, 'train').note(1).weather == ''
    table.write_text(f'{TABLE}{NAMES[1]},7,3,fog,old,1.0,much,3.0,90.0\n')
    with pytest.raises(
        DatasetError, match=r"train\.csv: line 2: roll_deg must be a number, .*'much'"
    ):
        StreetFolder(root, 'train')
    table.write_text('image,scene\na,b\n')
    with pytest.raises(DatasetError, match=r'train\.csv: line 2: has no weather'):
        StreetFolder(root, 'train')


def test_numbers_of_things_are_read_where_they_exist(root):
    data = StreetFolder(root, 'train')
    assert data.instances(0) is None
    numbers = np.arange(128, dtype=np.uint16).reshape(8, 16) * 400
    cv2.imwrite(str(root / instance_path(NAMES[0])), numbers)
    np.testing.assert_array_equal(data.instances(0), numbers)
    cv2.imwrite(str(root / instance_path(NAMES[0])), numbers[:4])
    with pytest.raises(DatasetError, match=r'instanceIds\.png: holds labels of 16x4 pixels'):
        data.instances(0)
