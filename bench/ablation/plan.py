"""What is compared, all of it fixed before the first score."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from panoseg_ros.bundles import InputSpec
from panoseg_ros.training import Augmentation, Phase, TrainConfig, describe

ARMS: dict[str, dict[str, float]] = {  # name -> what differs from the street model's augmentation
    'all': {},
    'no style': {'style': 0.0},
    'no tilt': {'tilt': 0.0},
}
BASE = 'all'
SEEDS = (1, 2, 3)
HEIGHT, WIDTH = 128, 256
SPEC = InputSpec(HEIGHT, WIDTH, wrap_px=16)
LABEL_SET = 'cityscapes19'
CLASSES = 19
NETWORK = 'trans4pass_nano'
# Those of config/train/nano_street.yaml; a test holds them equal.
AUGMENTATION = Augmentation(
    tilt=0.4,
    tilt_deg=12.0,
    zoom=0.3,
    zoom_max=1.7,
    jitter=0.35,
    hue_deg=20.0,
    gamma=0.3,
    lenses=0.2,
    style=0.25,
    cover=0.05,
    unseen=0.08,
    seams=0.05,
    blur=0.2,
    noise=0.2,
    jpeg=0.15,
)


@dataclass(frozen=True)
class Plan:
    """Where the pictures are and how long a run is; steps are those of the published table."""

    data: str  # folder of a rendered data set: its splits train and test
    tilted: str  # folder of the same test scenes, seen by a tilted camera
    steps: int = 1000
    precision: str = 'bf16-mixed'  # of training; float32 on CPUs without bfloat16

    def config(self, arm: str, seed: int) -> TrainConfig:
        """Return a run: only its augmentation and its seed vary."""
        return TrainConfig(
            name=f'{arm.replace(" ", "-")}-{seed}',
            network=NETWORK,
            label_set=LABEL_SET,
            input=SPEC,
            phases=(Phase(HEIGHT, WIDTH, 8, 1.0),),
            steps=self.steps,
            seed=seed,
            optimizer='muon',
            muon_learning_rate=0.002,
            learning_rate=0.001,
            warmup=0.02,
            class_balance=0.4,
            sample_balance=0.5,
            ema_decay=0.995,
            precision=self.precision,
            validations=0,
            augmentation=replace(AUGMENTATION, **ARMS[arm]),
        )

    def as_json(self) -> dict[str, Any]:
        """Return everything that a score depends on.

        Raises:
            DatasetError: if a folder holds no lists.
        """
        base = asdict(self.config(BASE, 0))
        return {
            **asdict(self),
            'pictures': {folder: describe([folder]) for folder in (self.data, self.tilted)},
            'arms': ARMS,
            'seeds': SEEDS,
            'run': {key: value for key, value in base.items() if key not in ('name', 'seed')},
        }
