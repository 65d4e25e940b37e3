"""The parts of the GPU bench that need no GPU."""

import math

import pytest

pytest.importorskip('torch', reason='the kernels are compared with torch')

import torch

pytest.importorskip('torchvision', reason='its operator is what the kernels are compared with')

from bench import gpu_kernels as bench
from bench.deform_layers import BRAIN, HALF, LAYERS, SINGLE, SIZES, Case, inputs_of
from panoseg_ros.networks import build_network


def layer_named(name):
    return next(layer for layer in LAYERS if layer.name == name)


def test_layers_are_those_of_the_network():
    shapes = []
    for module in build_network('trans4pass_small').modules():
        if hasattr(module, 'deform_operator'):
            weight = module.proj.weight if hasattr(module, 'proj') else module.weight
            shapes.append((weight.shape[1], weight.shape[0], weight.shape[2]))
    assert set(shapes) == {(layer.channels, layer.outputs, layer.kernel) for layer in LAYERS}
    assert len(shapes) == 1 + 4 + 2 * 4


@pytest.mark.parametrize('layer', LAYERS, ids=lambda layer: layer.name)
def test_inputs_fit_the_layer(layer):
    x, moves, bound, weight, bias = inputs_of(Case(layer, *SIZES[0], 2, HALF), 'meta')
    taps = layer.channels if layer.kernel == 1 else layer.kernel**2
    rows, columns = 512 // layer.shrunk, 1024 // layer.shrunk
    assert x.shape == (2, layer.channels, rows, columns)
    assert moves.shape == (2, 3 * taps, rows // layer.stride, columns // layer.stride)
    assert weight.shape == (layer.outputs, layer.channels, layer.kernel, layer.kernel)
    assert bound == (columns if layer.kernel == 1 else rows) // 4
    assert {t.dtype for t in (x, moves, weight, bias)} == {HALF}


def test_least_work_is_what_a_sum_by_hand_says():
    case = Case(layer_named('head 1 1x1'), *SIZES[0], 1, HALF)
    x, moves, _, weight, _ = inputs_of(case, 'meta')
    pixels, tensors = 128 * 256, (x, moves, weight, x)
    flop, moved = bench.least_work(case, 'forward', tensors)
    assert flop == 2 * 128 * 128 * pixels
    assert moved == 2 * (128 * pixels * (1 + 3 + 1) + 128 * 128)
    back, more = bench.least_work(case, 'backward', tensors)
    assert back == 2 * flop and more == moved + 2 * (128 * pixels * (1 + 3) + 128 * 128)
    machine = bench.Machine('cpu')
    machine.peaks = (1e9, 1e8, 1e6)
    assert machine.least_s(2e9, 1e6, HALF) == 2.0
    assert machine.least_s(2e9, 1e6, SINGLE) == 20.0
    assert machine.least_s(1e9, 5e6, BRAIN) == 5.0


def test_table_says_what_misses_a_bar():
    good = bench.Row('a', '8x8', 1, 'float16', 'forward', 10, 1, 31, 40, 3.1, 3.0, 0.41)
    slow = bench.Row('b', '8x8', 1, 'float16', 'forward', 10, 1, 29, 40, 2.9, 3.0, 0.39)
    alone = bench.Row('c', '8x8', 1, 'bfloat16', 'forward', 10, 1, *[math.nan] * 3, 3.0, 0.5)
    table = bench.markdown(bench.Machine('cpu'), [good, slow, alone], ['d']).splitlines()
    missed = [
        line.split('|')[-2].strip() for line in table if line.startswith(('| a', '| b', '| c'))
    ]
    assert missed == ['', 'ratio, roofline', '']
    assert table[-1] == 'no time left for d'


def test_inputs_take_turns_until_the_cache_holds_none():
    machine = bench.Machine('cpu')
    machine.cache_bytes = 50 << 20
    megabyte = torch.empty(1 << 20, dtype=torch.uint8)
    assert machine.copies([megabyte] * 25) == 4
    assert machine.copies([megabyte]) == 16
    assert machine.copies([torch.empty(1 << 28, dtype=torch.uint8, device='meta')]) == 2


def test_what_is_timed_begins_with_what_matters_most():
    cases = bench.cases(dry_run=False)
    assert cases[0] == Case(LAYERS[0], 512, 1024, 1, HALF)
    assert {(c.height, c.width, c.batch) for c in cases if c.dtype == HALF} == {
        (height, width, batch) for height, width in SIZES for batch in (1, 8)
    }
    assert len(set(cases)) == len(cases)


def test_other_blocks_are_tried_for_every_kernel():
    pytest.importorskip('triton', reason='the kernels are written in Triton')
    from bench import kernel_tuning
    from bench.kernel_footprints import kernel_name, launches_of

    kernels = set()
    for layer in kernel_tuning.CHOSEN:
        for launch in launches_of(layer, HALF, 1, 'meta'):
            others = list(kernel_tuning.variants(launch))
            texts = {kernel_tuning.described(other) for other in (launch, *others)}
            assert len(texts) == len(others) + 1 >= 17
            assert all(min(other.grid(other.constants)) >= 1 for other in others)
            kernels.add(kernel_name(launch))
    assert kernels == set(kernel_tuning.TRIED)


def test_no_gpu_is_said_in_one_line(monkeypatch):
    pytest.importorskip('triton', reason='the kernels are written in Triton')
    from bench import kernel_tuning

    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(SystemExit, match='no CUDA GPU, but --dry-run needs none'):
        bench.main([])
    with pytest.raises(SystemExit, match='no CUDA GPU to tune for'):
        kernel_tuning.main([])
