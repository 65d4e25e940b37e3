import dataclasses
import logging
import re
from pathlib import Path

import pytest
import yaml

from panoseg_ros.errors import SettingsError
from panoseg_ros.settings import (
    Settings,
    TopicQos,
    load_settings,
    parameters,
    settings_from_values,
    unknown_line,
)

FILE = Path(__file__).parents[1] / 'config' / 'panoseg.yaml'


def flat(group, prefix=''):
    for key, value in group.items():
        if isinstance(value, dict):
            yield from flat(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value


def write(path, text):
    path.write_text('/**:\n  ros__parameters:\n' + text)
    return path


def test_the_shipped_file_holds_every_parameter_with_its_default_in_order():
    body = yaml.safe_load(FILE.read_text())['/**']['ros__parameters']
    written = list(flat(body))
    table = [
        (p.name, list(p.default) if isinstance(p.default, tuple) else p.default)
        for p in parameters()
    ]
    assert written == table
    assert [type(value) for _, value in written] == [type(value) for _, value in table]


def test_the_shipped_file_says_of_every_parameter_what_it_means_and_when_it_applies():
    """Each description stands in the comment above its key, with range and choices."""
    comment, documented = [], {}
    for line in FILE.read_text().splitlines():
        word = line.strip()
        if word.startswith('#'):
            comment.append(word.lstrip('# '))
        elif word:
            documented.setdefault(word.split(':')[0], []).append(' '.join(comment))
            comment = []
    for row in parameters():
        if row.name.startswith('qos.'):
            continue  # one comment for the whole group
        texts = documented[row.name.split('.')[-1]]
        found = [t for t in texts if row.description[1:].rstrip('.') in t]
        assert found, row.name
        assert found[0].endswith('[live]' if row.live else '[configure]'), row.name
        assert all(choice in found[0] for choice in row.choices), row.name
        if row.range:
            assert f'{row.range[0]:g} to {row.range[1]:g}.' in found[0], row.name


def test_loading_the_shipped_file_gives_the_defaults():
    assert load_settings(FILE) == Settings()


def test_every_parameter_has_a_description_and_numbers_have_a_range():
    for row in parameters():
        assert len(row.description) > 10, row.name
        if isinstance(row.default, int | float) and not isinstance(row.default, bool):
            assert row.range and row.range[0] <= row.default <= row.range[1], row.name


def test_settings_are_frozen_all_the_way_down():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().model.bundle = 'other'
    assert isinstance(hash(Settings()), int)


def test_values_reach_their_nested_fields():
    settings = settings_from_values(
        {
            'ground.resolution_m': 0.2,
            'costmap.classes': ['car', ''],
            'qos.image.depth': 3,
            'pose_source': 'odom',
        }
    )
    assert settings.ground.resolution_m == 0.2
    assert settings.costmap.classes == ('car', '') and settings.costmap.wanted == ('car',)
    assert settings.qos.image == TopicQos('best_effort', 3)
    assert settings.pose_source == 'odom'


@pytest.mark.parametrize(
    ('values', 'line'),
    [
        (
            {'ground.resolution_m': 1},
            'ground.resolution_m: 1 is an integer, but this parameter is a double: write 1.0',
        ),
        (
            {'model.threads': 2.0},
            'model.threads: 2.0 is a double, but this parameter is an integer: write 2',
        ),
        (
            {'autostart': 'True'},
            "autostart: 'True' is a text, but this parameter is a boolean: write true",
        ),
        ({'autostart': 1}, 'autostart: 1 is an integer, but this parameter is a boolean'),
        (
            {'model.threads': True},
            'model.threads: True is a boolean, but this parameter is an integer',
        ),
        ({'rig.file': 5}, "rig.file: 5 is an integer, but this parameter is a text: write '5'"),
        ({'rig.file': None}, 'rig.file: None is nothing, but this parameter is a text'),
        (
            {'overlay_alpha': 'half'},
            "overlay_alpha: 'half' is a text, but this parameter is a double: write 0.5",
        ),
        (
            {'costmap.classes': 'road'},
            "costmap.classes: 'road' is not a list of texts: write ['road', 'car'], or [''] for",
        ),
        ({'costmap.classes': [1]}, 'costmap.classes: [1] is not a list of texts'),
        (
            {'pose_source': 'gps'},
            "pose_source: 'gps' is not allowed, only none, odom, tf",
        ),
        (
            {'input_timeout_s': float('nan')},
            'input_timeout_s: nan is out of range, allowed is 0.05 to 3600.0',
        ),
        ({'model.threads': -1}, 'model.threads: -1 is out of range, allowed is 0 to 256'),
        (
            {'ground.size_m': 500.0, 'ground.resolution_m': 0.01},
            'ground.size_m 500 at resolution_m 0.01 is a grid',
        ),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_with_the_fix(values, line):
    with pytest.raises(SettingsError, match=f'^{re.escape(line)}') as caught:
        settings_from_values(values)
    assert '\n' not in str(caught.value)


def test_settings_made_by_hand_are_checked_as_well():
    with pytest.raises(SettingsError, match='overlay_alpha'):
        Settings(overlay_alpha=2.0)
    with pytest.raises(SettingsError, match=r'qos\.mask\.depth'):
        Settings(qos=dataclasses.replace(Settings().qos, mask=TopicQos('reliable', -1)))


def test_a_file_overrides_and_unknown_names_are_logged_with_the_nearest(tmp_path, caplog):
    path = write(
        tmp_path / 'p.yaml',
        '    use_sim_time: true\n'
        '    qos_overrides: {/clock: {subscription: {depth: 2}}}\n'
        '    ground: {resolution: 0.2, size_m: 10.0}\n',
    )
    with caplog.at_level(logging.WARNING):
        assert load_settings(path).ground.size_m == 10.0
    assert [r.getMessage() for r in caplog.records] == [
        f"{path}: unknown parameter 'ground.resolution' is ignored: "
        'did you mean ground.resolution_m?'
    ]
    assert unknown_line('zzz', ['abc']) == "unknown parameter 'zzz' is ignored"


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('/**: [', 'cannot be read'),
        ('', 'needs `/**:`'),
        ('/**: {model: 1}', 'needs a mapping `ros__parameters`'),
        ('/**: {ros__parameters: {overlay_alpha: 1}}', 'overlay_alpha: 1 is an integer'),
    ],
)
def test_a_malformed_file_is_refused_in_one_line_that_names_it(tmp_path, text, line):
    path = tmp_path / 'bad.yaml'
    path.write_text(text)
    with pytest.raises(SettingsError, match=re.escape(line)) as caught:
        load_settings(path)
    assert str(path) in str(caught.value) and '\n' not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path / 'none.yaml'))):
        load_settings(tmp_path / 'none.yaml')
