"""The supervised training loop: resumable, on one device or several."""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from lightning.fabric.utilities.exceptions import MisconfigurationException
from numpy.typing import NDArray
from torch import Tensor, nn

from panoseg_ros.errors import DivergedError, NetworkError, TrainingError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import load_label_set
from panoseg_ros.metrics import iou, mean_iou
from panoseg_ros.networks import build_network, load_encoder, load_official, read_checkpoint
from panoseg_ros.training.average import AveragedWeights
from panoseg_ros.training.balance import class_shares, class_weights
from panoseg_ros.training.batches import Batches, Place
from panoseg_ros.training.checkpoint import load_checkpoint, save_checkpoint
from panoseg_ros.training.config import TrainConfig
from panoseg_ros.training.objective import batch_loss
from panoseg_ros.training.optimizers import HIGHEST, build_optimizer
from panoseg_ros.training.run_state import Position, Run, check_same_run
from panoseg_ros.training.samples import Batch, PictureSource, Samples, make_batch
from panoseg_ros.training.schedule import Budget, learning_rate, phase_at
from panoseg_ros.training.stream import Stream, picture_weights
from panoseg_ros.training.validate import confusion

STATISTICS = ('running_mean', 'running_var')  # of batch norm


@dataclass(frozen=True)
class Report:
    """What a run tells after every step."""

    step: int
    progress: float  # 0..1
    loss: float  # mean over the devices
    learning_rate: float
    images_per_s: float
    eta_s: float
    mean_iou: float | None  # after a validation
    class_iou: NDArray[np.float64] | None  # after a validation, (C,), NaN where never seen


@dataclass(frozen=True)
class Trained:
    """A run's averaged network and how it came about."""

    network: nn.Module
    position: Position
    first_device: bool = True  # of several processes, the one that writes the result
    devices: int = 1


@dataclass(frozen=True)
class Data:
    """What a run learns from and is scored on."""

    source: PictureSource
    held_out: Samples | None = None  # the best average on it becomes the model
    parts: Sequence[int] = ()  # pictures of each of several data sets, in their order
    shares: Sequence[float] = ()  # of the draws for each, by their sizes if empty
    balanced: bool = False  # the source itself prefers pictures with rare classes


def train(
    config: TrainConfig,
    data: Data,
    folder: Path,
    *,
    max_minutes: float | None = None,
    accelerator: str = 'auto',
    devices: int = 1,
    loaders: int = 0,
    report: Callable[[Report], None] = lambda _: None,
) -> Trained:
    """Train, or go on from the checkpoint in `folder`.

    Args:
        config: The run.
        data: What is learned from and scored on.
        folder: Where checkpoints go.
        max_minutes: Map the whole schedule onto this much training time instead of `steps`.
        accelerator: Where to compute, as Lightning Fabric names it.
        devices: How many of those; each takes `batch_size` images per step.
        loaders: Threads per device that make batches ahead.
        report: Called after every step of the first device.

    Returns:
        The averaged weights that scored best, or the last ones where nothing was scored.

    Raises:
        TrainingError: if the checkpoint is of another run, the loss stops being finite, or this
            machine lacks the accelerator.
    """
    fabric = _launched(accelerator, devices, config.precision)
    model, run = _started(fabric, config, data, folder)
    balance, at = torch.tensor(run.balance, device=fabric.device), run.position
    budget = Budget(config.steps, max_minutes)
    with Batches(_batch_maker(config, data), loaders) as batches:
        started = time.perf_counter()
        while not at.ended_early and (done := budget.progress(at.step, at.elapsed_s)) < 1.0:
            phase = phase_at(config.phases, done)
            stride = phase.batch_size * fabric.world_size
            place = Place(at.seen + fabric.global_rank * phase.batch_size, phase)
            batch = batches.get(place, stride)
            loss = batch_loss(model, batch, config.input, balance)
            value = _finite_mean(fabric, 'loss', loss, batch)
            rate = learning_rate(done, config.learning_rate, config.warmup, config.power)
            at.step, at.seen = at.step + 1, at.seen + stride
            _move(fabric, model, run, loss, rate, batch)
            took_s, started = time.perf_counter() - started, time.perf_counter()
            # One clock for all devices, or they would leave the loop at different steps.
            at.elapsed_s = fabric.broadcast(at.elapsed_s + took_s)
            new = budget.progress(at.step, at.elapsed_s)
            score = None
            if data.held_out is not None and _crosses(done, new, config.validations):
                score = _validated(fabric, run, data.held_out, value)
            if not fabric.is_global_zero:
                continue
            ends = new >= 1.0 or at.ended_early
            if score is not None or ends or at.step % config.checkpoint_steps == 0:
                save_checkpoint(folder, run.state())
            speed = stride / took_s
            left_s = at.elapsed_s * (1 - new) / max(new, 1e-9)
            mean = None if score is None else float(np.nanmean(score))
            report(Report(at.step, new, value, rate, speed, left_s, mean, score))
            started = time.perf_counter()
    network = averaged_network(config, run.best or run.average.state)
    return Trained(network, at, fabric.is_global_zero, fabric.world_size)


def _launched(accelerator: str, devices: int, precision: str) -> Fabric:
    # Depthwise kernels (C, 1, 3, 3) get gradients with another stride along the axis of one
    # entry: the same memory, which is reported nevertheless.
    warnings.filterwarnings('ignore', 'Grad strides do not match bucket view strides')
    try:
        fabric = Fabric(accelerator=accelerator, devices=devices, precision=precision)
    except (ValueError, RuntimeError, ImportError, MisconfigurationException) as err:
        raise TrainingError(
            f'--accelerator {accelerator} with --devices {devices} and precision {precision}: '
            f'{" ".join(str(err).split())}'
        ) from err
    fabric.launch()
    return fabric


def _started(fabric: Fabric, config: TrainConfig, data: Data, folder: Path) -> tuple[Any, Run]:
    """Return the network as Fabric wraps it and the run, at its start or its checkpoint."""
    torch.manual_seed(config.seed)
    classes = len(load_label_set(config.label_set))
    network = initial_network(config, classes).train()
    model, optimizer = fabric.setup(network, build_optimizer(network, config))
    model.mark_forward_method('quarter_logits')
    average = AveragedWeights(network.state_dict(), config.ema_decay)
    draws = tuple(map(float, data.shares))
    held_out = data.held_out.key if data.held_out is not None else ''
    run = Run(
        config, network, optimizer, average, data.source.key, held_out, fabric.world_size, draws
    )
    run.resume(folder)
    if data.held_out is not None:
        class_shares(data.held_out.counts(), classes)
    if not run.balance:
        shares = class_shares(data.source.counts(), classes)
        run.balance = class_weights(shares, config.class_balance).tolist()
    return model, run


def initial_network(config: TrainConfig, classes: int) -> nn.Module:
    """Return a run's network before the first step.

    Raises:
        NetworkError: naming the file, if `encoder_weights` cannot be read or do not fit.
    """
    network = build_network(config.network, classes)
    if config.encoder_weights:
        state = read_checkpoint(Path(config.encoder_weights))
        try:
            load_encoder(network, state)
        except NetworkError as err:
            raise NetworkError(f'encoder_weights {config.encoder_weights}: {err}') from err
    return network


def averaged_network(config: TrainConfig, state: dict[str, Tensor]) -> nn.Module:
    """Return a run's network in evaluation mode with these weights, on the CPU."""
    network = build_network(config.network, len(load_label_set(config.label_set)))
    load_official(network, {key: value.cpu() for key, value in state.items()})
    return network


def trained_so_far(config: TrainConfig, folder: Path) -> Trained:
    """Return the network that a run would end with if it ended at its last checkpoint.

    Raises:
        TrainingError: if there is no checkpoint, or it is of another run.
    """
    state = load_checkpoint(folder)
    if state is None:
        raise TrainingError(f'{folder}: holds no checkpoint yet')
    check_same_run(state, config, folder)
    network = averaged_network(config, state['best'] or state['average'])
    return Trained(network, Position(**state['position']), devices=state.get('devices', 1))


def _batch_maker(config: TrainConfig, data: Data) -> Callable[[Place], Batch]:
    source = data.source
    weights = None
    if not data.balanced:
        counts = source.counts()[:, :UNLABELLED]
        weights = picture_weights(counts, config.sample_balance, data.parts, data.shares)
    stream = Stream(len(source), config.seed, weights)
    span = (config.input.top_deg, config.input.bottom_deg)

    def make(place: Place) -> Batch:
        phase = place.phase
        positions = range(place.first, place.first + phase.batch_size)
        indices = stream.indices(place.first, phase.batch_size)
        places = list(zip(positions, indices, strict=True))
        how = config.augmentation.scaled(phase.variation)
        size = (phase.height, phase.width)
        return make_batch(source, places, size, how, config.seed, span)

    return make


def _finite_mean(fabric: Fabric, what: str, value: Tensor, batch: Batch) -> float:
    """Return the mean of a value over all devices; all stop together if one is not finite.

    Raises:
        DivergedError: naming the pictures of all devices whose value is not finite.
    """
    values = torch.atleast_1d(fabric.all_gather(value.detach()))  # (devices,)
    if not values.isfinite().all():
        batches = [batch.names]
        if fabric.world_size > 1:
            batches = [fabric.broadcast(batch.names, src) for src in range(fabric.world_size)]
        wrong = (~values.isfinite()).nonzero().flatten().tolist()
        if fabric.world_size > 1:  # its threads must not outlive the interpreter
            torch.distributed.destroy_process_group()
        names = ', '.join(name for device in wrong for name in batches[device])
        raise DivergedError(f'the {what} became {values[wrong[0]].item()} on {names}')
    return float(values.mean())


def _move(fabric: Fabric, model: Any, run: Run, loss: Tensor, rate: float, batch: Batch) -> None:
    """Change the weights by one step with this loss and learning rate, and their average.

    Raises:
        DivergedError: naming the batch's pictures, if the gradient is not finite.
    """
    config, optimizer = run.config, run.optimizer
    for group in optimizer.param_groups:
        group['lr'] = rate * group[HIGHEST] / config.learning_rate
    fabric.backward(loss)
    norm = fabric.clip_gradients(
        model, optimizer, max_norm=config.clip_norm, error_if_nonfinite=False
    )
    assert norm is not None  # as it is when a norm is clipped
    if not norm.isfinite():  # on all devices: they share the mean of their gradients
        _finite_mean(fabric, 'gradient', norm, batch)
    optimizer.step()
    optimizer.zero_grad()
    _share_statistics(fabric, run.network)
    run.average.update(run.network.state_dict(), run.position.step)


@torch.no_grad()
def _share_statistics(fabric: Fabric, network: nn.Module) -> None:
    """Average the running statistics of batch norm, which every device gathers for itself."""
    if fabric.world_size == 1:
        return
    buffers = [b for name, b in network.named_buffers() if name.endswith(STATISTICS)]
    mean = fabric.all_reduce(torch.cat([b.flatten() for b in buffers]), reduce_op='mean')
    for buffer, values in zip(buffers, mean.split([b.numel() for b in buffers]), strict=True):
        buffer.copy_(values.view_as(buffer))


def _crosses(before: float, after: float, parts: int) -> bool:
    return int(before * parts) < int(after * parts)


def _validated(fabric: Fabric, run: Run, held_out: Samples, loss: float) -> NDArray[np.float64]:
    """Score the averaged weights, keep them if they are the best, return the IoU per class.

    Every device scores a share of the pictures.
    """
    config, at = run.config, run.position
    network = averaged_network(config, run.average.state).to(fabric.device)
    part = slice(fabric.global_rank, None, fabric.world_size)
    counts = torch.from_numpy(confusion(network, held_out, config.input, part))
    pooled = np.asarray(fabric.all_reduce(counts.to(fabric.device), reduce_op='sum').cpu())
    entry = {'step': at.step, 'images': at.seen, 'minutes': round(at.elapsed_s / 60, 2)}
    score = round(float(mean_iou(pooled)), 4)
    at.history.append({**entry, 'loss': round(loss, 4), 'mean_iou': score})
    found = iou(pooled)
    if at.since_best == 0:
        at.best_iou = [None if np.isnan(one) else round(float(one), 4) for one in found]
        run.best = {key: value.detach().clone() for key, value in run.average.state.items()}
    at.ended_early = at.stopped_rising(config.patience)
    return found
