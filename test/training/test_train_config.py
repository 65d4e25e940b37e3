from dataclasses import replace
from pathlib import Path

import pytest

from panoseg_ros.errors import TrainingError
from panoseg_ros.training import Augmentation, Phase, load_train_config
from panoseg_ros.training.config import as_plain

SHIPPED = Path(__file__).parents[2] / 'config' / 'train'
GOOD = """
name: tiny
network: trans4pass_nano
label_set: cityscapes19
input: {height: 32, width: 64, mean: [0.4, 0.4, 0.4]}
phases:
  - {height: 32, width: 64, batch_size: 2, share: 1.0}
steps: 4
augmentation: {flip: 0.25}
"""


def written(tmp_path, text):
    path = tmp_path / 'run.yaml'
    path.write_text(text)
    return path


@pytest.mark.parametrize('path', sorted(SHIPPED.glob('*.yaml')), ids=lambda path: path.stem)
def test_shipped_runs_are_valid(path):
    config = load_train_config(path)
    assert config.phases[-1].height >= config.input.height >= 128
    assert all(phase.width == 2 * phase.height for phase in config.phases)


def test_values_reach_the_nested_tables(tmp_path):
    config = load_train_config(written(tmp_path, GOOD))
    assert config.input.mean == (0.4, 0.4, 0.4)
    assert config.phases == (Phase(32, 64, 2, 1.0),)
    assert config.augmentation == Augmentation(flip=0.25)
    assert as_plain(config)['input']['mean'] == [0.4, 0.4, 0.4]


@pytest.mark.parametrize(
    ('old', 'new', 'words'),
    [
        ('steps: 4', 'steps: 0', 'steps must be at least 1, got 0'),
        ('steps: 4', 'stpes: 4', "unknown key 'stpes', expected one of name, .*steps"),
        ('share: 1.0', 'share: 0.4', 'add up to 1'),
        ('share: 1.0', 'share: 1.0, variation: 3', 'phases.variation must be 0..1, got 3'),
        ('share: 1.0', 'size: 1', "unknown key 'phases.size'"),
        ('height: 32, width: 64, mean', 'height: 30, width: 64, mean', 'height must be'),
        ('flip: 0.25', 'flip: 2', 'augmentation.flip must be 0..1, got 2'),
        ('flip: 0.25', 'tilt_deg: 60', 'tilt_deg must be 0..30, got 60'),
        ('steps: 4', 'steps: 4\nsample_balance: 2', 'sample_balance must be 0..1, got 2'),
        ('steps: 4', 'steps: 4\npatience: -1', 'patience must not be negative, got -1'),
        ('steps: 4', 'steps: 4\nprecision: fp8', "one of 32-true.*'fp8'"),
        ('steps: 4', 'steps: 4\noptimizer: sgd', "one of adamw, muon, got 'sgd'"),
        ('steps: 4', 'steps: many', "steps must be a whole number, got 'many'"),
        ('steps: 4', 'steps: 4.5', r'steps must be a whole number, got 4\.5'),
        ('steps: 4', 'steps: 4\nlearning_rate: 1e-3', "must be a number, got '1e-3'"),
        ('steps: 4', '', 'steps is missing'),
        ('name: tiny', 'name: 5', 'name must be a text, got 5'),
        (
            'batch_size: 2',
            'batch_size: two',
            "phases.batch_size must be a whole number, got 'two'",
        ),
        ('[0.4, 0.4, 0.4]', '0.4', 'input.mean must be three numbers, got 0.4'),
        ('flip: 0.25', 'flip: often', "augmentation.flip must be a number, got 'often'"),
        ('{flip: 0.25}', 'strong', 'augmentation must be a mapping of flip'),
        ('phases:\n  -', 'phases:', 'phases must be a list, got'),
        ('name: tiny', 'name: [', 'cannot be read'),
        ('name: tiny', 'name: 2026-13-45', 'cannot be read: month must be'),
        ('name: tiny', 'name: ' + '[' * 3000, 'cannot be read'),
    ],
)
def test_faults_name_file_and_field(tmp_path, old, new, words):
    with pytest.raises(TrainingError, match=r'run\.yaml: .*' + words):
        load_train_config(written(tmp_path, GOOD.replace(old, new)))


def test_weaker_augmentation_keeps_poses():
    weak = Augmentation(flip=0.5, tilt=0.6, zoom=0.4, hue_deg=20, style=0.5).scaled(0.5)
    assert (weak.flip, weak.tilt, weak.zoom, weak.hue_deg, weak.style) == (0.5, 0.6, 0.2, 10, 0.25)
    assert Augmentation().scaled(1.0) == Augmentation()


def test_missing_file_is_named(tmp_path):
    with pytest.raises(TrainingError, match=r'gone\.yaml: cannot be read'):
        load_train_config(tmp_path / 'gone.yaml')


def test_impossible_phase_is_refused(tmp_path):
    config = load_train_config(written(tmp_path, GOOD))
    with pytest.raises(ValueError, match='at least 32'):
        replace(config.phases[0], height=16)
