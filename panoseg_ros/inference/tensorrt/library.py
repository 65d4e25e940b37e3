"""NVIDIA's Python package, if it is there, and what it complains about."""

import logging
from importlib import import_module
from typing import Any

from panoseg_ros.errors import BackendError
from panoseg_ros.inference.backend import OLDEST_TENSORRT

_log = logging.getLogger(__name__)


def tensorrt() -> Any:
    """Return the module `tensorrt`.

    Raises:
        BackendError: if it is missing, broken or too old.
    """
    try:
        trt: Any = import_module('tensorrt')
    except ImportError as err:
        reason = 'is not installed' if isinstance(err, ModuleNotFoundError) else str(err)
        raise BackendError(
            f'tensorrt {reason}; docs/tensorrt.md says how to install it, or take another backend'
        ) from err
    version = str(trt.__version__)
    if tuple(int(part) for part in version.split('.')[:2]) < OLDEST_TENSORRT:
        raise BackendError(f'tensorrt {version} is too old, 10.1 or newer is needed')
    return trt


def make_logger() -> Any:
    """Return an `ILogger` that logs here and keeps the last `error`."""
    trt = tensorrt()
    severity = trt.ILogger.Severity
    levels = {
        severity.INTERNAL_ERROR: logging.ERROR,
        severity.ERROR: logging.ERROR,
        severity.WARNING: logging.DEBUG,  # about tactics and memory: nothing for users
    }

    class Logger(trt.ILogger):  # type: ignore[name-defined]
        """Passes messages on."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.error = ''

        def log(self, severity: Any, msg: str) -> None:
            level = levels.get(severity)
            if level == logging.ERROR:
                self.error = msg
            if level is not None:
                _log.log(min(level, logging.INFO), 'TensorRT: %s', msg)

    return Logger()
