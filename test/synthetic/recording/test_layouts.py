"""The published layouts, read back by the loaders of the data sets."""

from functools import lru_cache

import cv2
import numpy as np
import pytest

from panoseg_ros.datasets import StreetFolder
from panoseg_ros.datasets.catalogue import open_dataset
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.labels import load_label_set
from panoseg_ros.synthetic import scene_shots, write_dataset
from panoseg_ros.synthetic.recording.layouts import LAYOUTS, Place
from panoseg_ros.synthetic.recording.views import Shot

pytest.importorskip('embreex', reason='rendering needs embreex')

SIZE = PanoramaGeometry(32, 64)
SEEDS = {'train': [3], 'val': [900_000], 'test': [950_000]}


def write(out, layout, *splits, **recipe):
    for split in splits:
        write_dataset(out, split, SEEDS[split], 1, SIZE, layout=layout, **recipe)
    return out


@lru_cache
def labels_of(split):
    return next(scene_shots(split, SEEDS[split][0], 1, SIZE)).labels


def every_class():
    """Return a picture that holds every class once, twice for the countable ones."""
    labels = np.array([[*range(19), 255, 11, 13]], np.uint8)
    instances = np.zeros((1, 22), np.int32)
    instances[0, [11, 12, 13, 20, 21]] = (40, 41, 42, 43, 44)
    image = np.zeros((1, 22, 3), np.uint8)
    return Shot(image, labels, np.zeros((1, 22), np.float32), instances, np.eye(4))


def file_of(layout, ending, place, shot):
    files = dict(LAYOUTS[layout].files(place, shot))
    name = next(name for name in files if name.endswith(ending))
    return cv2.imdecode(np.frombuffer(files[name], np.uint8), cv2.IMREAD_UNCHANGED)


def test_street_is_read_by_its_loader(tmp_path):
    write(tmp_path, 'street', 'train', 'val')
    folder = StreetFolder(tmp_path, 'train')
    assert np.array_equal(folder[0][1], labels_of('train'))


def test_cityscapes_is_read_by_its_loader(tmp_path):
    write(tmp_path, 'cityscapes', 'train', 'test')
    for split, ours in (('train', 'train'), ('val', 'test')):
        for listed in ('', f'?list=lists/{ours}.txt'):
            data = open_dataset(f'cityscapes:{tmp_path}{listed}', split)
            image, labels, name = data[0][:3]
            assert image.shape == (32, 64, 3)
            assert name.endswith('_leftImg8bit.png')
            assert np.array_equal(labels, labels_of(ours))


@pytest.mark.parametrize('layout', ['cityscapes', 'densepass', 'synpass'])
@pytest.mark.parametrize('camera', ['panorama', 'pinhole'])
def test_loaders_know_what_pictures_were_taken_with(tmp_path, layout, camera):
    write(tmp_path, layout, 'train', camera=camera)
    projection = open_dataset(f'{layout}:{tmp_path}', 'train').projection
    assert projection.kind == camera
    if camera == 'panorama':
        assert (projection.top_deg, projection.bottom_deg) == (90.0, -90.0)
    else:
        assert projection.hfov_deg == 80.0


def test_cityscapes_ids_and_instances_are_the_published_ones():
    place, shot = Place('train', 3, 0, 'clear'), every_class()
    ids = file_of('cityscapes', '_labelIds.png', place, shot)
    assert ids[0, :20].tolist() == [
        7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33, 0,
    ]  # fmt: skip
    numbers = file_of('cityscapes', '_instanceIds.png', place, shot)
    assert numbers[0, [11, 20]].tolist() == [24000, 24001]
    assert numbers[0, 12] == 25000
    assert numbers[0, [13, 21]].tolist() == [26000, 26001]
    assert numbers[0, 0] == 7  # road is not counted
    assert numbers[0, 14] == 27  # nor is a truck without a number


def test_densepass_is_read_by_its_loader(tmp_path):
    write(tmp_path, 'densepass', 'train', 'val')
    data = open_dataset(f'densepass:{tmp_path}', 'val')
    assert np.array_equal(data[0][1], labels_of('val'))
    train = open_dataset(f'densepass:{tmp_path}', 'train')
    assert (np.asarray(train[0][1]) == 255).all()  # published without labels
    assert not (tmp_path / 'gtFine/train').exists()


@pytest.mark.parametrize('weather', ['fog', 'night'])
def test_synpass_is_read_by_its_loader(tmp_path, weather):
    write(tmp_path, 'synpass', 'val', weather=weather)
    folder, time = {'fog': ('fog', 'day'), 'night': ('sun', 'night')}[weather]
    outdoor = load_label_set('densepass13')
    data = open_dataset(f'synpass:{tmp_path}?weather={folder}&time={time}', 'val', outdoor)
    _, labels, name = data[0][:3]
    assert name == f'img/{folder}/val/MAP_6_point900000/000000.jpg'
    truth = labels_of('val')
    for ours in (0, 1, 2, 8, 10):
        assert np.array_equal(truth == ours, labels == ours)
    assert np.array_equal(np.isin(truth, (11, 12)), labels == 11)  # riders are pedestrians
    assert np.array_equal(np.isin(truth, range(13, 19)), labels == 12)  # all vehicles are one
    whole = open_dataset(f'synpass:{tmp_path}', 'val')
    assert set(np.unique(whole[0][1])) <= {*range(22), 255}


def test_synpass_values_are_the_published_ones():
    names = [cls.name for cls in load_label_set('synpass22').classes]
    values = file_of('synpass', '.png', Place('test', 950_000, 0, 'rain'), every_class())[0]
    assert [names[v - 1] for v in values[:19]] == [
        'road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'traffic light', 'traffic sign',
        'vegetation', 'terrain', 'sky', 'pedestrian', 'pedestrian', *['vehicles'] * 6,
    ]  # fmt: skip
    assert values[19] == 0
    path = LAYOUTS['synpass'].files(Place('test', 950_001, 2, 'rain'), every_class())[0][0]
    assert path == 'img/rain/test/MAP_8_point950001/000002.jpg'


def test_splits_that_would_share_a_folder_are_kept_apart(tmp_path):
    write(tmp_path, 'densepass', 'test')
    with pytest.raises(SyntheticError, match='keeps test and val in one folder'):
        write(tmp_path, 'densepass', 'val')
