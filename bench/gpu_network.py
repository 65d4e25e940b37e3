"""Whole networks on a GPU: lens pictures to labels, shares of the roofline, frames per second.

    ./run exec python -m bench.gpu_network road --out road.json
    ./run exec python -m bench.gpu_network network --dry-run     # itself, tried on a CPU

`road` times Trans4PASS small in float16 at 512 x 1024 from raw pictures of a dual fisheye to
labels and confidence on the host: our road, and the CPU's panorama with the same network in the
same type, eager, with torchvision's operator, upsampled logits and their arg-max. `network` holds
small at 512 x 1024, one and eight images, against the roofline. `tiny` times tiny at 1024 x 2048.

Roofline share of a network: for each of its products (convolutions, linear and deformable
layers, attention) the larger of FLOP / peak and least bytes / bandwidth; their sum over the time
of the whole. Least bytes are inputs, weights and results once; all else (norms, sums, resizing)
counts as free, so that the share is rather too small. Weights are random, with shifts that deform.
"""

import argparse
import copy
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from bench.deform_layers import HALF, SINGLE
from bench.gpu_machine import Machine
from panoseg_ros.bundles import InputSpec
from panoseg_ros.cameras import PanoramaMapper, load_rig
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.inference.frame_road import FrameRoad
from panoseg_ros.inference.lens_road import LensRoad
from panoseg_ros.inference.torch_tail import upsample_argmax_torch
from panoseg_ros.networks import build_network, deform, set_deform_operator

ROUNDS = 30
WRAP_PX = 32
SPREAD = 0.01  # of the random weights that predict shifts: some pixels
BARS = {'road': 4.0, 'network': 0.3, 'tiny': 60.0}  # times as fast; share at batch 8; per second
EAGER = 'torchvision_same_type'  # an operator of this bench
OURS = ('deform_conv', 'deform_pointwise')


def main(words: Sequence[str] | None = None) -> int:
    """Measure one part and write its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('part', choices=PARTS)
    parser.add_argument('--out', type=Path, help='write the figures here, as JSON')
    parser.add_argument('--dry-run', action='store_true', help='nano in a tiny size on the CPU')
    options = parser.parse_args(words)
    if not options.dry_run and not torch.cuda.is_available():
        raise SystemExit('no CUDA GPU, but --dry-run needs none')
    machine = Machine('cpu' if options.dry_run else 'cuda')
    figures = {'machine': machine.facts(), **PARTS[options.part](machine)}
    figures['done'] = True
    text = json.dumps(figures, indent=1)
    print(text)
    if options.out is not None:
        options.out.write_text(text + '\n')
    return 0


def measure_road(machine: Machine) -> dict[str, Any]:
    """Return milliseconds from lens pictures to labels, ours and plain, and how they agree."""
    network, spec, kind = subject(machine, 'trans4pass_small', 512, 1024)
    rig = load_rig('dual_fisheye')
    mapper = PanoramaMapper(rig, geometry_of(spec))
    images = pictures(rig)
    frames = FrameRoad(copy.deepcopy(network), spec, machine.device, kind)
    if frames.on_gpu:
        frames.record()
    road = LensRoad(mapper.geometry, frames, nullcontext)
    road.prove(mapper)
    plain = Plain(network, spec, machine.device, kind)
    image = mapper(images)[0]
    roads = {
        'panoseg': lambda: road(mapper.measured(images), None).labels,
        'plain': lambda: plain(mapper(images)[0]),
        'panoseg from a panorama': lambda: frames(image)[0],
        'plain from a panorama': lambda: plain(image),
    }
    times = interleaved(roads, ROUNDS if frames.on_gpu else 1)
    same = float((roads['panoseg']() == roads['plain']()).mean())
    ratio = times['plain']['median_ms'] / times['panoseg']['median_ms']
    return {'ms': times, 'ratio': ratio, 'bar': BARS['road'], 'same_labels': same}


def measure_network(machine: Machine) -> dict[str, Any]:
    """Return the share of the roofline that a network reaches with one and eight images."""
    network, spec, kind = subject(machine, 'trans4pass_small', 512, 1024)
    network = network.to(machine.device, kind, memory_format=torch.channels_last)
    rows = []
    for batch in (8, 1):
        shape = (batch, 3, spec.height, spec.width + 2 * spec.wrap_px)
        x = torch.randn(shape, device=machine.device).to(kind)
        x = x.contiguous(memory_format=torch.channels_last)
        work = count_work(network.quarter_logits, x)
        with torch.inference_mode():
            replay = machine.timer([lambda x=x: network.quarter_logits(x)])
            seconds = statistics.median(replay() for _ in range(ROUNDS if x.is_cuda else 1))
        least_s = {name: sum(machine.least_s(*one, kind) for one in v) for name, v in work.items()}
        rows.append(
            {
                'batch': batch,
                'ms': 1e3 * seconds,
                'gflop': sum(flop for ones in work.values() for flop, _ in ones) / 1e9,
                'least_ms': {name: 1e3 * value for name, value in least_s.items()},
                'share': sum(least_s.values()) / seconds,
            }
        )
    return {'rows': rows, 'bar': BARS['network']}


def measure_tiny(machine: Machine) -> dict[str, Any]:
    """Return frames per second of tiny at 1024 x 2048, from a panorama and from lenses."""
    network, spec, kind = subject(machine, 'trans4pass_tiny', 1024, 2048)
    rig = load_rig('dual_fisheye')
    mapper = PanoramaMapper(rig, geometry_of(spec))
    frames = FrameRoad(network, spec, machine.device, kind)
    if frames.on_gpu:
        frames.record()
    road, images = LensRoad(mapper.geometry, frames, nullcontext), pictures(rig)
    road.prove(mapper)
    image = mapper(images)[0]
    roads = {
        'from a panorama': lambda: frames(image),
        'from lens pictures': lambda: road(mapper.measured(images), None),
    }
    times = interleaved(roads, ROUNDS if frames.on_gpu else 1)
    speed = {name: 1e3 / row['median_ms'] for name, row in times.items()}
    return {'ms': times, 'frames_per_s': speed, 'bar': BARS['tiny']}


PARTS: dict[str, Callable[[Machine], dict[str, Any]]] = {
    'road': measure_road,
    'network': measure_network,
    'tiny': measure_tiny,
}


def subject(
    machine: Machine, name: str, height: int, width: int
) -> tuple[nn.Module, InputSpec, torch.dtype]:
    """Return a network that deforms, its input and its type; nano in a tiny size on a CPU."""
    dry = machine.device == 'cpu'
    torch.manual_seed(0)
    network = build_network('trans4pass_nano' if dry else name).requires_grad_(False)
    for key, parameter in network.named_parameters():
        if 'offset' in key:
            parameter.normal_(0.0, SPREAD)
    size = (64, 128) if dry else (height, width)
    return network, InputSpec(*size, wrap_px=WRAP_PX), SINGLE if dry else HALF


def geometry_of(spec: InputSpec) -> Any:
    """Return the panorama that a network wants."""
    from panoseg_ros.geometry import PanoramaGeometry

    return PanoramaGeometry(spec.height, spec.width, spec.top_deg, spec.bottom_deg)


def pictures(rig: Any) -> dict[str, Any]:
    """Return noise of the size of a rig's lens pictures, from CPU memory that is not pinned."""
    torch.manual_seed(1)
    sizes = {entry.name: entry.lens.size for entry in rig.lenses}
    return {
        name: torch.randint(0, 256, (height, width, 3), dtype=torch.uint8).numpy()
        for name, (width, height) in sizes.items()
    }


class Plain:
    """The same network as anybody would run it: eager, logits of full size, labels copied."""

    def __init__(
        self, network: nn.Module, spec: InputSpec, device: str, kind: torch.dtype
    ) -> None:
        deform.OPERATORS[EAGER] = deform.Operator(_same_type, _same_type)
        set_deform_operator(network, EAGER)
        self._deployed = wrap_network(network.to(kind), spec).to(device)
        self._spec, self._device = spec, device

    def __call__(self, image: Any) -> Any:
        """Return labels (H, W) of a panorama (H, W, 3)."""
        spec = self._spec
        out = torch.empty((2, spec.height, spec.width), dtype=torch.uint8, device=self._device)
        with torch.inference_mode():
            logits = self._deployed(torch.from_numpy(image)[None].to(self._device))[0]
            upsample_argmax_torch(logits, spec.height, spec.width, spec.wrap_px, out)
        return out.cpu().numpy()[0]


def _same_type(
    x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor, *sizes: int
) -> Tensor:
    """Call torchvision's operator in the map's own type, for which the product takes float32."""
    from torchvision.ops import deform_conv2d

    stride, pad = sizes or (1, 0)
    offset, mask = (value.to(x.dtype) for value in deform.settle(moves, bound))
    return deform_conv2d(x.contiguous(), offset, weight, bias, stride, pad, mask=mask)


def interleaved(
    roads: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, dict[str, float]]:
    """Return milliseconds of calls that end on the host, in turns, after three of each."""
    for road in roads.values():
        for _ in range(3 if rounds > 1 else 1):
            road()
    times: dict[str, list[float]] = {name: [] for name in roads}
    for _ in range(rounds):
        for name, road in roads.items():
            began = time.perf_counter()
            road()
            times[name].append(1e3 * (time.perf_counter() - began))
    return {
        name: {'median_ms': statistics.median(ms), 'min_ms': min(ms), 'max_ms': max(ms)}
        for name, ms in times.items()
    }


def count_work(
    function: Callable[[Tensor], object], x: Tensor
) -> dict[str, list[tuple[float, float]]]:
    """Return FLOP and least bytes of every product in a call, by the operator's name."""
    found: dict[str, list[tuple[float, float]]] = {}

    class Counter(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            out = func(*args, **(kwargs or {}))
            packet = func._overloadpacket
            name = packet.__name__
            if name in OURS:
                flop = 2.0 * args[3].numel() * out.numel() / len(args[3])
            elif packet in flop_registry:
                flop = float(flop_registry[packet](*args, **(kwargs or {}), out_val=out))
            else:
                return out
            results = out[:1] if isinstance(out, tuple) else [out]  # attention gives notes, too
            tensors = [value for value in (*args, *results) if isinstance(value, Tensor)]
            found.setdefault(name, []).append((flop, float(sum(map(stored_bytes, tensors)))))
            return out

    # Inference mode would hide convolutions and attention behind operators without formulas.
    with torch.no_grad(), Counter():
        function(x)
    return found


def stored_bytes(tensor: Tensor) -> int:
    """Return the bytes of a tensor, what is expanded counted once."""
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return tensor.element_size() * math.prod(size for size, step in steps if step)


if __name__ == '__main__':
    sys.exit(main())
