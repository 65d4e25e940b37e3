"""People: proportions, poses, clothes, and what counts as a person."""

import numpy as np
import pytest

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import people
from panoseg_ros.synthetic.assets.people_clothes import BAGS, HAIR_STYLES, HATS
from panoseg_ros.synthetic.assets.people_poses import (
    FOREARM,
    POSES,
    SHANK,
    THIGH,
    UPPER_ARM,
    joints,
    two_bones,
)
from panoseg_ros.synthetic.assets.solids import vec
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import Materials


def drawn(seed, pose, height=1.75, **worn):
    rng, materials = np.random.default_rng(seed), Materials()
    outfit = people.random_outfit(rng, materials)._replace(**worn)
    return people.person(rng, outfit, height, pose), outfit


def outward(mesh):
    """Return the share of the surface that looks away from the mesh's upright axis."""
    middle = mesh.corners.mean(1)
    cross = np.cross(
        mesh.corners[:, 1] - mesh.corners[:, 0], mesh.corners[:, 2] - mesh.corners[:, 0]
    )
    away = ((middle - mesh.corners.mean((0, 1))) * cross).sum(1)
    area = np.linalg.norm(cross, axis=1)
    return area[away > 0].sum() / area.sum()


@pytest.mark.parametrize('pose', list(POSES))
def test_every_pose_is_sound(pose):
    for seed in range(12):
        mesh, _ = drawn(seed, pose)
        assert np.isfinite(mesh.corners).all()
        assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
        assert set(mesh.labels) == {ids.PERSON}
        assert set(mesh.instances) == {1}
        assert 300 < len(mesh.labels) < 750
        assert mesh.corners[..., 2].min() == pytest.approx(0.0, abs=0.03)
        assert outward(mesh) > 0.55
        size = np.ptp(mesh.corners.reshape(-1, 3), axis=0)
        assert size.max() < 2.6
        assert size[:2].max() < 1.9


@pytest.mark.parametrize('height', [1.0, 1.45, 1.9])
def test_who_stands_is_as_tall_as_said(height):
    mesh, _ = drawn(3, 'stand', height, hat='', hair_style='short', hood=False)
    assert mesh.corners[..., 2].max() == pytest.approx(height, rel=0.05)


def test_who_sits_rests_on_the_seat():
    for seed in range(6):
        mesh, outfit = drawn(seed, 'sit', cut='trousers', hem=0.0, hat='', baggage='')
        seat = mesh.corners[mesh.materials == outfit.legs]
        behind = seat[seat[..., 0] < 0.0]
        assert 0.36 < behind[:, 2].min() < 0.50
        assert mesh.corners[..., 2].max() < 1.5


@pytest.mark.parametrize('pose', list(POSES))
def test_bones_keep_their_lengths(pose):
    height = 1.7
    body = joints(height, POSES[pose](np.random.default_rng(5), None))
    for points, lengths in ((body.legs, (THIGH, SHANK)), (body.arms, (UPPER_ARM, FOREARM))):
        bones = np.linalg.norm(np.diff(points, axis=1), axis=-1) / height
        np.testing.assert_allclose(bones, [lengths, lengths], rtol=0.08)


def test_two_bones_reach_a_goal_and_bend_to_the_pole():
    goal = vec(0.3, 0.1, -0.2)
    middle, end = two_bones(vec(0, 0, 0), goal, 0.3, 0.25, vec(0, 1, 0))
    np.testing.assert_allclose(end, goal, atol=1e-9)
    assert np.linalg.norm(middle) == pytest.approx(0.3)
    assert np.linalg.norm(middle - end) == pytest.approx(0.25)
    straight, _ = two_bones(vec(0, 0, 0), goal, 0.3, 0.25, vec(0, -1, 0))
    assert middle[1] > straight[1]


def test_goal_out_of_reach_stretches_the_arm():
    _, end = two_bones(vec(0, 0, 0), vec(5, 0, 0), 0.3, 0.2, vec(0, 0, 1))
    np.testing.assert_allclose(end, (0.4995, 0, 0), atol=1e-6)


def test_same_draws_with_another_stride_are_the_same_walker():
    rng, materials = np.random.default_rng(2), Materials()
    outfit = people.random_outfit(rng, materials)

    def walker(swing):
        return people.person(np.random.default_rng(9), outfit, 1.8, 'walk', swing)

    wide, narrow, back = walker(0.5), walker(0.05), walker(-0.5)
    assert np.array_equal(wide.materials, narrow.materials)
    reach = [np.ptp(m.corners[m.materials == outfit.shoes][..., 0]) for m in (wide, narrow)]
    assert reach[0] > reach[1] + 0.3
    assert np.array_equal(walker(0.5).corners, wide.corners)
    assert not np.allclose(back.corners, wide.corners)


def test_steps_move_smoothly():
    rng, materials = np.random.default_rng(4), Materials()
    outfit = people.random_outfit(rng, materials)
    steps = [
        people.person(np.random.default_rng(1), outfit, 1.7, 'walk', swing).corners
        for swing in np.linspace(-0.5, 0.5, 41)
    ]
    assert np.abs(np.diff(steps, axis=0)).max() < 0.12


@pytest.mark.parametrize('style', HAIR_STYLES)
def test_every_hair_style_fits(style):
    mesh, _ = drawn(1, 'stand', hair_style=style, hat='', hood=False)
    assert 1.65 < mesh.corners[..., 2].max() < 1.9


@pytest.mark.parametrize('hat', HATS)
def test_every_hat_is_on_the_head(hat):
    mesh, outfit = drawn(1, 'stand', hat=hat, hood=False, baggage='')
    worn = mesh.corners[mesh.materials == outfit.bag]
    assert worn[..., 2].min() > 1.35
    assert worn[..., 2].max() < 1.95


@pytest.mark.parametrize('kind', BAGS)
def test_every_bag_is_part_of_the_person_and_off_the_ground(kind):
    rng, materials = np.random.default_rng(6), Materials()
    outfit = people.random_outfit(rng, materials)._replace(baggage=kind, hat='')
    meshes = [people.person(rng, outfit, 1.75, 'walk') for _ in range(8)]
    with_bag = [m for m in meshes if (m.materials == outfit.bag).any()]
    assert with_bag
    for mesh in with_bag:
        bag = mesh.corners[mesh.materials == outfit.bag]
        assert bag[..., 2].min() > 0.05
        assert set(mesh.labels) == {ids.PERSON}


def test_skirt_hides_the_thighs():
    long, outfit = drawn(2, 'stand', cut='skirt', hem=0.4, sleeves='long')
    cloth = long.corners[long.materials == outfit.legs]
    assert cloth[..., 2].min() < 0.5


def test_umbrella_is_over_the_head():
    mesh, _ = drawn(8, 'umbrella', hat='', baggage='')
    top = mesh.corners[..., 2].max()
    assert 1.85 < top < 2.4
    canopy = mesh.corners[mesh.corners[..., 2].max(1) > top - 0.1]
    assert np.ptp(canopy.reshape(-1, 3)[:, 0]) > 0.6


def test_what_rolls_beside_a_person_has_no_class():
    rng, materials = np.random.default_rng(0), Materials()
    wardrobe = people.random_wardrobe(rng)
    meshes = [people.passer_by(rng, materials, wardrobe) for _ in range(120)]
    rolling = [m for m in meshes if (m.labels == 255).any()]
    assert rolling
    for mesh in meshes:
        assert set(mesh.labels) <= {ids.PERSON, 255}
        assert ((mesh.instances == 0) == (mesh.labels == 255)).all()
    for mesh in rolling:
        assert mesh.corners[mesh.labels == 255][..., 2].min() < 0.08
    assert any(mesh.instances.max() == 2 for mesh in meshes)  # a child by the hand


def test_passers_by_come_in_many_sizes_and_shapes():
    rng, materials = np.random.default_rng(1), Materials()
    meshes = [people.passer_by(rng, materials) for _ in range(60)]
    heights = [np.ptp(m.corners[..., 2]) for m in meshes]
    assert min(heights) < 1.3
    assert max(heights) > 1.8
    assert len({len(m.labels) for m in meshes}) > 25


def test_umbrellas_open_in_the_rain():
    def widest(rain):
        rng, materials = np.random.default_rng(3), Materials()
        meshes = [people.passer_by(rng, materials, rain=rain) for _ in range(40)]
        return sum(np.ptp(m.corners[..., 1]) > 0.85 for m in meshes)

    assert widest(True) > widest(False) + 8


@pytest.mark.parametrize('count', [1, 2, 5])
def test_crowd_numbers_its_people(count):
    rng, materials = np.random.default_rng(7), Materials()
    for _ in range(6):
        mesh = people.crowd(rng, materials, count)
        assert set(mesh.instances) == set(range(1, count + 1))
        middles = [mesh.corners[mesh.instances == k + 1].mean((0, 1)) for k in range(count)]
        gaps = [np.linalg.norm((a - b)[:2]) for a in middles for b in middles if a is not b]
        assert not gaps or min(gaps) > 0.35


def test_wheelchair_user_is_a_rider():
    mesh = people.wheelchair_user(np.random.default_rng(0), Materials())
    assert set(mesh.labels) == {ids.RIDER, 255}
    chair, rider = (mesh.corners[mesh.labels == k] for k in (255, ids.RIDER))
    assert chair[..., 2].min() == pytest.approx(0.0, abs=0.02)
    assert rider[..., 2].min() > -0.01


def test_same_seed_same_person_and_families_differ():
    first, _ = drawn(11, 'walk')
    second, _ = drawn(11, 'walk')
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    mine, theirs = (people.random_wardrobe(np.random.default_rng(k)) for k in (1, 2))
    assert mine == people.random_wardrobe(np.random.default_rng(1))
    for field in ('colors', 'bottoms', 'shoes', 'skins', 'hairs'):
        assert not set(getattr(mine, field)) & set(getattr(theirs, field))
    assert mine.hair_weights != theirs.hair_weights


def test_clothes_come_from_the_wardrobe():
    rng, materials = np.random.default_rng(5), Materials()
    wardrobe = people.random_wardrobe(rng)._replace(prints=0.0, vests=1.0, hats=1.0)
    outfit = people.random_outfit(rng, materials, wardrobe)
    table = materials.table()
    assert table.kinds[outfit.vest] == mat.STRIPES
    assert outfit.hat in HATS
    worn = people.random_outfit(rng, materials, wardrobe._replace(warmth=1.0))
    assert worn.sleeves == 'long'
    color = table.colors[outfit.top][0]
    assert min(np.abs(np.array(c) - color).max() for c in wardrobe.colors) < 0.5


def test_children_have_larger_heads():
    tall, small = (drawn(4, 'stand', h, hat='', hair_style='bald', hood=False) for h in (1.8, 1.0))
    size = []
    for mesh, outfit in (tall, small):
        face = mesh.corners[mesh.materials == outfit.skin]
        top = mesh.corners[..., 2].max()
        head = face[face[..., 2] > 0.8 * top]
        size.append(np.ptp(head[:, 1]) / top)
    assert size[1] > 1.1 * size[0]
