import cv2
import numpy as np
import pytest

from panoseg_ros.cli.main import main
from panoseg_ros.training import load_train_config


@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        ([], 'nothing to learn from: give --data or --render'),
        (['--data', 'a', '--weight', '1', '--weight', '2'], 'once for each of the 1 --data'),
        (['--data', 'a', '--weight', '0'], 'be positive, got 0.0'),
        (['--render', 'street', '--devices', '2'], 'feeds one device'),
        (['--render', 'sea'], "cannot render 'sea', expected street"),
        (['--data', 'nowhere'], 'nowhere'),
        (['--data', 'moon:x'], "unknown kind of data set 'moon'"),
    ],
)
def test_wrong_words_end_with_one_line(street_data, tmp_path, capsys, words, reason):
    config = street_data / 'run.yaml'
    assert load_train_config(config).steps == 4
    fixed = ['train', '--config', str(config), '--out', str(tmp_path / 'out')]
    assert main([*fixed, '--run', str(tmp_path / 'run'), *words]) == 2
    said = capsys.readouterr().err
    assert reason in said and said.count('\n') == 1


@pytest.fixture
def given(monkeypatch):
    """What runs were given, none of which begins."""
    from panoseg_ros import training

    taken = []

    def stop(config, data, *args, **kwargs):
        taken.append(data)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, 'train', stop)
    return taken


def test_a_public_data_set_is_learned_from_as_it_was_unpacked(street_data, tmp_path, given):
    root = tmp_path / 'cityscapes'
    for split in ('train', 'val'):
        for kind, ending, shape in (
            ('leftImg8bit', 'leftImg8bit', (32, 96, 3)),
            ('gtFine', 'gtFine_labelIds', (32, 96)),
        ):
            (root / kind / split / 'ulm').mkdir(parents=True)
            pixels = np.full(shape, 26, np.uint8)  # the label id of cars
            cv2.imwrite(str(root / kind / split / 'ulm' / f'a_{ending}.png'), pixels)
    words = ['train', '--config', street_data / 'run.yaml', '--out', tmp_path / 'out']
    words += ['--run', tmp_path / 'run', '--data', f'cityscapes:{root}']
    assert main(list(map(str, words))) == 130
    (data,) = given
    picture, name = data.source.picture(0, 32, 64)
    assert name == 'leftImg8bit/train/ulm/a_leftImg8bit.png'
    assert picture.image.shape == (32, 64, 3) and (picture.labels == 13).all()
    assert picture.aspect == 3.0 and not picture.is_panorama
    assert len(data.held_out) == 1


def test_sets_are_mixed_by_weight(street_data, tmp_path, given):
    words = ['train', '--config', str(street_data / 'run.yaml'), '--out', str(tmp_path / 'out')]
    words += ['--run', str(tmp_path / 'run'), '--weight', '3', '--weight', '1']
    assert main([*words, '--data', str(street_data), '--data', f'street:{street_data}']) == 130
    (data,) = given
    assert data.parts == (6, 6) and data.shares == (3.0, 1.0)
    assert len(data.source) == 12 and len(data.held_out) == 4
