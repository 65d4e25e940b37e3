"""Errors a user can cause, one class per room under one root.

Messages name the offending file, parameter or value and say what is allowed.
"""


class PanosegError(Exception):
    """Root of every error that a user, a file or a sensor can cause."""


def one_line(err: BaseException) -> str:
    """Return what an error says in one line, with its kind if nobody was meant to read it."""
    text = ' '.join(str(err).split())
    return text if isinstance(err, PanosegError) and text else f'{type(err).__name__}: {text}'


class LabelError(PanosegError):
    """A label set is missing, malformed or does not fit."""


class CameraError(PanosegError):
    """A lens, calibration, rig or lens image is missing, malformed or does not fit."""


class GroundError(PanosegError):
    """A ground map cannot be built from these values."""


class BagError(PanosegError):
    """A bag, topic or message is missing, damaged or cannot be written."""


class MetricsError(PanosegError):
    """Arrays given to a metric do not fit each other."""


class ImageError(PanosegError):
    """A picture, or the message that carries it, cannot be read.

    `kind` is a short word for counting.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class NetworkError(PanosegError):
    """A network name, checkpoint or input is wrong."""


class BundleError(PanosegError):
    """A model bundle is missing, malformed or damaged."""


class BackendError(PanosegError):
    """A runtime cannot load or run a model."""


class GpuError(BackendError):
    """A graphics processor failed; `lost` if this process must not use it any more."""

    def __init__(self, message: str, lost: bool = False) -> None:
        super().__init__(message)
        self.lost = lost


class SyntheticError(PanosegError):
    """A scene cannot be built or rendered from these values."""


class DatasetError(PanosegError):
    """A data set folder, image or label file is missing or malformed."""


class TrainingError(PanosegError):
    """A training run cannot start, resume or go on."""


class DivergedError(TrainingError):
    """A loss or gradient is no longer finite."""


class PipelineError(PanosegError):
    """Frames do not fit the pipeline that they were given to."""


class ReplayError(PanosegError):
    """A recording cannot be replayed, or its results cannot be written."""


class SettingsError(PanosegError):
    """A settings file or value is missing, malformed or out of range."""


class RosError(PanosegError):
    """A message, parameter or topic cannot be used."""
