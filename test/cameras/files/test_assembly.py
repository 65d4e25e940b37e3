"""Rigs made of calibrated cameras."""

import numpy as np
import pytest

from panoseg_ros.cameras import CalibratedCamera, Equirectangular, KannalaBrandt, Mei
from panoseg_ros.cameras.files.assembly import assemble, limit_angle, share_picture
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, transform

LENS = KannalaBrandt((960, 960), 270.0, 270.0, 479.5, 479.5)
FRONT, BACK = CalibratedCamera('front', LENS), CalibratedCamera('back', LENS)
BASE = transform(np.eye(3), [0.0, 0.0, 1.2])


def test_one_lens_looks_forward():
    rig = assemble('one', [FRONT], BASE)
    assert rig.topics == ('image',)
    np.testing.assert_array_equal(rig.lenses[0].pano_from_lens[:3, :3], BODY_FROM_OPTICAL)
    assert rig.base_from_pano[2, 3] == 1.2
    assert not rig.base_from_pano.flags.writeable


def test_back_to_back():
    rig = assemble('two', [FRONT, BACK], BASE, back_to_back=True)
    assert rig.topics == ('front/image', 'back/image')
    np.testing.assert_allclose(rig.lenses[0].pano_from_lens[:3, 2], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(rig.lenses[1].pano_from_lens[:3, 2], [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(rig.lenses[1].pano_from_lens[:3, 1], [0, 0, -1], atol=1e-12)
    with pytest.raises(CameraError, match='goes with two cameras that have no extrinsics'):
        assemble('three', [FRONT, BACK, FRONT], BASE, back_to_back=True)
    with pytest.raises(CameraError, match='goes with two cameras that have no extrinsics'):
        assemble('two', [FRONT._replace(pano_from_lens=np.eye(4)), BACK], BASE, back_to_back=True)


def test_extrinsics_are_needed():
    with pytest.raises(CameraError, match=r'front, back: no extrinsics; .*mounted back to back'):
        assemble('two', [FRONT, BACK], BASE)
    placed = FRONT._replace(pano_from_lens=np.eye(4))
    with pytest.raises(CameraError, match=r'^back: no extrinsics'):
        assemble('two', [placed, BACK], BASE)


@pytest.mark.parametrize(
    ('layout', 'whole', 'second'),
    [
        ('side-by-side', (1920, 960), (960, 0, 960, 960)),
        ('over-under', (960, 1920), (0, 960, 960, 960)),
    ],
)
def test_one_picture_of_two_lenses(layout, whole, second):
    rig = assemble('two', share_picture([FRONT, BACK], layout), BASE, back_to_back=True)
    assert rig.topics == ('image',)
    assert [entry.source_size for entry in rig.lenses] == [whole, whole]
    assert [entry.crop for entry in rig.lenses] == [(0, 0, 960, 960), second]
    views = rig.split('image', np.zeros((whole[1], whole[0], 3), np.uint8))
    assert views['back'].shape == (960, 960, 3)


def test_pictures_that_do_not_fit_together():
    other = CalibratedCamera('other', KannalaBrandt((640, 480), 270.0, 270.0, 319.5, 239.5))
    with pytest.raises(CameraError, match='side-by-side needs cameras of one size'):
        share_picture([FRONT, other], 'side-by-side')
    with pytest.raises(CameraError, match='is larger than 32767 pixels'):
        share_picture([FRONT] * 40, 'over-under')


def test_the_angle_is_limited_but_never_widened():
    assert limit_angle(FRONT, 95.0).lens.max_angle_deg == 95.0
    narrow = FRONT._replace(lens=Mei((64, 64), 30.0, 30.0, 31.5, 31.5, 1.0, max_angle_deg=80.0))
    assert limit_angle(narrow, 95.0).lens.max_angle_deg == 80.0
    with pytest.raises(CameraError, match='max_angle_deg'):
        limit_angle(FRONT, -1.0)
    with pytest.raises(CameraError, match='Equirectangular lenses have no max_angle_deg'):
        limit_angle(FRONT._replace(lens=Equirectangular((64, 32))), 90.0)


def test_a_mask_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / 'mask.png').write_text('no picture')
    with pytest.raises(CameraError, match=r"front: mask must be a PNG .* got 'mask\.png'"):
        assemble('one', [FRONT._replace(mask=tmp_path / 'mask.png')], BASE)
