"""package.xml is valid and complete: where it is not, colcon warns and degrades the package."""

import re
from xml.etree import ElementTree

import pytest

# ROS packages whose Python modules the code imports; the distribution provides them.
FROM_ROS = re.compile(r'.*_(msgs|srvs|interfaces|py)$|rclpy|cv_bridge|tf2_ros|launch(_ros)?')
FROM_APT = {'numpy': 'python3-numpy', 'cv2': 'python3-opencv', 'yaml': 'python3-yaml'}


@pytest.fixture(scope='module')
def manifest(root):
    return ElementTree.parse(root / 'package.xml').getroot()


@pytest.fixture(scope='module')
def run_time(manifest):
    return {entry.text for tag in ('depend', 'exec_depend') for entry in manifest.iter(tag)}


def test_it_is_an_ament_python_package_of_format_3(manifest):
    assert (manifest.tag, manifest.get('format')) == ('package', '3')
    assert manifest.findtext('export/build_type') == 'ament_python'
    order = [child.tag for child in manifest][:5]
    assert order == ['name', 'version', 'description', 'maintainer', 'license']


def test_name_version_and_maintainer_are_well_formed(manifest, root):
    name = manifest.findtext('name')
    assert re.fullmatch(r'[a-z][a-z0-9_]*', name)
    assert (root / 'resource' / name).is_file()
    assert re.fullmatch(r'\d+\.\d+\.\d+', manifest.findtext('version'))
    assert re.fullmatch(r'[^@\s]+@[^@\s]+\.[a-z]+', manifest.find('maintainer').get('email'))
    assert (root / manifest.find('license').get('file')).is_file()


def test_no_dependency_is_named_twice(manifest):
    named = [(child.tag, child.text) for child in manifest if child.tag.endswith('depend')]
    assert len(set(named)) == len(named)


def test_every_ros_package_in_use_is_declared(foreign_imports, run_time):
    used = {name for name in foreign_imports if FROM_ROS.fullmatch(name)}
    assert used, 'the pattern finds nothing'
    assert used <= run_time, {name: foreign_imports[name] for name in used - run_time}


def test_apt_packages_in_use_are_declared(foreign_imports, run_time):
    assert {FROM_APT[name] for name in FROM_APT if name in foreign_imports} <= run_time
