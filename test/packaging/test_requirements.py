"""setup.py declares what the code imports, in the extra that a user of it would install."""

import re

import pytest

DISTRIBUTION = {  # import name -> name on the package index, where they differ
    'cv2': 'opencv-python-headless',
    'rclpy': 'ros-jazzy-rclpy',
    'rerun': 'rerun-sdk',
    'yaml': 'pyyaml',
}
MESSAGES = re.compile(r'.*_(msgs|srvs|interfaces)$')
NOT_ON_THE_INDEX = {'cv_bridge', 'launch', 'launch_ros', 'sensor_msgs_py', 'tf2_ros'}
NO_WHEELS = {'tf2_msgs', 'vision_msgs'}
WITH_TORCH = {'triton'}  # its builds for CUDA bring the version that they want
THROUGH_OTHERS = {  # torch.onnx.export and torch.utils.tensorboard import them
    'onnxscript',
    'tensorboard',
}


@pytest.fixture(scope='module')
def declared(setup_arguments):
    """Extra (or core) -> names of distributions."""
    groups = {'core': setup_arguments['install_requires'], **setup_arguments['extras_require']}
    return {
        extra: {re.match(r'[\w.-]+', requirement).group().lower() for requirement in group}
        for extra, group in groups.items()
    }


def distribution(module):
    if MESSAGES.fullmatch(module):
        return f'ros-{module.replace("_", "-")}'
    return DISTRIBUTION.get(module, module)


def test_every_import_is_declared(declared, foreign_imports):
    known = set().union(*declared.values())
    used = {
        distribution(name): users
        for name, users in foreign_imports.items()
        if name not in NOT_ON_THE_INDEX | NO_WHEELS | WITH_TORCH
    }
    assert used.keys() <= known, {name: used[name] for name in used.keys() - known}


def test_nothing_is_declared_in_vain(declared, foreign_imports, test_imports):
    used = {distribution(name) for name in (*foreign_imports, *test_imports)} | THROUGH_OTHERS
    for extra in declared.keys() - {'test', 'types'}:
        assert declared[extra] <= used, f'{extra}: {declared[extra] - used}'


def test_ros_comes_in_one_distribution(setup_arguments):
    for requirement in setup_arguments['extras_require']['ros']:
        assert '==' in requirement, f'{requirement} would resolve to a later distribution'
        assert 'platform_machine == "x86_64"' in requirement


def test_opencv_comes_without_a_window_system(declared):
    opencv = {name for group in declared.values() for name in group if 'opencv' in name}
    assert opencv == {'opencv-python-headless'}  # two variants overwrite each other's files
