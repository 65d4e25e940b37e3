"""What a training run is told: one frozen table, read from YAML and checked."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from panoseg_ros.bundles import InputSpec
from panoseg_ros.documents import arguments, read_yaml
from panoseg_ros.errors import SettingsError, TrainingError

PRECISIONS = ('32-true', 'bf16-mixed')
OPTIMIZERS = ('adamw', 'muon')
POSES = ('flip', 'tilt', 'project')  # variations of where the camera looks
LOOKS = ('lenses', 'style', 'cover', 'unseen', 'blur', 'noise', 'jpeg')
PROBABILITIES = (*POSES, 'seams', 'zoom', *LOOKS)


@dataclass(frozen=True)
class Phase:
    """A part of a run: at which size and batch size, and for which share of the run.

    `variation` scales the strength of the augmentation, but for turning the camera.
    """

    height: int
    width: int
    batch_size: int
    share: float
    variation: float = 1.0

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        if min(self.height, self.width) < 32 or self.batch_size < 1 or not 0 < self.share <= 1:
            raise ValueError(
                f'a phase needs sizes of at least 32, batch_size >= 1 and 0 < share <= 1, '
                f'got {self.width}x{self.height}, {self.batch_size}, {self.share}'
            )
        if not 0.0 <= self.variation <= 1.0:
            raise ValueError(f'phases.variation must be 0..1, got {self.variation}')


@dataclass(frozen=True)
class Augmentation:
    """How pictures are varied; 0 switches a variation off."""

    flip: float = 0.5  # probability of a mirror image
    zoom: float = 0.3  # probability of a random crop, enlarged to full size
    zoom_max: float = 1.6  # the largest enlargement
    tilt: float = 0.0  # probability of a tilted camera
    tilt_deg: float = 12.0  # the largest tilt
    project: float = 0.0  # probability that perspective pictures are placed into a panorama
    jitter: float = 0.35  # largest relative change of brightness, contrast and saturation
    hue_deg: float = 15.0  # largest turn of the colour circle
    gamma: float = 0.0  # largest change of the tone curve's exponent, as a logarithm
    lenses: float = 0.0  # probability of unequal brightness of the turn's two halves
    style: float = 0.0  # probability of another style
    cover: float = 0.0  # probability of patches that hide parts, unlabelled there
    unseen: float = 0.0  # probability of parts that the camera leaves out, unlabelled there
    seams: float = 0.0  # probability that the turn's two halves do not meet
    blur: float = 0.15  # probability of a blur
    noise: float = 0.15  # probability of sensor noise
    jpeg: float = 0.0  # probability of visible compression

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        for name in (*PROBABILITIES, 'jitter', 'gamma'):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f'augmentation.{name} must be 0..1, got {getattr(self, name)}')
        if self.zoom_max < 1.0 or not 0.0 <= self.hue_deg <= 180.0:
            raise ValueError('augmentation needs zoom_max >= 1 and hue_deg within 0..180')
        if not 0.0 <= self.tilt_deg <= 30.0:
            raise ValueError(f'augmentation.tilt_deg must be 0..30, got {self.tilt_deg}')

    def scaled(self, share: float) -> 'Augmentation':
        """Return a weaker form; the camera's pose, mirror images included, varies as before."""
        names = [name for name in PROBABILITIES if name not in POSES]
        names += ['jitter', 'hue_deg', 'gamma']
        return replace(self, **{name: share * getattr(self, name) for name in names})


@dataclass(frozen=True)
class TrainConfig:
    """A supervised training run.

    Raises:
        ValueError: if a value is impossible.
    """

    name: str  # of the bundle
    network: str  # a name of networks.NETWORKS
    label_set: str  # a shipped label set's name, or a path
    input: InputSpec  # what the bundle will take
    phases: tuple[Phase, ...]  # in order; their shares add up to 1
    steps: int  # optimiser steps, unless the run is given minutes instead
    encoder_weights: str = ''  # a Mix Transformer's file, as SegFormer names its keys; '' none
    seed: int = 0
    learning_rate: float = 1e-3  # the highest, reached after the warm-up
    optimizer: str = 'adamw'  # or 'muon': that for matrices, AdamW for all else
    muon_learning_rate: float = 1e-3  # the highest of Muon's
    warmup: float = 0.03  # share of the run with a rising learning rate
    power: float = 0.9  # of the polynomial with which the learning rate falls to 0
    weight_decay: float = 0.02  # of matrices and kernels; not of biases and norms
    clip_norm: float = 1.0  # longest gradient
    class_balance: float = 0.5  # 0 weights all pixels alike, 1 all classes alike
    sample_balance: float = (
        0.0  # 0 draws all pictures alike, 1 as often as their rarest class asks
    )
    ema_decay: float = 0.998  # per step, of the averaged weights that become the model
    precision: str = '32-true'
    validations: int = 10  # over the run, evenly
    validation_images: int = 50  # at most
    patience: int = 0  # validations without a better score after which a run ends; 0 never
    checkpoint_steps: int = 200
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        if not self.phases or abs(sum(phase.share for phase in self.phases) - 1) > 1e-6:
            raise ValueError('phases must have shares that add up to 1')
        if self.precision not in PRECISIONS:
            raise ValueError(
                f'precision must be one of {", ".join(PRECISIONS)}, got {self.precision!r}'
            )
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(
                f'optimizer must be one of {", ".join(OPTIMIZERS)}, got {self.optimizer!r}'
            )
        for name in ('steps', 'checkpoint_steps', 'validation_images'):
            if getattr(self, name) < 1:
                raise ValueError(f'{name} must be at least 1, got {getattr(self, name)}')
        for name in ('warmup', 'class_balance', 'sample_balance', 'ema_decay'):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f'{name} must be 0..1, got {getattr(self, name)}')
        for name in ('learning_rate', 'muon_learning_rate', 'clip_norm', 'power'):
            if not getattr(self, name) > 0.0:
                raise ValueError(f'{name} must be positive, got {getattr(self, name)}')
        for name in ('weight_decay', 'validations', 'patience', 'seed'):
            if getattr(self, name) < 0:
                raise ValueError(f'{name} must not be negative, got {getattr(self, name)}')


def load_train_config(path: Path) -> TrainConfig:
    """Read a run's YAML file.

    Raises:
        TrainingError: naming the file and the field that is wrong.
    """
    try:
        values = arguments(TrainConfig, read_yaml(path))
        values['input'] = InputSpec(**arguments(InputSpec, values['input'], 'input.'))
        if not isinstance(values['phases'], list):
            raise ValueError(f'phases must be a list, got {values["phases"]!r}')
        values['phases'] = tuple(
            Phase(**arguments(Phase, phase, 'phases.')) for phase in values['phases']
        )
        varied = arguments(Augmentation, values.get('augmentation', {}), 'augmentation.')
        return TrainConfig(**{**values, 'augmentation': Augmentation(**varied)})
    except SettingsError as err:
        raise TrainingError(str(err)) from err
    except ValueError as err:
        raise TrainingError(f'{path}: {err}') from err


def as_plain(config: TrainConfig) -> dict[str, Any]:
    """Return a configuration as nested plain values, for cards and checkpoints."""
    return {key: _plain(value) for key, value in asdict(config).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
