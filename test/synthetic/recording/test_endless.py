"""Scenes sent without end, and the failure that ends them."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic.recording.endless import send_shots

GEOMETRY = PanoramaGeometry(8, 16)
SEEDS = range(100, 105)


class Sent(list):
    """A queue that is full after some messages."""

    def put(self, message):
        self.append(message)
        if len(self) == 10:
            raise KeyboardInterrupt


def shots(split, seed, views, geometry):
    assert split == 'train'
    if seed == 103:
        raise ValueError('no such scene')
    for view in range(views):
        image = np.full((geometry.height, geometry.width, 3), seed, np.uint8)
        yield SimpleNamespace(image=image, labels=image[..., 0] + view)


def test_every_so_manieth_scene_comes_and_the_first_follow_the_last():
    sent = Sent()
    with pytest.raises(KeyboardInterrupt):
        send_shots(shots, SEEDS, 4, GEOMETRY, (2, 2), sent)
    expected = [(seed, view) for seed in (102, 104, 101) for view in range(4)]
    assert [message[2:] for message in sent] == expected[:10]
    for image, labels, seed, view in sent:
        assert (
            image.shape == (8, 16, 3) and (image == seed).all() and (labels == seed + view).all()
        )


def test_a_failure_is_sent_as_text_and_is_the_last():
    sent = Sent()
    send_shots(shots, SEEDS, 2, GEOMETRY, (2, 1), sent)
    assert [message[2:] for message in sent[:-1]] == [(102, 0), (102, 1)]
    assert sent[-1] == 'scene 103 failed: ValueError: no such scene'


def test_its_process_loads_no_torch():
    code = f'import sys, {send_shots.__module__}; sys.exit("torch" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0
