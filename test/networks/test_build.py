import pytest

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks import NETWORKS, build_network


def test_unknown_name_lists_the_known():
    with pytest.raises(NetworkError, match=f"'resnet'.*{', '.join(NETWORKS)}"):
        build_network('resnet')


def test_class_count_is_checked():
    with pytest.raises(NetworkError, match='at least 1, got 0'):
        build_network('trans4pass_nano', num_classes=0)
