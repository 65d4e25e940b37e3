"""The truth fed as the map is perfect, a box is where it is, every fault is counted."""

import numpy as np
import pytest

pytest.importorskip('embreex')

from panoseg_ros.evaluation.ground.bench import SETTINGS
from panoseg_ros.evaluation.ground.conditions import sight_of, upright
from panoseg_ros.evaluation.ground.methods import WAYS, Answer, moved
from panoseg_ros.evaluation.ground.scenes import GRID, Moment
from panoseg_ros.evaluation.ground.scores import Judge, Ruler, nearer, range_window
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.labels import load_label_set
from panoseg_ros.synthetic.mesh import join, triangles
from panoseg_ros.synthetic.recording.ground_truth import GroundScene
from panoseg_ros.synthetic.rendering.casting import MISS, Caster

HEIGHT_M, ROWS = 1.8, 256
CAR = 13


def _quad(a, b, c, d, label):
    return triangles([[a, b, c], [a, c, d]], label, 0)


def _box(x0, x1, y0, y1, top, label=CAR):
    low, high = 0.0, top
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    sides = [
        _quad((*a, low), (*b, low), (*b, high), (*a, high), label)
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
    ]
    return join([*sides, _quad(*((*p, high) for p in ring), label)])


@pytest.fixture(scope='module')
def moment():
    plane = _quad((-60, -60, 0), (60, -60, 0), (60, 60, 0), (-60, 60, 0), 0)
    mesh = join([plane, _box(4.0, 5.0, -1.0, 1.0, 1.9)])  # higher than the camera
    mesh = mesh._replace(instances=np.where(mesh.labels == CAR, 1, 0).astype(np.int32))
    camera = np.array([0.0, 0.0, HEIGHT_M])
    truth = GroundScene(mesh, GRID)(np.eye(4), camera)
    rays = PanoramaGeometry(ROWS, 2 * ROWS).rays().reshape(-1, 3)
    starts = np.broadcast_to(camera.astype(np.float32), rays.shape)
    hits = Caster(mesh).first_hits(np.ascontiguousarray(starts), np.ascontiguousarray(rays))
    labels = np.where(hits == MISS, 10, mesh.labels[hits]).astype(np.uint8)
    pose = transform(np.eye(3), camera)
    half = -GRID.cells // 2
    return Moment(0.0, np.eye(4), pose, {ROWS: labels.reshape(ROWS, -1)}, (half, half), truth)


def ideal(moment):
    truth = moment.truth
    costs = np.where(truth.free, np.int8(0), np.int8(-1))
    costs[truth.face_visible] = 100
    azimuth = -np.pi + np.arange(len(truth.ranges_m)) * 2 * np.pi / len(truth.ranges_m)
    return Answer(costs, moment.origin_cell, azimuth, truth.ranges_m.astype(float))


def score(answers, moment, remembers=False):
    judge = Judge(Ruler(HEIGHT_M, ROWS, (CAR,)), 20.0, remembers)
    for answer in answers:
        judge(answer, moment)
    return judge.tally.figures()


def test_the_truth_as_a_map_is_perfect(moment):
    found = score([ideal(moment)], moment)
    ones = (
        'recall',
        'recall of the very cell',
        'front recall of the very cell',
        'coverage',
        'smear',
    )
    assert all(found[name] == 1.0 for name in ones)
    zeros = (
        'false free', 'false free of the very cell', 'false occupied', 'occluded reported free',
        'things missed', 'feet missed', 'feet invented',
    )  # fmt: skip
    assert all(found[name] == 0.0 for name in zeros)
    assert found['foot error p95 m'] < 1e-6


def test_a_map_of_free_cells_is_as_wrong_as_can_be(moment):
    answer = ideal(moment)
    free = answer._replace(
        costs=np.zeros_like(answer.costs), ranges_m=np.full_like(answer.ranges_m, np.inf)
    )
    found = score([free], moment)
    assert found['false free'] == found['things missed'] == found['feet missed'] == 1.0
    assert found['recall'] == 0.0 and found['occluded reported free'] == 1.0
    assert found['coverage'] == 1.0


def test_a_map_of_obstacles_is_a_smear(moment):
    answer = ideal(moment)
    found = score([answer._replace(costs=np.full_like(answer.costs, 100))], moment)
    assert found['recall'] == 1.0 and found['coverage'] == 0.0
    assert found['smear'] > 100 and found['false occupied'] > 0.9


def test_a_map_a_metre_off_is_seen_to_be(moment):
    answer = ideal(moment)
    x, y = answer.origin_cell
    found = score([answer._replace(origin_cell=(x + 10, y))], moment)
    # the front face from y -1 to 1 moves to x 5, where the back of the box is: off by 0.9 m
    assert found['recall of the very cell'] < 0.2
    assert 0.3 < found['displacement of faces m'] < 1.01


def test_ranges_are_off_by_what_they_are_off(moment):
    answer = ideal(moment)
    found = score([answer._replace(ranges_m=answer.ranges_m + 0.3)], moment)
    assert found['foot error median m'] == pytest.approx(0.3, abs=0.03)


def test_what_was_seen_before_may_be_remembered(moment):
    answer = ideal(moment)
    free = answer._replace(costs=np.where(moment.truth.occluded, np.int8(0), answer.costs))
    assert score([free], moment)['occluded reported free'] == 1.0
    seen = moment._replace(
        truth=moment.truth._replace(ground_visible=np.ones_like(moment.truth.ground_visible))
    )
    judge = Judge(Ruler(HEIGHT_M, ROWS, (CAR,)), 20.0, remembers=True)
    judge(ideal(seen), seen)
    judge(free, moment)
    assert np.isnan(judge.tally.figures()['occluded reported free'])


def test_cells_that_a_person_left_must_become_free(moment):
    truth = moment.truth
    person = np.zeros_like(truth.obstacle)
    person[260:264, 200:204] = True  # at x 0, y 6
    there = moment._replace(
        truth=truth._replace(
            obstacle=truth.obstacle | person,
            face_visible=truth.face_visible | person,
            obstacle_class=np.where(person, 11, truth.obstacle_class).astype(np.uint8),
        )
    )
    for trail, share in ((False, 0.0), (True, 1.0)):
        judge = Judge(Ruler(HEIGHT_M, ROWS, (11, CAR)), 20.0, remembers=True)
        judge(ideal(there), there)
        after = ideal(moment)
        if trail:
            after.costs[person] = 100
        for _ in range(4):
            judge(after, moment)
        assert judge.tally.more['left'] == 16
        assert judge.tally.figures()['not cleared'] == share


def test_every_way_finds_the_box(moment):
    labels = load_label_set('cityscapes19')
    geometry = PanoramaGeometry(ROWS, 2 * ROWS)
    sight = sight_of('level', moment, ROWS, np.random.default_rng(0))
    found = {
        name: score([way(geometry, labels, SETTINGS)(sight)], moment) for name, way in WAYS.items()
    }
    for name, figures in found.items():
        assert figures['things missed'] == 0.0, name
        assert figures['foot error median / allowed'] < 1.5, name
        assert figures['coverage'] > (0.65 if name == 'ray clearing' else 0.8), name
    assert found['smear']['smear'] > 5 * found['one frame']['smear']
    assert found['one frame']['front recall'] > 0.9


def test_turning_labels_upright_undoes_a_tilt(moment):
    lean = rotation_from_rpy_deg(5.0, -3.0, 0.0)
    labels = moment.labels[ROWS]
    turned, valid = upright(*[upright(labels, lean.T)[0], lean])
    assert valid.all()
    assert (turned == labels).mean() > 0.97


def test_grids_move_by_whole_cells():
    grid = np.arange(9, dtype=np.int8).reshape(3, 3)
    shifted = moved(grid, (0, 0), (1, -1), -1)
    assert shifted.tolist() == [[-1, -1, -1], [1, 2, -1], [4, 5, -1]]


def test_window_and_nearer(moment):
    ranges = np.arange(8.0)
    assert range_window(ranges, np.array([-np.pi]), 0.1).tolist() == [[7.0, 0.0, 1.0]]
    cells = np.zeros((400, 400), bool)
    cells[200, 240] = True
    behind = nearer(cells, moment)
    assert behind[200, 241] and behind.sum() <= 2
