"""From a network to the ONNX graph that a robot runs, checked against the network.

Convention of the graph: input `image` uint8 (1, H, W, 3) RGB, one panorama; output `logits`
float32 (1, C, H / 4, (W + 2 wrap_px) / 4) of the panorama with `wrap_px` columns of the
opposite border added on each side. Whatever follows from weights alone is computed here:
batch norms are in the weights, what is linear behind the deformable layers is one matrix,
offsets and modulators come from one convolution. What float16 holds exactly, as nearly all
weights of a bundle, is stored in it; the rest, mostly products with batch norms, in float32.
"""

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import BackendError
from panoseg_ros.inference.agreement import Agreement, Segment, compare
from panoseg_ros.inference.graph_cache import OPSET
from panoseg_ros.inference.probes import load_probes
from panoseg_ros.inference.tail import upsample_argmax
from panoseg_ros.networks import set_deform_operator

if TYPE_CHECKING:
    from torch import nn

HALF_FROM = 1024  # values; smaller initialisers are not worth a cast
FOLDED_UPTO = 1 << 24  # values of a tensor that is computed at export
RENDERINGS = {  # of the deformable layers in a graph -> their operator while it is traced
    'deform_conv': 'torchvision',
    'grid_sample': 'grid_sample',  # for runtimes without DeformConv
}


def export_onnx(
    network: 'nn.Module',
    spec: InputSpec,
    path: Path,
    rendering: str = 'deform_conv',
) -> Agreement:
    """Write the graph of a network for one input, once it gives the network's labels.

    Args:
        network: What is exported, in evaluation mode; it is not changed.
        spec: Size, pixel statistics and margin of the input.
        path: The file, written whole or not at all.
        rendering: How deformable layers appear, one of RENDERINGS.

    Returns:
        How far ONNX Runtime with the graph agrees with the network run by torch.

    Raises:
        BackendError: if the rendering is unknown, the graph gives other labels than the
            network, or it cannot be written.
    """
    import onnx

    if rendering not in RENDERINGS:
        raise BackendError(
            f'unknown rendering {rendering!r}, expected one of {", ".join(RENDERINGS)}'
        )
    partial = path.with_name(f'{path.name}.{os.getpid()}.partial')  # another may be at it
    try:
        partial.touch()  # tracing takes long: a folder that cannot be written is told before
        prepared = _folded(network)
        set_deform_operator(prepared, RENDERINGS[rendering])
        model = _trace(wrap_network(prepared, spec), spec)
        _drop_notes(model)
        _store_halves(model)
        onnx.save(model, str(partial))
        agreement = compare(
            load_probes(spec), reference(network, spec), _segmenter(_session_run(partial), spec)
        )
        if agreement.fault:
            raise BackendError(f'{path}: {agreement.fault}; nothing was written')
        partial.replace(path)
    except OSError as err:
        raise BackendError(f'{path}: cannot be written: {err.strerror or err}') from err
    finally:
        partial.unlink(missing_ok=True)
    return agreement


def reference(network: 'nn.Module', spec: InputSpec) -> Segment:
    """Return what gives a network's labels by torch, with torchvision's operator."""
    import torch

    plain = copy.deepcopy(network).eval()
    set_deform_operator(plain, 'torchvision')
    deployed = wrap_network(plain, spec)

    def logits(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(deployed(torch.from_numpy(image)).numpy())

    return _segmenter(logits, spec)


def _segmenter(
    logits: Callable[[NDArray[np.uint8]], NDArray[np.float32]], spec: InputSpec
) -> Segment:
    return lambda image: upsample_argmax(
        logits(image[None])[0], spec.height, spec.width, spec.wrap_px
    )[0]


def _session_run(path: Path) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, ['CPUExecutionProvider'])
    return lambda image: session.run(['logits'], {'image': image})[0]


def wrap_network(network: 'nn.Module', spec: InputSpec) -> 'nn.Module':
    """Return a module from uint8 (1, H, W, 3) to the logits of the wrapped panorama.

    A network in half precision gets the picture, and gives its logits, in that.
    """
    import torch
    from torch import nn

    kind = next(network.parameters()).dtype

    class Deployed(nn.Module):
        """Normalisation, circular margin and network as one graph."""

        def __init__(self) -> None:
            super().__init__()
            mean, std = torch.tensor(spec.mean), torch.tensor(spec.std)
            self.register_buffer('scale', 1 / (255 * std))
            self.register_buffer('shift', -mean / std)
            self.network = network

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            """Map uint8 (1, H, W, 3) to (1, C, H / 4, (W + 2 wrap_px) / 4)."""
            return self.network.quarter_logits(self.prepared(image))

        def prepared(self, image: torch.Tensor) -> torch.Tensor:
            """Map uint8 (1, H, W, 3) to what the network takes, (1, 3, H, W + 2 wrap_px)."""
            x = image.to(torch.float32) * self.scale + self.shift
            if spec.wrap_px:
                x = torch.cat([x[:, :, -spec.wrap_px :], x, x[:, :, : spec.wrap_px]], 2)
            return x.permute(0, 3, 1, 2).to(kind)

    return Deployed().eval()


def _folded(network: 'nn.Module') -> 'nn.Module':
    """Return a copy whose batch norms are multiplied into the weights before them.

    One that follows a sum of several layers stays.
    """
    import torch
    from torch import nn

    network = copy.deepcopy(network).eval()
    with torch.no_grad():
        for module in network.modules():
            norm, layer = getattr(module, 'norm', None), getattr(module, 'proj', module)
            if isinstance(norm, nn.BatchNorm2d) and hasattr(layer, 'weight'):
                gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
                layer.weight *= gain[:, None, None, None]
                layer.bias.copy_((layer.bias - norm.running_mean) * gain + norm.bias)
                module.norm = nn.Identity()
    return network


def _trace(deployed: 'nn.Module', spec: InputSpec) -> Any:
    import torch
    import torchvision  # noqa: F401  (its operators must exist when the exporter lists them)
    from onnxscript import optimizer

    example = torch.zeros(1, spec.height, spec.width, 3, dtype=torch.uint8)
    program = torch.onnx.export(
        deployed,
        (example,),
        dynamo=True,
        opset_version=OPSET,
        input_names=['image'],
        output_names=['logits'],
        verbose=False,
    )
    # The exporter folds small tensors only, and kernels of two convolutions in one are larger.
    return optimizer.optimize(
        program.model_proto, input_size_limit=FOLDED_UPTO, output_size_limit=FOLDED_UPTO
    )


def _drop_notes(model: Any) -> None:
    """Drop what the exporter tells of source files, which names folders of this machine."""
    graph = model.graph
    for noted in (model, graph, *graph.node, *graph.value_info):
        del noted.metadata_props[:]


def _store_halves(model: Any) -> None:
    """Store tensors that float16 holds exactly in it, a cast behind each; runtimes fold it."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < HALF_FROM:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        with np.errstate(over='ignore'):
            halves = values.astype(np.float16)
        if np.array_equal(halves, values):
            tensor.CopyFrom(numpy_helper.from_array(halves, f'{name}_half'))
            casts.append(helper.make_node('Cast', [f'{name}_half'], [name], to=TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
