"""The kernels of panoramas against their formulas in torch, and compiled for GPUs."""

import pytest
from without_gpu import REASON, compile_for_gpu, run_interpreted

pytest.importorskip('torch', reason='the formulas are in torch')

INTERPRETED = """
import torch
from contextlib import nullcontext
from device_scene import GEOMETRY, TILT, frame_road, mapper, views
from panoseg_ros.cameras import Leveller, load_rig
from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.inference import panorama_kernel
from panoseg_ros.inference.lens_road import LensRoad

panorama_kernel.BLOCK_PX = 8192  # of which the interpreter is fond
leveller, seen, source = Leveller(GEOMETRY), views(load_rig('dual_fisheye'), 100), mapper()
moments = source.measured(seen), source.measured({'back': seen['back']})
turns = [None, *(leveller.directions(t) for t in (TILT, rotation_from_rpy_deg(75.0, 5.0, 0.0)))]
for kind, moment, turn in (
    (torch.float32, moments[0], turns[0]),
    (torch.float16, moments[0], turns[1]),
    (torch.float32, moments[1], turns[2]),
):
    frames = frame_road(dtype=kind)
    frames.finish = lambda count: frames.planes[:count].numpy().copy()  # no network in halves
    road, results = LensRoad(GEOMETRY, frames, nullcontext), []
    for road._use_kernels in (False, True):
        frames.tensor.zero_(), frames.planes.zero_()
        found = road(moment, turn)
        results.append((torch.tensor(found.shot()), found.valid, frames.tensor.clone()))
    (image, valid, tensor), (other, sound, same) = results
    assert image.any() and tensor.any(), (kind, turn)
    assert (image.int() - other.int()).abs().max() <= 1 and (image != other).sum() < 20
    assert (valid != sound).sum() <= 2
    assert ((tensor - same).abs() > 1e-3).sum() < 60
"""


def test_the_kernels_agree_when_interpreted():
    run_interpreted(INTERPRETED)


BYTES = dict.fromkeys(('parcel', 'image', 'seen', 'seen_valid', 'valid'), '*u8')
REALS = dict.fromkeys(('numbers', 'places', 'weights', 'norms', 'rows'), '*fp32')
KINDS = {**BYTES, **REALS, 'slips': '*i32', 'target': '*fp16'}


@pytest.mark.parametrize(
    ('name', 'constants'),
    [('_mix', {'NORMALISE': True}), ('_mix', {'NORMALISE': False}), ('_turn', {})],
)
def test_the_kernels_compile_for_gpus_and_keep_their_values_in_registers(name, constants):
    pytest.importorskip('triton', reason=REASON)
    from panoseg_ros.inference import panorama_kernel

    kernel, block = getattr(panorama_kernel, name), panorama_kernel.BLOCK_PX
    _, shared, spilled = compile_for_gpu(kernel, KINDS, **constants, BLOCK=block)
    assert shared < 4096 and spilled == 0


def test_no_size_is_specialised_on():
    """A lens that falls silent during a drive must not cost the time of a compiler."""
    pytest.importorskip('triton', reason=REASON)
    from panoseg_ros.inference import panorama_kernel

    for kernel in (panorama_kernel._mix, panorama_kernel._turn):
        free = set(kernel.do_not_specialize)
        sizes = {n for n in kernel.arg_names if n not in KINDS and not n.isupper()}
        assert sizes and sizes <= free
