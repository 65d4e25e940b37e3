import numpy as np

from panoseg_ros.evaluation.people import find_humans, human_ids
from panoseg_ros.labels import load_label_set

PERSON, RIDER, CAR, ROAD = 11, 12, 13, 0


def scene():
    truth, numbers = np.zeros((64, 128), np.uint8), np.zeros((64, 128), np.uint16)
    for number, (cls, top, bottom, left) in enumerate(
        [(PERSON, 10, 40, 5), (RIDER, 20, 36, 30), (PERSON, 20, 35, 50), (CAR, 10, 60, 70)], 1
    ):
        truth[top:bottom, left : left + 4] = cls
        numbers[top:bottom, left : left + 4] = number
    truth[36:44, 30:34] = 18  # the bicycle shares the rider's number
    numbers[36:44, 30:34] = 2
    return truth, numbers


def test_ids_are_those_of_people():
    assert human_ids(load_label_set('cityscapes19')) == (PERSON, RIDER)
    assert human_ids(load_label_set('densepass13')) == (PERSON,)
    assert human_ids(load_label_set('stanford2d3d8')) == ()


def test_people_of_sixteen_rows_and_more_are_looked_for():
    truth, numbers = scene()
    humans = find_humans(truth, truth, numbers, (PERSON, RIDER))
    assert [human.height_px for human in humans] == [30, 16]  # 15 rows are too few
    assert all(human.share == 1.0 and human.found for human in humans)


def test_half_of_the_pixels_make_a_find_whichever_human_class_they_get():
    truth, numbers = scene()
    prediction = np.full_like(truth, ROAD)
    prediction[10:25, 5:9] = RIDER  # exactly half of the person
    prediction[20:27, 30:34] = PERSON  # less than half of the rider
    first, second = find_humans(truth, prediction, numbers, (PERSON, RIDER))
    assert first.found and first.share == 0.5
    assert not second.found and second.share == 7 / 16


def test_a_person_across_the_cut_is_one():
    truth, numbers = np.zeros((40, 64), np.uint8), np.zeros((40, 64), np.int32)
    for columns in (slice(0, 3), slice(61, 64)):
        truth[5:30, columns], numbers[5:30, columns] = PERSON, 70_000
    (human,) = find_humans(truth, truth, numbers, (PERSON,))
    assert human.height_px == 25


def test_unnumbered_people_are_nobody():
    truth, _ = scene()
    assert find_humans(truth, truth, np.zeros_like(truth), (PERSON, RIDER)) == ()
