"""What reports say of the machine."""

from types import SimpleNamespace

import pytest

from panoseg_ros.evaluation.environment import name_runtime


@pytest.mark.parametrize(
    ('runtime', 'expected'),
    [
        ('ONNX Runtime 1.31.1 on the CPU', 'ONNX Runtime 1.31.1 on the CPU in float32'),
        ('torch 2.15 on NVIDIA L4 in float16', 'torch 2.15 on NVIDIA L4 in float16'),
    ],
)
def test_a_runtime_is_named_with_its_precision(runtime, expected):
    assert name_runtime(SimpleNamespace(runtime=runtime)) == expected
