"""Rig files that leave calibration to the running system."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from panoseg_ros.cameras import Equirectangular, KannalaBrandt, PanoramaMapper, load_rig
from panoseg_ros.cameras.files.rig_file import load_rig_template
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform

LENS = KannalaBrandt((640, 480), 200.0, 200.0, 319.5, 239.5, (0.0,) * 4, 80.0)
RIG = """
name: pair
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front:
    topic: /front/image_raw
    calibration: camera_info
    pano_from_lens: {frame_id: front_optical}
  ready:
    topic: image
    source_size: [64, 32]
    pano_from_lens: {}
    lens: {model: equirectangular}
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str, *changes: tuple[str, str]) -> Path:
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / 'rig.yaml'
        path.write_text(text)
        return path

    return write


def test_a_file_says_what_it_leaves_open(write) -> None:
    template = load_rig_template(write(RIG))
    assert template.needs_camera_info == {'front': '/front/camera_info'}
    assert template.needs_tf == {'front': 'front_optical'}
    assert load_rig_template('equirect').needs_camera_info == {}


@pytest.mark.parametrize(
    ('topic', 'beside'),
    [('picture', 'camera_info'), ('a/b/image', 'a/b/camera_info'), ('~/i', '~/camera_info')],
)
def test_camera_info_is_beside_the_image_unless_the_file_names_it(write, topic, beside) -> None:
    change = ('/front/image_raw', topic)
    assert load_rig_template(write(RIG, change)).needs_camera_info == {'front': beside}
    named = ('calibration: camera_info', 'calibration: camera_info\n    camera_info_topic: /x/y')
    assert load_rig_template(write(RIG, change, named)).needs_camera_info == {'front': '/x/y'}


def test_completed_it_is_a_rig(write) -> None:
    pose = transform(rotation_from_rpy_deg(10.0, 20.0, 30.0), (1.0, 2.0, 3.0))
    rig = load_rig_template(write(RIG)).complete({'front': LENS}, {'front': pose})
    front, ready = rig.lenses
    assert front.lens is LENS and front.source_size == (640, 480) and front.crop is None
    np.testing.assert_array_equal(front.pano_from_lens, pose)
    assert isinstance(ready.lens, Equirectangular)
    assert rig.topics == ('/front/image_raw', 'image')


def test_a_complete_file_needs_nothing(write) -> None:
    whole, loaded = load_rig_template('dual_fisheye').complete(), load_rig('dual_fisheye')
    for ours, theirs in zip(whole.lenses, loaded.lenses, strict=True):
        assert ours.lens == theirs.lens and ours.crop == theirs.crop
        np.testing.assert_array_equal(ours.pano_from_lens, theirs.pano_from_lens)


def test_what_is_missing_or_does_not_fit_is_named(write) -> None:
    template = load_rig_template(write(RIG))
    with pytest.raises(CameraError, match=r'rig pair: lens front: .* that of /front/camera_info'):
        template.complete({}, {'front': np.eye(4)})
    with pytest.raises(CameraError, match='lens front: its pose is that of TF frame front_opt'):
        template.complete({'front': LENS})
    sized = ('calibration:', 'source_size: [320, 240]\n    calibration:')
    with pytest.raises(CameraError, match='lens front must be one of 320x240 pixels, got 640x480'):
        load_rig_template(write(RIG, sized)).complete({'front': LENS}, {'front': np.eye(4)})


def test_only_the_node_can_complete_it(write) -> None:
    with pytest.raises(CameraError, match=r'lenses.front.calibration .* only the node can'):
        load_rig(write(RIG))
    posed = ('    calibration: camera_info\n', '')
    sized = ('/front/image_raw', '/front/image_raw\n    source_size: [64, 32]')
    lens = ('{frame_id: front_optical}', '{frame_id: a}\n    lens: {model: equirectangular}')
    with pytest.raises(CameraError, match=r'lenses.front.pano_from_lens .* only the node can'):
        load_rig(write(RIG, posed, sized, lens))


def test_until_it_is_complete_the_open_lenses_see_nothing(write) -> None:
    rig = load_rig_template(write(RIG)).blind()
    mapper = PanoramaMapper(rig, PanoramaGeometry(32, 64))
    assert mapper.valid.all()  # the other lens sees everything
    alone = type(rig)(rig.name, rig.lenses[:1], rig.base_from_pano)
    image, valid = PanoramaMapper(alone, PanoramaGeometry(32, 64))(
        {'front': np.full((2, 2, 3), 255, np.uint8)}
    )
    assert not valid.any() and not image.any()
    assert np.isnan(rig.lenses[0].lens.unproject([[1.0, 1.0]])).all()


def test_a_mask_of_a_live_lens_needs_the_size_of_the_image(write, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'm.png'), np.zeros((24, 32), np.uint8))
    masked = ('calibration:', 'mask: m.png\n    calibration:')
    with pytest.raises(CameraError, match=r'front.source_size is missing'):
        load_rig_template(write(RIG, masked))
    sized = ('mask:', 'source_size: [640, 480]\n    mask:')
    template = load_rig_template(write(RIG, masked, sized))
    rig = template.complete({'front': LENS}, {'front': np.eye(4)})
    assert rig.lenses[0].mask is not None and rig.lenses[0].mask.shape == (480, 640)


@pytest.mark.parametrize(
    ('old', 'new', 'words'),
    [
        ('calibration: camera_info', 'calibration: file', 'must be camera_info, or left out, got'),
        ('_info', '_info\n    lens: {}', 'lens must be left out'),
        ('calibration:', 'camera_info_topic: 5x\n    calibration:', 'camera_info_topic must be'),
        ('frame_id: front_optical', "frame_id: '/a b'", 'frame_id must be a TF frame'),
        ('frame_id: front_optical', 'frame_id: a, rpy_deg: [0, 0, 0]', 'rpy_deg is not a known'),
        ('    source_size: [64, 32]\n', '', 'ready.source_size is missing'),
        ('topic: image', 'topic: /front/image_raw', r'ready.source_size must be left out like'),
    ],
)  # fmt: skip
def test_faults_are_named(write, old: str, new: str, words: str) -> None:
    with pytest.raises(CameraError, match=words) as caught:
        load_rig_template(write(RIG, (old, new)))
    assert 'rig.yaml' in str(caught.value) and '\n' not in str(caught.value)
