"""Data sets of rooms on disk name their label set and are read with it."""

import csv
import json

import numpy as np
import pytest

from panoseg_ros.datasets import StreetFolder
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic import SEED_RANGES, write_dataset
from panoseg_ros.synthetic.indoor import LABEL_SET, MOODS
from panoseg_ros.synthetic.indoor.layout import KINDS
from panoseg_ros.synthetic.recording.recipe import Recipe, scene_pictures

pytest.importorskip('embreex', reason='rendering needs embreex')

SMALL = PanoramaGeometry(32, 64)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp('rooms')
    count = write_dataset(out, 'val', SEED_RANGES['val'][:2], 2, SMALL, world='indoor')
    assert count == 4
    return out


def test_description_names_the_label_set(folder):
    notes = json.loads((folder / 'dataset.json').read_text(encoding='utf-8'))
    assert notes['label_set'] == LABEL_SET
    assert notes['recipe']['world'] == 'indoor'


def test_pictures_are_read_with_their_classes(folder):
    data = StreetFolder(folder, 'val')
    assert data.label_set.name == LABEL_SET
    assert len(data) == 4
    for index in range(4):
        image, labels, _ = data[index]
        assert image.shape == (32, 64, 3)
        assert set(np.unique(labels)) <= {*range(8), 255}


def test_frame_table_says_which_room_and_light(folder):
    with (folder / 'frames/val.csv').open(encoding='utf-8') as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 4
    for row in rows:
        assert row['weather'] in MOODS
        assert row['district'] in KINDS
        assert 0.3 <= float(row['height_m']) <= 1.8


def test_heights_and_tilt_are_those_asked_for():
    recipe = Recipe(world='indoor', heights_m=(1.0, 1.0), tilt_deg=10.0)
    taken = next(scene_pictures('val', SEED_RANGES['val'][0], 1, SMALL, recipe))
    assert taken.stand.height_m == pytest.approx(1.0)
    level = next(
        scene_pictures(
            'val', SEED_RANGES['val'][0], 1, SMALL, Recipe(world='indoor', heights_m=(1.0, 1.0))
        )
    )
    assert np.array_equal(taken.shot.world_from_camera[:3, 3], level.shot.world_from_camera[:3, 3])
    assert np.rad2deg(np.arccos(taken.shot.world_from_camera[2, 2])) <= 10.0


def test_streets_and_rooms_do_not_share_a_folder(folder):
    with pytest.raises(SyntheticError, match='label_set is stanford2d3d8, not cityscapes19'):
        write_dataset(folder, 'val', SEED_RANGES['val'][:1], 1, SMALL)


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        ({'world': 'cave'}, "unknown world 'cave', expected street, indoor"),
        ({'world': 'indoor', 'weather': 'fog'}, "weather 'fog' is of streets"),
        ({'world': 'indoor', 'layout': 'synpass'}, "layout 'synpass' is of streets"),
    ],
)
def test_what_only_streets_have_is_refused(fields, message):
    with pytest.raises(SyntheticError, match=message):
        Recipe(**fields)
