import cv2
import numpy as np
import pytest

from panoseg_ros.errors import RosError
from panoseg_ros.labels import load_label_set
from panoseg_ros.ros.demo.pictures import (
    Costs,
    Snapshot,
    SnapshotCollector,
    classes_in,
    compose,
    film,
    save_pictures,
)


@pytest.fixture(scope='module')
def cityscapes():
    return load_label_set('cityscapes19')


def snapshot(stamp_ns=1, label=13):
    image = np.full((32, 64, 3), 90, np.uint8)
    mask = np.full((32, 64), label, np.uint8)
    costs = Costs(np.zeros((40, 40), np.int8), 0.1, (-2.0, -2.0))
    return Snapshot(stamp_ns, image, image // 2, mask, costs, (0.0, 0.0, 0.0))


def test_parts_of_one_stamp_come_together_in_any_order():
    collector, whole = SnapshotCollector(), snapshot(7)
    parts = whole._asdict()
    del parts['stamp_ns']
    for part, value in list(parts.items())[1:]:
        assert collector.add(7, part, value) is None
        assert collector.add(8, part, value) is None
    assert collector.add(7, 'panorama', whole.panorama).stamp_ns == 7
    assert collector.add(8, 'panorama', whole.panorama).mask is whole.mask


def test_what_never_becomes_complete_is_forgotten():
    collector = SnapshotCollector()
    for stamp_ns in range(1000):
        assert collector.add(stamp_ns, 'pose', (0.0, 0.0, 0.0)) is None
    assert len(collector._waiting) < 100


def test_the_sheet_shows_everything_side_by_side(cityscapes):
    sheet = compose(snapshot(), cityscapes, [13], 256)
    assert sheet.shape[1] == 256 + 6 + 262
    assert (sheet[:128, :256] == 90).all()
    assert (sheet[134:262, :256] == 45).all()
    assert (sheet[262:, :256] == (0, 0, 142)).all(-1).any()  # a car in the legend


def test_all_pictures_are_written(cityscapes, tmp_path):
    files = save_pictures(snapshot(), cityscapes, tmp_path)
    assert [file.name for file in files] == [
        'panorama.png',
        'overlay.png',
        'costmap.png',
        'side_by_side.png',
    ]
    assert cv2.imread(str(files[0])).shape == (32, 64, 3)
    assert cv2.imread(str(files[3])).shape[1] == 1024 + 6 + 1030
    with pytest.raises(RosError, match=r'panorama\.png: cannot be written'):
        save_pictures(snapshot(), cityscapes, tmp_path / 'none')


def test_the_pictures_of_a_film_have_one_size(cityscapes):
    moments = [snapshot(1, 0), snapshot(2, 13), snapshot(3, 255)]
    assert classes_in(moments) == [0, 13, 255]
    assert len({picture.shape for picture in film(moments, cityscapes)}) == 1
