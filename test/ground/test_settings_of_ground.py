from dataclasses import fields

import pytest

from panoseg_ros.errors import GroundError
from panoseg_ros.ground import GroundSettings


def test_defaults_are_allowed_and_every_field_is_described():
    assert GroundSettings().cells == 200
    for entry in fields(GroundSettings):
        assert entry.metadata['description']
        low, high = entry.metadata['range']
        assert low <= entry.default <= high


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'resolution_m': 0.0}, 'resolution_m must be a number from 0.01 to 2, got 0.0'),
        ({'resolution_m': '0.1'}, "got '0.1'"),
        ({'max_range_m': float('nan')}, 'max_range_m must be a number from 0.5 to 250, got nan'),
        ({'ground_z_m': float('inf')}, 'ground_z_m'),
        ({'bearings': 36.0}, 'bearings must be a whole number from 8 to 8192, got 36.0'),
        ({'bearings': True}, 'bearings'),
        ({'size_m': 10**400}, 'size_m must be a number from 1 to 500, got 1000'),
        ({'min_confidence': 1.1}, 'min_confidence must be a number from 0 to 1, got 1.1'),
        ({'static_half_life_s': 0.0}, 'static_half_life_s'),
        (
            {'resolution_m': 0.02, 'size_m': 40.0},
            'size_m 40 at resolution_m 0.02 is a grid of 2000 x 2000 cells, '
            'allowed are 2 to 1000 a side',
        ),
        ({'resolution_m': 2.0, 'size_m': 2.0}, '1 x 1 cells'),
    ],
)
def test_impossible_values_are_refused_by_name(values, message):
    with pytest.raises(GroundError) as caught:
        GroundSettings(**values)
    assert message in str(caught.value)
    assert '\n' not in str(caught.value)
