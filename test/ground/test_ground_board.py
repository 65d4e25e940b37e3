"""Words of cells, and what they are weighed into."""

import numpy as np
import pytest

from panoseg_ros.ground.board import (
    MIXED,
    NONE,
    add_ground_hit,
    add_solid_hit,
    clear,
    empty_board,
    weigh,
)

SIZE, CHANNELS = 4, 5
WHOLE = (0, SIZE, 0, SIZE)


@pytest.fixture
def board():
    return empty_board(SIZE, CHANNELS)


def weighed(board, box=WHOLE):
    only, mean = np.full((SIZE, SIZE), 7, np.int32), np.full((SIZE, SIZE), 9.0, np.float32)
    weigh(board, box, only, mean)
    return only.ravel(), mean.ravel()


def test_hits_of_one_channel_have_a_mean(board):
    for certainty in (255, 51):
        add_ground_hit(board, 5, 0, certainty)
        add_solid_hit(board, 6, 4, certainty)
    only, mean = weighed(board)
    assert (only[5], only[6]) == (0, 4) and mean[[5, 6]] == pytest.approx(0.6)
    assert (np.delete(only, (5, 6)) == NONE).all() and board.used[0] == 0


def test_weights_of_several_channels_add_up_to_the_mean(board):
    for code, certainty in ((0, 255), (1, 51), (0, 102)):
        add_ground_hit(board, 3, code, certainty)
    only, _ = weighed(board)
    assert only[3] == MIXED
    np.testing.assert_allclose(board.mixed[0], np.array([357, 51, 0, 0, 0]) / 255 / 3)


def test_the_first_obstacle_drops_all_ground(board):
    for code in (0, 1):
        add_ground_hit(board, 3, code, 255)
    add_solid_hit(board, 3, 2, 51)
    only, mean = weighed(board)
    assert only[3] == 2 and mean[3] == pytest.approx(0.2)


def test_there_is_a_row_for_every_cell_that_mixes_ground_and_then_obstacles(board):
    for add, codes in ((add_ground_hit, (0, 1)), (add_solid_hit, (3, 4))):
        for at in range(SIZE * SIZE):
            for code in codes:
                add(board, at, code, 255)
    assert board.used[0] == len(board.mixed)
    only, _ = weighed(board)
    assert len(set(only)) == SIZE * SIZE and only.max() <= MIXED
    for row in MIXED - only:
        np.testing.assert_allclose(board.mixed[row], [0.0, 0.0, 0.0, 0.5, 0.5])


def test_many_hits_are_counted_exactly(board):
    for _ in range(70_000):
        add_ground_hit(board, 0, 1, 255)
    only, mean = weighed(board)
    assert only[0] == 1 and mean[0] == pytest.approx(1.0)


def test_nothing_is_held_outside_of_the_box(board):
    add_ground_hit(board, 5, 0, 255)  # row 1, column 1
    only, mean = weighed(board, (1, 2, 1, 2))
    assert only[5] == 0 and (np.delete(only, 5) == NONE).all()
    assert mean[5] == 1.0 and (np.delete(mean, 5) == 9.0).all()


def test_a_cleared_board_is_an_empty_one(board):
    add_ground_hit(board, 1, 0, 255)
    add_ground_hit(board, 1, 1, 255)
    add_solid_hit(board, 2, 2, 255)
    clear(board)
    assert (weighed(board)[0] == NONE).all() and board.used[0] == 0
