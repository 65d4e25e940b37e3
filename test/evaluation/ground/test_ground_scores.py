"""Maps of tiny worlds with known answers: every figure says what it is defined to say."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('embreex', reason='rendering needs embreex')

from panoseg_ros.evaluation.ground.bench import SETTINGS
from panoseg_ros.evaluation.ground.conditions import sight_of
from panoseg_ros.evaluation.ground.facts import facts_of, met_first
from panoseg_ros.evaluation.ground.feet import window
from panoseg_ros.evaluation.ground.looks import TrueLook, solid_classes
from panoseg_ros.evaluation.ground.methods import Answer, Oracle, moved
from panoseg_ros.evaluation.ground.scores import Judge, Zones
from panoseg_ros.evaluation.ground.shown import Region, Ruler, Witness
from panoseg_ros.evaluation.ground.ways import WAYS, Kit
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.metrics.ground_maps import (
    GroundCounts,
    TrueGround,
    footprint_m,
    ground_counts,
)

HEIGHT_M, ROWS, PERSON = 1.8, 256, 11
FAR = Region(20.0, 'all')


def facts(moment):
    return facts_of(moment, solid_classes())


def ideal(moment):
    """Return the map that marks fronts and knows which ground it sees."""
    found = facts(moment)
    costs = np.where(moment.truth.free, np.int8(0), np.int8(-1))
    costs[found.fronts] = 100
    azimuth = -np.pi + np.arange(len(found.foot_m)) * 2 * np.pi / len(found.foot_m)
    return Answer(costs, moment.origin_cell, azimuth, found.foot_m)


def judged(maps, regions=(FAR,), remembers=False):
    """Return the tally of maps, each with its moment and perhaps other facts of it."""
    ruler = Ruler(HEIGHT_M, ROWS, solid_classes())
    witness, judge = Witness(ruler), Judge(ruler, regions)
    for answer, moment, *rest in maps:
        found = rest[0] if rest else facts(moment)
        shown = witness(moment, found)[remembers]
        judge(answer, moment, found, shown, Zones(regions, found))
    return judge.tally


def figures(answer, moment, region=FAR):
    return judged([(answer, moment)], (region,)).figures(0)


def shifted(answer, cells):
    x, y = answer.origin_cell
    return answer._replace(origin_cell=(x + cells, y))


@pytest.fixture(scope='module')
def wall(worlds):
    return worlds.see(worlds.wall((5.05, -8), (5.05, 8), 2.5))


@pytest.fixture(scope='module')
def person(worlds):
    return worlds.see(worlds.person(6.05, 0.05))


@pytest.fixture(scope='module')
def car(worlds):
    return worlds.see(worlds.car(4.02, -0.88))


@pytest.fixture(scope='module')
def corridor(worlds):
    return worlds.see(
        worlds.wall((-9, 1.55), (9, 1.55), 2.5), worlds.wall((9, -1.55), (-9, -1.55), 2.5)
    )


ONES = ('recall', 'recall of the very cell', 'recall of feet', 'recall of all faces', 'coverage')
ZEROS = (
    'false free', 'false free of all faces', 'false free of feet', 'false free of the very cell',
    'false occupied',
    'occluded reported free', 'occluded reported free, edges too', 'bearings missed',
    'bearings unknown', 'bearings invented',
)  # fmt: skip


@pytest.mark.parametrize('world', ['wall', 'corridor'])
def test_the_truth_as_a_map_is_perfect(world, request):
    moment = request.getfixturevalue(world)
    found = figures(ideal(moment), moment)
    assert {name: found[name] for name in ONES} == dict.fromkeys(ONES, 1.0)
    assert {name: found[name] for name in ZEROS} == dict.fromkeys(ZEROS, 0.0)
    assert found['smear'] == 1.0 and found['foot error p95 m'] < 1e-6


def test_a_map_of_free_cells_is_as_wrong_as_can_be(wall):
    answer = ideal(wall)
    free = answer._replace(
        costs=np.zeros_like(answer.costs), ranges_m=np.full_like(answer.ranges_m, np.inf)
    )
    found = figures(free, wall)
    bad = ('false free', 'false free of feet', 'occluded reported free', 'bearings missed')
    assert {name: found[name] for name in bad} == dict.fromkeys(bad, 1.0)
    assert found['recall'] == 0.0 and found['coverage'] == 1.0
    unknown = answer._replace(ranges_m=np.full_like(answer.ranges_m, np.nan))
    found = figures(unknown, wall)
    assert found['bearings unknown'] == 1.0 and np.isnan(found['foot error median m'])


def test_marks_may_be_off_by_a_cell_or_a_footprint_and_no_more(wall):
    near = Region(5.5, 'all')  # one pixel shows at most 0.23 m of ground there
    one, three = (figures(shifted(ideal(wall), cells), wall, near) for cells in (1, 3))
    assert one['recall'] == 1.0 and one['recall of the very cell'] == 0.0
    assert one['false occupied'] == one['false free'] == 0.0
    assert three['recall'] == 0.0 and three['false occupied'] == 1.0
    assert three['false free'] == three['false free of feet'] == 1.0
    assert one['displacement of marks m'] == pytest.approx(0.1, abs=1e-4)
    assert three['displacement of feet m'] == pytest.approx(0.3, abs=1e-4)


def test_nothing_within_three_metres_may_be_free(worlds):
    moment = worlds.see(worlds.wall((2.05, -2), (2.05, 2), 1.0))
    free = ideal(moment)._replace(costs=np.zeros((200, 200), np.int8))
    assert figures(free, moment)['false free within 3 m'] == 1.0
    assert figures(ideal(moment), moment)['false free within 3 m'] == 0.0


def test_smear_is_marked_area_over_fronts(wall):
    answer = ideal(wall)
    smeared = answer.costs.copy()
    fronts = np.argwhere(answer.costs == 100)
    for deep in range(10):
        smeared[fronts[:, 0], fronts[:, 1] + deep] = 100
    found = figures(answer._replace(costs=smeared), wall, Region(9.0, 'all'))
    assert found['smear'] == pytest.approx(10.0, rel=0.05)  # some lies beyond 9 m
    assert 0.5 < found['false occupied'] < 0.9 and found['recall'] == 1.0


def test_a_marked_bonnet_is_no_smear_and_an_unmarked_one_hides_none(car):
    answer = ideal(car)
    whole = np.where(car.truth.face_visible, np.int8(100), answer.costs)
    assert figures(answer._replace(costs=whole), car)['smear'] == 1.0
    behind = answer.costs.copy()
    behind[90:110, 185:195] = 100  # as much again and more, where the car hides the ground
    found = figures(answer._replace(costs=behind), car)
    assert found['smear'] > 2.0 and found['smear over all faces'] < 1.0


def test_ranges_are_judged_by_the_largest_allowance(wall):
    answer = ideal(wall)._replace(azimuth_rad=np.zeros(1), ranges_m=np.array([5.35]))
    found = figures(answer, wall)
    assert found['foot error median m'] == pytest.approx(0.3, abs=0.002)
    footprint = np.pi / ROWS * (1.8**2 + 5.05**2) / 1.8  # 0.196 m
    assert found['foot error median / allowed'] == pytest.approx(0.3 / (0.03 * 5.05), rel=0.01)
    allowed = max(0.3, 0.08 * 5.05, 1.2 * footprint)
    assert found['foot error p95 / allowed'] == pytest.approx(0.3 / allowed, rel=0.01)


def test_coverage_is_the_share_of_seen_ground_that_is_free(wall):
    answer = ideal(wall)
    half = np.where(np.arange(200)[:, None] < 100, np.int8(-1), answer.costs)
    assert figures(answer._replace(costs=half), wall)['coverage'] == pytest.approx(0.5, abs=0.01)


def test_a_range_where_nothing_is_is_invented(wall):
    answer = ideal(wall)._replace(azimuth_rad=np.array([np.pi]), ranges_m=np.array([4.0]))
    assert figures(answer, wall)['bearings invented'] == 1.0


def test_feet_of_a_car_are_its_wheels_and_its_faces_all_of_it(car):
    answer = ideal(car)
    ahead = answer._replace(azimuth_rad=np.zeros(1), ranges_m=np.array([4.82]))
    found = figures(ahead, car)
    assert found['foot error median m'] < 0.02 and found['foot error p95 m'] < 0.02
    assert found['face error median / allowed'] > 5.0
    assert np.isnan(found['recall of feet'])  # the bumper hides the wheels
    bumper = np.where(answer.costs == 100, np.int8(0), answer.costs)
    found = figures(answer._replace(costs=bumper), car)
    assert found['recall'] == 0.0 and found['false free'] == 1.0
    assert 0.0 < found['false free of all faces'] < 0.1  # hidden bonnets make it look small
    assert found['things missed'] == 1.0


def test_feet_may_be_marked_and_fronts_not(worlds):
    moment = worlds.see(worlds.car(3.02, -2.0, along_x=False))
    answer, feet = ideal(moment), facts(moment).feet
    wheels = np.where(feet, np.int8(100), np.minimum(answer.costs, np.int8(0)))
    found = figures(answer._replace(costs=wheels), moment)
    assert found['recall of feet'] == 1.0 and found['false free of feet'] == 0.0
    assert 0.3 < found['recall'] < 0.8 and found['recall of the very cell'] < found['recall']
    assert found['false free'] == pytest.approx(
        1.0 - found['recall']
    )  # of the sill between the wheels
    unknown = np.where(moment.truth.obstacle & ~feet, np.int8(-1), wheels)
    assert figures(answer._replace(costs=unknown), moment)['false free'] == 0.0


def test_a_person_is_missed_without_a_mark_within_30_cm(person):
    answer = ideal(person)
    for away_cells, missed in ((0, 0.0), (2, 0.0), (9, 1.0)):
        costs = np.where(answer.costs == 100, np.int8(-1), answer.costs)
        costs[100, 160 + away_cells] = 100  # its body ends at x 6.15
        found = judged([(answer._replace(costs=costs), person)])
        assert found.count('persons', 0) == found.count('things', 0) == 1
        assert found.figures(0)['persons missed'] == missed == found.figures(0)['things missed']


def test_who_stands_behind_something_cannot_be_found(worlds):
    hidden = worlds.see(worlds.person(6.05, 0.05), worlds.wall((4.05, -1), (4.05, 1), 0.9))
    assert (hidden.truth.obstacle_instance == 7).any() and hidden.truth.face_visible[100, 158]
    assert judged([(ideal(hidden), hidden)]).count('persons', 0) == 0


def test_whose_arm_alone_shows_beside_a_wall_cannot_be_found(worlds):
    for edge, persons in ((0.2, 0), (-0.1, 1)):  # its body reaches from y -0.2 to 0.3
        wall = worlds.wall((4.05, -3), (4.05, edge * 4.05 / 6.05), 0.9)
        moment = worlds.see(worlds.person(6.05, 0.05), wall)
        assert judged([(ideal(moment), moment)]).count('persons', 0) == persons


def test_who_stands_partly_on_flat_ground_counts_on_all_ground_only(person):
    found = facts(person)
    half = found._replace(flat=found.flat & (np.arange(200) < 159)[None, :])
    found = judged([(ideal(person), person, half)], (FAR, Region(20.0, 'flat')))
    assert [found.count('persons', region) for region in (0, 1)] == [1, 0]


def test_what_is_thinner_than_two_pixels_is_no_face(worlds):
    thin = worlds.box((8.0, 8.02), (0.0, 0.02), (0, 1.5), 5, 2)
    moment = worlds.see(thin)
    assert moment.truth.face_visible.any()
    assert judged([(ideal(moment), moment)]).count('faces', 0) == 0


def test_regions_hold_what_lies_in_them(worlds):
    from panoseg_ros.synthetic.mesh import join

    kerb = join(
        [worlds.plate((-60, 3), (-60, 60), 0.0, 0), worlds.plate((3, 60), (-60, 60), 0.16, 1)]
    )
    raised = worlds.wall((6.05, -4), (6.05, 4), 2.5, bottom=0.16)
    moment = worlds.see(raised, worlds.wall((-9.05, -3), (-9.05, 3), 2.5), ground=kerb)
    regions = tuple(Region(within, kind) for within in (8.0, 20.0) for kind in ('all', 'flat'))
    found = judged([(ideal(moment), moment)], regions)
    feet = {tuple(region): found.count('feet', r) for r, region in enumerate(regions)}
    assert feet[8.0, 'flat'] == 0 < feet[8.0, 'all'] < feet[20.0, 'all']
    assert feet[20.0, 'flat'] == feet[20.0, 'all'] - 80
    samples = {tuple(region): len(found.values('foot_m', r)) for r, region in enumerate(regions)}
    assert samples[8.0, 'flat'] == 0 < samples[20.0, 'flat'] < samples[20.0, 'all']


def test_what_was_seen_before_may_be_remembered(wall):
    answer = ideal(wall)
    free = answer._replace(costs=np.where(wall.truth.occluded, np.int8(0), answer.costs))
    assert figures(free, wall)['occluded reported free'] == 1.0
    seen = wall._replace(
        truth=wall.truth._replace(ground_visible=np.ones_like(wall.truth.ground_visible))
    )
    after = judged([(ideal(seen), seen), (free, wall)], remembers=True).figures(0)
    assert np.isnan(after['occluded reported free'])


def test_cells_that_a_person_left_must_become_free(wall):
    truth = wall.truth
    mask = np.zeros_like(truth.obstacle)
    mask[160:164, 100:104] = True  # at x 0, y 6
    there = wall._replace(
        truth=truth._replace(
            obstacle=truth.obstacle | mask,
            face_visible=truth.face_visible | mask,
            obstacle_class=np.where(mask, PERSON, truth.obstacle_class).astype(np.uint8),
        )
    )
    for trail, share in ((False, 0.0), (True, 1.0)):
        after = ideal(wall)
        if trail:
            after.costs[mask] = 100
        found = judged([(ideal(there), there), *[(after, wall)] * 4], remembers=True)
        assert found.count('left', 0) == 16
        assert found.figures(0)['not cleared'] == share


def test_every_way_meets_the_foot_bar_at_a_wall_and_a_corridor(wall, corridor):
    look, settings = TrueLook(ROWS), replace(SETTINGS, size_m=20.0)
    for moment in (wall, corridor):
        sight = sight_of('level', moment, look, np.random.default_rng(0))
        sight = sight._replace(oracle=Oracle(moment, facts(moment)))
        kit = Kit(look.geometry, look.label_set, settings)
        found = {name: figures(kit.way(name)(sight), moment) for name in WAYS}
        for name in ('one frame', 'fused'):
            assert found[name]['foot error median / allowed'] < 1.0
            assert found[name]['recall'] > 0.9 and found[name]['coverage'] > 0.8
        assert found['smear']['smear'] > 5 * found['one frame']['smear']


def test_grids_move_by_whole_cells():
    grid = np.arange(9, dtype=np.int8).reshape(3, 3)
    shifted_grid = moved(grid, (0, 0), (1, -1), -1)
    assert shifted_grid.tolist() == [[-1, -1, -1], [1, 2, -1], [4, 5, -1]]


def test_window():
    assert window(8, np.array([-np.pi]), 0.1).tolist() == [[7, 0, 1]]


def test_all_cells_of_a_grazing_wall_are_met_first(corridor):
    met = met_first(corridor) & corridor.truth.obstacle
    assert (met == corridor.truth.obstacle).all()


def test_geometry_of_true_labels_fits_the_moment(wall):
    assert TrueLook(ROWS).geometry == PanoramaGeometry(*wall.labels[ROWS].shape)


def test_counting_by_kinds_agrees_with_the_metric_cell_by_cell(corridor):
    rng, found = np.random.default_rng(5), facts(corridor)
    answer = ideal(corridor)
    costs = np.where(rng.random(answer.costs.shape) < 0.1, rng.choice([-1, 0, 100], (200, 200)),
                     answer.costs).astype(np.int8)  # fmt: skip
    costs[110:120, 100:110] = 0  # a piece of wall nearby, and nothing marked around it
    counts = judged([(answer._replace(costs=costs), corridor)], (Region(8.0, 'all'),))
    truth = corridor.truth
    wide = truth.face_width_rad >= 2 * np.pi / ROWS
    slack = np.maximum(0.1, footprint_m(found.range_m, HEIGHT_M, np.pi / ROWS))
    true = TrueGround(
        truth.free,
        truth.occluded & (found.behind_m > slack),
        truth.face_visible & wide,
        truth.obstacle,
        truth.obstacle_instance,
        found.range_m,
        slack,
    )
    expected = ground_counts(costs, true, 0.1, within_m=8.0)
    names = GroundCounts._fields[:-4]  # hidden ground is read more strictly here
    assert [counts.count(name, 0) for name in names] == [getattr(expected, n) for n in names]
    assert min(expected[:-4]) > 0


def test_true_feet_are_where_things_touch_the_ground(wall, car):
    look = TrueLook(ROWS)
    kit = Kit(look.geometry, look.label_set, replace(SETTINGS, size_m=20.0))
    found = []
    for moment in (wall, car):
        sight = sight_of('level', moment, look, np.random.default_rng(0))
        sight = sight._replace(oracle=Oracle(moment, facts(moment)))
        found.append(figures(kit.way('true feet')(sight), moment))
    assert found[0]['recall'] == found[0]['recall of feet'] == 1.0 > 1.001 - found[0]['coverage']
    assert found[0]['false free'] == found[0]['false occupied'] == 0.0
    assert found[0]['smear'] < 1.3 and found[0]['foot error p95 m'] == 0.0
    assert found[1]['recall'] < 0.5 and found[1]['false free'] == 0.0  # its bumper hangs over
    assert found[1]['face error median / allowed'] > 1.0 > found[1]['foot error p95 m']


def test_hidden_ground_counts_but_for_the_end_and_the_sides_of_a_shadow(worlds):
    moment = worlds.see(worlds.wall((3.05, -1.5), (3.05, 1.5), 0.6))
    hidden = moment.truth.occluded & ~moment.truth.obstacle
    ahead = np.flatnonzero(hidden[100])  # y 0.05: one pixel shows 0.16 m where it ends at 4.6 m
    across = np.flatnonzero(hidden[:, 140])  # x 4.05
    end, inner, side = (100, ahead[-1]), (100, ahead[-5]), (across[-1], 140)
    for cells, count in (((end, side), 0), ((inner,), 1), (((across[-3], 140),), 1)):
        answer = ideal(moment)
        for cell in cells:
            assert hidden[cell]
            answer.costs[cell] = 0
        found = judged([(answer, moment)])
        assert found.count('occluded_free', 0) == count
        assert found.count('shadow_free', 0) == len(cells)
    assert found.count('occluded', 0) > 0.6 * found.count('shadow', 0)
