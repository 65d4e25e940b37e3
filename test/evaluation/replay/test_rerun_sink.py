"""`panoseg replay --rrd` from the bag to the recording."""

from importlib.util import find_spec

import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

from replay_samples import ONE, write_bag
from rrd_files import entities

from panoseg_ros.cli.main import main

needs_rerun = pytest.mark.skipif(find_spec('rerun') is None, reason='rerun-sdk is not installed')


@pytest.fixture
def words(make_bundle, tmp_path):
    write_bag(tmp_path / 'a.mcap', 3)
    source = ['replay', str(tmp_path / 'a.mcap'), '--bundle', str(make_bundle())]
    rest = ['--rig', ONE, '--threads', '1', '--no-bag']
    return [*source, *rest, '--out', str(tmp_path / 'out'), '--rrd', str(tmp_path / 'a.rrd')]


@needs_rerun
def test_every_result_is_in_the_recording(words, tmp_path, capsys):
    assert main(words) == 0
    found = entities(tmp_path / 'a.rrd')
    rows = {
        '/panorama/image': 'EncodedImage', '/panorama/mask': 'SegmentationImage',
        '/costmap/combined': 'SegmentationImage', '/costmap/road': 'SegmentationImage',
        '/world/base': 'Transform3D', '/world/base/points': 'Points3D',
        '/world/base/feet': 'Points3D',
        '/plot/latency': 'Scalars', '/plot/stages/network': 'Scalars',
    }  # fmt: skip
    assert {name: found[name][kind] for name, kind in rows.items()} == dict.fromkeys(rows, 3)
    assert main([*words, '--resume']) == 2
    assert 'a.rrd: exists: with --resume' in capsys.readouterr().err
    more = tmp_path / 'b.rrd'
    assert main([*words[:-1], str(more), '--resume']) == 0
    assert not more.exists()  # nothing was left to be done


@needs_rerun
def test_a_file_that_cannot_be_written_ends_it_at_once(words, tmp_path, capsys):
    assert main([*words[:-1], str(tmp_path)]) == 2
    assert 'is a folder' in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


@needs_rerun
def test_a_replay_that_is_refused_leaves_files_as_they_were(words, tmp_path, capsys):
    old = tmp_path / 'a.rrd'
    old.write_text('of an earlier replay')
    assert main([*words, '--backend', 'nonsense']) == 2
    assert "unknown backend 'nonsense'" in capsys.readouterr().err
    assert old.read_text() == 'of an earlier replay'
    assert main(words) == 0  # the folder is not taken for a replay
    assert main(words) == 2
    assert 'holds a replay already' in capsys.readouterr().err


def test_several_recordings_are_refused(words, tmp_path, capsys):
    assert main([words[0], words[1], *words[1:]]) == 2
    assert '--rrd takes one recording' in capsys.readouterr().err
