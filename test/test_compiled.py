"""Machine code is kept as long as its sources stay, and where it can be."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from panoseg_ros.compiled import PACKAGE

# A package with a room of two files, whose compiled function takes a constant from the other.
FILES = {
    'room/constants.py': 'STEP = 7\n',
    'room/steps.py': (
        'from panoseg_ros.compiled import compiled\n'
        'from panoseg_ros.room.constants import STEP\n'
        '@compiled()\n'
        'def steps(count: int) -> int:\n'
        '    return count * STEP\n'
    ),
}
CALL = 'from panoseg_ros.room.steps import steps; print(steps(2))'


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The words of this package, and a room that compiles something."""
    folder = tmp_path / 'panoseg_ros'
    (folder / 'room').mkdir(parents=True)
    for name in ('__init__', 'compiled', 'errors', 'resources'):
        (folder / f'{name}.py').write_bytes((PACKAGE / f'{name}.py').read_bytes())
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def call(package: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key != 'NUMBA_CACHE_DIR'}
    return subprocess.run(
        [sys.executable, '-c', CALL],
        check=False,
        cwd=package.parent,
        env=kept | {'PYTHONPATH': str(package.parent)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def versions(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_constant_of_another_file_is_noticed(package: Path) -> None:
    assert call(package).stdout == '14\n'
    (first,) = versions(package / 'room' / '__pycache__' / 'machine_code')
    (package / 'room' / 'constants.py').write_text('STEP = 11\n')
    assert call(package).stdout == '22\n'
    assert len(versions(package / 'room' / '__pycache__' / 'machine_code')) == 2
    (package / 'room' / 'constants.py').write_text('STEP = 7\n')
    assert call(package).stdout == '14\n'
    kept = package / 'room' / '__pycache__' / 'machine_code' / first
    assert list(kept.rglob('*.nbc'))


def test_old_versions_are_removed(package: Path) -> None:
    folder = package / 'room' / '__pycache__' / 'machine_code'
    for age in range(6):
        (folder / f'old{age}').mkdir(parents=True)
        then = time.time() - 3600 * (age + 1)
        os.utime(folder / f'old{age}', (then, then))
    assert call(package).stdout == '14\n'
    assert len(versions(folder)) == 4
    assert versions(folder) >= {'old0', 'old1', 'old2'}


def test_where_the_package_cannot_be_written_the_cache_is_used(package: Path) -> None:
    (package / 'room' / '__pycache__').write_text('')  # no folder can be made there
    cache = package.parent / 'cache'
    assert call(package, XDG_CACHE_HOME=str(cache)).stdout == '14\n'
    assert list((cache / 'panoseg_ros' / 'machine_code' / 'room').rglob('*.nbc'))


def test_where_nothing_can_be_written_everything_still_runs(package: Path) -> None:
    (package / 'room' / '__pycache__').write_text('')
    ran = call(package, XDG_CACHE_HOME='/dev/null')
    assert ran.stdout == '14\n'
    assert 'no folder for machine code can be written' in ran.stderr
    assert 'Traceback' not in ran.stderr


def test_the_users_own_folder_is_taken(package: Path) -> None:
    chosen = package.parent / 'chosen'
    assert call(package, NUMBA_CACHE_DIR=str(chosen)).stdout == '14\n'
    assert list((chosen / 'panoseg_ros' / 'room').rglob('*.nbc'))
