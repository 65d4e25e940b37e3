"""`panoseg render drive`."""

import pytest

from panoseg_ros.cli.main import main
from panoseg_ros.cli.render.drive import roll_and_pitch
from panoseg_ros.errors import SyntheticError

TINY = """
name: tiny
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front:
    topic: image
    source_size: [32, 24]
    pano_from_lens: {rpy_deg: [0.0, 0.0, 0.0]}
    lens: {model: pinhole, fx: 16.0, fy: 16.0, cx: 15.5, cy: 11.5}
"""


@pytest.fixture
def rig(tmp_path):
    pytest.importorskip('embreex', reason='rendering needs embreex')
    pytest.importorskip('rosbags', reason='bags need rosbags')
    file = tmp_path / 'tiny.yaml'
    file.write_text(TINY)
    return str(file)


def test_bag_of_a_built_in_plan(tmp_path, rig, capsys):
    from panoseg_ros.bags import BagReader

    out = tmp_path / 'drive.mcap'
    words = 'render drive --plan spin --seconds 0.2 --rate 5 --weather fog --height 0.6'
    words += ' --tilt 0,5 --panorama 64 --zstd --workers 1'
    assert main([*words.split(), '--out', str(out), '--rig', rig]) == 0
    assert '1 frames' in capsys.readouterr().out
    with BagReader(out) as reader:
        assert reader.topics['/image'].message_count == 1
        assert '/truth/ground/surface' in reader.topics
    assert main([*words.split(), '--out', str(out), '--rig', rig]) == 2
    assert 'drive.mcap: exists already' in capsys.readouterr().err


def test_folder_of_pictures(tmp_path, rig):
    out = tmp_path / 'pictures'
    words = ['render', 'drive', '--pictures', '--seconds', '0.1', '--rate', '10']
    assert main([*words, '--out', str(out), '--rig', rig]) == 0
    assert {file.name for file in out.iterdir()} == {'00.jpg', 'drive.yaml'}


@pytest.mark.parametrize('kind', [[], ['--pictures']])
def test_a_route_that_is_free_nowhere_is_said(tmp_path, rig, capsys, monkeypatch, kind):
    from panoseg_ros.synthetic.recording import free_place

    monkeypatch.setattr(free_place, '_free_share', lambda *_: 0.25)
    words = ['render', 'drive', '--plan', 'spin', '--seconds', '8', '--rate', '0.1', *kind]
    assert main([*words, '--out', str(tmp_path / 'out'), '--rig', rig]) == 0
    said = capsys.readouterr().err
    assert 'no place from which the route is free: something is in the way after 2 s' in said


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--plan', 'nowhere'], 'neither a path nor one of'),
        (['--seconds', '-1'], 'seconds must be above 0'),
        (['--weather', 'snow'], "unknown weather 'snow'"),
        (['--tilt', '5'], '--tilt: expected ROLL,PITCH'),
        (['--storage', 'zip', '--seconds', '0.1'], "unknown storage 'zip'"),
        (['--panorama', '7'], '--panorama: must be even, got 7'),
        (['--height', '-1'], 'height must be above 0 to 30 m, got -1.0'),
        (['--pictures', '--weather', 'fog'], '--weather: is of bags'),
        (['--quality', '50'], '--quality: is of --pictures'),
    ],
)
def test_wrong_words_are_one_line(tmp_path, rig, capsys, words, message):
    out = str(tmp_path / 'bag')
    assert main(['render', 'drive', '--out', out, '--rig', rig, *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count('\n') == 1


def test_tilt_in_words():
    assert roll_and_pitch('1.5,-2') == (1.5, -2.0)
    for text in ('', '1', 'a,b', '1,2,3', 'nan,0', '0,nan', '0,500'):
        with pytest.raises(SyntheticError, match='--tilt'):
            roll_and_pitch(text)
