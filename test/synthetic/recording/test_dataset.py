"""Data sets on disk: lists, tables, hashes, and what is refused."""

import csv
import hashlib
import json
import shutil

import cv2
import numpy as np
import pytest

from panoseg_ros.datasets import StreetFolder
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.synthetic import (
    GENERATOR_VERSION,
    family_of,
    scene_shots,
    write_dataset,
)
from panoseg_ros.synthetic.recording.dataset import COLUMNS
from panoseg_ros.synthetic.recording.recipe import Recipe
from panoseg_ros.synthetic.rendering.sky import WEATHERS

pytest.importorskip('embreex', reason='rendering needs embreex')

SIZE = PanoramaGeometry(32, 64)


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp('streets')
    done = []
    assert write_dataset(out, 'train', [5, 3], 2, SIZE, 1, done.append) == 4
    assert done == [1, 2]
    assert write_dataset(out, 'val', [900_000], 1, SIZE) == 1
    return out


def test_lists_name_the_images_in_the_order_of_the_seeds(written):
    lines = (written / 'lists/train.txt').read_text().splitlines()
    assert lines == [f'leftImg8bit/train/{s:06d}/{v:02d}.png' for s in (5, 3) for v in (0, 1)]


@pytest.fixture(scope='module')
def shot():
    return next(scene_shots('train', 3, 1, SIZE))


def test_files_hold_what_the_scene_shows(written, shot):
    image = cv2.imread(str(written / 'leftImg8bit/train/000003/00.png'))
    labels = cv2.imread(
        str(written / 'gtFine/train/000003/00_labelTrainIds.png'), cv2.IMREAD_UNCHANGED
    )
    assert np.array_equal(image[..., ::-1], shot.image)
    assert np.array_equal(labels, shot.labels)


def test_instances_lie_beside_the_labels(written, shot):
    path = written / 'gtFine/train/000003/00_instanceIds.png'
    numbers = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert numbers.dtype == np.uint16
    assert np.array_equal(numbers, shot.instances)


def rows_of(out, split):
    with (out / f'frames/{split}.csv').open(newline='') as file:
        return list(csv.DictReader(file))


def test_table_says_where_every_picture_was_taken(written, shot):
    rows = rows_of(written, 'train')
    assert tuple(rows[0]) == COLUMNS
    lines = (written / 'lists/train.txt').read_text().splitlines()
    assert [row['image'] for row in rows] == lines
    assert [int(row['scene']) for row in rows] == [5, 5, 3, 3]
    row = rows[2]
    assert int(row['family']) == family_of('train', 3)
    assert row['weather'] in WEATHERS
    place = [float(row[name]) for name in ('x_m', 'y_m', 'z_m')]
    np.testing.assert_allclose(place, shot.world_from_camera[:3, 3], atol=1e-5)
    angles = [float(row[name]) for name in ('roll_deg', 'pitch_deg', 'yaw_deg')]
    np.testing.assert_allclose(
        rotation_from_rpy_deg(*angles), shot.world_from_camera[:3, :3], atol=1e-6
    )
    assert all(0.4 <= float(row['height_m']) <= 2.5 for row in rows)


def test_tilted_pairs_share_scene_spot_and_heading(written, tmp_path):
    write_dataset(tmp_path, 'train', [5, 3], 2, SIZE, tilt_deg=10.0)
    level, tilted = rows_of(written, 'train'), rows_of(tmp_path, 'train')
    same = ('image', 'scene', 'family', 'weather', 'x_m', 'y_m', 'z_m', 'height_m')
    for one, other in zip(level, tilted, strict=True):
        assert {name: one[name] for name in same} == {name: other[name] for name in same}
        turn = abs(float(one['yaw_deg']) - float(other['yaw_deg']))
        assert min(turn, 360 - turn) < 1.5  # apart from what tilting does to a heading
    for shot, row in zip(scene_shots('train', 5, 2, SIZE, Recipe(tilt_deg=10.0)), tilted,
                         strict=False):  # fmt: skip
        angles = [float(row[name]) for name in ('roll_deg', 'pitch_deg', 'yaw_deg')]
        turned = rotation_from_rpy_deg(*angles)
        np.testing.assert_allclose(turned, shot.world_from_camera[:3, :3], atol=1e-6)


def test_index_names_version_size_seeds_and_hashes(written):
    index = json.loads((written / 'dataset.json').read_text())
    assert index['generator_version'] == GENERATOR_VERSION
    assert index['size'] == [32, 64, 90.0, -90.0]
    assert index['splits']['train']['seeds'] == [5, 3]
    for split in ('train', 'val'):
        content = (written / f'lists/{split}.txt').read_bytes()
        assert index['splits'][split]['list_sha256'] == hashlib.sha256(content).hexdigest()
    train, val = (index['splits'][split]['families'] for split in ('train', 'val'))
    assert train[1] < val[0]


def test_the_loader_reads_it(written):
    folder = StreetFolder(written, 'train')
    assert len(folder) == 4
    image, labels, name = folder[3]
    assert image.shape == (32, 64, 3)
    assert labels.shape == (32, 64)
    assert name == 'leftImg8bit/train/000003/01.png'


def test_an_interrupted_run_goes_on(written):
    lost = written / 'leftImg8bit/train/000003/01.png'
    kept = written / 'leftImg8bit/train/000005/00.png'
    content, stamp = lost.read_bytes(), kept.stat().st_mtime_ns
    lost.unlink()
    assert write_dataset(written, 'train', [5, 3], 2, SIZE) == 4
    assert lost.read_bytes() == content
    assert kept.stat().st_mtime_ns == stamp


def test_scenes_are_added_and_never_lost(written, tmp_path):
    folder = shutil.copytree(written, tmp_path / 'copy')
    with pytest.raises(SyntheticError, match='split train holds scene 3, which would leave'):
        write_dataset(folder, 'train', [5, 7], 2, SIZE)
    assert (folder / 'dataset.json').read_bytes() == (written / 'dataset.json').read_bytes()
    (folder / 'frames/train/000003.json').unlink()  # as if it was not reached yet
    assert write_dataset(folder, 'train', [5, 7], 2, SIZE) == 4
    assert write_dataset(folder, 'train', [5, 7, 3], 2, SIZE) == 6


def test_views_that_are_no_more_leave_no_files(written, tmp_path):
    folder = shutil.copytree(written, tmp_path / 'copy')
    assert write_dataset(folder, 'train', [5, 3], 1, SIZE) == 2
    assert sorted(path.name for path in folder.rglob('01*')) == []
    kept = folder / 'leftImg8bit/train/000005/00.png'
    assert kept.read_bytes() == (written / 'leftImg8bit/train/000005/00.png').read_bytes()


def test_rooms_record_their_own_heights():
    with pytest.raises(SyntheticError, match='heights_m must begin at 2 m or less in rooms'):
        Recipe(world='indoor', heights_m=(3.0, 4.0))
    assert Recipe(world='indoor').as_json()['heights_m'] == [0.3, 1.8]
    assert Recipe(world='indoor', heights_m=(0.4, 2.5)).height_range_m == (0.4, 2.5)


def test_processes_write_the_same_bytes(written, tmp_path):
    write_dataset(tmp_path, 'val', [900_000, 900_001], 1, SIZE, 2)
    for name in ('leftImg8bit/val/900000/00.png', 'gtFine/val/900000/00_labelTrainIds.png'):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


@pytest.mark.parametrize(
    ('split', 'seed', 'message'),
    [
        ('train', 900_000, 'seed 900000 is not of split train, expected 0 to 899999'),
        ('test', 0, 'seed 0 is not of split test, expected 950000 to 999999'),
        ('demo', 0, "unknown split 'demo', expected train, val, test"),
    ],
)
def test_seed_of_another_split_is_refused(tmp_path, split, seed, message):
    with pytest.raises(SyntheticError, match=message):
        write_dataset(tmp_path, split, [seed], 1, SIZE)
    assert not list(tmp_path.iterdir())


def test_another_size_or_version_is_refused(written):
    with pytest.raises(SyntheticError, match='write to another folder'):
        write_dataset(written, 'train', [5], 1, PanoramaGeometry(16, 32))
    path = written / 'dataset.json'
    index = path.read_text()
    path.write_text(index.replace(f'"{GENERATOR_VERSION}"', '"0"'))
    with pytest.raises(SyntheticError, match='generator_version is 0, not'):
        write_dataset(written, 'train', [5], 1, SIZE)
    path.write_text(index)


def test_another_recipe_is_refused(written):
    with pytest.raises(SyntheticError, match=r'recipe is .*write to another folder'):
        write_dataset(written, 'train', [5], 1, SIZE, tilt_deg=10.0)


@pytest.mark.parametrize('content', ['{', '[' * 3000, '3', '{}', 'splits', 'seeds'])
def test_damaged_index_is_named(written, content):
    path = written / 'dataset.json'
    index = path.read_text()
    if content == 'splits':
        content = json.dumps({**json.loads(index), 'splits': 3})
    if content == 'seeds':
        content = json.dumps({**json.loads(index), 'splits': {'train': {'seeds': 3}}})
    path.write_text(content)
    with pytest.raises(SyntheticError, match=r'dataset\.json') as caught:
        write_dataset(written, 'train', [5], 1, SIZE)
    path.write_text(index)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('content', ['{', '3', '[3, 3]', '[{}, {}]'])
def test_damaged_scene_is_named(written, content):
    path = written / 'frames/train/000005.json'
    rows = path.read_text()
    path.write_text(content)
    with pytest.raises(SyntheticError, match=r'000005\.json: cannot be read, remove it') as caught:
        write_dataset(written, 'train', [5, 3], 2, SIZE)
    path.write_text(rows)
    assert '\n' not in str(caught.value)
