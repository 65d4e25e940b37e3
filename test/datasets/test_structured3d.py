import shutil

import dataset_layouts as layouts
import pytest

from panoseg_ros.datasets.structured3d import Structured3D
from panoseg_ros.errors import DatasetError


def test_nyu_ids_become_the_eight_shared_classes(tmp_path):
    data = Structured3D(layouts.structured3d(tmp_path), 'train')
    # A room with sofa (6) and cabinet (3) keeps its wall (1) and floor (2).
    assert data[0][1].ravel()[:8].tolist() == [6, 3, 255, 1, 4, 0, 255, 255]


@pytest.mark.parametrize(
    ('split', 'scenes'),
    [('train', ['00000', '02999']), ('val', ['03000', '03249']), ('test', ['03250'])],
)
def test_splits_are_ranges_of_scenes(tmp_path, split, scenes):
    data = Structured3D(layouts.structured3d(tmp_path), split)
    assert [name[6:11] for name in data.names] == scenes


def test_split_without_scenes_is_refused(tmp_path):
    layouts.structured3d(tmp_path, scenes=(0,))
    with pytest.raises(DatasetError, match='holds no scene 3250 to 3499 of split test'):
        Structured3D(tmp_path, 'test')


def test_scene_without_number_is_named(tmp_path):
    layouts.structured3d(tmp_path, scenes=(0,))
    (tmp_path / 'scene_00000').rename(tmp_path / 'scene_draft')
    with pytest.raises(DatasetError, match='scene_draft: a scene must be called scene_'):
        Structured3D(tmp_path, 'train')


def test_rooms_of_a_scene_are_alike(tmp_path):
    layouts.structured3d(tmp_path, scenes=(3000, 3001))
    other = tmp_path / 'scene_03000/2D_rendering/9/panorama'
    shutil.copytree(tmp_path / 'scene_03000/2D_rendering/485142/panorama', other)
    data = Structured3D(tmp_path, 'val')
    scenes = [data.note(index).scene for index in range(len(data))]
    assert sorted(scenes) == ['scene_03000', 'scene_03000', 'scene_03001']
