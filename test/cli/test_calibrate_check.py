import re
import shutil

import numpy as np
import pytest
import yaml

from panoseg_ros.cli.main import main
from panoseg_ros.resources import share_dir

DRIVE = share_dir() / 'config' / 'demo' / 'street_drive'


def test_the_demo_camera_is_as_its_rig_says(capsys, tmp_path):
    assert (
        main(['calibrate', 'check', 'dual_fisheye', str(DRIVE / '00.jpg'), '--out', str(tmp_path)])
        == 0
    )
    text = capsys.readouterr().out
    assert re.search(r'^back +rotation is off by +0\.\d\d deg .* good ', text, re.MULTILINE)
    snippet = text[text.index('lenses:') : text.index('# if the robot')]
    rpy = yaml.safe_load(snippet)['lenses']['back']['pano_from_lens']['rpy_deg']
    assert np.allclose(rpy, [0, 0, 180], atol=0.2) or np.allclose(rpy, [0, 0, -180], atol=0.2)
    assert (tmp_path / 'panorama.png').stat().st_size > 10000
    assert (tmp_path / 'overlap_front_back_difference.png').is_file()


def test_a_lens_turned_by_two_degrees_is_bad(capsys, tmp_path):
    shipped = share_dir() / 'config' / 'rigs' / 'dual_fisheye.yaml'
    text = shipped.read_text().replace('rpy_deg: [0.0, 0.0, 180.0]', 'rpy_deg: [0.0, 2.0, 180.0]')
    rig = tmp_path / 'wrong.yaml'
    rig.write_text(text)
    assert main(['calibrate', 'check', str(rig), str(DRIVE / '00.jpg')]) == 1
    assert '  bad  ' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        (['nowhere', 'a.png'], "rig: 'nowhere'"),
        (['dual_fisheye', 'a.png'], 'a.png: cannot be read'),
        (['dual_fisheye_two_topics', 'a.png'], 'needs 2 picture(s) for each moment'),
        (['equirect', '{text}'], 'is not a picture'),
        (['dual_fisheye_two_topics', '{wide}', '{wide}'], 'rig expects the aspect ratio'),
    ],
)
def test_what_is_wrong_is_said_in_one_line(capsys, tmp_path, words, reason):
    (tmp_path / 'text.png').write_text('no picture')
    shutil.copy(DRIVE / '00.jpg', tmp_path / 'wide.jpg')
    files = {'text': tmp_path / 'text.png', 'wide': tmp_path / 'wide.jpg'}
    assert main(['calibrate', 'check', *(word.format(**files) for word in words)]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count('\n') == 1
