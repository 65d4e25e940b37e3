import json
import shutil

import dataset_layouts as layouts
import numpy as np
import pytest

from panoseg_ros.datasets import open_dataset
from panoseg_ros.datasets.stanford2d3d import FOLDS, Stanford2D3D
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set

BEAM, CHAIR, SOFA, WALL, WINDOW = 0, 4, 9, 11, 12


@pytest.mark.parametrize('panoramas', [False, True])
def test_colours_lead_to_instances_and_those_to_classes(tmp_path, panoramas):
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'))
    data = Stanford2D3D(tmp_path, 'val', panoramas=panoramas)
    labels = data[0][1]
    assert labels[0, :7].tolist() == [BEAM, CHAIR, WINDOW, SOFA, 255, 255, 255]
    assert (labels[1:-1] == WALL).all()
    assert labels[-1, -1] == 255  # black in the picture
    assert ('pano' in data.names[0]) is panoramas


def test_eight_classes(tmp_path):
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'))
    data = Stanford2D3D(tmp_path, 'val', load_label_set('stanford2d3d8'))
    assert data[0][1][0, :5].tolist() == [255, 1, 7, 4, 255]


def test_only_black_pixels_are_black(tmp_path):
    """A colour whose channels add up to 0 modulo 256 is not."""
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'))
    data = Stanford2D3D(tmp_path, 'val')
    layouts.write(tmp_path / data.names[0], layouts.image((64, 192, 0)))
    assert (data[0][1][1:] == WALL).all()


def test_folds_share_no_area(tmp_path):
    layouts.stanford2d3d(tmp_path)
    seen = []
    for fold in FOLDS:
        areas = {}
        for split in ('train', 'val'):
            data = open_dataset(f'stanford2d3d_pan:{tmp_path}?fold={fold}', split)
            areas[split] = {name.split('/')[0] for name in data.names}
        assert not areas['train'] & areas['val']
        assert len(areas['train'] | areas['val']) == 7
        seen += sorted(areas['val'])
    assert seen == [f'area_{a}' for a in ('5a', '5b', '2', '4', '1', '3', '6')]


@pytest.mark.parametrize(('fold', 'words'), [('4', 'fold must be 1, 2 or 3'), ('x', 'got x')])
def test_unknown_fold_is_refused(tmp_path, fold, words):
    with pytest.raises(DatasetError, match=words):
        open_dataset(f'stanford2d3d:{tmp_path}?fold={fold}', 'val')


def test_missing_area_is_named(tmp_path):
    layouts.stanford2d3d(tmp_path, areas=('5a',))
    with pytest.raises(DatasetError, match='area_5b: is not a folder'):
        Stanford2D3D(tmp_path, 'val')


def test_instance_beyond_the_names_is_refused(tmp_path):
    colors = np.zeros((layouts.HEIGHT, layouts.WIDTH, 3), np.uint8)
    colors[..., 1:] = (1, 50)  # 306: the names end at 305, the added one
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'), labels=colors)
    with pytest.raises(DatasetError, match=r'_semantic\.png: label value 306 is no instance.*305'):
        Stanford2D3D(tmp_path, 'val')[0]


def test_label_file_must_hold_colours_and_fit(tmp_path):
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'), labels=layouts.values(1))
    data = Stanford2D3D(tmp_path, 'val')
    with pytest.raises(DatasetError, match=r'_semantic\.png: expected labels as colours'):
        data[0]
    path = tmp_path / data.label_path(data.names[0])
    layouts.write(path, layouts.image(height=2))
    with pytest.raises(DatasetError, match=r'_semantic\.png: holds labels of 8x2'):
        data[0]


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('nonsense', 'cannot be read'),
        ('{}', 'expected a list of instance names'),
        (json.dumps(['lamp_1_hall_1']), "instance 'lamp_1_hall_1' is of no class, known are beam"),
    ],
)
def test_malformed_names_are_refused(tmp_path, content, words):
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'))
    (tmp_path / 'assets/semantic_labels.json').write_text(content)
    with pytest.raises(DatasetError, match=rf'semantic_labels\.json: {words}'):
        Stanford2D3D(tmp_path, 'val')


def test_names_may_lie_in_the_root(tmp_path):
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'))
    (tmp_path / 'assets/semantic_labels.json').rename(tmp_path / 'semantic_labels.json')
    assert len(Stanford2D3D(tmp_path, 'val')) == 2


def test_pictures_of_a_room_are_alike(tmp_path):
    layouts.stanford2d3d(tmp_path, areas=('5a', '5b'))
    for area in ('5a', '5b'):
        folder = tmp_path / f'area_{area}/data'
        for kind in ('rgb', 'semantic'):
            first = folder / kind / f'camera_1_office_1_frame_0_domain_{kind}.png'
            shutil.copy(first, folder / kind / f'camera_0f3a_office_1_frame_1_domain_{kind}.png')
    data = Stanford2D3D(tmp_path, 'val')
    scenes = [data.note(index).scene for index in range(len(data))]
    assert scenes == ['area_5a/office_1'] * 2 + ['area_5b/office_1'] * 2
    lone = Stanford2D3D(tmp_path, 'val', panoramas=True)
    assert lone.note(0).scene == lone.names[0]  # a name that tells no room
