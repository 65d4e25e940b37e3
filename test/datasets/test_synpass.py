import dataset_layouts as layouts
import pytest

from panoseg_ros.datasets import open_dataset
from panoseg_ros.datasets.synpass import SynPass
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import load_label_set


def test_twenty_two_classes_are_the_values_less_one(tmp_path):
    data = SynPass(layouts.synpass(tmp_path), 'val')
    assert len(data) == 8
    assert data[0][1].ravel()[:23].tolist() == [255, *range(22)]


def test_thirteen_classes(tmp_path):
    data = SynPass(layouts.synpass(tmp_path), 'val', load_label_set('densepass13'))
    by_value = data[0][1].ravel()[:23].tolist()
    assert by_value == [
        255, 2, 4, 255, 11, 5, 0, 0, 1, 8, 12, 3, 7, 10, 255, 255, 255, 255, 6, 255, 255, 255, 9
    ]  # fmt: skip


def test_weathers_and_times_are_chosen(tmp_path):
    layouts.synpass(tmp_path)
    fog = open_dataset(f'synpass:{tmp_path}?weather=fog', 'val')
    assert [name.split('/')[1] for name in fog.names] == ['fog', 'fog']
    assert fog.note(0).weather == 'fog' and fog.note(0).scene == 'MAP_6_point1'
    night = open_dataset(f'synpass:{tmp_path}?time=night', 'val')
    assert {name.split('/')[3] for name in night.names} == {'MAP_6_point1'}
    assert len(night) == 4
    both = open_dataset(f'synpass:{tmp_path}?weather=sun&time=day', 'val')
    assert both.names == ('img/sun/val/MAP_6_point2/000001.jpg',)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ('weather=snow', 'weather must be one of cloud, fog, rain, sun, got snow'),
        ('time=noon', 'time must be one of day, night, got noon'),
    ],
)
def test_unknown_choices_are_refused(tmp_path, options, words):
    layouts.synpass(tmp_path)
    with pytest.raises(DatasetError, match=words):
        open_dataset(f'synpass:{tmp_path}?{options}', 'val')


def test_list_of_times_must_fit(tmp_path):
    layouts.synpass(tmp_path)
    (tmp_path / 'all_map_day_val.txt').write_text('MAP_7_point9\n')
    with pytest.raises(DatasetError, match=r'all_map_day_val\.txt: none of its map points'):
        SynPass(tmp_path, 'val', time='day')
    (tmp_path / 'all_map_day_val.txt').unlink()
    with pytest.raises(DatasetError, match=r'all_map_day_val\.txt: cannot be read'):
        SynPass(tmp_path, 'val', time='day')
