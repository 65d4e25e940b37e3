"""What figures of speed and quality depend on besides the code."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from typing import Any

from panoseg_ros.inference import Backend

SCORED_IN = 'float32'  # else figures would depend on which machine has a GPU
PACKAGES = ('numpy', 'opencv-python-headless', 'numba', 'onnxruntime', 'torch')


def environment() -> dict[str, Any]:
    """Return the versions of Python and packages, the system and its processor."""
    return {
        'python': sys.version.split()[0],
        'platform': platform.platform(),
        'processor': platform.processor() or platform.machine(),
        'cores': cpu_count(),
        'packages': ', '.join(f'{name} {found}' for name in PACKAGES if (found := _found(name))),
    }


def name_runtime(runtime: Backend) -> str:
    """Return what runs a network, where and in which precision."""
    name = runtime.runtime
    return f'{name} in {SCORED_IN}' if name.endswith('on the CPU') else name  # others say it


def _found(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ''
