import sys
from types import SimpleNamespace

import numpy as np
import pytest

from panoseg_ros.errors import RosError
from panoseg_ros.labels import load_label_set
from panoseg_ros.ros.demo import rerun_view
from panoseg_ros.ros.demo.pictures import Costs, Snapshot
from panoseg_ros.ros.demo.rerun_view import RerunView, check_rerun


@pytest.fixture
def rerun(monkeypatch):
    """A stand-in that records what is logged; the real one is an optional extra."""
    calls = []
    kinds = ('AnnotationContext', 'Image', 'SegmentationImage')
    module = SimpleNamespace(
        calls=calls,
        init=lambda name: calls.append(('init', name)),
        spawn=lambda: calls.append(('spawn',)),
        save=lambda path: calls.append(('save', path)),
        set_time=lambda name, timestamp: calls.append(('time', timestamp)),
        log=lambda path, what, static=False: calls.append((path, *what)),
        **{kind: lambda value, kind=kind: (kind, value) for kind in kinds},
    )
    monkeypatch.setitem(sys.modules, 'rerun', module)
    monkeypatch.setattr(rerun_view, 'find_spec', lambda name: module)
    return module


def test_every_part_of_a_moment_is_logged_at_its_time(rerun, tmp_path):
    view = RerunView(load_label_set('cityscapes19'), tmp_path / 'demo.rrd')
    assert rerun.calls[1] == ('save', str(tmp_path / 'demo.rrd'))
    path, kind, names = rerun.calls[2]
    assert (path, kind, names[13]) == ('mask', 'AnnotationContext', (13, 'car', (0, 0, 142)))
    image, mask = np.zeros((4, 8, 3), np.uint8), np.zeros((4, 8), np.uint8)
    costs = Costs(np.zeros((4, 4), np.int8), 0.5, (0.0, 0.0))
    view.show(Snapshot(1_500_000_000, image, image, mask, costs, (0.0, 0.0, 0.0)))
    logged = rerun.calls[3:]
    assert logged[0] == ('time', 1.5)
    assert [call[:2] for call in logged[1:]] == [
        ('panorama', 'Image'), ('overlay', 'Image'), ('mask', 'SegmentationImage'),
        ('costmap', 'Image'),
    ]  # fmt: skip


def test_without_a_recording_the_viewer_opens(rerun, monkeypatch):
    RerunView(load_label_set('cityscapes19'))
    assert ('spawn',) in rerun.calls

    def refuse():
        raise RuntimeError('no\nviewer')

    monkeypatch.setattr(rerun, 'spawn', refuse)
    with pytest.raises(RosError, match='Rerun cannot start: no viewer'):
        RerunView(load_label_set('cityscapes19'))


def test_a_missing_rerun_is_one_line(monkeypatch):
    monkeypatch.setattr(rerun_view, 'find_spec', lambda name: None)
    with pytest.raises(RosError, match='pip install rerun-sdk'):
        check_rerun()
