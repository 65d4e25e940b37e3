"""Recordings as Rerun's own reader sees them."""

from importlib.util import find_spec

import numpy as np
import pytest
from rrd_files import entities

from panoseg_ros.errors import SettingsError
from panoseg_ros.evaluation.viewing import COMBINED, Cloud, Grid, RerunLog, require_rerun
from panoseg_ros.evaluation.viewing import rerun_log as module
from panoseg_ros.labels import load_label_set

LABELS = load_label_set('cityscapes19')
GRID = Grid(np.zeros((4, 6), np.int8), 0.5, (0.0, 0.0), 0.0)
needs_rerun = pytest.mark.skipif(find_spec('rerun') is None, reason='rerun-sdk is not installed')


@needs_rerun
def test_everything_is_logged_under_its_own_name(tmp_path, monkeypatch):
    monkeypatch.setenv('RERUN_STRICT', '1')
    path = tmp_path / 'new' / 'a.rrd'
    log = RerunLog(LABELS, path, 'an_id')
    log.camera(np.eye(4))
    for stamp_ns in (1_700_000_000_000_000_001, 1_700_000_000_100_000_000):
        log.pose(stamp_ns, np.eye(4))
        log.panorama(stamp_ns, np.zeros((32, 64, 3), np.uint8))
        log.mask(stamp_ns, np.full((32, 64), 255, np.uint8))
        log.grid(stamp_ns, COMBINED, GRID)
        log.grid(stamp_ns, 'road', GRID)
        log.cloud(stamp_ns, Cloud(np.zeros((2, 3), np.float32), np.array([0, 13], np.uint8)))
        log.feet(stamp_ns, np.zeros((0, 3), np.float32))
        log.stages(stamp_ns, {'network': 5.0, 'a word': 1.0})
        log.latency(stamp_ns, 20.0)
    log.close()
    found = entities(path)
    assert {name: found[name]['AnnotationContext'] for name in ('/', '/costmap/road')} == {
        '/': 1, '/costmap/road': 1
    }  # fmt: skip
    rows = {
        '/panorama/image': 'EncodedImage', '/panorama/mask': 'SegmentationImage',
        '/costmap/combined': 'SegmentationImage', '/costmap/road': 'SegmentationImage',
        '/costmap/robot': 'Arrows2D', '/world/ground': 'GridMap', '/world/base': 'Transform3D',
        '/world/base/points': 'Points3D', '/world/base/feet': 'Points3D',
        '/plot/latency': 'Scalars', '/plot/stages/network': 'Scalars',
        '/plot/stages/a_word': 'Scalars',
    }  # fmt: skip
    assert {name: found[name][kind] for name, kind in rows.items()} == dict.fromkeys(rows, 2)
    assert found['/world/base/camera']['Transform3D'] == 1
    assert found['/legend']['Image'] == 1


@needs_rerun
def test_the_layout_shows_what_is_logged(tmp_path):
    RerunLog(LABELS, tmp_path / 'a.rrd').close()
    found = entities(tmp_path / 'a.rrd')
    views = [name for name in found if name.startswith('/view/') and name.count('/') == 2]
    assert len(views) == 6  # panorama, classes, legend, stages, latency, space; no costmap yet
    assert sum('EyeControls3D' in kinds for kinds in found.values()) == 1


@needs_rerun
def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(SettingsError, match=r'Rerun cannot open .*file') as caught:
        RerunLog(LABELS, tmp_path / 'file' / 'a.rrd')
    assert '\n' not in str(caught.value)
    with pytest.raises(SettingsError, match='Rerun cannot open'):
        RerunLog(LABELS, tmp_path)


def test_a_missing_rerun_is_one_line(monkeypatch):
    monkeypatch.setattr(module, 'find_spec', lambda name: None)
    with pytest.raises(SettingsError, match=r'--view needs Rerun.*panoseg_ros\[view\]'):
        require_rerun('--view')
