from dataclasses import replace

import pytest
import torch
from torch import nn

from panoseg_ros.bundles import InputSpec
from panoseg_ros.training import Phase, TrainConfig, optimizers
from panoseg_ros.training.optimizers import (
    HIGHEST,
    Muon,
    MuonAdamW,
    build_optimizer,
    orthogonalised,
)

CONFIG = TrainConfig(
    name='tiny',
    network='trans4pass_nano',
    label_set='cityscapes19',
    input=InputSpec(32, 64),
    phases=(Phase(32, 64, 2, 1.0),),
    steps=2,
    learning_rate=1e-3,
    muon_learning_rate=2e-3,
    weight_decay=0.1,
)
MUON = replace(CONFIG, optimizer='muon')
needs_muon = pytest.mark.skipif(not hasattr(torch.optim, 'Muon'), reason='torch 2.9 has Muon')


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 8))


def step(model, optimizer, seed):
    data = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    model(data).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()


def test_norms_and_biases_do_not_decay():
    kernels, rest = build_optimizer(network(), CONFIG).param_groups
    assert [p.ndim for p in kernels['params']] == [4, 2] and kernels['weight_decay'] == 0.1
    assert {p.ndim for p in rest['params']} == {1} and rest['weight_decay'] == 0.0
    assert kernels[HIGHEST] == rest[HIGHEST] == 1e-3


def test_matrices_are_muons():
    optimizer = build_optimizer(network(), MUON)
    assert [len(group['params']) for group in optimizer.param_groups] == [1, 1, 4]
    assert [group[HIGHEST] for group in optimizer.param_groups] == [2e-3, 1e-3, 1e-3]
    assert optimizer.param_groups[0]['params'][0].shape == (8, 16)


def test_its_steps_are_of_adamws_size_and_follow_the_rate():
    model = network()
    optimizer = build_optimizer(model, replace(MUON, weight_decay=0.0))
    before = [p.detach().clone() for p in model.parameters()]
    step(model, optimizer, 0)
    moved = model[3].weight - before[4]
    assert 0.05 < moved.square().mean().sqrt() / 2e-3 < 0.4  # rms of 0.2, as the paper has it
    for group in optimizer.param_groups:
        group['lr'] = 0.0
    before = [p.detach().clone() for p in model.parameters()]
    step(model, optimizer, 1)
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))


def test_a_resumed_one_goes_on_exactly(tmp_path):
    whole, first, second = network(), network(), network()
    one = build_optimizer(whole, MUON)
    for seed in range(4):
        step(whole, one, seed)
    two = build_optimizer(first, MUON)
    for seed in range(2):
        step(first, two, seed)
    torch.save([first.state_dict(), two.state_dict()], tmp_path / 'state.pt')
    weights, state = torch.load(tmp_path / 'state.pt', weights_only=True)
    second.load_state_dict(weights)
    three = build_optimizer(second, MUON)
    three.load_state_dict(state)
    for seed in range(2, 4):
        step(second, three, seed)
    for p, q in zip(whole.parameters(), second.parameters(), strict=True):
        assert torch.equal(p, q)
    assert isinstance(three, MuonAdamW) and three.param_groups[0][HIGHEST] == 2e-3
    three.param_groups[0]['lr'] = 0.0
    before = second[3].weight.detach().clone()
    step(second, three, 4)
    assert torch.equal(second[3].weight, before)


@pytest.mark.parametrize('shape', [(24, 64), (64, 24)])
def test_directions_are_orthogonalised(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    values = torch.linalg.svdvals(orthogonalised(matrix))
    assert values.min() > 0.6 and values.max() < 1.3
    turned = left.T @ orthogonalised(matrix) @ right.T  # diagonal: the vectors stay
    assert (turned - torch.diag(turned.diagonal())).abs().max() < 1e-4


@needs_muon
@pytest.mark.parametrize('has', [False, True])
def test_its_steps_are_those_of_torch(has, monkeypatch):
    monkeypatch.setattr(optimizers, 'cpu_has_bfloat16', lambda: has)
    ours, theirs = (nn.Parameter(torch.ones(12, 40)) for _ in range(2))
    one = Muon([ours], lr=0.01, weight_decay=0.1)
    other = torch.optim.Muon([theirs], lr=0.01, weight_decay=0.1, adjust_lr_fn='match_rms_adamw')
    rng = torch.Generator().manual_seed(0)
    for _ in range(4):
        ours.grad = torch.randn(ours.shape, generator=rng)
        theirs.grad = ours.grad.clone()
        one.step()
        other.step()
        step = (ours - theirs).square().mean().sqrt() / 0.01
        assert step < (1e-6 if has else 0.02)  # theirs is in bfloat16
    assert one.state_dict()['state'][0].keys() == other.state_dict()['state'][0].keys()
