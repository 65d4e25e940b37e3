"""The package as pip would see it, built from a copy so that the checkout stays clean."""

import ast
import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT_FROM = (
    *('panoseg_ros', 'config', 'launch', 'models', 'resource', 'scripts'),
    *('setup.py', 'setup.cfg', 'pyproject.toml', 'package.xml', 'LICENSE'),
)
HAS_LAUNCH = importlib.util.find_spec('launch_ros') is not None
LAUNCH_MODULES = (  # what the launch files import, where no distribution provides it
    *('launch', 'launch.actions', 'launch.launch_description_sources', 'launch.substitutions'),
    *('launch_ros', 'launch_ros.actions', 'launch_ros.parameter_descriptions'),
    'launch_ros.substitutions',
)


class Recorder(ModuleType):
    """Offers every class, and records what each was made of."""

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)
        return lambda *words, **given: SimpleNamespace(
            kind=name, words=words, perform=lambda _: '', **given
        )


class Installed(NamedTuple):
    """A wheel and the prefix that it was installed into."""

    wheel: Path
    prefix: Path
    site: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program that sees this installation and not the checkout."""
        path = f'{Path(sys.executable).parent}{os.pathsep}{os.environ["PATH"]}'
        return subprocess.run(
            [str(word) for word in command],
            check=False,
            cwd=self.prefix,
            env={**os.environ, 'PYTHONPATH': str(self.site), 'PATH': path},
            capture_output=True,
            text=True,
            timeout=250,
        )


@pytest.fixture(scope='session')
def root() -> Path:
    return ROOT


@pytest.fixture
def load_launch(monkeypatch):
    """Return a function that imports a file of launch/, with the real `launch` where it is."""
    if not HAS_LAUNCH:
        for name in LAUNCH_MODULES:
            monkeypatch.setitem(sys.modules, name, Recorder(name))

    def load(name):
        path = ROOT / 'launch' / name
        spec = importlib.util.spec_from_file_location(name.replace('.', '_'), path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope='session')
def setup_arguments() -> dict:
    """What setup.py hands to setuptools."""
    setuptools = pytest.importorskip('setuptools', reason='building needs setuptools')
    given: dict = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(setuptools, 'setup', lambda **arguments: given.update(arguments))
        runpy.run_path(str(ROOT / 'setup.py'))
    return given


@pytest.fixture(scope='session')
def installed(tmp_path_factory) -> Installed:
    pytest.importorskip('setuptools', reason='building needs setuptools')
    folder = tmp_path_factory.mktemp('install')
    source, prefix = folder / 'source', folder / 'prefix'
    source.mkdir()
    for name in filter(lambda name: (ROOT / name).exists(), BUILT_FROM):
        _copy(ROOT / name, source / name)
    _pip('wheel', '--no-deps', '--no-build-isolation', '-w', folder, source)
    (wheel,) = folder.glob('*.whl')
    _pip('install', '--no-deps', '--ignore-installed', '--prefix', prefix, wheel)
    site = sysconfig.get_path('purelib', 'posix_prefix', {'base': str(prefix)})
    return Installed(wheel, prefix, Path(site))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns('__pycache__'))
    else:
        shutil.copy2(source, target)


def _pip(*words: str | Path) -> None:
    command = [sys.executable, '-m', 'pip', '--disable-pip-version-check', *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope='session')
def foreign_imports() -> dict[str, set[str]]:
    """Top-level module -> the files that import it, without the standard library and us."""
    return _foreign([*(ROOT / 'panoseg_ros').rglob('*.py'), *(ROOT / 'launch').glob('*.py')])


@pytest.fixture(scope='session')
def test_imports() -> dict[str, set[str]]:
    """The same for tests and benches."""
    return _foreign([*(ROOT / 'test').rglob('*.py'), *(ROOT / 'bench').rglob('*.py')])


def _foreign(files: list[Path]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            for name in _imported(node):
                found.setdefault(name.split('.')[0], set()).add(str(path.relative_to(ROOT)))
    ours = {*sys.stdlib_module_names, 'panoseg_ros'}
    return {name: users for name, users in found.items() if name not in ours}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
