"""`panoseg play` as a process: domain, keys of a real terminal, signals, output."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from panoseg_ros.bags import LATCHED, BagWriter, GridMessage, ImuMessage

NS = 1_000_000_000
START = 1_700_000_000 * NS
HANG_S = 100.0
PLAY = (
    'import sys; from panoseg_ros.cli import play; import typer\n'
    'app = typer.Typer(); play.register(app); app()\n'
)
ON_A_TERMINAL = (
    'import fcntl, os, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n' + PLAY
)


@pytest.fixture(scope='module')
def bag_path(tmp_path_factory):
    """A map, and an Imu every 10 ms for a minute."""
    path = tmp_path_factory.mktemp('bag') / 'long.mcap'
    with BagWriter(path, qos={'/map': LATCHED}) as bag:
        grid = GridMessage(START, 'map', 0.1, (0.0, 0.0, 0.0), np.zeros((2, 2), np.int8))
        bag.write('/map', START, grid)
        for n in range(1, 6001):
            stamp = START + n * NS // 100
            bag.write('/imu', stamp, ImuMessage(stamp, 'imu', None, (0, 0, 0), (0, 0, 9.8)))
    return path


def start(code, *words, **given):
    return subprocess.Popen([sys.executable, '-c', code, *map(str, words)], **given)


def read_until(descriptor, pattern):
    """Return what came from a terminal up to a pattern."""
    text, deadline = '', time.monotonic() + HANG_S
    while not re.search(pattern, text):
        assert time.monotonic() < deadline, f'no {pattern} in: {text}'
        if select.select([descriptor], [], [], 0.2)[0]:
            text += os.read(descriptor, 4096).decode('utf-8', 'replace')
    return text


def test_a_short_part_is_played_in_a_domain_of_its_own(bag_path):
    process = start(PLAY, bag_path, '--duration', '0.2', '--rate', '10', '--clock',
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)  # fmt: skip
    text, _ = process.communicate(timeout=HANG_S)
    assert process.returncode == 0
    found = re.search(r'in ROS domain (\d+), limited to this host; listen with: (.*)', text)
    assert int(found[1]) != int(os.environ['ROS_DOMAIN_ID'])
    assert f'ROS_DOMAIN_ID={found[1]}' in found[2]
    assert re.search(
        r'/map +nav_msgs/msg/OccupancyGrid +reliable, transient local, depth 1 +1', text
    )
    assert re.search(r'/imu +sensor_msgs/msg/Imu +reliable, volatile, depth 10 +19', text)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(bag_path, number):
    process = start(PLAY, bag_path, '--join', '--loop', stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE)  # fmt: skip
    head = read_until(process.stdout.fileno(), r'services of')
    assert 'in the ROS graph of this shell' in head
    process.send_signal(number)
    rest, _ = process.communicate(timeout=HANG_S)
    assert process.returncode == 0
    assert b'/imu' in rest


def test_keys_pause_step_and_quit(bag_path):
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    process = start(ON_A_TERMINAL, bag_path, stdin=theirs, stdout=theirs, stderr=theirs)
    try:
        read_until(ours, r'space pauses(?s:.*) [1-9]\d* messages')
        os.write(ours, b' ')
        paused = read_until(ours, r'paused, (\d+) messages')
        count = int(re.findall(r'paused, (\d+) messages', paused)[-1])
        os.write(ours, b's')
        read_until(ours, rf'paused, {count + 1} messages')
        os.write(ours, b' ')
        read_until(ours, r's, \d+ messages')
        os.write(ours, b'q')
        read_until(ours, r'/imu +sensor_msgs')
        assert process.wait(HANG_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(ours)


def test_a_domain_that_cannot_be_is_named(bag_path):
    environment = dict(os.environ, ROS_DOMAIN_ID='abc')
    process = start(PLAY, bag_path, '--join', stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                    env=environment)  # fmt: skip
    _, text = process.communicate(timeout=HANG_S)
    assert process.returncode != 0
    assert b'RosError: ROS does not start' in text
    assert b'ROS_DOMAIN_ID' in text
