"""Every table against the published ids, written out the other way round: by class name."""

from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.datasets import label_maps
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set

CITYSCAPES = (  # label ids in the order of the train ids
    'road 7, sidewalk 8, building 11, wall 12, fence 13, pole 17, traffic light 19, '
    'traffic sign 20, vegetation 21, terrain 22, sky 23, person 24, rider 25, car 26, truck 27, '
    'bus 28, train 31, motorcycle 32, bicycle 33'
)
SYNPASS = (
    'building 1, fence 2, other 3, pedestrian 4, pole 5, road line 6, road 7, sidewalk 8, '
    'vegetation 9, vehicles 10, wall 11, traffic sign 12, sky 13, ground 14, bridge 15, '
    'rail track 16, ground rail 17, traffic light 18, static 19, dynamic 20, water 21, terrain 22'
)
OUTDOOR_OF_CITYSCAPES = (
    {name: name for name in ('road', 'sidewalk', 'building', 'wall', 'fence', 'pole')}
    | {name: name for name in ('traffic light', 'traffic sign', 'vegetation', 'terrain', 'sky')}
    | {'person': 'person', 'rider': 'person'}
    | dict.fromkeys(('car', 'truck', 'bus', 'motorcycle', 'bicycle'), 'car')
)
OUTDOOR_OF_SYNPASS = (
    {name: name for name in ('road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'sky')}
    | {name: name for name in ('traffic light', 'traffic sign', 'vegetation', 'terrain')}
    | {'pedestrian': 'person', 'vehicles': 'car', 'road line': 'road'}
)
INDOOR = ('ceiling', 'chair', 'door', 'floor', 'sofa', 'table', 'wall', 'window')
NYU = {'wall': 1, 'floor': 2, 'chair': 5, 'sofa': 6, 'table': 7, 'door': 8, 'window': 9}
NYU['ceiling'] = 22


def values_of(text):
    pairs = (entry.strip().rsplit(' ', maxsplit=1) for entry in text.split(','))
    return {name: int(value) for name, value in pairs}


def ids(label_set):
    return {cls.name: cls.id for cls in load_label_set(label_set).classes}


def expected(values, targets, ignored):
    """Return a table from name -> file value and name -> class id."""
    table = np.full(256, -1)
    table[list(ignored)] = 255
    for name, value in values.items():
        table[value] = targets.get(name, 255)
    return table


def through(names, label_set):
    own = ids(label_set)
    return {name: own[target] for name, target in names.items()}


@pytest.mark.parametrize(
    ('table', 'wanted'),
    [
        (
            label_maps.CITYSCAPES['cityscapes19'],
            expected(values_of(CITYSCAPES), ids('cityscapes19'), [*range(34), 255]),
        ),
        (
            label_maps.CITYSCAPES['densepass13'],
            expected(
                values_of(CITYSCAPES),
                through(OUTDOOR_OF_CITYSCAPES, 'densepass13'),
                [*range(34), 255],
            ),
        ),
        (
            label_maps.CITYSCAPES_TRAIN['cityscapes19'],
            expected(ids('densepass19'), ids('densepass19'), [255]),
        ),
        (
            label_maps.CITYSCAPES_TRAIN['densepass13'],
            expected(ids('cityscapes19'), through(OUTDOOR_OF_CITYSCAPES, 'densepass13'), [255]),
        ),
        (
            label_maps.SYNPASS['synpass22'],
            expected(values_of(SYNPASS), ids('synpass22'), [0, 255]),
        ),
        (
            label_maps.SYNPASS['densepass13'],
            expected(values_of(SYNPASS), through(OUTDOOR_OF_SYNPASS, 'densepass13'), [0, 255]),
        ),
        (
            label_maps.STANFORD['stanford2d3d13'],
            expected(ids('stanford2d3d13'), ids('stanford2d3d13'), [255]),
        ),
        (
            label_maps.STANFORD['stanford2d3d8'],
            expected(ids('stanford2d3d13'), ids('stanford2d3d8'), [255]),
        ),
        (
            label_maps.STRUCTURED3D['stanford2d3d8'],
            expected(NYU, ids('stanford2d3d8'), [*range(41), 255]),
        ),
    ],
)
def test_every_value_leads_to_its_class(table, wanted):
    assert table.dtype == np.int16 and not table.flags.writeable
    np.testing.assert_array_equal(table, wanted)


def test_the_names_of_the_eight_indoor_classes_are_those_of_the_shipped_set():
    assert tuple(ids('stanford2d3d8')) == INDOOR
    assert tuple(ids('stanford2d3d13')) == label_maps.STANFORD13


def test_structured3d_is_looked_up_once_and_not_replaced_in_place():
    """Replaced one by one in place, 1, 2, 3, 5, 6, 22 became 4, x, x, 1, 4, 0."""
    table = label_maps.STRUCTURED3D['stanford2d3d8']
    assert table[[1, 2, 3, 5, 6, 22]].tolist() == [6, 3, 255, 1, 4, 0]


def test_label_sets_are_recognised_by_their_classes():
    tables = label_maps.CITYSCAPES_TRAIN
    label_set, chosen = label_maps.choose(tables, load_label_set('densepass19'), Path('x'))
    assert label_set.name == 'densepass19' and chosen is tables['cityscapes19']
    assert label_maps.choose(tables, None, Path('x'))[0].name == 'cityscapes19'
    with pytest.raises(DatasetError, match='x: has no labels for label set synpass22, only'):
        label_maps.choose(tables, load_label_set('synpass22'), Path('x'))
