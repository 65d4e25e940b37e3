import math
from itertools import islice, pairwise

import cv2
import numpy as np
import pytest
import yaml

from panoseg_ros.errors import RosError
from panoseg_ros.resources import find_resource
from panoseg_ros.ros.demo.drive import (
    MOST_COLUMNS,
    Pose,
    load_drive,
    there_and_back,
    twist_between,
)


@pytest.fixture
def folder(tmp_path):
    frames = []
    for index in range(3):
        image = np.full((8, 16, 3), 40 * index, np.uint8)
        image[..., 0] = 200  # blue, as OpenCV writes
        cv2.imwrite(str(tmp_path / f'{index}.png'), image)
        frames.append({'file': f'{index}.png', 'x_m': 0.5 * index, 'y_m': 0, 'yaw_rad': 0.1})
    (tmp_path / 'drive.yaml').write_text(yaml.safe_dump({'rate_hz': 10, 'frames': frames}))
    return tmp_path


def test_a_drive_has_pictures_in_rgb_and_their_poses(folder):
    drive = load_drive(folder)
    images = list(drive.pictures())
    assert [image.shape for image in images] == [(8, 16, 3)] * 3
    assert images[1][0, 0].tolist() == [40, 40, 200]
    assert drive.poses[2] == Pose(1.0, 0.0, 0.1)


def test_still_pictures_come_in_the_order_of_their_names(folder):
    (folder / 'drive.yaml').unlink()
    drive = load_drive(folder)
    assert [file.name for file in drive.files] == ['0.png', '1.png', '2.png']
    assert set(drive.poses) == {Pose(0.0, 0.0, 0.0)}
    assert load_drive(folder / '1.png').files == (folder / '1.png',)


def test_a_wide_picture_is_scaled_down(tmp_path):
    cv2.imwrite(str(tmp_path / 'wide.png'), np.zeros((100, 2 * MOST_COLUMNS, 3), np.uint8))
    (image,) = load_drive(tmp_path).pictures()
    assert image.shape == (50, MOST_COLUMNS, 3)


def test_the_way_goes_there_and_back():
    assert list(islice(there_and_back(4), 14)) == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]
    assert list(islice(there_and_back(2), 5)) == [0, 1, 0, 1, 0]
    assert list(islice(there_and_back(1), 3)) == [0, 0, 0]
    assert all(abs(a - b) == 1 for a, b in pairwise(islice(there_and_back(9), 99)))


def test_twist_is_in_the_robots_own_axes():
    twist = twist_between(Pose(1.0, 1.0, math.pi / 2), Pose(1.0, 3.0, -math.pi), 10.0)
    assert twist.forward_mps == pytest.approx(20.0)
    assert twist.turn_radps == pytest.approx(5.0 * math.pi)
    assert twist_between(Pose(1.0, 0.0, 0.0), Pose(0.0, 0.0, 0.0), 2.0).forward_mps == -2.0


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        ('frames: [', 'cannot be read'),
        ('frames: []', 'needs a list `frames`'),
        ('frames: [{x_m: 1}]', r'frames\[0\]: needs `file`'),
        ('frames: [{file: 0.png, x_m: 0, y_m: .nan, yaw_rad: 0}]', 'y_m must be a number'),
        ('frames: [{file: 0.png, x_m: true, y_m: 0, yaw_rad: 0}]', 'x_m must be a number'),
    ],
)
def test_a_wrong_drive_file_is_named(folder, text, words):
    (folder / 'drive.yaml').write_text(text)
    with pytest.raises(RosError, match=f'drive.yaml: .*{words}'):
        load_drive(folder)


def test_wrong_pictures_are_named(folder, tmp_path_factory):
    (folder / '1.png').write_bytes(b'no picture')
    with pytest.raises(RosError, match=r'1\.png: is missing or not a picture'):
        list(load_drive(folder).pictures())
    cv2.imwrite(str(folder / '1.png'), np.zeros((8, 17, 3), np.uint8))
    with pytest.raises(RosError, match=r'1\.png: has shape \(8, 17, 3\)'):
        list(load_drive(folder).pictures())
    with pytest.raises(RosError, match='no such file'):
        load_drive(folder / 'none')
    with pytest.raises(RosError, match='holds neither'):
        load_drive(tmp_path_factory.mktemp('empty'))


def test_the_shipped_drive_fits_its_rig_and_never_jumps():
    folder = find_resource('street_drive', 'config/demo')
    drive = load_drive(folder)
    assert len(drive.files) > 20 and all(file.is_file() for file in drive.files)
    assert next(drive.pictures()).shape == (960, 1920, 3)
    steps = [twist_between(here, there, 1.0) for here, there in pairwise(drive.poses)]
    assert all(0.0 < step.forward_mps < 0.5 and abs(step.turn_radps) < 0.2 for step in steps)
    assert sum(file.stat().st_size for file in folder.iterdir()) < 6_000_000
