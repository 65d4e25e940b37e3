import sys

import pytest

from panoseg_ros.cli.doctor import runtimes

GOOD = {'version': '1.25', 'providers': ['CPUExecutionProvider'], 'deform_conv': True}
OLD = {'version': '1.20', 'providers': ['CPUExecutionProvider'], 'deform_conv': False}
TORCH = {'version': '2.5', 'cuda': None, 'devices': []}
NONE = {'missing': True}


def judged(onnx=GOOD, torch=NONE, tensorrt=NONE, gpu=False):
    said = {'onnxruntime': onnx, 'torch': torch, 'tensorrt': tensorrt}
    return {finding.subject: finding for finding in runtimes.judge(said, gpu)}


def test_a_runtime_that_knows_the_operator_is_well():
    found = judged()
    assert found['onnxruntime'].level == 'ok'
    assert 'runs DeformConv' in found['onnxruntime'].state
    assert {finding.level for finding in found.values()} == {'ok'}


@pytest.mark.parametrize('onnx', [OLD, NONE, {'error': 'ImportError: libfoo'}])
def test_without_the_operator_torch_helps_out(onnx):
    assert judged(onnx, TORCH)['onnxruntime'].level == 'warning'
    assert judged(onnx, NONE)['onnxruntime'].level == 'problem'
    assert 'onnxruntime>=1.25' in judged(onnx)['onnxruntime'].advice


def test_a_torch_that_does_not_see_the_gpu_is_a_warning():
    assert judged(torch=TORCH, gpu=True)['torch'].level == 'warning'
    assert judged(torch=TORCH | {'devices': ['A GPU']}, gpu=True)['torch'].level == 'ok'


def test_a_broken_library_is_a_warning():
    found = judged(torch={'error': 'ended with code -11'}, tensorrt={'error': 'ImportError: x'})
    assert found['torch'].level == found['tensorrt'].level == 'warning'
    assert 'ended with code -11' in found['torch'].state


def test_the_installed_onnx_runtime_tells_about_itself():
    pytest.importorskip('onnxruntime', reason='graphs need onnxruntime')
    said = runtimes.probe('onnxruntime')
    number = tuple(int(part) for part in said['version'].split('.')[:2])
    assert said['deform_conv'] is (number >= (1, 25))
    assert 'CPUExecutionProvider' in said['providers']


def test_what_is_not_installed_is_missing(monkeypatch):
    monkeypatch.setitem(runtimes.PROBES, 'no_such_runtime', 'said = {}')
    assert runtimes.probe('no_such_runtime') == {'missing': True}


@pytest.mark.parametrize(
    ('code', 'words'),
    [
        ('import os; os._exit(9)', 'ended with code 9'),
        ('raise ImportError("libfoo.so is missing")', 'ImportError: libfoo.so is missing'),
    ],
)
def test_a_runtime_that_ends_its_process_is_reported(monkeypatch, code, words):
    monkeypatch.setitem(runtimes.PROBES, 'json', code)  # a module that is always there
    assert runtimes.probe('json') == {'error': words}


def test_the_process_is_this_python(monkeypatch):
    monkeypatch.setitem(runtimes.PROBES, 'json', 'import sys; said = {"version": sys.executable}')
    assert runtimes.probe('json')['version'] == sys.executable


def test_auto_tries_what_is_there_in_its_order():
    gpu = {'onnx': GOOD | {'providers': ['CUDAExecutionProvider', 'CPUExecutionProvider']}}
    gpu |= {'torch': TORCH | {'devices': ['A GPU']}, 'tensorrt': {'version': '11.4.0.106'}}
    assert judged(**gpu, gpu=True)['auto'].state.split(', then ') == [
        "tries a bundle's TensorRT engine where one is built",
        'torch on A GPU',
        'ONNX Runtime on the GPU',
        'ONNX Runtime on the CPU',
        'torch on the CPU',
    ]
    assert judged(**gpu)['auto'].state == 'tries ONNX Runtime on the CPU, then torch on the CPU'
    assert judged(NONE)['auto'].state == 'tries nothing'


def test_tensorrt_says_how_it_is_used():
    new, old = {'version': '10.16.1.11'}, {'version': '10.0.1'}
    assert (
        'panoseg export BUNDLE --format tensorrt'
        in judged(tensorrt=new, gpu=True)['tensorrt'].state
    )
    assert judged(tensorrt=new)['tensorrt'].state == '10.16.1.11; idle: no GPU'
    assert judged(tensorrt=old)['tensorrt'].level == 'warning'
    assert 'docs/tensorrt.md' in judged()['tensorrt'].state
