import dataclasses

import numpy as np
import pytest
from box_room import dual_rig, fisheye, pictures, turn_by, turned_wrongly

from panoseg_ros.cameras.checking.align import match_overlap, rig_turns
from panoseg_ros.cameras.checking.matching import Matches
from panoseg_ros.cameras.checking.overlap import find_overlaps, sample
from panoseg_ros.cameras.checking.photometry import compare_photometry
from panoseg_ros.cameras.checking.refine import refine_rotation, vector_of
from panoseg_ros.errors import CameraError


def strips_of(rig, images):
    [overlap] = find_overlaps(rig)
    return overlap, [tuple(sample(overlap, entry, images[entry.name]) for entry in rig.lenses)]


@pytest.fixture(scope='module')
def images():
    return pictures(dual_rig(fisheye(960)), gains=(1.0, 1.1))


@pytest.mark.parametrize('seed', [1, 2])
def test_pictures_tell_the_rotation(images, seed):
    error = turn_by(np.random.default_rng(seed), 2.0)
    rig = turned_wrongly(dual_rig(fisheye(960)), 'back', error)
    overlap, strips = strips_of(rig, images)
    turn = refine_rotation(match_overlap(overlap, strips), overlap.baseline_m)
    assert np.rad2deg(np.linalg.norm(vector_of(turn.rotation @ error))) < 0.2


def test_the_gain_is_found_in_spite_of_parallax(images):
    overlap, strips = strips_of(dual_rig(fisheye(960)), images)
    found = compare_photometry(strips, overlap.geometry.width)
    assert found.gain == pytest.approx([1.1, 1.1, 1.1], abs=0.02)
    assert found.error < 8.0


def test_dark_pictures_have_no_gain():
    rig = dual_rig(fisheye(240))
    night = {entry.name: np.full((240, 240, 3), 3, np.uint8) for entry in rig.lenses}
    overlap, strips = strips_of(rig, night)
    with pytest.raises(CameraError, match='too dark'):
        compare_photometry(strips, overlap.geometry.width)


def test_a_thin_overlap_is_refused():
    rig = dual_rig(fisheye(240, max_angle_deg=91.0))
    overlap, strips = strips_of(rig, pictures(rig))
    with pytest.raises(CameraError, match=r'overlap too thin: \d\.\d degrees, needs 3'):
        match_overlap(overlap, strips)


def test_all_overlaps_of_four_lenses_are_weighed_together():
    """Lenses b, c and d are off; c is tied to the first lens only through b and d."""
    rng = np.random.default_rng(0)
    names = ('a', 'b', 'c', 'd')
    errors = {'a': np.eye(3)} | {name: turn_by(rng, 2.0) for name in names[1:]}
    rig = dual_rig()
    rig = dataclasses.replace(
        rig, lenses=tuple(dataclasses.replace(rig.lenses[0], name=name) for name in names)
    )
    pairs = {}
    for first, second in (('a', 'b'), ('b', 'c'), ('c', 'd'), ('a', 'd')):
        rays = rng.standard_normal((400, 3))
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        seen = [rays @ errors[name].T for name in (first, second)]
        seen[1] += 0.0005 * rng.standard_normal(rays.shape)
        seen[1] /= np.linalg.norm(seen[1], axis=1, keepdims=True)
        matches = Matches(seen[0], seen[1], np.zeros(400, np.intp), np.ones(400))
        pairs[first, second] = (matches, np.zeros(3))
    turns = rig_turns(rig, pairs)
    for name in names:
        left = vector_of(turns[name].rotation @ errors[name])
        assert np.rad2deg(np.linalg.norm(left)) < 0.02
    assert turns['c'].sigma_deg > turns['b'].sigma_deg > 0.0
    del pairs['b', 'c'], pairs['c', 'd']
    assert rig_turns(rig, pairs)['c'] is None
