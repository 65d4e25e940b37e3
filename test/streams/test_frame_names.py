import pytest

from panoseg_ros.errors import SettingsError
from panoseg_ros.streams import resolve_frames


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        (('', '', 'none', 'base_link'), ('base_link', 'base_link')),
        (('', '', 'odom', 'base_link'), ('base_link', 'odom')),
        (('robot', 'map', 'tf', 'base_link'), ('robot', 'map')),
    ],
)
def test_empty_names_take_what_fits_the_pose_source(given, expected):
    assert resolve_frames(*given) == expected


@pytest.mark.parametrize(
    'given', [('odom', '', 'odom', ''), ('', 'base', 'tf', 'base'), ('', 'odom', 'none', 'base')]
)
def test_a_map_must_not_move_unless_there_are_no_poses(given):
    with pytest.raises(SettingsError, match='map_frame'):
        resolve_frames(*given)
