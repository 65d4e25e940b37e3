import numpy as np
import pytest

from panoseg_ros.evaluation import pictures
from panoseg_ros.labels import load_label_set


@pytest.fixture(scope='module')
def cityscapes():
    return load_label_set('cityscapes19')


def test_every_class_gets_its_colour(cityscapes):
    labels = np.array([[0, 10], [18, 255]], np.uint8)
    colored = pictures.colorize(labels, cityscapes)
    assert colored[0, 0].tolist() == [128, 64, 128]
    assert colored[1, 0].tolist() == [119, 11, 32]
    assert colored[1, 1].tolist() == [0, 0, 0]


def test_a_costmap_has_x_up_and_y_left():
    costs = np.full((4, 4), -1, np.int8)
    costs[0, 3] = 100  # y smallest, x largest: ahead and right
    costs[3, 3] = 0  # ahead and left
    costs[3, 0] = 98  # behind and left
    picture = pictures.draw_costs(costs, 1.0, (-2.0, -2.0), size_px=80)
    assert picture.shape == (80, 80, 3)
    assert tuple(picture[5, 75]) == pictures.LETHAL_COLOR
    assert tuple(picture[5, 5]) == pictures.FREE_COLOR
    assert tuple(picture[35, 35]) == pictures.UNKNOWN_COLOR
    low, high = np.array(pictures.LOW_COLOR), np.array(pictures.HIGH_COLOR)
    assert np.abs(picture[65, 15].astype(int) - high).sum() < np.abs(low - high).sum() / 5


def test_the_robot_is_drawn_where_it_is_and_looks_along_its_yaw():
    costs = np.zeros((100, 100), np.int8)
    picture = pictures.draw_costs(costs, 0.1, (0.0, 0.0), (7.5, 2.5, np.pi / 2), size_px=200)
    rows, columns = np.nonzero((picture == pictures.ROBOT_COLOR).all(-1))
    assert 45 < rows.mean() < 55  # x = 7.5 of 10 m: a quarter below the top
    assert 140 < columns.mean() < 155  # y = 2.5 m: a quarter from the right, nose to the left
    assert np.ptp(columns) > np.ptp(rows)


def test_a_legend_names_only_the_classes_asked_for(cityscapes):
    narrow = pictures.draw_legend(cityscapes, range(19), 300)
    wide = pictures.draw_legend(cityscapes, range(19), 3000)
    assert narrow.shape[1] == 300 and narrow.shape[0] > wide.shape[0]
    one = pictures.draw_legend(cityscapes, [11, 11, 255], 300)
    assert (one == (220, 20, 60)).all(-1).any()
    assert not (one == (128, 64, 128)).all(-1).any()
    assert pictures.draw_cost_legend(600).shape[1] == 600
    assert pictures.draw_legend(cityscapes, [], 50).shape[1] == 50


def test_pictures_are_put_together_on_paper():
    tall, flat = np.zeros((10, 4, 3), np.uint8), np.zeros((3, 7, 3), np.uint8)
    assert pictures.stack([tall, flat], 2).shape == (15, 7, 3)
    sheet = pictures.beside([tall, flat], 1)
    assert sheet.shape == (10, 12, 3)
    assert tuple(sheet[9, 11]) == pictures.PAPER
    assert pictures.fit(flat, width=14).shape == (6, 14, 3)
    assert pictures.fit(tall, height=5).shape == (5, 2, 3)
