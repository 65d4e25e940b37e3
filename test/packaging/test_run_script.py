"""./run with a stand-in for Python, so that what it installs can be seen without a network."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

PYTHON = r"""#!/usr/bin/env bash
# A stand-in for Python: says a version, makes a folder with itself in it, notes what pip is told.
case "$1 $2" in
    '-ISc '*) echo "${FAKE_VERSION-3.11}" ;;
    '-c import ensurepip, venv') exit "${FAKE_NO_VENV:-0}" ;;
    '-c import numpy'*) [[ -n ${FAKE_NUMPY:-} ]] && echo "$FAKE_NUMPY" ;;
    '-m venv')
        echo "$*" >>"$FAKE_LOG"
        target=${!#}
        mkdir -p "$target/bin"
        for name in python panoseg; do cp "$0" "$target/bin/$name"; done ;;
    '-m pip')
        echo "$*" >>"$FAKE_LOG"
        if [[ -n ${FAKE_GATE:-} ]]; then
            # Between two sleeps bash takes a SIGINT for the sleep's own and goes on.
            trap 'exit 130' INT
            touch "$FAKE_GATE.reached"
            until [[ -e $FAKE_GATE ]]; do sleep 0.02; done
        fi
        echo 'Collecting things'
        exit "${FAKE_PIP:-0}" ;;
    *) echo "$(basename "$0") $*" ;;
esac
"""


class Checkout:
    """A folder with ./run in it and the stand-in first in PATH."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.log = folder / 'a checkout', folder / 'log'
        tools = folder / 'tools'
        for path in (self.folder, tools):
            path.mkdir()
        for name in ('run', 'setup.py', 'package.xml'):
            shutil.copy2(root / name, self.folder / name)
        self.tool(tools / 'python3', PYTHON)
        self.tools = tools
        keep = {key: os.environ[key] for key in ('HOME', 'TMPDIR', 'LANG') if key in os.environ}
        path = f'{tools}{os.pathsep}/usr/bin{os.pathsep}/bin'
        self.environment = keep | {'PATH': path, 'FAKE_LOG': str(self.log)}

    @staticmethod
    def tool(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.folder / 'run'), *words],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **environment: str) -> tuple[int, str, str]:
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=250)
        return process.returncode, out, err

    def installs(self) -> list[str]:
        """Return what pip was asked to install, call by call."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.rpartition(' -e ')[2] for line in lines if line.startswith('-m pip')]


@pytest.fixture
def checkout(tmp_path, root) -> Checkout:
    return Checkout(tmp_path, root)


@pytest.fixture
def distribution(tmp_path):
    """Return a function that makes a sourced ROS 2 for one Python version."""

    def source(version: str) -> dict[str, str]:
        prefix = tmp_path / 'opt' / 'ros'
        (prefix / 'lib' / f'python{version}' / 'site-packages' / 'rclpy').mkdir(parents=True)
        return {'ROS_DISTRO': 'jazzy', 'AMENT_PREFIX_PATH': str(prefix)}

    return source


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 250
    while not path.exists():
        assert time.monotonic() < deadline, f'{path} never came'
        time.sleep(0.01)


@pytest.mark.parametrize(
    ('words', 'extras'),
    [
        (['demo'], 'ros,video'),
        (['demo', '--seconds', '3', '--view'], 'ros,video,view'),
        (['test'], 'ros,video,train,tensorboard,render,bags,view,test,types'),
        (['exec', 'true'], 'ros,video,bags'),
        (['exec', 'python', '-m', 'bench.distortion'], 'ros,video,train,render,bags,view,test'),
        (['exec', 'python', 'bench/gpu.py'], 'ros,video,train,render,bags,view,test'),
        (['run'], 'ros,video'),
        (['doctor'], 'ros,video'),
        (['play'], 'ros,bags'),
        (['train', 'x.yaml'], 'train'),
        (['train', '--render', '8', '--tensorboard=board'], 'train,render,tensorboard'),
        (['weights', 'import', 'a.pth'], 'train'),
        (['bench', 'networks'], 'train'),
        (['bench', 'node'], 'ros'),
        (['bench', 'ground'], 'render'),
        (['evaluate', 'bag'], 'bags'),
        (['evaluate', 'seam', 'nano-street'], 'bags,train'),
        (['evaluate', 'nano-street', '--size', '384x768'], 'bags,train'),
        (['render'], 'render,bags'),
        (['replay', 'a.mcap'], 'bags,video'),
        (['replay', 'a.mcap', '--rrd=a.rrd'], 'bags,video,view'),
        (['replay', 'a.mcap', '--ray'], 'bags,video,ray'),
        (['view'], 'ros,view'),
    ],
)
def test_a_command_installs_what_it_needs(checkout, words, extras):
    code, _, err = checkout.run(*words)
    assert code == 0, err
    assert checkout.installs() == [f'{checkout.folder}[{extras}]']


@pytest.mark.parametrize(
    'words',
    [
        ['demo', '--model', 'room'],
        ['run', '--', '-p', 'model.bundle:=room'],
        ['replay', 'a.mcap', '--bundle=models/room'],
    ],
)
def test_a_bundle_without_a_graph_brings_torch(checkout, words, monkeypatch):
    bundle = checkout.folder / 'models' / 'room'
    bundle.mkdir(parents=True)
    (bundle / 'weights.safetensors').touch()
    monkeypatch.chdir(checkout.folder)
    checkout.run(*words)
    assert checkout.installs()[0].endswith(',train]')
    (bundle / 'model.onnx').touch()
    shutil.rmtree(checkout.folder / '.venv')
    checkout.run(*words)
    assert ',train' not in checkout.installs()[1]


def test_other_words_go_to_panoseg_with_the_core_only(checkout):
    code, out, _ = checkout.run('calibrate', '--json', 'a b')
    assert (code, out) == (0, 'panoseg calibrate --json a b\n')
    assert checkout.installs() == [str(checkout.folder)]


def test_the_second_call_installs_nothing(checkout):
    checkout.run('demo')
    code, out, err = checkout.run('demo')
    assert (code, out, err) == (0, 'panoseg demo\n', '')
    assert len(checkout.installs()) == 1


def test_extras_add_up(checkout):
    checkout.run('demo')
    checkout.run('train')
    checkout.run('demo')
    assert checkout.installs()[1:] == [f'{checkout.folder}[train,ros,video]']


def test_changed_declarations_are_installed(checkout):
    checkout.run('demo')
    with (checkout.folder / 'setup.py').open('a') as setup:
        setup.write('# another dependency\n')
    checkout.run('demo')
    assert len(checkout.installs()) == 2


def test_another_python_makes_the_environment_anew(checkout):
    checkout.run('demo')
    stale = checkout.folder / '.venv' / 'stale'
    stale.touch()
    checkout.run('demo', FAKE_VERSION='3.12')
    assert not stale.exists()
    assert len(checkout.installs()) == 2


def test_somebody_s_own_environment_is_never_deleted(checkout):
    own = checkout.folder / '.venv' / 'bin'
    own.mkdir(parents=True)
    checkout.tool(own / 'python', PYTHON)
    checkout.tool(own / 'panoseg', PYTHON)
    assert checkout.run('demo')[0] == 0
    code, _, err = checkout.run('demo', FAKE_VERSION='3.12')
    assert code == 0, err  # its Python is asked, and says 3.12 as well
    checkout.tool(own / 'python', '#!/bin/sh\necho 3.10\n')
    code, _, err = checkout.run('demo')
    assert code == 2
    assert 'was not made by ./run' in err
    assert (own / 'panoseg').exists()


def test_a_failed_install_is_one_line_and_tried_again(checkout):
    code, _, err = checkout.run('demo', FAKE_PIP='1')
    log = checkout.folder / '.venv' / '.panoseg' / 'install.log'
    assert code == 2
    assert err.splitlines()[-1].startswith('run: installing core,ros,video failed')
    assert err.endswith(f'{log}\n')
    assert log.read_text() == 'Collecting things\n'
    assert checkout.run('demo')[0] == 0
    assert len(checkout.installs()) == 2


def test_an_interrupted_install_leaves_no_stamp(checkout, tmp_path):
    gate = tmp_path / 'gate'
    process = checkout.start('demo', FAKE_GATE=str(gate))
    wait_for(tmp_path / 'gate.reached')
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=250)
    assert process.returncode == 130
    assert checkout.run('demo')[0] == 0
    assert len(checkout.installs()) == 2


def test_two_at_once_install_once(checkout, tmp_path):
    gate = tmp_path / 'gate'
    first = checkout.start('demo', FAKE_GATE=str(gate))
    wait_for(tmp_path / 'gate.reached')
    second = checkout.start('demo')
    assert 'waiting for another ./run' in second.stderr.readline()
    gate.touch()
    assert first.communicate(timeout=250)[0] == second.communicate(timeout=250)[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(checkout.installs()) == 1


def test_without_the_venv_module_it_says_what_to_install(checkout):
    code, _, err = checkout.run('demo', FAKE_NO_VENV='1')
    assert code == 2
    assert 'apt install python3-venv' in err
    assert not (checkout.folder / '.venv').exists()


@pytest.mark.parametrize('version', ['3.9', '3.14', ''])
def test_an_unsupported_python_is_refused(checkout, version):
    code, _, err = checkout.run('demo', FAKE_VERSION=version, PYTHON='python3')
    assert (code, len(err.splitlines())) == (2, 1)
    assert 'needs Python 3.10 to 3.13' in err


def test_without_wheels_it_asks_for_a_ros_installation(checkout):
    checkout.tool(
        checkout.tools / 'uname', '#!/bin/sh\n[ "$1" = -m ] && echo aarch64 || echo Linux\n'
    )
    code, _, err = checkout.run('demo')
    assert (code, len(err.splitlines())) == (2, 1)
    assert 'source a ROS 2 installation' in err
    assert checkout.run('render')[0] == 0


def test_a_sourced_distribution_is_used(checkout, distribution):
    sourced = distribution('3.11')
    code, _, err = checkout.run('test', FAKE_NUMPY='1', **sourced)
    assert code == 0, err
    assert checkout.installs() == [f'{checkout.folder}[video,train,tensorboard,render,bags,test]']
    log = checkout.log.read_text()
    assert f'venv --system-site-packages {checkout.folder}/.venv-jazzy' in log
    constraints = checkout.folder / '.venv-jazzy' / '.panoseg' / 'constraints.txt'
    assert constraints.read_text() == 'numpy>=1,<2\n'


def test_a_python_that_does_not_fit_the_distribution_is_refused(checkout, distribution):
    code, _, err = checkout.run('demo', **distribution('3.9'))
    assert (code, len(err.splitlines())) == (2, 1)
    assert 'ROS 2 jazzy needs Python 3.9' in err
    assert 'is 3.11' in err


def test_tests_run_without_the_plugins_of_a_distribution(checkout):
    _, out, _ = checkout.run('test', '-k', 'this and that')
    assert out.startswith('python -m pytest -p xdist')
    assert out.endswith('-k this and that\n')
    _, out, _ = checkout.run('exec', 'env')
    assert 'PYTEST_DISABLE_PLUGIN_AUTOLOAD' not in out


def test_exec_runs_any_program_inside(checkout):
    _, out, _ = checkout.run('exec', 'env', _ROS_WHEELS_BOOTSTRAP_COMPLETE='1')
    lines = dict(line.split('=', 1) for line in out.splitlines() if '=' in line)
    assert lines['PATH'].startswith(f'{checkout.folder}/.venv/bin:')
    assert lines['VIRTUAL_ENV'] == f'{checkout.folder}/.venv'
    assert '_ROS_WHEELS_BOOTSTRAP_COMPLETE' not in lines
    code, _, err = checkout.run('exec')
    assert (code, err) == (2, 'run: exec needs a program: ./run exec python\n')


@pytest.mark.parametrize('words', [[], ['help']])
def test_help_installs_nothing(checkout, words):
    code, out, _ = checkout.run(*words)
    assert code == 0
    assert 'demo' in out
    assert not checkout.log.exists()
