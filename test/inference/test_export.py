"""The exported graph against the network that it came from."""

import copy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('torch', reason='exporting needs torch')

import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import BackendError
from panoseg_ros.inference import export
from panoseg_ros.inference.agreement import Agreement
from panoseg_ros.inference.probes import load_probes
from panoseg_ros.networks import build_network, load_weights, save_weights, set_deform_operator

SPEC = InputSpec(96, 192, wrap_px=8)
OF_LOGITS = 1e-4  # how far a graph may be from the network on a rendered panorama


def pictures():
    noise = np.random.default_rng(0).integers(0, 256, (96, 192, 3), np.uint8)
    return [image[None] for image in (noise, *(probe.image for probe in load_probes(SPEC)))]


@pytest.fixture(scope='module')
def nano(tmp_path_factory):
    """A network whose deformable layers deform and whose norms do something."""
    torch.manual_seed(0)
    network = build_network('trans4pass_nano', num_classes=7)
    network.dede_head.pred.bias.data.normal_()  # a random network's classes nearly tie
    for name, value in network.state_dict().items():
        if 'offset' in name or 'modulator' in name or 'running_mean' in name:
            value.normal_(0, 0.1)
        elif 'running_var' in name:
            value.uniform_(0.5, 1.5)
    weights = tmp_path_factory.mktemp('weights') / 'weights.safetensors'
    save_weights(network.state_dict(), weights)
    load_weights(network, weights)
    return network


@pytest.fixture(scope='module')
def graph(nano, tmp_path_factory):
    path = tmp_path_factory.mktemp('graph') / 'model.onnx'
    export.export_onnx(nano, SPEC, path)
    return path


@pytest.fixture(scope='module')
def sampled_graph(nano, tmp_path_factory):
    """The same without DeformConv."""
    path = tmp_path_factory.mktemp('graph') / 'model.onnx'
    agreement = export.export_onnx(nano, SPEC, path, rendering='grid_sample')
    assert agreement.same >= 0.999 and agreement.iou_points <= 0.3
    return path


@pytest.mark.parametrize(
    ('rendering', 'operator'), [('graph', 'torchvision'), ('sampled_graph', 'grid_sample')]
)
def test_graph_gives_the_networks_logits_on_several_images(nano, rendering, operator, request):
    path = request.getfixturevalue(rendering)
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    same = copy.deepcopy(nano)
    set_deform_operator(same, operator)
    deployed = export.wrap_network(same, SPEC)
    noise, *rendered = pictures()
    for image in (noise, *rendered):
        (logits,) = session.run(['logits'], {'image': image})
        with torch.no_grad():
            expected = deployed(torch.from_numpy(image)).numpy()
        assert logits.shape == (1, 7, 24, 52) and logits.dtype == 'float32'
        assert (logits.argmax(1) == expected.argmax(1)).mean() >= 0.998
        limit = 4 * OF_LOGITS if image is noise else OF_LOGITS  # coordinates vary wildly there
        assert abs(logits - expected).max() < limit


def test_logits_are_those_of_the_normalised_wrapped_panorama(nano):
    image = torch.from_numpy(pictures()[1])
    mean, std = torch.tensor(SPEC.mean), torch.tensor(SPEC.std)
    x = ((image / 255 - mean) / std).permute(0, 3, 1, 2)
    with torch.no_grad():
        wrapped = torch.nn.functional.pad(x, (8, 8, 0, 0), mode='circular')
        found = export.wrap_network(nano, SPEC)(image)
        assert torch.allclose(found, nano.quarter_logits(wrapped), atol=1e-3)
        bare = export.wrap_network(nano, InputSpec(96, 192, wrap_px=0))(image)
        assert torch.allclose(bare, nano.quarter_logits(x), atol=1e-3)


def test_graph_is_small_and_uses_standard_operators(graph):
    model = onnx.load(graph)
    operators = [node.op_type for node in model.graph.node]
    assert graph.stat().st_size < 9e6
    assert operators.count('DeformConv') == 13
    assert 'BatchNormalization' not in operators
    assert {node.domain for node in model.graph.node} == {''}
    assert [value.name for value in model.graph.input] == ['image']


def test_stored_halves_are_the_networks_weights_and_nothing_is_rounded(nano, graph):
    tensors = {each.name: each for each in onnx.load(graph).graph.initializer}
    kinds = {name: tensor.data_type for name, tensor in tensors.items()}
    head = 'network.dede_head.head1'
    weight = nano.encoder.block1[0].mlp.fc1.weight.detach().numpy()
    stored = [
        numpy_helper.to_array(tensor)
        for tensor in tensors.values()
        if tensor.data_type == onnx.TensorProto.FLOAT16
    ]
    assert any(np.array_equal(each, weight.T) for each in stored)
    assert kinds[f'{head}.sdp.proj.weight'] == onnx.TensorProto.FLOAT  # a norm is in it
    full = sum(np.prod(tensors[n].dims) for n, kind in kinds.items() if kind == 1)
    assert full < 0.11 * sum(each.size for each in stored)


@pytest.mark.parametrize('rendering', ['graph', 'sampled_graph'])
def test_graph_tells_nothing_of_the_machine_that_wrote_it(rendering, request):
    path = request.getfixturevalue(rendering)
    data = path.read_bytes()
    assert str(Path(export.__file__).parent).encode() not in data
    assert b'stack_trace' not in data and b'.py' not in data


def test_sampled_graph_needs_no_deformable_convolution(sampled_graph):
    nodes = onnx.load(sampled_graph).graph.node
    operators = [node.op_type for node in nodes]
    assert operators.count('GridSample') == 13 and 'DeformConv' not in operators
    assert {node.domain for node in nodes} == {''}


@pytest.mark.parametrize('rendering', ['graph', 'sampled_graph'])
def test_nothing_is_left_to_compute_from_weights_alone(rendering, request):
    graph = onnx.load(request.getfixturevalue(rendering)).graph
    known = {''} | {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        if all(name in known for name in node.input):
            assert node.op_type == 'Cast', f'{node.op_type} of {list(node.input)}'
            known.update(node.output)


def test_unknown_rendering_names_the_known_ones(nano, tmp_path):
    with pytest.raises(BackendError, match="rendering 'gather', expected one of deform_conv, g"):
        export.export_onnx(nano, SPEC, tmp_path / 'model.onnx', rendering='gather')


def test_export_leaves_the_network_as_it_was(nano, graph):
    operators = {m.deform_operator for m in nano.modules() if hasattr(m, 'deform_operator')}
    assert operators == {'auto'}
    assert isinstance(nano.dede_head.head1.sdp.norm, torch.nn.BatchNorm2d)


def test_disagreeing_graph_is_refused_and_not_written(nano, tmp_path, monkeypatch):
    monkeypatch.setattr(export, 'compare', lambda *args: Agreement(0.5, 0.0))
    with pytest.raises(BackendError, match=r'model\.onnx: only 0\.5000'):
        export.export_onnx(nano, SPEC, tmp_path / 'model.onnx')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('name', ['segformer_nano', 'dmlp_nano'])
def test_networks_of_the_comparisons_can_be_exported_too(tmp_path, name):
    torch.manual_seed(0)
    agreement = export.export_onnx(build_network(name), InputSpec(32, 64), tmp_path / 'model.onnx')
    assert agreement.same > 0.99


def test_a_folder_that_cannot_be_written_is_told_before_the_tracing(nano, tmp_path, monkeypatch):
    monkeypatch.setattr(export, '_trace', None)
    path = tmp_path / 'missing' / 'model.onnx'
    with pytest.raises(BackendError, match=r'model\.onnx: cannot be written: No such file'):
        export.export_onnx(nano, InputSpec(32, 64), path)
