"""The loop on tiny pictures: it learns, resumes exactly, and says what goes wrong."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import NetworkError, TrainingError
from panoseg_ros.networks import build_network
from panoseg_ros.training import Data, Phase, Samples, TrainConfig, loop, train, trained_so_far
from panoseg_ros.training.validate import confusion

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


@pytest.fixture(scope='module')
def undisturbed(samples, tmp_path_factory):
    return train(CONFIG, Data(samples), tmp_path_factory.mktemp('whole'), accelerator='cpu')


def test_killed_run_resumes_to_the_same_weights(samples, undisturbed, tmp_path):
    resumed = interrupted(CONFIG, samples, tmp_path)
    assert same(undisturbed.network, resumed.network)
    assert resumed.position.seen == 12
    again = trained_so_far(CONFIG, tmp_path)
    assert torch.equal(again.network.dede_head.pred.weight, resumed.network.dede_head.pred.weight)


@pytest.mark.skipif(not hasattr(torch.optim, 'Muon'), reason='torch 2.9 has Muon')
def test_killed_run_with_muon_resumes_to_the_same_weights(samples, undisturbed, tmp_path):
    config = replace(CONFIG, optimizer='muon')
    whole = train(config, Data(samples), tmp_path / 'a', accelerator='cpu')
    assert same(whole.network, interrupted(config, samples, tmp_path / 'b').network)
    assert not same(whole.network, undisturbed.network)


def interrupted(config, samples, folder):
    with pytest.raises(KilledError):
        train(config, Data(samples), folder, accelerator='cpu', report=kill_at(3))
    steps = []
    resumed = train(
        config,
        Data(samples),
        folder,
        accelerator='cpu',
        report=lambda now: steps.append(now.step),
    )
    assert steps == [3, 4, 5, 6]  # from the checkpoint of step 2
    return resumed


def same(network, other):
    found = other.state_dict()
    return all(torch.equal(value, found[key]) for key, value in network.state_dict().items())


def test_loss_falls_and_validation_is_recorded(samples, tmp_path):
    reports = []
    config = replace(CONFIG, steps=14)
    trained = train(
        config, Data(samples, samples), tmp_path, accelerator='cpu', report=reports.append
    )
    assert reports[-1].loss < 0.5 * reports[0].loss
    assert [now.mean_iou is not None for now in reports] == [False] * 13 + [True]
    assert reports[-1].class_iou.shape == (19,)
    assert np.isnan(reports[-1].class_iou).sum() == 17
    (entry,) = trained.position.history
    assert entry['step'] == 14 and 0 <= entry['mean_iou'] <= 1
    assert reports[-1].learning_rate < reports[0].learning_rate
    assert not trained.network.training


def test_minutes_replace_steps(samples, tmp_path):
    trained = train(CONFIG, Data(samples), tmp_path, accelerator='cpu', max_minutes=1e-4)
    assert trained.position.step == 1


def test_checkpoint_of_another_run_is_refused(samples, tmp_path):
    short = replace(CONFIG, steps=1)
    train(short, Data(samples), tmp_path, accelerator='cpu')
    with pytest.raises(TrainingError, match=r'learning_rate = 0\.002, this one has 0\.1'):
        train(replace(short, learning_rate=0.1), Data(samples), tmp_path, accelerator='cpu')


def test_damaged_checkpoint_is_named(samples, tmp_path):
    (tmp_path / 'checkpoint.pt').write_bytes(b'nothing')
    with pytest.raises(TrainingError, match=r'checkpoint\.pt: cannot be resumed'):
        train(CONFIG, Data(samples), tmp_path, accelerator='cpu')


def test_loss_that_is_not_finite_names_the_images(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, 'class_weights', lambda *_: np.full(19, np.nan, np.float32))
    with pytest.raises(TrainingError, match=r'the loss became nan on \d\.png, \d\.png'):
        train(CONFIG, Data(samples), tmp_path, accelerator='cpu')


def test_gradient_that_is_not_finite_names_the_images(samples, tmp_path, monkeypatch):
    true_loss = loop.batch_loss

    def steep(*args):
        loss = true_loss(*args)
        loss.register_hook(lambda gradient: gradient * float('nan'))
        return loss

    monkeypatch.setattr(loop, 'batch_loss', steep)
    with pytest.raises(TrainingError, match=r'the gradient became nan on \d\.png, \d\.png'):
        train(CONFIG, Data(samples), tmp_path, accelerator='cpu')


@pytest.mark.parametrize(('key', 'changed'), [('devices', 2), ('shares', [0.25, 0.75])])
def test_what_else_makes_a_run_is_held_to(samples, tmp_path, key, changed):
    short = replace(CONFIG, steps=1)
    train(short, Data(samples), tmp_path, accelerator='cpu')
    state = torch.load(tmp_path / 'checkpoint.pt')
    assert state[key] in (1, [])
    torch.save(state | {key: changed}, tmp_path / 'checkpoint.pt')
    with pytest.raises(TrainingError, match=f'holds a run with {key} = '):
        train(short, Data(samples), tmp_path, accelerator='cpu')


def test_steps_draw_no_random_numbers_of_torch(samples, tmp_path):
    """Else the state of every device's generator would belong into the checkpoint."""
    devices = range(torch.cuda.device_count())
    states = []

    def note(_):
        states.append([torch.get_rng_state(), *map(torch.cuda.get_rng_state, devices)])

    train(CONFIG, Data(samples), tmp_path, report=note)
    assert len(states) == 6
    assert all(
        torch.equal(one, first)
        for now in states
        for one, first in zip(now, states[0], strict=True)
    )


@pytest.mark.parametrize('words', [{'accelerator': 'abacus'}, {'accelerator': 'tpu'}])
def test_missing_accelerator_is_one_line(samples, tmp_path, words):
    with pytest.raises(TrainingError, match=f'^--accelerator {words["accelerator"]} .*') as caught:
        train(CONFIG, Data(samples), tmp_path, **words)
    assert '\n' not in str(caught.value)


def test_too_few_gpus_are_one_line(samples, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 1)
    words = {'accelerator': 'cuda', 'devices': 4}
    with pytest.raises(
        TrainingError, match=r'^--accelerator cuda with --devices 4 .*\[0, 1, 2, 3\]'
    ) as caught:
        train(CONFIG, Data(samples), tmp_path, **words)
    assert '\n' not in str(caught.value)


def test_perspective_pictures_have_no_margin(samples):
    """Glued to its right border, the left one of a flat picture would change labels."""
    torch.manual_seed(0)
    network = build_network('trans4pass_nano').eval()
    rng = np.random.default_rng(0)
    noise = replace(samples, images=rng.integers(0, 256, samples.images.shape, np.uint8))
    flat = replace(noise, aspects=np.ones(4, np.float32))
    spec, bare = CONFIG.input, replace(CONFIG.input, wrap_px=0)
    assert np.array_equal(confusion(network, flat, spec), confusion(network, noise, bare))
    assert not np.array_equal(confusion(network, flat, spec), confusion(network, noise, spec))


def test_other_pictures_are_refused(samples, tmp_path):
    short = replace(CONFIG, steps=1)
    train(short, Data(samples), tmp_path, accelerator='cpu')
    other = replace(samples, key='other')
    with pytest.raises(TrainingError, match='holds a run on other pictures'):
        train(short, Data(other), tmp_path, accelerator='cpu')


def test_other_validation_pictures_are_refused(samples, tmp_path):
    """Their scores do not compare, and the best one chooses the model."""
    short = replace(CONFIG, steps=2)
    scored = Data(samples, replace(samples, key='val'))
    train(short, scored, tmp_path, accelerator='cpu')
    for held_out in (None, replace(samples, key='more')):
        with pytest.raises(TrainingError, match='scored on other validation pictures'):
            train(short, Data(samples, held_out), tmp_path, accelerator='cpu')
    assert train(short, scored, tmp_path, accelerator='cpu').position.step == 2


def test_batches_made_ahead_are_the_same(samples, undisturbed, tmp_path):
    ahead = train(CONFIG, Data(samples), tmp_path, accelerator='cpu', loaders=2)
    assert same(undisturbed.network, ahead.network)


def scores(monkeypatch, values):
    given = iter(values)
    monkeypatch.setattr(loop, 'mean_iou', lambda _: next(given))


def test_run_ends_when_validation_stops_rising_and_keeps_the_best(samples, tmp_path, monkeypatch):
    scores(monkeypatch, [0.1, 0.5, 0.4, 0.5])
    kept = {}

    def keep(now):
        if now.step == 2:
            kept.update(torch.load(tmp_path / 'checkpoint.pt')['average'])

    config = replace(CONFIG, validations=6, patience=2)
    data = Data(samples, samples)
    trained = train(config, data, tmp_path, accelerator='cpu', report=keep)
    assert trained.position.step == 4 and trained.position.ended_early
    found = trained.network.state_dict()
    assert all(torch.equal(value, found[key]) for key, value in kept.items())
    again = train(config, data, tmp_path, accelerator='cpu')  # it stays at its end
    assert again.position.step == 4
    snapshot = trained_so_far(config, tmp_path).network.state_dict()
    assert all(torch.equal(value, found[key]) for key, value in snapshot.items())
    scores(monkeypatch, [0.6, 0.7])
    patient = train(replace(config, patience=3), data, tmp_path, accelerator='cpu')
    assert patient.position.step == 6 and not patient.position.ended_early


def test_best_weights_survive_an_interruption(samples, tmp_path, monkeypatch):
    config = replace(CONFIG, validations=6)
    data = Data(samples, samples)
    with pytest.raises(KilledError):
        scores(monkeypatch, [0.1, 0.9, 0.3])
        train(config, data, tmp_path, accelerator='cpu', report=kill_at(3))
    scores(monkeypatch, [0.3, 0.4, 0.5])
    best = torch.load(tmp_path / 'checkpoint.pt')['best']
    trained = train(config, data, tmp_path, accelerator='cpu')
    assert trained.position.since_best == 4 and not trained.position.ended_early
    found = trained.network.state_dict()
    assert all(torch.equal(value, found[key]) for key, value in best.items())


def test_rare_classes_are_drawn_more_often(samples, tmp_path, monkeypatch):
    rare = np.array(samples.labels)
    rare[3, :8] = 12
    drawn = []
    make = loop.make_batch
    monkeypatch.setattr(loop, 'make_batch', lambda *args: drawn.append(args[1]) or make(*args))
    config = replace(CONFIG, sample_balance=1.0, steps=4)
    train(config, Data(replace(samples, labels=rare)), tmp_path, accelerator='cpu')
    assert [index for places in drawn for _, index in places].count(3) > 3


def test_a_batch_without_labels_teaches_nothing_and_does_no_harm(samples, tmp_path):
    labels = np.full_like(samples.labels, 255)
    labels[0] = 0
    config = replace(CONFIG, steps=2)
    trained = train(config, Data(replace(samples, labels=labels)), tmp_path, accelerator='cpu')
    assert trained.position.step == 2


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
