"""What is written comes back the same."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras import load_rig, rig_yaml, write_rig
from panoseg_ros.cameras.files.poses import rpy_deg_from_rotation
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import rotation_from_rpy_deg


def same(rig, again):
    np.testing.assert_allclose(again.base_from_pano, rig.base_from_pano, atol=1e-12)
    assert [entry.name for entry in again.lenses] == [entry.name for entry in rig.lenses]
    for new, old in zip(again.lenses, rig.lenses, strict=True):
        assert (new.lens, new.topic, new.crop) == (old.lens, old.topic, old.crop)
        assert new.source_size == old.source_size
        np.testing.assert_allclose(new.pano_from_lens, old.pano_from_lens, atol=1e-12)
        np.testing.assert_array_equal(new.mask, old.mask)


@pytest.mark.parametrize('name', ['dual_fisheye', 'gear360', 'equirect'])
def test_shipped_rigs_come_back(tmp_path, name):
    rig = load_rig(name)
    path = tmp_path / 'again.yaml'
    path.write_text(rig_yaml(rig))
    same(rig, load_rig(path))


def test_masks_are_written_beside_the_rig(tmp_path):
    source = rig_yaml(load_rig('dual_fisheye')).replace(
        '    lens:', '    mask: m.png\n    lens:', 1
    )
    (tmp_path / 'source.yaml').write_text(source)
    mask = np.full((96, 96), 255, np.uint8)
    mask[:20, 10:] = 0
    cv2.imwrite(str(tmp_path / 'm.png'), mask)
    rig = load_rig(tmp_path / 'source.yaml')
    (tmp_path / 'out').mkdir()
    write_rig(rig, tmp_path / 'out' / 'rig.yaml')
    assert not rig.lenses[0].mask.all()
    same(rig, load_rig(tmp_path / 'out' / 'rig.yaml'))


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(CameraError, match=r'nowhere/rig\.yaml: cannot be written: No such file'):
        write_rig(load_rig('equirect'), tmp_path / 'nowhere' / 'rig.yaml')


angle = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -90.0, 0.0, 90.0, 180.0]))


@settings(max_examples=100, deadline=None)
@given(roll=angle, pitch=angle, yaw=angle)
def test_angles_give_the_rotation_back(roll, pitch, yaw):
    rotation = rotation_from_rpy_deg(roll, pitch, yaw)
    again = rotation_from_rpy_deg(*rpy_deg_from_rotation(rotation))
    np.testing.assert_allclose(again, rotation, atol=1e-12)
