import pytest

from panoseg_ros.cli.doctor.model import inspect_bundle, inspect_rig
from panoseg_ros.resources import DEFAULT_BUNDLE

UP = """
name: up
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  camera:
    topic: image
    source_size: [64, 16]
    pano_from_lens: {}
    lens: {model: equirectangular, top_deg: 90.0, bottom_deg: 45.0}
"""
OPEN = """
name: open
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  camera:
    topic: cam/image
    calibration: camera_info
    pano_from_lens: {frame_id: cam_optical}
"""


def levels(findings):
    return [finding.level for finding in findings]


def test_a_good_bundle_is_loaded_and_run(make_bundle):
    found = list(inspect_bundle(str(make_bundle()), 'onnx', 1))
    assert levels(found) == ['ok', 'ok']
    assert 'agree with their hashes' in found[0].state
    assert found[1].state.startswith('ONNX Runtime ')


def test_a_changed_file_is_found(make_bundle):
    path = make_bundle()
    with (path / 'model.onnx').open('ab') as file:
        file.write(b'x')
    (finding,) = inspect_bundle(str(path), 'onnx', 1)
    assert finding.level == 'problem'
    assert 'model.onnx' in finding.state


def test_a_bundle_that_does_not_run_is_a_problem(make_bundle):
    found = list(inspect_bundle(str(make_bundle()), 'torch', 1))
    assert levels(found) == ['ok', 'problem']


def test_an_unknown_bundle_names_the_known_ones():
    (finding,) = inspect_bundle('none', 'auto', 0)
    assert finding.level == 'problem'
    assert DEFAULT_BUNDLE in finding.state


def test_a_rig_is_loaded_and_its_coverage_measured():
    found = list(inspect_rig('equirect'))
    assert levels(found) == ['ok', 'ok']
    assert '100% of all directions' in found[1].state


def test_a_camera_that_sees_no_ground_is_a_warning(tmp_path):
    path = tmp_path / 'up.yaml'
    path.write_text(UP)
    found = list(inspect_rig(str(path)))
    assert levels(found) == ['ok', 'warning']
    # The cap above 45 degrees is (1 - sin 45) / 2 of the sphere.
    assert found[1].state == '15% of all directions, 0% of those below the horizon'


def test_a_rig_that_waits_for_its_calibration_says_for_what(tmp_path):
    path = tmp_path / 'open.yaml'
    path.write_text(OPEN)
    found = list(inspect_rig(str(path)))
    assert levels(found) == ['ok', 'ok']
    assert 'camera_info on cam/camera_info, TF cam_optical' in found[1].state


@pytest.mark.parametrize('text', ['lenses: 5', ': :'])
def test_a_broken_rig_is_a_problem(tmp_path, text):
    path = tmp_path / 'broken.yaml'
    path.write_text(text)
    (finding,) = inspect_rig(str(path))
    assert finding.level == 'problem'
    assert str(path) in finding.state
