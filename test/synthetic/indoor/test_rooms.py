"""Whole rooms: reproducible, closed, complete, and families that never meet."""

import numpy as np
import pytest

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.labels import load_label_set
from panoseg_ros.synthetic import (
    FAMILIES,
    RoomRenderer,
    build_room,
    family_of,
    panorama_rays,
    random_indoor_pose,
    room_shots,
)
from panoseg_ros.synthetic.indoor import LABEL_SET, MOODS, ids
from panoseg_ros.synthetic.indoor.layout import KINDS, random_plan
from panoseg_ros.synthetic.indoor.looks import room_family
from panoseg_ros.synthetic.indoor.surfaces import PANE
from panoseg_ros.synthetic.recording.room_stands import HEIGHTS_M

pytest.importorskip('embreex', reason='rendering needs embreex')

GRID = panorama_rays(PanoramaGeometry(64, 128))
SEEDS = range(30)


@pytest.fixture(scope='module')
def seen():
    """Return room, pose and truth of some seeds."""
    views = []
    for seed in SEEDS:
        room = build_room(seed, family_of('train', seed))
        renderer = RoomRenderer(room.mesh, room.table, room.sky)
        pose = random_indoor_pose(room, renderer, np.random.default_rng(seed))
        views.append((room, pose, renderer.truth(GRID, pose)))
    return views


def test_no_ray_leaves_a_room(seen):
    for _, _, truth in seen:
        assert np.isfinite(truth.depth).all()


def test_every_class_is_in_a_fifth_of_the_pictures(seen):
    counts = np.stack([np.bincount(t.labels.ravel(), minlength=256) for _, _, t in seen])
    assert ((counts[:, :8] > 8).mean(0) >= 0.2).all()
    assert counts[:, 8:255].sum() == 0
    assert 0.02 < counts[:, 255].sum() / counts.sum() < 0.2


def test_ids_are_those_of_the_label_set():
    named = {cls.name: cls.id for cls in load_label_set(LABEL_SET).classes}
    own = {name.lower(): value for name, value in vars(ids).items() if name.lower() in named}
    assert own == named


def test_cameras_stand_free_above_the_floor(seen):
    for room, pose, truth in seen:
        assert HEIGHTS_M[0] <= pose[2, 3] <= HEIGHTS_M[1]
        assert (truth.labels[-4:] == ids.FLOOR).all()
        assert not np.isin(truth.labels[:4], (ids.TABLE, ids.CHAIR, ids.SOFA)).any()
        assert truth.depth[truth.labels != ids.FLOOR].min() > 0.2
        assert np.rad2deg(np.arccos(pose[2, 2])) < 5.7  # 4 degrees about each of two axes
        x, y = pose[:2, 3]
        assert any(r[0] < x < r[2] and r[1] < y < r[3] for r in room.plan.room.rects)


def test_floors_lie_low_and_ceilings_high(seen):
    for room, _, _ in seen:
        z = room.mesh.corners[..., 2]
        assert np.abs(z[room.mesh.labels == ids.FLOOR]).max() < 0.02
        assert z[room.mesh.labels == ids.CEILING].min() > 2.0
        assert z[room.mesh.labels == ids.TABLE].max(initial=0.0) < 1.3


def test_glass_is_window_door_or_table(seen):
    for room, _, _ in seen:
        glass = room.table.kinds[room.mesh.materials] == PANE
        assert np.isin(room.mesh.labels[glass], (ids.WINDOW, ids.DOOR, ids.TABLE)).all()


def test_objects_have_numbers_of_their_own(seen):
    counted = (ids.CHAIR, ids.SOFA, ids.TABLE, ids.DOOR, ids.WINDOW)
    for room, _, _ in seen:
        mesh = room.mesh
        assert (mesh.instances[np.isin(mesh.labels, counted)] > 0).all()
        assert not mesh.instances[mesh.labels == ids.OTHER].any()
        for kind in counted:
            mine = mesh.instances[mesh.labels == kind]
            others = mesh.instances[(mesh.labels != kind) & (mesh.labels < 255)]
            assert not np.intersect1d(mine, others[others > 0]).size


def test_rooms_are_lean(seen):
    assert np.median([len(room.mesh.labels) for room, _, _ in seen]) < 20_000
    assert max(len(room.mesh.labels) for room, _, _ in seen) < 80_000


def test_kinds_and_light_vary(seen):
    assert {room.plan.district for room, _, _ in seen} <= set(KINDS)
    assert len({room.plan.district for room, _, _ in seen}) > 5
    assert len({room.weather for room, _, _ in seen} & set(MOODS)) > 3


def test_same_seed_gives_the_same_bytes_and_another_does_not():
    first, again, other = (
        next(room_shots('train', seed, 1, PanoramaGeometry(32, 64))) for seed in (3, 3, 4)
    )
    for mine, theirs in zip(first, again, strict=True):
        assert np.array_equal(mine, theirs)
    assert (first.image != other.image).mean() > 0.5
    assert first.image.dtype == np.uint8
    assert 10 < first.image.mean() < 245


def test_families_of_splits_share_no_look():
    ours, theirs = room_family(0), room_family(FAMILIES['test'][0])
    assert ours == room_family(0)
    for mine, other in zip(ours, theirs, strict=True):
        assert not set(mine) & set(other)


@pytest.mark.parametrize('seed', range(12))
def test_plans_close_and_rooms_do_not_meet(seed):
    plan = random_plan(np.random.default_rng(seed), room_family(seed))
    for room in (plan.room, *plan.beyond):
        for wall, after in zip(room.walls, (*room.walls[1:], room.walls[0]), strict=True):
            assert wall.b == after.a
            for opening in wall.openings:
                assert 0.0 <= opening.start < opening.end <= wall.length + 1e-6
                assert 0.0 <= opening.bottom < opening.top < room.roof.height
    rects = [rect for room in (plan.room, *plan.beyond) for rect in room.rects]
    for k, a in enumerate(rects):
        for b in rects[:k]:
            assert min(a[2], b[2]) - max(a[0], b[0]) < 1e-6 or (
                min(a[3], b[3]) - max(a[1], b[1]) < 1e-6
            )
