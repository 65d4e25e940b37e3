"""Rig files: the shipped ones, and every fault in one line that names file and field."""

import copy
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras import KannalaBrandt, load_rig
from panoseg_ros.errors import CameraError

RIG = {
    'name': 'test',
    'base_from_pano': {'translation_m': [0.1, 0.0, 1.2], 'rpy_deg': [0.0, 0.0, 90.0]},
    'lenses': {
        'left': {
            'topic': 'cam/image',
            'source_size': [64, 32],
            'crop': [0, 0, 32, 32],
            'pano_from_lens': {'translation_m': [0.0, 0.2, 0.0], 'rpy_deg': [0.0, 0.0, 90.0]},
            'lens': {
                'model': 'kannala_brandt',
                'fx': 10.0,
                'fy': 10.0,
                'cx': 15.5,
                'cy': 15.5,
                'k': [0.0, 0.0, 0.0, 0.0],
                'max_angle_deg': 95.0,
            },
        },
        'right': {
            'topic': 'cam/image',
            'source_size': [64, 32],
            'crop': [32, 0, 32, 32],
            'pano_from_lens': {'rpy_deg': [0.0, 10.0, -90.0]},
            'lens': {'model': 'pinhole', 'fx': 10, 'fy': 10, 'cx': 15.5, 'cy': 15.5},
        },
    },
}
SHIPPED = ['equirect', 'dual_fisheye', 'dual_fisheye_two_topics', 'gear360']


def write(path: Path, rig: object) -> Path:
    path.write_text(yaml.safe_dump(rig), encoding='utf-8')
    return path


def changed(keys: tuple[str, ...], value: object) -> dict:
    rig = copy.deepcopy(RIG)
    place = rig
    for key in keys[:-1]:
        place = place[key]
    if value is None:
        place.pop(keys[-1], None)
    else:
        place[keys[-1]] = value
    return rig


@pytest.mark.parametrize('name', SHIPPED)
def test_shipped_rigs_load(name):
    rig = load_rig(name)
    assert rig.name == name
    assert 0.5 <= rig.base_from_pano[2, 3] <= 2.0
    for entry in rig.lenses:
        np.testing.assert_allclose(np.linalg.det(entry.pano_from_lens[:3, :3]), 1.0)
        assert not entry.pano_from_lens.flags.writeable


def test_shipped_dual_fisheye_is_what_the_demo_renders():
    rig = load_rig('dual_fisheye')
    front, back = rig.lenses
    assert rig.topics == ('image',)
    assert (front.crop, back.crop) == ((0, 0, 960, 960), (960, 0, 960, 960))
    np.testing.assert_allclose(front.pano_from_lens[:3, :3] @ [0, 0, 1], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(back.pano_from_lens[:3, :3] @ [0, 0, 1], [-1, 0, 0], atol=1e-12)
    assert isinstance(front.lens, KannalaBrandt)
    limit = front.lens.limit_rad
    edge = front.lens.project([np.sin(limit), 0.0, np.cos(limit)])
    assert edge[0] - 480.0 == pytest.approx(469.0, abs=1.0)
    assert load_rig('dual_fisheye_two_topics').topics == ('front/image', 'back/image')


def test_poses_are_body_axes_turned_by_fixed_axis_angles(tmp_path):
    rig = load_rig(write(tmp_path / 'rig.yaml', RIG))
    left, right = rig.lenses
    np.testing.assert_allclose(rig.base_from_pano @ [1, 0, 0, 1], [0.1, 1.0, 1.2, 1], atol=1e-12)
    np.testing.assert_allclose(left.pano_from_lens @ [0, 0, 1, 1], [0, 1.2, 0, 1], atol=1e-12)
    np.testing.assert_allclose(left.pano_from_lens[:3, 1], [0, 0, -1], atol=1e-12)  # y is down
    axis = right.pano_from_lens[:3, 2]
    assert axis[1] < -0.9
    assert axis[2] == pytest.approx(-np.sin(np.deg2rad(10)))  # positive pitch looks down


@pytest.mark.parametrize(
    ('keys', 'value', 'named'),
    [
        (('name',), None, 'name is missing'),
        (('name',), '', 'name must be a text'),
        (('lenses',), {}, 'lenses must name at least one'),
        (('lenses',), [1], 'lenses must be a mapping'),
        (('lenses', 'left'), 3, 'lenses.left must be a mapping'),
        (('lenses', 'le ft'), {}, 'letters'),
        (('extra',), 1, 'extra is not a known key, only base_from_pano, lenses, name'),
        (('lenses', 'left', 'tpoic'), 'x', 'lenses.left.tpoic is not a known key'),
        (('lenses', 'left', 'lens', 'k5'), 0.0, 'lenses.left.lens.k5 is not a known key'),
        (('lenses', 'right', 'lens', 'max_angle_deg'), 80.0, 'max_angle_deg is not a known key'),
        (('lenses', 'left', 'topic'), None, 'lenses.left.topic is missing'),
        (('lenses', 'left', 'topic'), 'cam//image', 'lenses.left.topic must be a ROS topic'),
        (('lenses', 'left', 'topic'), '2cam', 'lenses.left.topic must be a ROS topic'),
        (('lenses', 'left', 'source_size'), [64], 'source_size must be a list of 2 whole'),
        (('lenses', 'left', 'source_size'), [64.0, 32], 'source_size must be a list of 2 whole'),
        (('lenses', 'right', 'source_size'), [128, 64], r'must be \[64, 32\] like the other'),
        (('lenses', 'left', 'crop'), [40, 0, 32, 32], 'lenses.left.crop must be .* inside 64x32'),
        (('lenses', 'left', 'crop'), [0, 0, 0, 32], 'lenses.left.crop'),
        (('lenses', 'left', 'lens', 'model'), 'fisheye', 'model must be one of kannala_brandt'),
        (('lenses', 'left', 'lens', 'fx'), 'wide', 'lenses.left.lens.fx must be a finite number'),
        (('lenses', 'left', 'lens', 'fx'), True, 'lenses.left.lens.fx must be a finite number'),
        (('lenses', 'left', 'lens', 'fx'), 10**400, 'lenses.left.lens.fx must be a finite'),
        (('lenses', 'left', 'lens', 'fx'), float('nan'), 'lenses.left.lens.fx must be a finite'),
        (('lenses', 'left', 'lens', 'fx'), -1.0, 'lenses.left.lens fx must be a positive'),
        (('lenses', 'left', 'lens', 'k'), [0.0] * 5, 'lens.k must be a list of 4 finite numbers'),
        (('lenses', 'left', 'lens', 'max_angle_deg'), 200.0, 'max_angle_deg must be in 0..180'),
        (('base_from_pano', 'rpy_deg'), [0, 0], 'base_from_pano.rpy_deg must be a list of 3'),
        (('lenses', 'left', 'mask'), 'no.png', "lenses.left.mask .* got 'no.png'"),
    ],
)
def test_faults_name_file_and_field(tmp_path, keys, value, named):
    path = write(tmp_path / 'broken.yaml', changed(keys, value))
    with pytest.raises(CameraError, match=named) as caught:
        load_rig(path)
    assert str(path) in str(caught.value)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    'text',
    ['', '[]', 'just text', 'a: [', '\x00', 'a: !!python/object:os.system {}', '? [1]\n: 2'],
)
def test_files_that_are_not_a_mapping(tmp_path, text):
    path = tmp_path / 'rig.yaml'
    path.write_text(text)
    with pytest.raises(CameraError, match=r'rig\.yaml') as caught:
        load_rig(path)
    assert '\n' not in str(caught.value)


def test_file_that_is_missing_or_a_folder_or_binary(tmp_path):
    with pytest.raises(CameraError, match=r'nowhere.*dual_fisheye'):
        load_rig('nowhere')
    with pytest.raises(CameraError, match='cannot be read'):
        load_rig(tmp_path)
    for name in ('~nobody/rig.yaml', 'x' * 5000, 'a\0b'):
        with pytest.raises(CameraError, match='rig:'):
            load_rig(name)
    (tmp_path / 'bin.yaml').write_bytes(bytes(range(256)))
    with pytest.raises(CameraError, match='not a text in UTF-8'):
        load_rig(tmp_path / 'bin.yaml')


def test_a_lens_that_stands_twice_is_named(tmp_path):
    path = tmp_path / 'twice.yaml'
    path.write_text(yaml.safe_dump(RIG).replace('  right:', '  left:'))
    with pytest.raises(
        CameraError, match=r"twice\.yaml: .*line [0-9]+: the key 'left' stands twice"
    ):
        load_rig(path)


def test_mask_is_read_and_scaled_to_the_lens(tmp_path):
    mask = np.full((64, 64), 255, np.uint8)
    mask[32:] = 0
    cv2.imwrite(str(tmp_path / 'mask.png'), mask)
    path = write(tmp_path / 'rig.yaml', changed(('lenses', 'left', 'mask'), 'mask.png'))
    read = load_rig(path).lenses[0].mask
    assert read is not None
    assert read.shape == (32, 32)
    assert read[:16].all()
    assert not read[16:].any()


def test_mask_of_another_shape_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / 'mask.png'), np.zeros((32, 64), np.uint8))
    path = write(tmp_path / 'rig.yaml', changed(('lenses', 'left', 'mask'), 'mask.png'))
    with pytest.raises(CameraError, match=r'mask must have the aspect ratio of 32x32, got .64x32'):
        load_rig(path)


def _leaves(tree: object, keys: tuple = ()) -> list[tuple]:
    if isinstance(tree, dict):
        return [keys] + [leaf for k, v in tree.items() for leaf in _leaves(v, (*keys, k))]
    return [keys]


_JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from([keys for keys in _leaves(RIG) if keys]), _JUNK, st.booleans())
def test_mutated_fields_raise_nothing_but_camera_errors(tmp_path, keys, junk, add):
    rig = changed((*keys[:-1], 'added') if add else keys, junk)
    path = write(tmp_path / 'fuzz.yaml', rig)
    try:
        load_rig(path)
    except CameraError as err:
        assert str(path) in str(err)
        assert '\n' not in str(err)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_mutated_text_raises_nothing_but_camera_errors(tmp_path, data):
    text = bytearray(yaml.safe_dump(RIG).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        junk = data.draw(
            st.sampled_from([b'', b'\t', b'&a', b'*a', b'!!int ', b'{', b'\xff', b'- '])
        )
        text[at : at + data.draw(st.integers(0, 3))] = junk
    path = tmp_path / 'fuzz.yaml'
    path.write_bytes(bytes(text))
    try:
        load_rig(path)
    except CameraError as err:
        assert '\n' not in str(err)
