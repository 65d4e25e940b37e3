import torch

from panoseg_ros.training.average import AveragedWeights


def test_average_follows_quickly_at_first_and_slowly_in_the_end():
    average = AveragedWeights({'w': torch.zeros(2), 'n': torch.tensor(0)}, 0.9)
    average.update({'w': torch.ones(2), 'n': torch.tensor(1)}, step=1)
    assert torch.allclose(average.state['w'], torch.full((2,), 10 / 11))
    assert average.state['n'] == 1
    average.update({'w': torch.zeros(2), 'n': torch.tensor(2)}, step=10_000)
    assert torch.allclose(average.state['w'], torch.full((2,), 9 / 11))


def test_average_is_a_copy():
    weights = {'w': torch.zeros(1)}
    average = AveragedWeights(weights, 0.9)
    weights['w'] += 1
    assert average.state['w'] == 0
