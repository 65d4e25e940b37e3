"""The loop on tiny pictures: it learns, resumes exactly, and says what goes wrong."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import NetworkError, TrainingError
from panoseg_ros.networks import build_network
from panoseg_ros.training import Phase, Samples, TrainConfig, loop, train, trained_so_far

CONFIG = TrainConfig(
    name='tiny',
    network='trans4pass_nano',
    label_set='cityscapes19',
    input=InputSpec(32, 64, wrap_px=8),
    phases=(Phase(32, 32, 2, 0.5), Phase(32, 64, 2, 0.5)),
    steps=6,
    learning_rate=2e-3,
    warmup=0.0,
    checkpoint_steps=2,
    validations=1,
)


@pytest.fixture(scope='module', autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope='module')
def samples():
    """Sky above road: the class follows from the row, the colour from the class."""
    labels = np.zeros((4, 32, 64), np.uint8)
    labels[:, :16] = 10
    images = np.repeat(np.where(labels == 10, 220, 60).astype(np.uint8)[..., None], 3, 3)
    return Samples(images, labels, tuple(f'{i}.png' for i in range(4)))


class KilledError(Exception):
    pass


def kill_at(step):
    def report(now):
        if now.step == step:
            raise KilledError

    return report


def test_killed_run_resumes_to_the_same_weights(samples, tmp_path):
    undisturbed = train(CONFIG, samples, None, tmp_path / 'a', accelerator='cpu')
    with pytest.raises(KilledError):
        train(CONFIG, samples, None, tmp_path / 'b', accelerator='cpu', report=kill_at(3))
    steps = []
    resumed = train(
        CONFIG,
        samples,
        None,
        tmp_path / 'b',
        accelerator='cpu',
        report=lambda now: steps.append(now.step),
    )
    assert steps == [3, 4, 5, 6]  # from the checkpoint of step 2
    expected = undisturbed.network.state_dict()
    for key, value in resumed.network.state_dict().items():
        assert torch.equal(value, expected[key]), key
    assert resumed.position.seen == 12
    again = trained_so_far(CONFIG, tmp_path / 'b')
    assert torch.equal(again.network.dede_head.pred.weight, resumed.network.dede_head.pred.weight)


def test_loss_falls_and_validation_is_recorded(samples, tmp_path):
    reports = []
    config = replace(CONFIG, steps=14)
    trained = train(config, samples, samples, tmp_path, accelerator='cpu', report=reports.append)
    assert reports[-1].loss < 0.5 * reports[0].loss
    assert [now.mean_iou is not None for now in reports] == [False] * 13 + [True]
    (entry,) = trained.position.history
    assert entry['step'] == 14 and 0 <= entry['mean_iou'] <= 1
    assert reports[-1].learning_rate < reports[0].learning_rate
    assert not trained.network.training


def test_minutes_replace_steps(samples, tmp_path):
    trained = train(CONFIG, samples, None, tmp_path, accelerator='cpu', max_minutes=1e-4)
    assert trained.position.step == 1


def test_checkpoint_of_another_run_is_refused(samples, tmp_path):
    short = replace(CONFIG, steps=1)
    train(short, samples, None, tmp_path, accelerator='cpu')
    with pytest.raises(TrainingError, match=r'learning_rate = 0\.002, this one has 0\.1'):
        train(replace(short, learning_rate=0.1), samples, None, tmp_path, accelerator='cpu')


def test_damaged_checkpoint_is_named(samples, tmp_path):
    (tmp_path / 'checkpoint.pt').write_bytes(b'nothing')
    with pytest.raises(TrainingError, match=r'checkpoint\.pt: cannot be resumed'):
        train(CONFIG, samples, None, tmp_path, accelerator='cpu')


def test_loss_that_is_not_finite_names_the_images(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, 'class_weights', lambda *_: np.full(19, np.nan, np.float32))
    with pytest.raises(TrainingError, match=r'the loss became nan on \d\.png, \d\.png'):
        train(CONFIG, samples, None, tmp_path, accelerator='cpu')


def test_snapshot_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(TrainingError, match='holds no checkpoint'):
        trained_so_far(CONFIG, tmp_path)


def test_encoder_weights_are_where_a_run_starts(tmp_path):
    encoder = build_network('trans4pass_nano').encoder.state_dict()
    plain = {key: value + 1 for key, value in encoder.items() if 'offset_' not in key}
    plain = {key: value for key, value in plain.items() if 'modulator_' not in key}
    path = tmp_path / 'mit_b0.pth'
    torch.save(plain, path)
    network = loop.initial_network(replace(CONFIG, encoder_weights=str(path)), 19)
    found = network.encoder.state_dict()
    assert all(torch.equal(found[key], value) for key, value in plain.items())
    torch.save({'norm1.bias': torch.zeros(3)}, path)
    with pytest.raises(NetworkError, match=r'encoder_weights .*mit_b0\.pth: weights do not fit'):
        loop.initial_network(replace(CONFIG, encoder_weights=str(path)), 19)
