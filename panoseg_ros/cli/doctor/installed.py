"""Python, and the packages that the node and the other commands need."""

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from panoseg_ros.cli.doctor.finding import Finding, ok, problem

PYTHONS = ((3, 10), (3, 13))  # oldest and newest
NEEDED = ('numpy', 'opencv-python-headless', 'numba', 'pyyaml', 'rich', 'typer')
OTHER_NAMES = {'opencv-python-headless': ('opencv-python', 'opencv-contrib-python')}
OPTIONAL = {  # distribution -> (extra, what it is for)
    'av': ('video', 'H.264 topics and the demo video'),
    'rerun-sdk': ('view', 'the Rerun view'),
    'rosbags': ('bags', 'bags'),
    'trimesh': ('render', 'rendered scenes'),
    'lightning': ('train', 'training'),
    'onnx': ('train', 'export'),
}


def inspect_installed() -> Iterator[Finding]:
    """Yield what is to be said about Python and its packages."""
    yield _python(sys.version_info[:2], '.'.join(map(str, sys.version_info[:3])))
    found = {name: _version(name) for name in NEEDED}
    missing = [name for name, number in found.items() if not number]
    words = ', '.join(f'{name} {number}' for name, number in found.items() if number)
    if missing:
        lack = ', '.join(missing)
        yield problem('packages', f'missing: {lack}', f'pip install {" ".join(missing)}')
    else:
        yield ok('packages', words)
    for name, (extra, purpose) in OPTIONAL.items():
        number = _version(name)
        without = f"not installed; for {purpose}: pip install 'panoseg_ros[{extra}]'"
        yield ok(name, number or without)


def _python(present: tuple[int, ...], words: str) -> Finding:
    oldest, newest = PYTHONS
    if oldest <= present <= newest:
        return ok('python', f'{words} ({sys.executable})')
    limits = ' to '.join('.'.join(map(str, limit)) for limit in PYTHONS)
    return problem('python', words, f'use Python {limits}: PYTHON=python3.12 ./run')


def _version(name: str) -> str:
    for candidate in (name, *OTHER_NAMES.get(name, ())):
        try:
            return version(candidate)
        except PackageNotFoundError:
            continue
    return ''
