import shutil

import numpy as np
import pytest

from panoseg_ros.bundles import InputSpec
from panoseg_ros.datasets import Projection
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set
from panoseg_ros.training import describe, open_joined
from panoseg_ros.training.sources import Joined

LABELS = load_label_set('cityscapes19')


def test_several_sets_stand_one_after_the_other(street_data):
    joined = open_joined([str(street_data), f'street:{street_data}'], 'train', LABELS)
    assert len(joined) == 12 and joined.parts == (6, 6)
    first, again = joined.read(2, InputSpec(32, 64)), joined.read(8, InputSpec(32, 64))
    assert (first[0].image == again[0].image).all()
    assert first[1] == again[1] == f'{street_data}/leftImg8bit/train/0/2.png'
    with pytest.raises(IndexError):
        joined.read(12, InputSpec(32, 64))


def test_unknown_kind_is_refused(street_data):
    with pytest.raises(DatasetError, match='cityscope'):
        open_joined([f'cityscope:{street_data.name}'], 'train', LABELS)


def test_card_says_what_was_learned_from(street_data):
    notes = describe([str(street_data)])
    assert notes['generator_version'] == '7' and notes['lists']['train']['images'] == 6
    assert len(notes['lists']['val']['sha256']) == 64
    both = describe([str(street_data), str(street_data)])
    assert both == {'sets': [notes, notes]}


def test_public_data_sets_are_described_by_their_names(tmp_path):
    for split, count in (('train', 2), ('val', 1)):
        for kind in ('leftImg8bit', 'gtFine'):
            (tmp_path / kind / split / 'a').mkdir(parents=True)
        for index in range(count):
            (tmp_path / 'leftImg8bit' / split / 'a' / f'{index}_leftImg8bit.png').touch()
    notes = describe([f'cityscapes:{tmp_path}'])
    assert notes['kind'] == 'cityscapes'
    assert {split: listed['images'] for split, listed in notes['lists'].items()} == {
        'train': 2,
        'val': 1,
    }
    shutil.rmtree(tmp_path / 'leftImg8bit/train')  # scored on only, beside `--render`
    assert list(describe([f'cityscapes:{tmp_path}'])['lists']) == ['val']
    shutil.rmtree(tmp_path / 'leftImg8bit/val')
    with pytest.raises(DatasetError, match='leftImg8bit/val'):
        describe([f'cityscapes:{tmp_path}'])


def test_lists_of_any_bytes_are_described(street_data, tmp_path):
    copy = shutil.copytree(street_data, tmp_path / 'copy')
    (copy / 'lists' / 'notes.txt').write_bytes(b'\xff\xfe\n')
    assert describe([str(copy)])['lists']['notes']['images'] == 1
    (copy / 'dataset.json').write_text('{')
    with pytest.raises(DatasetError, match=r'dataset\.json: cannot be read'):
        describe([str(copy)])


def test_fingerprint_follows_lists_classes_and_files(street_data):
    def fingerprint(split, labels=LABELS):
        return open_joined([str(street_data)], split, labels).fingerprint()

    assert fingerprint('train') == fingerprint('train') != fingerprint('val')
    assert fingerprint('train', load_label_set('densepass13')) != fingerprint('train')


def test_a_split_without_labels_is_no_training_data(tmp_path):
    (tmp_path / 'leftImg8bit/train/oslo').mkdir(parents=True)
    (tmp_path / 'leftImg8bit/train/oslo/1.png').touch()
    with pytest.raises(DatasetError, match="its split 'train' is published without"):
        open_joined([f'densepass:{tmp_path}'], 'train', LABELS)


class Band:
    """A panorama of 90 rows that looks 30 degrees up and 60 down."""

    projection = Projection('panorama', 30.0, -60.0)
    root, split, label_set, names, labelled = 'r', 'train', LABELS, ('a',), True

    def __len__(self):
        return 1

    def __getitem__(self, index):
        rows = np.arange(90, dtype=np.uint8)
        return np.tile(rows[:, None, None], (1, 8, 3)), np.tile(rows[:, None] // 10, (1, 8)), 'a'


def test_unknown_elevations_fit_whole_panoramas_only(street_data):
    joined = open_joined([str(street_data)], 'train', LABELS)
    assert joined.read(0, InputSpec(32, 64))[0].labels.shape == (32, 64)
    with pytest.raises(DatasetError, match=r'0\.png: nobody says what elevations'):
        joined.read(0, InputSpec(32, 64, top_deg=45.0, bottom_deg=-45.0))


def test_panoramas_are_fitted_to_the_elevations_wanted():
    picture, _ = Joined([Band()]).read(0, InputSpec(32, 64))
    assert picture.labels.shape == (180, 8)  # a row per degree
    assert (picture.labels[:60] == 255).all() and (picture.labels[150:] == 255).all()
    assert (picture.image[60:150, 0, 0] == np.arange(90)).all()
    cut, _ = Joined([Band()]).read(0, InputSpec(32, 64, top_deg=45.0, bottom_deg=-20.0))
    assert cut.labels.shape == (65, 8) and (cut.labels[:15] == 255).all()
    assert (cut.image[15:, 0, 0] == np.arange(50)).all()
