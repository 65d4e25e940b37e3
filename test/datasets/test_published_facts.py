"""Every published class list and id map, written out as numbers and read through the loaders.

Source: the data set loaders of jamycheung/Trans4PASS, commit
758f2301b6f98a6572cb2ca2c65b007a5d35d782, as far as they are free of the mistakes that
`docs/datasets.md` names. x counts for no class.
"""

import json

import dataset_layouts as layouts
import numpy as np
import pytest

from panoseg_ros.datasets import open_dataset
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set

x = 255
CITYSCAPES = {
    'road': (128, 64, 128), 'sidewalk': (244, 35, 232), 'building': (70, 70, 70),
    'wall': (102, 102, 156), 'fence': (190, 153, 153), 'pole': (153, 153, 153),
    'traffic light': (250, 170, 30), 'traffic sign': (220, 220, 0),
    'vegetation': (107, 142, 35), 'terrain': (152, 251, 152), 'sky': (70, 130, 180),
    'person': (220, 20, 60), 'rider': (255, 0, 0), 'car': (0, 0, 142), 'truck': (0, 0, 70),
    'bus': (0, 60, 100), 'train': (0, 80, 100), 'motorcycle': (0, 0, 230),
    'bicycle': (119, 11, 32),
}  # fmt: skip
OUTDOOR = (*list(CITYSCAPES)[:12], 'car')
SYNPASS = (
    'building', 'fence', 'other', 'pedestrian', 'pole', 'road line', 'road', 'sidewalk',
    'vegetation', 'vehicles', 'wall', 'traffic sign', 'sky', 'ground', 'bridge', 'rail track',
    'ground rail', 'traffic light', 'static', 'dynamic', 'water', 'terrain',
)  # fmt: skip
STANFORD = {
    'beam': (255, 0, 40), 'board': (255, 72, 0), 'bookcase': (255, 185, 0),
    'ceiling': (205, 255, 0), 'chair': (91, 255, 0), 'clutter': (0, 255, 21),
    'column': (0, 255, 139), 'door': (0, 255, 252), 'floor': (0, 143, 255),
    'sofa': (0, 23, 255), 'table': (90, 0, 255), 'wall': (204, 0, 255),
    'window': (255, 0, 191),
}  # fmt: skip
INDOOR = ('ceiling', 'chair', 'door', 'floor', 'sofa', 'table', 'wall', 'window')

LABEL_IDS = [  # of files, 0 to 33
    x, x, x, x, x, x, x, 0, 1, x, x, 2, 3, 4, x, x, x, 5, x, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, x,
    x, 16, 17, 18,
]  # fmt: skip
LABEL_IDS_13 = [
    x, x, x, x, x, x, x, 0, 1, x, x, 2, 3, 4, x, x, x, 5, x, 6, 7, 8, 9, 10, 11, 11, 12, 12, 12, x,
    x, x, 12, 12,
]  # fmt: skip
TRAIN_IDS = [*range(19)]
TRAIN_IDS_13 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 12, 12, 12, x, 12, 12]
SYNPASS_22 = [x, *range(22)]
SYNPASS_13 = [x, 2, 4, x, 11, 5, 0, 0, 1, 8, 12, 3, 7, 10, x, x, x, x, 6, x, x, x, 9]
NYU_8 = [x, 6, 3, x, x, 1, 4, 5, 2, 7, *[x] * 12, 0, *[x] * 18]  # 0 to 40
STANFORD_8 = [x, x, x, 0, 1, x, x, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ('name', 'classes'),
    [
        ('cityscapes19', tuple(CITYSCAPES)),
        ('densepass19', tuple(CITYSCAPES)),
        ('densepass13', OUTDOOR),
        ('synpass22', SYNPASS),
        ('stanford2d3d13', tuple(STANFORD)),
        ('stanford2d3d8', INDOOR),
    ],
)
def test_classes_have_the_published_order_and_colours(name, classes):
    found = load_label_set(name).classes
    assert tuple(cls.name for cls in found) == classes
    for colors in (CITYSCAPES, STANFORD):
        for cls in found:
            if name != 'synpass22' and cls.name in colors and set(classes) <= set(colors):
                assert cls.color == colors[cls.name]


@pytest.mark.parametrize(
    ('kind', 'suffix', 'label_set', 'wanted'),
    [
        ('cityscapes', 'labelIds', 'cityscapes19', LABEL_IDS),
        ('cityscapes', 'labelIds', 'densepass13', LABEL_IDS_13),
        ('cityscapes', 'labelTrainIds', 'cityscapes19', TRAIN_IDS),
        ('cityscapes', 'labelTrainIds', 'densepass13', TRAIN_IDS_13),
        ('densepass', '', 'densepass19', TRAIN_IDS),
        ('densepass', '', 'densepass13', TRAIN_IDS_13),
        ('synpass', '', 'synpass22', SYNPASS_22),
        ('synpass', '', 'densepass13', SYNPASS_13),
        ('structured3d', '', 'stanford2d3d8', NYU_8),
    ],
)
def test_every_value_of_a_file_leads_to_the_published_class(
    tmp_path, kind, suffix, label_set, wanted
):
    """All values are in one picture: a map that replaces in place would mix them up."""
    truth = layouts.values(*range(len(wanted)), 255, height=8)
    more = {'suffix': suffix} if suffix else {}
    getattr(layouts, kind)(tmp_path, labels=truth, height=8, **more)
    labels = open_dataset(f'{kind}:{tmp_path}', 'val', load_label_set(label_set))[0][1]
    assert labels.ravel()[: len(wanted) + 1].tolist() == [*wanted, 255]
    getattr(layouts, kind)(tmp_path, labels=layouts.values(len(wanted), height=8), **more)
    with pytest.raises(DatasetError, match=f'label value {len(wanted)} is not of the data set'):
        open_dataset(f'{kind}:{tmp_path}', 'val', load_label_set(label_set))[0]


@pytest.mark.parametrize(
    ('label_set', 'wanted'), [('stanford2d3d13', [*range(13)]), ('stanford2d3d8', STANFORD_8)]
)
def test_every_instance_of_stanford_leads_to_its_class(tmp_path, label_set, wanted):
    """Instance = 256 G + B of the names, R other than 0 and black pictures are unknown."""
    names = ['<UNK>_0_<UNK>_0_0', *(f'{name}_1_hall_1_1' for name in STANFORD)]
    colors = np.zeros((layouts.HEIGHT, layouts.WIDTH, 3), np.uint8)
    colors[0, :, 2], colors[1, :6, 2] = np.arange(8), np.arange(8, 14)
    colors[2] = (1, 0, 3)
    layouts.stanford2d3d(tmp_path, labels=colors)
    (tmp_path / 'assets/semantic_labels.json').write_text(json.dumps(names))
    data = open_dataset(f'stanford2d3d_pan:{tmp_path}', 'val', load_label_set(label_set))
    labels = data[0][1]
    assert labels.ravel()[:14].tolist() == [x, *wanted]
    assert (labels[2] == x).all() and labels[-1, -1] == x  # unknown; black in the picture


def test_stanford_holds_out_the_published_areas(tmp_path):
    layouts.stanford2d3d(tmp_path)
    folds = {
        '1': ('1 2 3 4 6', '5a 5b'),
        '2': ('1 3 5a 5b 6', '2 4'),
        '3': ('2 4 5a 5b', '1 3 6'),
    }
    for fold, areas in folds.items():
        for split, expected in zip(('train', 'val'), areas, strict=True):
            names = open_dataset(f'stanford2d3d:{tmp_path}?fold={fold}', split).names
            assert [name.split('/')[0] for name in names] == [
                f'area_{area}' for area in expected.split()
            ]
