"""Graphics processor and runtimes, each asked in a process of its own.

A package whose libraries do not fit each other may end its process instead of raising, as
rcl does where RMW_IMPLEMENTATION names a middleware that is not there.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

from panoseg_ros.cli.doctor.finding import Finding, ok, problem, warning

PATIENCE_S = 300  # a hang: on a busy machine torch takes minutes to import
DRIVER_PATIENCE_S = 60  # a driver that hangs never answers
# A graph of one DeformConv (opset 19), the operator that decides whether a bundle can run.
DEFORM_CONV = (
    'CAk6oAEKLwoBeAoBdwoBbxIBeSIKRGVmb3JtQ29udioVCgxrZXJuZWxfc2hhcGVAAUABoAEHEgFnKhMIAQgBCAEI'
    'ARABQgF3SgQAAIA/WhsKAXgSFgoUCAESEAoCCAEKAggBCgIIAgoCCAJaGwoBbxIWChQIARIQCgIIAQoCCAIKAggC'
    'CgIIAmIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCAIKAggCQgQKABAT'
)
PROBES = {
    'onnxruntime': (
        'import base64, onnxruntime as o\n'
        'said = {"version": o.__version__, "providers": o.get_available_providers()}\n'
        'options = o.SessionOptions(); options.log_severity_level = 4\n'
        'try:\n'
        f'    o.InferenceSession(base64.b64decode("{DEFORM_CONV}"), options,\n'
        '                       providers=["CPUExecutionProvider"])\n'
        '    said["deform_conv"] = True\n'
        'except Exception:\n'
        '    said["deform_conv"] = False\n'
    ),
    'torch': (
        'import torch as t\n'
        'said = {"version": t.__version__, "cuda": t.version.cuda, "devices": []}\n'
        'if t.cuda.is_available():\n'
        '    said["devices"] = [t.cuda.get_device_name(n) for n in range(t.cuda.device_count())]\n'
    ),
    'tensorrt': 'import tensorrt\nsaid = {"version": tensorrt.__version__}\n',
    'rclpy': 'import rclpy\nrclpy.init()\nrclpy.shutdown()\nsaid = {}\n',
}
CUDA_PROVIDER = 'CUDAExecutionProvider'
RUNTIMES = ('onnxruntime', 'torch', 'tensorrt')
_NVIDIA_SMI = (
    'nvidia-smi',
    '--query-gpu=name,driver_version,memory.total',
    '--format=csv,noheader',
)
_JETSON = Path('/etc/nv_tegra_release')


def inspect_runtimes() -> Iterator[Finding]:
    """Yield what is to be said about GPU and runtimes."""
    gpu = _gpu()
    yield ok('gpu', gpu or 'none is visible; the CPU is used')
    said = {name: probe(name) for name in RUNTIMES}
    yield from judge(said, bool(gpu))


def probe(name: str) -> dict[str, Any]:
    """Return what a package says about itself.

    Returns:
        The package's own words; `missing: True` where it is not installed, `error: ...` where
        it is but cannot be imported.
    """
    code = (
        'import importlib.util, json\n'
        f'if importlib.util.find_spec("{name}") is None:\n'
        '    said = {"missing": True}\n'
        'else:\n'
        f'{indent(PROBES[name], "    ")}\n'
        'print("\\n" + json.dumps(said))\n'
    )
    try:
        done = subprocess.run(
            [sys.executable, '-c', code],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return dict(json.loads(done.stdout.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        return {'error': f'does not answer within {PATIENCE_S} s'}
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines() or [f'ended with code {done.returncode}']
        return {'error': last[-1]}


def judge(said: dict[str, dict[str, Any]], has_gpu: bool) -> Iterator[Finding]:
    """Yield findings about what the runtimes said.

    Args:
        said: what `probe` returned for each of `RUNTIMES`.
        has_gpu: whether there is one to use.
    """
    onnx, torch, tensorrt = (said[name] for name in RUNTIMES)
    has_torch = 'version' in torch
    yield _onnxruntime(onnx, has_torch)
    if 'error' in torch:
        yield warning('torch', torch['error'], 'pip install --force-reinstall torch, or remove it')
    elif has_torch:
        yield from _torch(torch, has_gpu)
    else:
        yield ok('torch', 'not installed; for training and as a fallback of ONNX Runtime')
    yield _tensorrt(tensorrt, has_gpu)
    yield ok('auto', f'tries {", then ".join(_order(onnx, torch, tensorrt, has_gpu))}')


def _order(
    onnx: dict[str, Any], torch: dict[str, Any], tensorrt: dict[str, Any], has_gpu: bool
) -> Iterator[str]:
    """Yield what `model.backend: auto` tries, as `inference.loading` does."""
    if has_gpu and 'version' in tensorrt:
        yield "a bundle's TensorRT engine where one is built"
    if has_gpu and torch.get('devices'):
        yield f'torch on {torch["devices"][0]}'
    if has_gpu and CUDA_PROVIDER in onnx.get('providers', ()):
        yield 'ONNX Runtime on the GPU'
    if 'version' in onnx:
        yield 'ONNX Runtime on the CPU'
    if 'version' in torch:
        yield 'torch on the CPU'
    if 'version' not in onnx and 'version' not in torch:
        yield 'nothing'


def _tensorrt(said: dict[str, Any], has_gpu: bool) -> Finding:
    if 'error' in said:
        return warning('tensorrt', said['error'], 'reinstall it, or remove it')
    if 'version' not in said:
        return ok('tensorrt', 'not installed; for engines of a GPU: docs/tensorrt.md')
    from panoseg_ros.inference.backend import OLDEST_TENSORRT

    if tuple(int(part) for part in said['version'].split('.')[:2]) < OLDEST_TENSORRT:
        return warning('tensorrt', f'{said["version"]} is too old', "pip install 'tensorrt>=10.1'")
    use = 'panoseg export BUNDLE --format tensorrt builds engines' if has_gpu else 'idle: no GPU'
    return ok('tensorrt', f'{said["version"]}; {use}')


def _onnxruntime(said: dict[str, Any], has_torch: bool) -> Finding:
    install = "pip install 'onnxruntime>=1.25' (Python 3.11 or newer)"
    if said.get('deform_conv'):
        providers = ', '.join(said['providers'])
        return ok('onnxruntime', f'{said["version"]}, runs DeformConv; providers {providers}')
    if 'version' in said:
        state = f'{said["version"]} does not know DeformConv'
    else:
        state = said.get('error', 'not installed')
    if has_torch:
        return warning('onnxruntime', f'{state}: torch is used, which is slower', install)
    return problem('onnxruntime', f'{state}, and there is no torch: no model can run', install)


def _torch(said: dict[str, Any], has_gpu: bool) -> Iterator[Finding]:
    devices, cuda = said['devices'], said['cuda']
    words = f'{said["version"]}, CUDA {cuda or "no"}, devices: {", ".join(devices) or "CPU"}'
    if has_gpu and not devices:
        advice = 'install a torch whose CUDA fits the driver (pytorch.org names the command)'
        yield warning('torch', f'{words}; it does not see the GPU', advice)
    else:
        yield ok('torch', words)


def _gpu() -> str:
    if _JETSON.exists():
        return _JETSON.read_text(encoding='utf-8', errors='replace').splitlines()[0].strip('# ')
    if shutil.which(_NVIDIA_SMI[0]) is None:
        return ''
    try:
        done = subprocess.run(
            _NVIDIA_SMI, capture_output=True, text=True, timeout=DRIVER_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return '; '.join(done.stdout.splitlines()) if done.returncode == 0 else ''
