"""In which precision this machine can train."""

from dataclasses import replace
from pathlib import Path

import torch

from panoseg_ros.training.checkpoint import load_checkpoint
from panoseg_ros.training.config import TrainConfig


def cpu_has_bfloat16() -> bool:
    """Return whether this CPU computes in bfloat16 at no loss of speed.

    Others convert every value: a step takes ten times as long as in float32 (docs/training.md).
    """
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def in_affordable_precision(config: TrainConfig, accelerator: str, folder: Path) -> TrainConfig:
    """Return a run, in float32 where it asks for bfloat16 of a CPU that lacks it.

    A run that goes on keeps the precision in which it was begun, wherever that was.

    Args:
        config: The run.
        accelerator: Where it computes, as Lightning Fabric names it.
        folder: Where its checkpoints go.

    Raises:
        TrainingError: naming the checkpoint, if it cannot be read.
    """
    if config.precision != 'bf16-mixed':
        return config
    begun = load_checkpoint(folder)
    if begun is not None:
        return replace(config, precision=begun['config']['precision'])
    on_cpu = accelerator == 'cpu' or (accelerator == 'auto' and not torch.cuda.is_available())
    if not on_cpu or cpu_has_bfloat16():
        return config
    return replace(config, precision='32-true')
