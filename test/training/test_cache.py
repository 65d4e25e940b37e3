import json
import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from panoseg_ros.bundles import InputSpec
from panoseg_ros.datasets import Projection
from panoseg_ros.errors import DatasetError, TrainingError
from panoseg_ros.labels import load_label_set
from panoseg_ros.training import cache, open_joined
from panoseg_ros.training.cache import cached_samples
from panoseg_ros.training.sources import Joined

SPEC = InputSpec(32, 64)


@pytest.fixture
def data(street_data, tmp_path):
    """Copy the data set, because tests change it."""
    import shutil

    root = shutil.copytree(street_data, tmp_path / 'data')
    return root, tmp_path / 'cache'


def opened(root):
    return open_joined([str(root)], 'train', load_label_set('cityscapes19'))


def test_cache_holds_what_the_data_set_holds(data):
    root, folder = data
    samples = cached_samples(opened(root), folder, 'train', SPEC, (32, 64))
    assert len(samples) == 6 and samples.names[0] == 'leftImg8bit/train/0/0.png'
    assert isinstance(samples.images, np.memmap)
    for index in range(6):
        image, labels, _ = opened(root)._sets[0][index]
        picture, _ = samples.picture(index, 32, 64)
        assert (picture.image == image).all() and (picture.labels == labels).all()
        assert picture.is_panorama
        assert (samples.counts()[index] == np.bincount(labels.ravel(), minlength=256)).all()


def test_it_is_built_once_and_anew_when_the_data_change(data):
    root, folder = data
    built = []
    args = (folder, 'train', SPEC, (32, 64))
    first = cached_samples(opened(root), *args, progress=lambda *n: built.append(n))
    again = cached_samples(opened(root), *args, progress=lambda *n: built.append(n))
    assert built == [(k, 6) for k in range(1, 7)]
    assert again.key == first.key
    path = root / 'leftImg8bit' / 'train' / '0' / '3.png'
    cv2.imwrite(str(path), np.zeros((32, 64, 3), np.uint8))
    os.utime(path, ns=(1, 1))
    changed = cached_samples(opened(root), *args, progress=lambda *n: built.append(n))
    assert changed.key != first.key and len(built) == 12 and changed.images[3].max() == 0
    assert len([place for place in folder.iterdir() if place.is_dir()]) == 1


def test_other_labels_and_elevations_are_other_data(data):
    root, folder = data
    keys = set()
    for change in ('nothing', 'label', 'elevations'):
        if change == 'label':
            path = root / 'gtFine' / 'train' / '0' / '3_labelTrainIds.png'
            cv2.imwrite(str(path), np.full((32, 64), 11, np.uint8))
            os.utime(path, ns=(1, 1))
        if change == 'elevations':
            notes = json.loads((root / 'dataset.json').read_text())
            (root / 'dataset.json').write_text(json.dumps(notes | {'size': [32, 64, 45, -45]}))
        samples = cached_samples(opened(root), folder, 'train', SPEC, (32, 64))
        keys.add(samples.key)
        assert change == 'nothing' or (samples.labels[3][16] == 11).all()  # the horizon
    assert len(keys) == 3


def test_sizes_have_caches_of_their_own_and_thinning_is_even(data):
    root, folder = data
    small = cached_samples(opened(root), folder, 'train', SPEC, (16, 32), most=3)
    large = cached_samples(opened(root), folder, 'train', SPEC, (64, 128))
    assert small.images.shape == (3, 16, 32, 3) and large.images.shape == (6, 64, 128, 3)
    assert [name[-5] for name in small.names] == ['0', '2', '5']


def test_processes_that_come_together_build_one(data):
    root, folder = data
    built = []

    def task(_):
        args = (opened(root), folder, 'train', SPEC, (32, 64), 0, lambda *n: built.append(n))
        return cached_samples(*args).key

    with ThreadPoolExecutor(3) as pool:
        keys = set(pool.map(task, range(3)))
    assert len(keys) == 1 and len(built) == 6


@pytest.mark.parametrize('file', ['index.json', 'images.npy', 'counts.npy'])
def test_damage_is_named(data, file):
    root, folder = data
    cached_samples(opened(root), folder, 'train', SPEC, (32, 64))
    (place,) = (path for path in folder.iterdir() if path.is_dir())
    (place / file).write_bytes(b'{"key": 1}')
    with pytest.raises(TrainingError, match='is damaged, delete it'):
        cached_samples(opened(root), folder, 'train', SPEC, (32, 64))


def test_index_of_other_data_is_refused(data):
    root, folder = data
    cached_samples(opened(root), folder, 'train', SPEC, (32, 64))
    (place,) = (path for path in folder.iterdir() if path.is_dir())
    index = json.loads((place / 'index.json').read_text())
    (place / 'index.json').write_text(json.dumps({**index, 'key': 'other'}))
    with pytest.raises(TrainingError, match='do not belong together'):
        cached_samples(opened(root), folder, 'train', SPEC, (32, 64))


def test_a_bad_picture_leaves_no_cache(data):
    root, folder = data
    (root / 'leftImg8bit' / 'train' / '0' / '4.png').write_bytes(b'no picture')
    for _ in range(2):
        with pytest.raises(DatasetError, match=r'4\.png'):
            cached_samples(opened(root), folder, 'train', SPEC, (32, 64))


def test_a_full_disk_is_noticed_before_writing(data, monkeypatch):
    root, folder = data
    usage = type('Usage', (), {'free': 1000})
    monkeypatch.setattr(cache.shutil, 'disk_usage', lambda _: usage)
    with pytest.raises(TrainingError, match='the cache needs'):
        cached_samples(opened(root), folder, 'train', SPEC, (32, 64))


def test_empty_set_is_refused(tmp_path):
    with pytest.raises(TrainingError, match='no images'):
        cached_samples(Joined([]), tmp_path, 'train', SPEC, (32, 64))


class Pinhole:
    """One perspective picture."""

    projection = Projection('pinhole', hfov_deg=60.0)
    names = ('a.png',)
    split = 'train'
    labelled = True
    label_set = load_label_set('cityscapes19')

    def __init__(self, root):
        self.root = root

    def __len__(self):
        return 1

    def label_path(self, name):
        return f'{name}.labels'

    def __getitem__(self, index):
        return np.full((30, 60, 3), 9, np.uint8), np.full((30, 60), 3, np.uint8), 'a.png'


def test_cameras_come_along(data):
    root, folder = data
    both = Joined([*opened(root)._sets, Pinhole(root)])
    samples = cached_samples(both, folder, 'train', SPEC, (32, 64))
    assert samples.aspects.tolist() == [0.0] * 6 + [2.0]
    assert not samples.picture(6, 32, 64)[0].is_panorama
    assert samples.names[6] == f'{root}/a.png'
