import numpy as np
import pytest

from panoseg_ros.ground.board import KIND_AT, KINDS, NUMBER_AT, NUMBERS, SEVERAL, SUM, empty_board
from panoseg_ros.ground.channels import BLIND, SILENT
from panoseg_ros.ground.paint import paint_ground
from panoseg_ros.ground.trace import (
    find_feet,
    forget_ground,
    join_feet,
    neighbours,
    paint_feet,
    room_for_feet,
)

CODES = {'b': BLIND, '.': SILENT, 'g': 0, 'o': 1, 'p': 2}
GROUND_CHANNELS = 1
DEPTH = 0.5


def feet_of(*rays):
    """Return feet, their number and the codes of rays written as text, nadir first.

    Sample j covers the ranges from j to j + 1 cells.
    """
    codes = np.array([[CODES[c] for c in ray] for ray in rays], np.int16)
    edges = np.arange(codes.shape[1] + 1, dtype=np.float32)
    feet = room_for_feet(*codes.shape)
    return feet, find_feet(codes, GROUND_CHANNELS, edges[:-1], edges[1:], DEPTH, feet), codes


@pytest.mark.parametrize(
    ('ray', 'marks', 'first', 'blind'),
    [
        ('gggggg', [], np.inf, 0),
        ('bbgggg', [], np.inf, 2),
        ('bbbbbb', [], np.nan, np.inf),
        ('......', [], np.nan, 0),
        ('gg.ggg', [], np.nan, 0),
        ('ggbggg', [], np.nan, 0),
        ('ggooo.', [(2, 2.5)], 2, 0),
        ('ggopoo', [(2, 2.5)], 2, 0),
        ('ggoogo', [(2, 2.5), (5, 5.5)], 2, 0),
        ('ggo.oo', [(2, 2.5)], 2, 0),
        ('ggobbo', [(2, 2.5)], 2, 0),
        ('gg.ooo', [(3, 3.5)], 3, 0),
        ('bboooo', [(2, 3)], 2, 2),
        ('oooooo', [(0, 1)], 0, 0),
        ('ggbboo', [(2, 5)], 2, 0),
        ('bb.ooo', [(3, 3.5)], 3, 2),
        ('ggobgo', [(2, 2.5), (5, 5.5)], 2, 0),
    ],
)
def test_feet_along_one_ray(ray, marks, first, blind):
    feet, found, _ = feet_of(ray)
    assert list(zip(feet.begin[:found], feet.end[:found], strict=True)) == marks
    np.testing.assert_array_equal(feet.first[0], np.float32(first))
    assert feet.blind[0] == blind


def test_room_suffices_for_a_foot_on_every_second_sample():
    for ray in ('ogogogo', 'gogogog', 'ogogog', 'o', 'g'):
        feet, found, _ = feet_of(ray, ray)
        assert found == 2 * ray.count('o') <= len(feet.ray)


def paint(*rays, over=0.0, under=0.0, begin=None):
    """Return ground hits and obstacle hits of the rays, seen from the middle of 40 x 40 cells."""
    feet, found, codes = feet_of(*rays)
    if begin is not None:
        feet.begin[:found] = begin
        feet.end[:found] = feet.begin[:found] + DEPTH
    samples = codes.shape[1]
    certainty = np.full(codes.shape, 255, np.uint8)
    azimuth = -np.pi + (np.arange(len(rays)) + 0.5) * 2.0 * np.pi / len(rays)
    line = np.stack([np.full(len(rays), 20.0)] * 2 + [np.cos(azimuth), np.sin(azimuth)], 1)
    middle = np.arange(samples, dtype=np.float32) + 0.5
    point = (middle[:, None] + np.array([-0.3, 0.0, 0.3], np.float32)).ravel()
    start = np.arange(0, 3 * samples + 1, 3, dtype=np.int32)
    board = empty_board(40, 3)
    paint_ground(codes, certainty, GROUND_CHANNELS, middle, point, start, line, board, 40)
    around = (np.full(found, length, np.float32) for length in (over, under))
    forget_ground(feet, found, *around, line, board, 40)
    free = hits(board, solid=False)
    shown = codes[feet.ray[:found], feet.sample[:found]]
    sure = np.full(found, 255, np.uint8)
    paint_feet(feet, found, shown, sure, line, board, 40)
    before = hits(board, solid=True)
    far = np.arange(1, samples + 1, dtype=np.float32)
    pairs = neighbours(feet, found, shown, far)
    join_feet(feet, pairs, shown, sure, line, board, 40)
    one = board.cells[(board.cells >> KIND_AT) & KINDS != SEVERAL]
    assert np.array_equal(one & SUM, 255 * ((one >> NUMBER_AT) & NUMBERS))
    return free, before, hits(board, solid=True)


def hits(board, *, solid):
    number = (board.cells >> NUMBER_AT) & NUMBERS
    return np.where((board.cells < 0) == solid, number, 0).reshape(40, 40)


def reach_of(hits):
    rows, columns = np.nonzero(hits)
    return np.hypot(rows + 0.5 - 20.0, columns + 0.5 - 20.0)


def test_ground_ends_at_the_centre_of_the_last_pixel_before_an_obstacle():
    free, marked, _ = paint(*['gggggggggo'] * 64)
    assert reach_of(free).max() < 9.5 + 0.71  # half a cell diagonal
    assert reach_of(marked).min() > 9.0 - 0.71
    open_ground, _, _ = paint(*['gggggggggg'] * 64)
    assert reach_of(open_ground).max() > reach_of(free).max()


def test_steps_of_one_sample_are_joined_and_larger_ones_are_not():
    steps = ['g' * n + 'o' * (14 - n) for n in (10, 11)]
    rays = ['bbbbbbbbbbbbbb'] * 62
    _, before, after = paint(*steps, *rays)
    assert after.sum() > before.sum()
    leap = ['g' * n + 'o' * (14 - n) for n in (8, 11)]
    _, before, after = paint(*leap, *rays)
    assert after.sum() == before.sum()
    kinds = ['g' * 10 + 'oooo', 'g' * 11 + 'ppp']
    _, before, after = paint(*kinds, *rays)
    assert after.sum() == before.sum()


def test_feet_that_were_drawn_apart_are_not_joined():
    rays = ['g' * n + 'o' * (14 - n) for n in (10, 11)] + ['b' * 14] * 62
    _, before, after = paint(*rays, begin=(10.0, 5.0))
    assert after.sum() == before.sum()
    _, before, after = paint(*rays, begin=(10.0, 8.5))
    assert after.sum() > before.sum()


def test_ground_just_before_a_foot_is_forgotten():
    ring = ['gggggggggo'] * 64
    free, marked, _ = paint(*ring, over=3.0)
    assert 9.0 - 3.0 - 0.71 < reach_of(free).max() < 9.0 - 3.0 + 0.71 + 0.71
    assert np.array_equal(marked, paint(*ring)[1])
    assert np.array_equal(free, paint(*ring)[0] * (free > 0))
    assert not paint(*ring, over=50.0)[0].any()  # as far as the point below the camera


def test_ground_under_a_thing_that_stands_nearer_is_forgotten():
    ring = ['ggggggggggggggo'] * 64
    free, _, _ = paint(*ring, over=1.0, under=6.0, begin=8.0)
    assert free.any()
    assert not ((reach_of(free) > 8.0) & (reach_of(free) < 13.0)).any()
    beyond, _, _ = paint(*ring, begin=8.0)
    assert ((reach_of(beyond) > 10.0) & (reach_of(beyond) < 13.0)).any()


def test_joining_goes_across_the_seam():
    ring = ['bbbbbbbbbbbbbb'] * 64
    ring[0] = 'g' * 10 + 'oooo'
    ring[-1] = 'g' * 11 + 'ooo'
    _, before, after = paint(*ring)
    assert after.sum() > before.sum()
