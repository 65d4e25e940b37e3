"""Tiny real artefacts that several rooms' tests use."""

import signal
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from panoseg_ros.bundles import InputSpec, write_card

# What nothing in a folder works without; elsewhere single files skip by importorskip.
NEEDED = {'bags': 'rosbags', 'networks': 'torch', 'ros': 'rclpy', 'training': 'torch'}

# A run started in the background inherits an ignored SIGINT and passes it on to its children.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if find_spec('hypothesis') is not None:
    from hypothesis import settings

    settings.register_profile('busy', deadline=None)  # times say nothing on a busy machine
    settings.load_profile('busy')


class SkippedModule(pytest.Module):
    """A test module that is not even imported."""

    def collect(self):
        pytest.skip(f'{self.missing} is not installed', allow_module_level=True)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> SkippedModule | None:
    folder = module_path.relative_to(Path(__file__).parent).parts[0]
    missing = NEEDED.get(folder)
    if missing is None or find_spec(missing) is not None:
        return None
    module = SkippedModule.from_parent(parent, path=module_path)
    module.missing = missing
    return module


@pytest.fixture(autouse=True, scope='session')
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep graphs that tests export out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(tmp_path_factory.mktemp('cache')))
        yield


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[..., Path]:
    """Build a real bundle whose graph calls dark pixels road, others sky.

    The graph averages 4 x 4 blocks of the wrapped panorama: logits of class 0 are
    minus the brightness, of class 10 plus the brightness, of all others -100.
    """
    onnx = pytest.importorskip('onnx', reason='building a graph needs onnx')

    def build(
        height: int = 32,
        width: int = 64,
        wrap_px: int = 8,
        num_classes: int = 19,
        name: str = 'tiny',
        label_set: str = 'cityscapes19',
    ) -> Path:
        import numpy as np
        from onnx import TensorProto, helper, numpy_helper

        spec = InputSpec(height, width, wrap_px=wrap_px)
        gain = np.zeros((num_classes, 3, 4, 4), np.float32)
        gain[0], gain[10] = -1.0 / 48.0, 1.0 / 48.0
        bias = np.full(num_classes, -100.0, np.float32)
        bias[0], bias[10] = 100.0, -100.0
        constants = {
            'left': np.array([width - wrap_px], np.int64),
            'end': np.array([width], np.int64),
            'start': np.array([0], np.int64),
            'wrap': np.array([wrap_px], np.int64),
            'axis': np.array([2], np.int64),
            'gain': gain,
            'bias': bias,
        }
        nodes = [
            helper.make_node('Slice', ['image', 'left', 'end', 'axis'], ['head']),
            helper.make_node('Slice', ['image', 'start', 'wrap', 'axis'], ['tail']),
            helper.make_node('Concat', ['head', 'image', 'tail'], ['wrapped'], axis=2),
            helper.make_node('Cast', ['wrapped'], ['real'], to=TensorProto.FLOAT),
            helper.make_node('Transpose', ['real'], ['planes'], perm=[0, 3, 1, 2]),
            helper.make_node('Conv', ['planes', 'gain', 'bias'], ['logits'], strides=[4, 4]),
        ]
        padded = (width + 2 * wrap_px) // 4
        graph = helper.make_graph(
            nodes,
            'tiny',
            [helper.make_tensor_value_info('image', TensorProto.UINT8, [1, height, width, 3])],
            [
                helper.make_tensor_value_info(
                    'logits', TensorProto.FLOAT, [1, num_classes, height // 4, padded]
                )
            ],
            [numpy_helper.from_array(value, key) for key, value in constants.items()],
        )
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 19)], ir_version=9)
        onnx.save(model, str(folder / 'model.onnx'))
        write_card(folder, name=name, network='tiny', label_set=label_set, spec=spec)
        return folder

    return build
