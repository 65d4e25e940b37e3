"""A graph whose matrix products run in float16.

TensorRT builds strongly typed networks (the only kind from 11 on): the types of the graph
are those of the engine. Convolutions and matrix products, where nearly all of the work is,
take and give float16 here. Everything else stays in float32: norms and softmax, whose sums
are long; and the coordinates at which deformable layers sample, because float16 knows
half-pixels only from column 1024 on and eighths from 256.
"""

from typing import Any

import numpy as np

PRODUCTS = {'Conv', 'Gemm', 'MatMul'}


def with_half_products(model: Any) -> Any:
    """Return a copy of an `onnx.ModelProto` of float32 whose products are of float16."""
    import onnx

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = _HalfGraph(copy.graph)
    nodes = [new for node in copy.graph.node for new in graph.rewritten(node)]
    used = {name for node in nodes for name in node.input}
    wanted = used | {value.name for value in copy.graph.output}
    weights = [tensor for tensor in copy.graph.initializer if tensor.name in used]
    del copy.graph.node[:], copy.graph.initializer[:]
    copy.graph.node.extend(node for node in nodes if not wanted.isdisjoint(node.output))
    copy.graph.initializer.extend(weights)
    return copy


class _HalfGraph:
    """Knows the float16 twin of every tensor that has one."""

    def __init__(self, graph: Any) -> None:
        from onnx import TensorProto, helper, numpy_helper

        self._graph, self._types = graph, TensorProto
        self._node, self._helper = helper.make_node, numpy_helper
        self._weights = {tensor.name: tensor for tensor in graph.initializer}
        self._twins: dict[str, str] = {}

    def rewritten(self, node: Any) -> list[Any]:
        """Return what stands for a node: itself, or with casts around it."""
        if node.op_type == 'Cast' and self._is_half_weight(node.input[0]):
            self._twins[node.output[0]] = node.input[0]
        if node.op_type not in PRODUCTS:
            return [node]
        before: list[Any] = []
        for index, name in enumerate(node.input):
            if name:
                node.input[index] = self._half(name, before)
        result, half = node.output[0], f'{node.output[0]}_half_product'
        node.output[0] = half
        return [*before, node, self._node('Cast', [half], [result], to=self._types.FLOAT)]

    def _half(self, name: str, before: list[Any]) -> str:
        if name in self._twins:
            return self._twins[name]
        twin = f'{name}_in_half'
        if name in self._weights:
            values = self._helper.to_array(self._weights[name]).astype(np.float16)
            self._graph.initializer.append(self._helper.from_array(values, twin))
        else:
            before.append(self._node('Cast', [name], [twin], to=self._types.FLOAT16))
        self._twins[name] = twin
        return twin

    def _is_half_weight(self, name: str) -> bool:
        weight = self._weights.get(name)
        return weight is not None and weight.data_type == self._types.FLOAT16
