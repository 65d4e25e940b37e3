"""In which precision this machine can train."""

from dataclasses import replace

import torch

from panoseg_ros.training.config import TrainConfig


def cpu_has_bfloat16() -> bool:
    """Return whether this CPU computes in bfloat16 at no loss of speed.

    Others convert every value: a step takes ten times as long as in float32 (docs/training.md).
    """
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def in_affordable_precision(config: TrainConfig, accelerator: str) -> TrainConfig:
    """Return a run, in float32 where it asks for bfloat16 of a CPU that lacks it.

    Args:
        config: The run.
        accelerator: Where it computes, as Lightning Fabric names it.
    """
    on_cpu = accelerator == 'cpu' or (accelerator == 'auto' and not torch.cuda.is_available())
    if config.precision != 'bf16-mixed' or not on_cpu or cpu_has_bfloat16():
        return config
    return replace(config, precision='32-true')
