"""From a network to the ONNX graph that a robot runs, checked against the network.

Convention of the graph: input `image` uint8 (1, H, W, 3) RGB, one panorama; output `logits`
float32 (1, C, H / 4, (W + 2 wrap_px) / 4) of the panorama with `wrap_px` columns of the
opposite border added on each side.
"""

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import BackendError
from panoseg_ros.networks import set_deform_operator

if TYPE_CHECKING:
    from torch import nn

OPSET = 20  # DeformConv needs 19
AGREEMENT = 0.999  # share of pixels whose best class must stay the same
HALF_FROM = 1024  # values; smaller initialisers are not worth a cast


def export_onnx(network: 'nn.Module', spec: InputSpec, path: Path, half: bool = True) -> float:
    """Write the graph of a network for one input, weights as float16, or float32 if not `half`.

    Returns:
        The share of pixels whose best class is that of the network run by torch.

    Raises:
        BackendError: if that share is below 0.999; no file is written then.
    """
    import onnx

    exact = wrap_network(network, spec)
    model = _trace(wrap_network(_folded(network), spec), spec)
    if half:
        _store_half(model)
    partial = path.with_name(f'{path.name}.partial')
    try:
        onnx.save(model, str(partial))
        agreement = _agreement(exact, partial, spec)
        if agreement < AGREEMENT:
            raise BackendError(
                f'{path}: only {agreement:.4f} of the pixels keep their class in the exported '
                f'graph, at least {AGREEMENT} must; nothing was written'
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return agreement


def wrap_network(network: 'nn.Module', spec: InputSpec) -> 'nn.Module':
    """Return a module from uint8 (1, H, W, 3) to the logits of the wrapped panorama."""
    import torch
    from torch import nn

    class Deployed(nn.Module):
        """Normalisation, circular margin and network as one graph."""

        def __init__(self) -> None:
            super().__init__()
            mean, std = torch.tensor(spec.mean), torch.tensor(spec.std)
            self.register_buffer('scale', 1 / (255 * std))
            self.register_buffer('shift', -mean / std)
            self.network = network

        def forward(self, image: torch.Tensor) -> torch.Tensor:
            """Map uint8 (1, H, W, 3) to float32 (1, C, H / 4, (W + 2 wrap_px) / 4)."""
            x = image.to(torch.float32) * self.scale + self.shift
            if spec.wrap_px:
                x = torch.cat([x[:, :, -spec.wrap_px :], x, x[:, :, : spec.wrap_px]], 2)
            return self.network.quarter_logits(x.permute(0, 3, 1, 2))

    return Deployed().eval()


def _folded(network: 'nn.Module') -> 'nn.Module':
    """Return a copy with torchvision's operator, its batch norms multiplied into the weights."""
    import torch
    from torch import nn

    network = copy.deepcopy(network).eval()
    set_deform_operator(network, 'torchvision')
    with torch.no_grad():
        for module in network.modules():
            norm = getattr(module, 'norm', None)
            if isinstance(norm, nn.BatchNorm2d):
                layer = getattr(module, 'proj', module)
                gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
                layer.weight *= gain[:, None, None, None]
                layer.bias.copy_((layer.bias - norm.running_mean) * gain + norm.bias)
                module.norm = nn.Identity()
    return network


def _trace(deployed: 'nn.Module', spec: InputSpec) -> Any:
    import torch
    import torchvision  # noqa: F401  (its operators must exist when the exporter lists them)

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
    return program.model_proto


def _store_half(model: Any) -> None:
    """Store large initialisers as float16 with a cast behind each; runtimes fold it at load."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < HALF_FROM:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f'{name}_half'))
        casts.append(helper.make_node('Cast', [f'{name}_half'], [name], to=TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _agreement(deployed: 'nn.Module', path: Path, spec: InputSpec) -> float:
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(path), options, ['CPUExecutionProvider'])
    same = []
    for image in probe_images(spec):
        with torch.no_grad():
            expected = deployed(torch.from_numpy(image)).numpy()
        (found,) = session.run(['logits'], {'image': image})
        same.append((found.argmax(1) == expected.argmax(1)).mean())
    return float(np.mean(same))


def probe_images(spec: InputSpec) -> list[NDArray[np.uint8]]:
    """Return images (1, H, W, 3) to compare on: a gradient, soft blobs and noise."""
    import cv2

    rng = np.random.default_rng(0)
    size = (spec.width, spec.height)
    steep = np.linspace(0, 255, spec.height)[:, None, None] * np.ones((1, spec.width, 3))
    blobs = cv2.resize(rng.uniform(0, 255, (8, 16, 3)), size, interpolation=cv2.INTER_CUBIC)
    noise = rng.uniform(0, 255, (spec.height, spec.width, 3))
    return [np.clip(image, 0, 255).astype(np.uint8)[None] for image in (steep, blobs, noise)]
