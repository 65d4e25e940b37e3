import os
import signal
import subprocess
import sys
import time

from panoseg_ros.ros.demo.processes import Children, last_line

HANG_S = 100.0
STUBBORN = """
import signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print('ready', flush=True)
time.sleep(120)
"""
WITNESS = """
import os, signal, sys, time
def say(*_):
    os.kill(int(sys.argv[1]), 0)
    print('the other lives', flush=True)
    sys.exit()
signal.signal(signal.SIGINT, say)
print('ready', flush=True)
time.sleep(120)
"""
POLITE = "import time\nprint('ready', flush=True)\ntime.sleep(120)"
PARENT = """
import sys
from pathlib import Path
from panoseg_ros.ros.demo.processes import Children
children = Children()
command = [sys.executable, '-c', 'import time; time.sleep(120)']
print(children.start('child', command, {}, Path(sys.argv[1]) / 'log'), flush=True)
sys.stdin.read()
"""


def wait_for(condition):
    deadline = time.monotonic() + HANG_S
    while not condition():
        assert time.monotonic() < deadline, 'it did not come true'
        time.sleep(0.01)


def alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as stat:
            return stat.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def launch(children, name, code, tmp_path):
    log = tmp_path / f'{name}.log'
    pid = children.start(name, [sys.executable, '-c', code], dict(os.environ), log)
    return pid, log


def test_children_end_on_sigint(tmp_path):
    children = Children()
    pid, log = launch(children, 'polite', POLITE, tmp_path)
    wait_for(lambda: 'ready' in log.read_text())
    assert children.ended('polite') is None
    assert children.stop() == []
    assert not alive(pid)
    assert 'KeyboardInterrupt' in log.read_text()


def test_some_end_before_the_others_are_asked_to(tmp_path):
    children = Children()
    pid, log = launch(children, 'polite', POLITE, tmp_path)
    seen = tmp_path / 'witness.log'
    words = [sys.executable, '-c', WITNESS, str(pid)]
    children.start('witness', words, dict(os.environ), seen)
    wait_for(lambda: 'ready' in log.read_text() and 'ready' in seen.read_text())
    assert children.stop(first=['witness']) == []
    assert last_line(seen) == 'the other lives'
    assert not alive(pid)


def test_the_impatient_kill_what_does_not_listen(tmp_path):
    children = Children()
    pid, log = launch(children, 'stubborn', STUBBORN, tmp_path)
    wait_for(lambda: 'ready' in log.read_text())
    (line,) = children.stop(impatient=lambda: True)
    assert line.startswith('the stubborn was killed by SIGKILL: ready')
    assert not alive(pid)


def test_what_a_child_started_ends_with_it(tmp_path):
    children = Children()
    code = (
        'import subprocess, sys\n'
        f'child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])\n'
        'print(child.pid, flush=True)\nchild.wait()'
    )
    pid, log = launch(children, 'parent', code, tmp_path)
    wait_for(lambda: 'ready' in log.read_text())
    grandchild = int(next(line for line in log.read_text().split() if line.isdigit()))
    children.stop()
    assert not alive(pid)
    wait_for(lambda: not alive(grandchild))


def test_last_words_are_told(tmp_path):
    children = Children()
    launch(children, 'node', 'import sys; sys.exit("no model\\n\\n")', tmp_path)
    wait_for(lambda: children.ended('node') is not None)
    assert children.obituary('node') == f'the node ended with 1: no model ({tmp_path}/node.log)'
    launch(children, 'robot', 'import os; os.kill(os.getpid(), 9)', tmp_path)
    wait_for(lambda: children.ended('robot') is not None)
    assert 'the robot was killed by SIGKILL: it said nothing' in children.obituary('robot')
    children.stop()
    assert last_line(tmp_path / 'node.log') == 'no model'


def test_children_do_not_outlive_a_killed_parent(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, '-c', PARENT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait(HANG_S)
    parent.stdin.close()
    parent.stdout.close()
    wait_for(lambda: not alive(child))
