"""Panoramas of some of the lenses, and of masked ones."""

import dataclasses

import numpy as np
import pytest
from camera_scene import colour, pictures

from panoseg_ros.cameras import PanoramaMapper, Rig, load_rig
from panoseg_ros.cameras.mapper import KEPT_TABLES
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform

SMALL = PanoramaGeometry(64, 128)


@pytest.fixture(scope='module')
def rig():
    return load_rig('dual_fisheye')


@pytest.fixture(scope='module')
def mapper(rig):
    return PanoramaMapper(rig, SMALL)


@pytest.mark.parametrize('name', ['front', 'back'])
def test_one_lens_alone_is_a_rig_of_one(rig, mapper, name):
    views = pictures(rig, 0.25)
    (entry,) = (entry for entry in rig.lenses if entry.name == name)
    image, valid = mapper({name: views[name]})
    one, seen = PanoramaMapper(Rig('one', (entry,), np.eye(4)), SMALL)({name: views[name]})
    np.testing.assert_array_equal(image, one)
    np.testing.assert_array_equal(valid, seen)
    assert 0.6 < valid.mean() < 0.68
    assert not image[~valid].any()


def test_the_others_go_on_and_all_come_back(rig, mapper):
    views = pictures(rig, 0.25)
    before, _ = mapper(views)
    mapper({'back': views['back']})
    after, valid = mapper({'back': views['back'], 'front': views['front']})  # in any order
    assert valid.all()
    assert np.abs(after.astype(int) - before).max() <= 2
    assert np.abs(after - colour(SMALL.rays())).mean() < 2.0


def test_tables_do_not_pile_up(rig):
    mapper = PanoramaMapper(rig, PanoramaGeometry(8, 16))
    for side in (10, 20, 30):
        view = np.zeros((side, side, 3), np.uint8)
        for names in (('front',), ('back',), ('front', 'back')):
            mapper(dict.fromkeys(names, view))
    assert len(mapper._kept) == KEPT_TABLES


@pytest.mark.parametrize(
    ('images', 'named'),
    [
        ({}, 'got no picture, its lenses are front, back'),
        ({'left': 1, 'front': 1}, 'got a picture of lens left, its lenses are front, back'),
    ],
)
def test_unknown_lenses_and_no_lens_are_named(rig, mapper, images, named):
    view = np.zeros((96, 96, 3), np.uint8)
    with pytest.raises(CameraError, match=f'rig dual_fisheye: {named}'):
        mapper(dict.fromkeys(images, view))
    with pytest.raises(CameraError, match=named):
        rig.panorama(dict.fromkeys(images, view), 64)


def masked(rig, mask):
    front, back = rig.lenses
    return Rig('masked', (dataclasses.replace(front, mask=mask), back), rig.base_from_pano)


@pytest.mark.parametrize('geometry', [SMALL, PanoramaGeometry(256, 512)])
@pytest.mark.parametrize('scale', [1.0, 0.5, 0.34])
def test_no_masked_pixel_enters(rig, geometry, scale):
    """Everything masked is white, everything else black: no white may be left."""
    rng = np.random.default_rng(3)
    mask = np.repeat(np.repeat(rng.random((30, 30)) < 0.7, 32, 0), 32, 1)
    mask[500:700, 400:433] = False
    side = round(960 * scale)
    at = np.arange(side)[None] + [[0.001], [0.999]]
    near = (at * 960 / side).astype(int)  # what a picture's pixel has of the lens'
    touched = ~np.logical_and.reduce([mask[np.ix_(v, u)] for v in near for u in near])
    white = np.where(touched[..., None], 255, 0).astype(np.uint8).repeat(3, -1)
    black = np.zeros_like(white)
    image, valid = PanoramaMapper(masked(rig, mask), geometry)({'front': white, 'back': black})
    assert not image.any()
    only_front = np.rad2deg(np.arccos(geometry.rays()[..., 0])) < 79.0
    share = valid[only_front].mean()
    assert 0.0 < share < mask.mean()
    assert valid[~only_front].mean() > 0.95


def test_valid_where_another_lens_sees_behind_the_mask(rig):
    front, back = rig.lenses
    hidden = dataclasses.replace(front, mask=np.zeros((960, 960), bool))
    turn = transform(rotation_from_rpy_deg(0, 0, 60), [0, 0, 0])
    left = dataclasses.replace(front, name='left', pano_from_lens=turn @ front.pano_from_lens)
    mapper = PanoramaMapper(Rig('three', (hidden, left, back), np.eye(4)), SMALL)
    assert mapper.valid[:, :76].all() and not mapper.valid[32, 80:90].any()
    _, valid = mapper(pictures(rig, 0.1))  # left is silent
    assert not valid[32, 40:90].any()
