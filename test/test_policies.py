"""Policies: the shipped ones, and every fault in one line that names file and class."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from panoseg_ros.errors import LabelError
from panoseg_ros.labels import load_label_set, with_policy
from panoseg_ros.resources import share_dir

SHIPPED = ('indoor', 'off_road', 'road_vehicle', 'sidewalk_robot')
CITY = load_label_set('cityscapes19')


def costs_of(policy, labels=CITY):
    return {cls.slug: cls.cost for cls in with_policy(labels, policy).classes}


def write(path, body):
    path.write_text(body if isinstance(body, str) else yaml.safe_dump(body))
    return str(path)


def test_the_folder_holds_the_four_environments():
    folder = share_dir() / 'config' / 'policies'
    assert tuple(sorted(path.stem for path in folder.glob('*'))) == SHIPPED


@pytest.mark.parametrize('name', SHIPPED)
def test_a_shipped_policy_fits_every_label_set_that_it_names(name):
    path = share_dir() / 'config' / 'policies' / f'{name}.yaml'
    for label_set in yaml.safe_load(path.read_text())['costs']:
        labels = load_label_set(label_set)
        costs = costs_of(name, labels)
        assert all(0 <= cost <= 100 and cost != 99 for cost in costs.values())
        lethal = [c.slug for c in labels.classes if c.surface == 'obstacle' and c.dynamic]
        assert all(costs[slug] == 100 for slug in lethal)
        assert 0 in [costs[c.slug] for c in labels.classes if c.surface == 'ground']


def test_environments_differ_where_they_should():
    pavement, road = costs_of('sidewalk_robot'), costs_of('road_vehicle')
    assert pavement['sidewalk'] < pavement['terrain'] < pavement['road']
    assert road['road'] < road['terrain'] and road['road'] < road['sidewalk']
    assert costs_of('off_road')['terrain'] < road['terrain']
    assert costs_of('indoor', load_label_set('stanford2d3d13'))['floor'] == 0


def test_only_costs_change_and_what_is_not_named_stays(tmp_path):
    policy = write(tmp_path / 'p.yaml', {'costs': {'cityscapes19': {'traffic light': 30}}})
    labels = with_policy(CITY, policy)
    changed = [
        cls.slug for cls, old in zip(labels.classes, CITY.classes, strict=True) if cls != old
    ]
    assert changed == ['traffic_light'] and labels.classes[6].cost == 30
    by_slug = write(tmp_path / 's.yaml', {'costs': {'cityscapes19': {'traffic_light': 30}}})
    assert with_policy(CITY, by_slug) == labels


def test_no_policy_is_the_label_set_itself():
    assert with_policy(CITY, '') is CITY


@pytest.mark.parametrize(
    ('body', 'line'),
    [
        ({'costs': {'cityscapes19': {'lawn': 3}}}, "no class 'lawn', only road, sidewalk, build"),
        ({'costs': {'cityscapes19': {'road': 99}}}, 'road: cost must be 0..98 or 100, got 99'),
        ({'costs': {'cityscapes19': {'road': -1}}}, 'road: cost must be 0..98 or 100, got -1'),
        ({'costs': {'cityscapes19': {'road': 1.5}}}, 'road: cost must be 0..98 or 100, got 1.5'),
        ({'costs': {'cityscapes19': {'road': True}}}, 'road: cost must be 0..98 or 100, got True'),
        ({'costs': {'cityscapes19': {7: 3}}}, 'no class 7, only road'),
        ({'costs': {'cityscapes19': [3]}}, r'expected a mapping of classes to costs, got \[3\]'),
        ({'costs': {'cityscapes19': {'traffic light': 1, 'traffic_light': 2}}}, 'named twice'),
        ({'costs': {'mine': {'road': 3}}}, 'no costs for label set cityscapes19, only for mine'),
        ({'costs': {}}, 'needs a mapping `costs`'),
        ({'cost': {'cityscapes19': {}}}, 'needs a mapping `costs`'),
        ({'costs': {'cityscapes19': {}}, 'name': 'x'}, "unknown key 'name'"),
        ('a: [', 'cannot be read'),
        ('', 'needs a mapping `costs`'),
    ],
)
def test_a_wrong_policy_is_refused_in_one_line(tmp_path, body, line):
    path = write(tmp_path / 'policy.yaml', body)
    with pytest.raises(LabelError, match=line) as caught:
        with_policy(CITY, path)
    assert '\n' not in str(caught.value) and path in str(caught.value)


def test_an_unknown_file_is_refused_with_the_known_names():
    with pytest.raises(LabelError, match=f"^policy: 'moon' is .* one of {', '.join(SHIPPED)} in"):
        with_policy(CITY, 'moon')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(VALUES | st.fixed_dictionaries({'costs': st.fixed_dictionaries({'cityscapes19': VALUES})}))
def test_nothing_but_label_errors_comes_of_any_body(tmp_path_factory, body):
    path = tmp_path_factory.getbasetemp() / 'fuzzed_policy.yaml'
    try:
        with_policy(CITY, write(path, {'x': body} if not isinstance(body, dict) else body))
    except LabelError as err:
        assert '\n' not in str(err)
