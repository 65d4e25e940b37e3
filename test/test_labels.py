"""Label sets: the shipped one, and every fault in one line that names file and class."""

import copy
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from panoseg_ros.errors import LabelError
from panoseg_ros.labels import AUTO, gathered, load_label_set, slugify
from panoseg_ros.resources import share_dir

SHIPPED = sorted(path.stem for path in (share_dir() / 'config/labels').glob('*.yaml'))
CLASSES = [
    {'id': 0, 'name': 'road', 'color': [128, 64, 128], 'surface': 'ground'},
    {
        'id': 1,
        'name': 'traffic light',
        'color': [250, 170, 30],
        'surface': 'obstacle',
        'cost': 100,
    },
]


def write(path, classes):
    path.write_text(yaml.safe_dump({'name': 'test', 'classes': classes}))
    return str(path)


def test_cityscapes_has_the_nineteen_train_ids():
    labels = load_label_set('cityscapes19')
    assert len(labels) == 19
    names = [cls.name for cls in labels.classes]
    assert names[:4] == ['road', 'sidewalk', 'building', 'wall']
    assert names[10:14] == ['sky', 'person', 'rider', 'car']
    assert names[-1] == 'bicycle'
    assert labels.classes[6].slug == 'traffic_light'
    assert labels.classes[0].color == (128, 64, 128)
    assert labels.classes[13].color == (0, 0, 142)


def test_cityscapes_says_what_may_be_driven_on():
    by_name = {cls.name: cls for cls in load_label_set('cityscapes19').classes}
    assert by_name['road'].surface == 'ground'
    assert by_name['sky'].surface == 'none'
    for name in ('building', 'person', 'car', 'pole', 'wall'):
        assert by_name[name].surface == 'obstacle'
        assert by_name[name].cost == 100
    assert by_name['person'].dynamic
    assert not by_name['building'].dynamic
    assert all(cls.cost != 99 for cls in by_name.values())


def test_palette_has_a_row_for_every_label_value(tmp_path):
    palette = load_label_set(write(tmp_path / 'l.yaml', CLASSES)).palette()
    assert palette.shape == (256, 3)
    assert palette.dtype == np.uint8
    np.testing.assert_array_equal(palette[1], [250, 170, 30])
    assert not palette[2:].any()


def test_select_by_name_or_slug_keeps_the_order(tmp_path):
    labels = load_label_set(write(tmp_path / 'l.yaml', CLASSES))
    assert [cls.id for cls in labels.select(['traffic_light', 'road', 'traffic light'])] == [
        1,
        0,
        1,
    ]
    with pytest.raises(LabelError, match=r"no class 'river', only road, traffic_light"):
        labels.select(['river'])


@pytest.mark.parametrize(
    ('index', 'change', 'named'),
    [
        (1, {'id': 2}, 'class 1: id must be 1, got 2'),
        (0, {'name': ''}, 'class 0: name must be a text'),
        (0, {'name': 7}, 'class 0: name must be a text'),
        (0, {'color': [0, 0]}, 'class 0: color must be three numbers'),
        (0, {'color': [0, 0, 256]}, 'class 0: color must be three numbers'),
        (0, {'color': [0, 0, True]}, 'class 0: color must be three numbers'),
        (0, {'surface': 'air'}, 'class 0: surface must be ground, obstacle or none'),
        (1, {'cost': 99}, 'class 1: cost must be 0..98 or 100, got 99'),
        (1, {'cost': 12.5}, 'class 1: cost must be'),
        (1, {'dynamic': 'yes'}, 'class 1: dynamic must be true or false'),
        (1, {'speed': 3}, "class 1: unknown key 'speed'"),
        (1, {'name': 'Road'}, "topic name 'road' is used twice"),
        (1, {'name': 'combined'}, "topic name 'combined' is used twice or reserved"),
        (1, {'name': '***'}, 'holds no letter'),
    ],
)
def test_faults_name_class_and_rule(tmp_path, index, change, named):
    classes = copy.deepcopy(CLASSES)
    classes[index].update(change)
    with pytest.raises(LabelError, match=named) as caught:
        load_label_set(write(tmp_path / 'labels.yaml', classes))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('text', ['', '[]', 'classes: {}', 'classes: [3]', 'a: [', 'classes: []'])
def test_files_without_classes(tmp_path, text):
    (tmp_path / 'labels.yaml').write_text(text)
    with pytest.raises(LabelError, match=r'labels\.yaml') as caught:
        load_label_set(str(tmp_path / 'labels.yaml'))
    assert '\n' not in str(caught.value)


def test_unknown_name_lists_the_shipped_sets():
    with pytest.raises(LabelError, match='cityscapes19'):
        load_label_set('mapillary')


@pytest.mark.parametrize(
    ('name', 'slug'),
    [('traffic light', 'traffic_light'), ('T-junction', 't_junction'), ('2 wheel', 'c2_wheel')],
)
def test_slugs_are_topic_names(name, slug):
    assert slugify(name) == slug


@given(st.text())
def test_any_slug_is_a_topic_name_or_refused(name):
    try:
        slug = slugify(name)
    except LabelError:
        return
    assert slug[0] in 'abcdefghijklmnopqrstuvwxyz'
    assert set(slug) <= set('abcdefghijklmnopqrstuvwxyz0123456789_')


@pytest.mark.parametrize(
    ('name', 'count'),
    [
        ('densepass19', 19),
        ('densepass13', 13),
        ('synpass22', 22),
        ('stanford2d3d13', 13),
        ('stanford2d3d8', 8),
    ],
)
def test_sets_of_the_released_checkpoints(name, count):
    labels = load_label_set(name)
    assert (labels.name, len(labels)) == (name, count)
    assert any(cls.surface == 'ground' and cls.cost == 0 for cls in labels.classes)
    colors = {cls.color for cls in labels.classes}
    assert len(colors) == count and (0, 0, 0) not in colors  # black is unlabelled


def test_smaller_sets_keep_the_classes_of_the_larger():
    large, small = load_label_set('cityscapes19'), load_label_set('densepass13')
    assert load_label_set('densepass19').classes == large.classes
    assert small.classes[:12] == large.classes[:12]
    indoor = load_label_set('stanford2d3d13')
    names = [cls.name for cls in load_label_set('stanford2d3d8').classes]
    assert [cls.name for cls in indoor.select(names)] == names


def slugs_of(grids):
    return {slug: [cls.slug for cls in classes] for slug, classes in grids.items()}


def test_grids_are_of_classes_and_of_groups():
    labels = load_label_set('cityscapes19')
    wanted = ['road', 'traffic light', 'vehicle=car+truck', 'thin = traffic light + pole']
    assert slugs_of(labels.grids(wanted)) == {
        'road': ['road'],
        'traffic_light': ['traffic_light'],
        'vehicle': ['car', 'truck'],
        'thin': ['traffic_light', 'pole'],
    }
    again = labels.grids(['car', 'two = car + bus + car', 'car'])  # named twice, made once
    assert slugs_of(again) == {'car': ['car'], 'two': ['car', 'bus']}
    assert labels.grids([]) == {}


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('vehicle=car+lorry', "no class 'lorry', only road"),
        ('vehicle=', "no class '', only road"),
        ('vehicle=car+', "no class '', only road"),
        ('=car', "group '=car': its name must be a-z"),
        ('My Cars=car', 'its name must be a-z'),
        ('2=car', 'its name must be a-z'),
        ('a/b=car', 'its name must be a-z'),
        ('road=car', 'that of no other grid'),
        ('combined=car', 'that of no other grid'),
        ('vehicle=car=bus', "no class 'car=bus'"),
        ('a\nb=car', 'its name must be a-z'),
    ],
)
def test_wrong_groups_are_refused_in_one_line(name, words):
    with pytest.raises(LabelError, match=words) as caught:
        load_label_set('cityscapes19').grids([name])
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('name', SHIPPED)
def test_every_shipped_set_names_usual_grids_on_the_ground(name):
    usual = load_label_set(name).grids([AUTO])
    surfaces = [cls.surface for group in usual.values() for cls in group]
    assert 'ground' in surfaces and 'obstacle' in surfaces and 'none' not in surfaces


def test_auto_stands_among_others_for_the_usual_grids():
    labels = load_label_set('cityscapes19')
    grids = labels.grids(['vehicle=car+bus', AUTO, 'car', 'sky'])
    assert list(grids) == ['vehicle', 'road', 'sidewalk', 'person', 'car', 'sky']
    assert replace(labels, usual_grids=()).grids([AUTO]) == {}


@pytest.mark.parametrize(
    ('grids', 'words'),
    [
        ('road', "grids must be a list of names, got 'road'"),
        ('[road, 1]', r"grids must be a list of names, got \['road', 1\]"),
        ('[lava]', "grids: label set .* has no class 'lava', only road"),
        ('[auto]', "grids: label set .* has no class 'auto', only road"),
    ],
)
def test_wrong_usual_grids_name_the_file(tmp_path, grids, words):
    path = tmp_path / 'mine.yaml'
    road = '{id: 0, name: road, color: [1, 2, 3], surface: ground}'
    path.write_text(f'grids: {grids}\nclasses: [{road}]\n')
    with pytest.raises(LabelError, match=f'label set {path}: {words}'):
        load_label_set(str(path))


def test_the_documented_label_set_loads(tmp_path):
    page = (Path(__file__).parents[1] / 'docs/weights.md').read_text(encoding='utf-8')
    (example,) = re.findall(r'```yaml\n(.*?)```', page, re.DOTALL)
    path = tmp_path / 'yard.yaml'
    path.write_text(example)
    labels = load_label_set(str(path))
    assert list(labels.grids([AUTO])) == ['lawn', 'movers']
    assert [cls.slug for cls in labels.classes][1] == 'flower_bed'


def test_two_groups_of_one_name_are_refused():
    with pytest.raises(LabelError, match='that of no other grid'):
        load_label_set('cityscapes19').grids(['two=car+bus', 'two=car+truck'])


def test_a_group_is_the_sum_of_its_classes_and_unknown_where_they_are():
    groups = load_label_set('cityscapes19').grids(['car', 'vehicle=car+truck+bus'])
    car = np.array([[-1, 0, 40], [34, 100, 0]], np.int8)
    truck = np.array([[-1, 0, 35], [34, 0, 0]], np.int8)
    bus = np.array([[-1, 0, 5], [34, 0, 0]], np.int8)
    shown = gathered({'car': car, 'truck': truck, 'bus': bus}, groups)
    assert shown['car'] is car and list(shown) == ['car', 'vehicle']
    assert shown['vehicle'].dtype == np.int8 and not shown['vehicle'].flags.writeable
    np.testing.assert_array_equal(shown['vehicle'], [[-1, 0, 80], [100, 100, 0]])


def test_a_class_without_a_latin_name_is_named_with_its_file(tmp_path):
    path = tmp_path / 'labels.yaml'
    path.write_text(
        'classes: [{id: 0, name: 道, color: [1, 2, 3], surface: ground, cost: 0}]\n',
        encoding='utf-8',
    )
    with pytest.raises(LabelError, match=r'labels\.yaml: class 0: class name .* holds no letter'):
        load_label_set(str(path))
