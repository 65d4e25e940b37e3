from importlib.metadata import PackageNotFoundError

import pytest

from panoseg_ros.cli.doctor import installed


def by_subject():
    return {finding.subject: finding for finding in installed.inspect_installed()}


def test_this_environment_is_well():
    found = by_subject()
    assert found['python'].level == found['packages'].level == 'ok'
    assert 'numpy ' in found['packages'].state


@pytest.mark.parametrize('present', [(3, 9), (3, 14)])
def test_another_python_is_a_problem(present):
    finding = installed._python(present, '3.x')
    assert finding.level == 'problem'
    assert '3.10 to 3.13' in finding.advice


def test_what_lacks_is_named(monkeypatch):
    def version(name):
        if name in ('numba', 'av'):
            raise PackageNotFoundError(name)
        return '1.0'

    monkeypatch.setattr(installed, 'version', version)
    found = by_subject()
    assert found['packages'] == ('packages', 'problem', 'missing: numba', 'pip install numba')
    assert found['av'].level == 'ok'
    assert "pip install 'panoseg_ros[video]'" in found['av'].state


def test_other_wheels_of_opencv_count(monkeypatch):
    def version(name):
        if name == 'opencv-python-headless':
            raise PackageNotFoundError(name)
        return '4.9'

    monkeypatch.setattr(installed, 'version', version)
    assert by_subject()['packages'].level == 'ok'
