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


def test_sets_are_mixed_by_weight(street_data, tmp_path, monkeypatch):
    from panoseg_ros import training

    given = []

    def stop(config, data, *args, **kwargs):
        given.append(data)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, 'train', stop)
    words = ['train', '--config', str(street_data / 'run.yaml'), '--out', str(tmp_path / 'out')]
    words += ['--run', str(tmp_path / 'run'), '--weight', '3', '--weight', '1']
    assert main([*words, '--data', str(street_data), '--data', f'street:{street_data}']) == 130
    (data,) = given
    assert data.parts == (6, 6) and data.shares == (3.0, 1.0)
    assert len(data.source) == 12 and len(data.held_out) == 4
