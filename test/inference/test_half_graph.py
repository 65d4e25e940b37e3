"""Which parts of a graph run in float16, and that its labels stay."""

import numpy as np
import pytest

pytest.importorskip('onnx', reason='building a graph needs onnx')

import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from panoseg_ros.inference.tensorrt.half import with_half_products
from panoseg_ros.resources import DEFAULT_BUNDLE

RNG = np.random.default_rng(0)


def small_graph():
    """A product whose weights are stored as float16, a norm, and a product of two products."""
    stored = RNG.normal(size=(4, 6)).astype(np.float16)
    full = RNG.normal(size=(6, 5)).astype(np.float32)
    nodes = [
        helper.make_node('Cast', ['stored'], ['weight'], to=TensorProto.FLOAT),
        helper.make_node('MatMul', ['x', 'weight'], ['a']),
        helper.make_node('Softmax', ['a'], ['b']),
        helper.make_node('MatMul', ['b', 'full'], ['c']),
        helper.make_node('MatMul', ['b', 'full'], ['d']),
        helper.make_node('Add', ['c', 'd'], ['y']),
    ]
    graph = helper.make_graph(
        nodes,
        'small',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, [3, 4])],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, [3, 5])],
        [numpy_helper.from_array(stored, 'stored'), numpy_helper.from_array(full, 'full')],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 19)], ir_version=9)


def types_of(model):
    """Return the type of every tensor."""
    whole = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph
    values = [*whole.value_info, *whole.input, *whole.output]
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    return types | {tensor.name: tensor.data_type for tensor in whole.initializer}


def test_products_are_half_and_all_else_is_full():
    model = with_half_products(small_graph())
    onnx.checker.check_model(model, full_check=True)
    types = types_of(model)
    for node in model.graph.node:
        if node.op_type == 'MatMul':
            kinds = {types[name] for name in (*node.input, *node.output)}
            assert kinds == {TensorProto.FLOAT16}
        elif node.op_type != 'Cast':
            kinds = {types[name] for name in (*node.input, *node.output)}
            assert kinds == {TensorProto.FLOAT}


def test_stored_halves_are_taken_as_they_are_and_tensors_are_cast_once():
    model = with_half_products(small_graph())
    casts = [tuple(node.input) for node in model.graph.node if node.op_type == 'Cast']
    assert sorted(casts) == sorted(
        [('x',), ('b',), *((f'{name}_half_product',) for name in 'acd')]
    )
    assert {tensor.name for tensor in model.graph.initializer} == {'stored', 'full_in_half'}


def test_numbers_move_by_no_more_than_half_precision():
    model = small_graph()
    x = RNG.normal(size=(3, 4)).astype(np.float32)
    (expected,) = ReferenceEvaluator(model).run(None, {'x': x})
    (found,) = ReferenceEvaluator(with_half_products(model)).run(None, {'x': x})
    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected).max() < 0.01
    assert len(model.graph.node) == 6  # the model given is left alone


def test_the_shipped_graph_keeps_its_coordinates_in_full_precision():
    from panoseg_ros.bundles import load_bundle

    model = onnx.load(str(load_bundle(DEFAULT_BUNDLE, verify=False).files['model.onnx']))
    half = with_half_products(model)
    makers = {name: node for node in half.graph.node for name in node.output}
    layers = [node for node in half.graph.node if node.op_type == 'DeformConv']
    assert len(layers) == 13
    for layer in layers:  # its offsets come from a cast to float32 or what follows one
        offset = layer.input[2]
        while makers[offset].op_type not in ('Cast', 'Conv'):
            offset = makers[offset].input[0]
        assert makers[offset].op_type == 'Cast' and makers[offset].attribute[0].i == 1
