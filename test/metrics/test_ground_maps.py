"""A wall, what is before and behind it, and maps that are wrong in one way each."""

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.metrics.ground_maps import TrueGround, ground_counts, ground_figures

N, RES = 60, 0.1


def scene():
    x = (np.arange(N) + 0.5) * RES + np.zeros((N, 1))  # the camera stands at x = 0
    wall = np.zeros((N, N), bool)
    wall[:, 40] = True
    things = np.where(wall, 7, 0).astype(np.int32)
    return TrueGround(x < 4.0, x > 4.1, wall, wall, things, x, np.full((N, N), 0.05))


def true_map():
    costs = np.full((N, N), -1, np.int8)
    costs[:, :40], costs[:, 40] = 0, 100
    return costs


def figures(costs):
    return ground_figures(ground_counts(costs, scene(), RES))


def test_the_true_map_is_faultless():
    found = figures(true_map())
    assert (found['recall'], found['coverage'], found['smear']) == (1.0, 1.0, 1.0)
    assert not any(found[n] for n in ('false free', 'false occupied', 'things missed'))
    assert found['occluded reported free'] == 0.0
    assert np.isnan(found['false free within 3 m'])


def test_one_cell_off_is_within_tolerance_and_two_are_not():
    near, far = true_map(), true_map()
    near[:, 39], near[:, 40] = 100, 0
    far[:, 38], far[:, 40] = 100, 0
    assert figures(near)['recall'] == 1.0 and figures(near)['false occupied'] == 0.0
    assert figures(far)['recall'] == 0.0 and figures(far)['false occupied'] == 1.0
    assert figures(far)['false free'] == 1.0 and figures(far)['things missed'] == 0.0


def test_free_behind_the_wall_smear_and_a_missed_thing():
    open_behind, smeared, blind = true_map(), true_map(), np.full((N, N), -1, np.int8)
    open_behind[:, 41:] = 0
    smeared[:, 40:50] = 100
    assert figures(open_behind)['occluded reported free'] == 1.0
    assert figures(smeared)['smear'] == 10.0 and figures(smeared)['false occupied'] == 0.8
    assert figures(blind)['things missed'] == 1.0 and figures(blind)['coverage'] == 0.0


def test_shapes_and_numbers_are_checked():
    with pytest.raises(MetricsError, match='free must have the shape'):
        ground_counts(np.zeros((3, 3), np.int8), scene(), RES)
    with pytest.raises(MetricsError, match='marked_cost'):
        ground_counts(true_map(), scene(), RES, marked_cost=0)
