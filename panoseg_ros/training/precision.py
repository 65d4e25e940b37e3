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


def in_affordable_precision(
    config: TrainConfig, accelerator: str, folder: Path
) -> tuple[TrainConfig, str]:
    """Return a run, in float32 where it asks for bfloat16 of a CPU that lacks it.

    A run that goes on keeps the precision in which it was begun, wherever that was.

    Args:
        config: The run.
        accelerator: Where it computes, as Lightning Fabric names it.
        folder: Where its checkpoints go.

    Returns:
        The run, and what its user should know of its precision, '' for nothing.

    Raises:
        TrainingError: naming the checkpoint, if it cannot be read.
    """
    if config.precision != 'bf16-mixed':
        return config, ''
    on_cpu = accelerator == 'cpu' or (accelerator == 'auto' and not torch.cuda.is_available())
    slow = on_cpu and not cpu_has_bfloat16()
    if (begun := load_checkpoint(folder)) is not None:
        held = begun['config']['precision']
        if held != config.precision:
            return replace(config, precision=held), f'going on in {held}, as the run was begun'
        lacking = 'this CPU has no bfloat16: going on in bf16-mixed is slow'
        return config, lacking if slow else ''
    if slow:
        lacking = 'this CPU has no bfloat16: training in float32, bf16-mixed would be slow'
        return replace(config, precision='32-true'), lacking
    return config, ''
