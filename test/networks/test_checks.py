import pytest
import torch

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks import build_network


@pytest.fixture(scope='module')
def nano():
    return build_network('trans4pass_nano')


def spoiled(value):
    image = torch.zeros(1, 3, 64, 64)
    image[0, 1, 5, 7] = value
    return image


@pytest.mark.parametrize(
    ('image', 'words'),
    [
        (torch.zeros(1, 4, 64, 64), r'must be \(B >= 1, 3, H, W\), got \(1, 4, 64, 64\)'),
        (torch.zeros(3, 64, 64), r'got \(3, 64, 64\)'),
        (torch.zeros(0, 3, 64, 64), r'got \(0, 3, 64, 64\)'),
        (torch.zeros(1, 3, 28, 64), 'at least 29x29 pixels, got 64x28'),
        (torch.zeros(1, 3, 64, 64, dtype=torch.uint8), 'must be torch.float32.*torch.uint8'),
        (torch.zeros(1, 3, 64, 64, dtype=torch.float64), 'must be torch.float32.*torch.float64'),
        (spoiled(float('nan')), 'finite numbers, got NaN or infinite'),
        (spoiled(float('-inf')), 'finite numbers, got NaN or infinite'),
    ],
)
def test_wrong_input_is_refused(nano, image, words):
    with pytest.raises(NetworkError, match=words):
        nano(image)
    with pytest.raises(NetworkError, match=words):
        nano.decoder_maps(image)


def test_integers_are_refused_under_autocast(nano):
    with torch.autocast('cpu', torch.bfloat16), pytest.raises(NetworkError, match='uint8'):
        nano(torch.zeros(1, 3, 64, 64, dtype=torch.uint8))


def test_shapes_can_be_traced_without_values():
    with torch.device('meta'):
        network = build_network('trans4pass_plus_nano')
    assert network(torch.empty(1, 3, 64, 64, device='meta')).shape == (1, 19, 64, 64)
