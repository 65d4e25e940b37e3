"""The course of a run as TensorBoard shows it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from panoseg_ros.errors import TrainingError
from panoseg_ros.training.loop import Report


class Board:
    """Writes scalars of every `every`-th step, and of every validation, below a folder.

    Args:
        folder: Where event files go; a resumed run adds to them.
        classes: Names of the classes, in the order of their ids.
        every: Steps between two points of loss, learning rate and speed.

    Raises:
        TrainingError: if the package tensorboard is not installed.
    """

    def __init__(self, folder: Path, classes: Sequence[str], every: int = 10) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as err:
            raise TrainingError(
                "--tensorboard needs tensorboard: pip install 'panoseg_ros[tensorboard]'"
            ) from err
        self._writer = SummaryWriter(str(folder))
        self._classes = tuple(classes)
        self._every = every

    def __call__(self, now: Report) -> None:
        """Take over what a report says."""
        if now.step % self._every == 0:
            self._scalar('train/loss', now.loss, now.step)
            self._scalar('train/learning_rate', now.learning_rate, now.step)
            self._scalar('train/images_per_s', now.images_per_s, now.step)
        if now.mean_iou is None or now.class_iou is None:
            return
        self._scalar('validation/mean_iou', now.mean_iou, now.step)
        for name, value in zip(self._classes, now.class_iou, strict=True):
            if not np.isnan(value):
                self._scalar(f'validation_iou/{name}', float(value), now.step)
        self._writer.flush()

    def close(self) -> None:
        """Write what is still held back."""
        self._writer.close()

    def _scalar(self, name: str, value: float, step: int) -> None:
        self._writer.add_scalar(name, value, step)
