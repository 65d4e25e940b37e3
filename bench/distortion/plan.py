"""What the experiment is made of, all of it fixed before the first score."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from bench.jobs import PLAN
from panoseg_ros.bundles import InputSpec
from panoseg_ros.synthetic import GENERATOR_VERSION
from panoseg_ros.training import Augmentation, Phase, TrainConfig

BASE = 'segformer_nano'  # what the others are compared with
NETWORKS = (
    BASE,
    'segformer_dpe_nano',
    'dmlp_nano',
    'trans4pass_nano',
    'trans4pass_plus_nano',
)
SEEDS = (1, 2, 3)
SELECTION_SEED = 11  # of the short runs that choose the learning rate
FIRST_SCENE = {'train': 600_000, 'val': 930_000, 'test': 970_000}
CAMERAS = {'pinhole': ('train', 'val', 'test'), 'panorama': ('val', 'test')}
SIDE = 128  # pixels of a pinhole picture's height and width
PANORAMA = (256, 512)
FOV_DEG = (70.0, 90.0)
SPEC = InputSpec(SIDE, SIDE)
LABEL_SET = 'cityscapes19'
CLASSES = 19
# What is scored on the test scenes: set -> (camera, height, width). The degrees per pixel at the
# centre of a pinhole set, 1.25 to 1.79 and 0.63 to 0.90, hold those of the panorama below it.
SCORED = {
    'pinhole_64': ('pinhole', 64, 64),
    'panorama_128': ('panorama', 128, 256),  # 1.41 degrees per pixel
    'pinhole_128': ('pinhole', 128, 128),
    'panorama_256': ('panorama', 256, 512),  # 0.70
}
PAIRS = (('pinhole_64', 'panorama_128'), ('pinhole_128', 'panorama_256'))
HEADLINE = 'panorama_128'


@dataclass(frozen=True)
class Plan:
    """Sizes of the experiment; the defaults are those of the published table."""

    scenes: tuple[int, int, int] = (400, 40, 120)  # train, val, test
    pinhole_views: tuple[int, int, int] = (12, 6, 4)  # per scene
    panorama_views: int = 2
    sizes: tuple[int, ...] = (64, 96, 128)  # side of the pictures of a batch, in turns
    batch_size: int = 8
    steps: int = 2500
    selection_steps: int = 1000
    rates: tuple[float, ...] = (0.0005, 0.001, 0.002, 0.004)

    def seeds(self, split: str) -> range:
        """Return the scene seeds of a split."""
        first = FIRST_SCENE[split]
        return range(first, first + self.scenes[list(FIRST_SCENE).index(split)])

    def views(self, camera: str, split: str) -> int:
        """Return how many pictures of a scene are taken."""
        if camera == 'panorama':
            return self.panorama_views
        return self.pinhole_views[list(FIRST_SCENE).index(split)]

    def config(self, network: str, rate: float, seed: int, steps: int) -> TrainConfig:
        """Return a run; nothing in it knows of panoramas, and only the arguments vary."""
        turns = max(1, min(100, steps // len(self.sizes)))
        share = 1.0 / (turns * len(self.sizes))
        phases = tuple(Phase(s, s, self.batch_size, share) for s in self.sizes * turns)
        return TrainConfig(
            name='distortion',
            network=network,
            label_set=LABEL_SET,
            input=SPEC,
            phases=phases,
            steps=steps,
            seed=seed,
            learning_rate=rate,
            warmup=0.05,
            sample_balance=0.5,
            ema_decay=0.995,
            checkpoint_steps=200,
            augmentation=Augmentation(zoom=0.5, gamma=0.2),
        )

    def as_json(self) -> dict:
        """Return everything that a score depends on, but for network and seed."""
        run = asdict(self.config('', 0.001, 0, self.steps))
        left_out = ('phases', 'name', 'network', 'learning_rate', 'seed')
        return {
            **asdict(self),
            'generator_version': GENERATOR_VERSION,
            'networks': NETWORKS,
            'training_seeds': SEEDS,
            'selection_seed': SELECTION_SEED,
            'first_scene': FIRST_SCENE,
            'fov_deg': FOV_DEG,
            'scored': SCORED,
            'headline': HEADLINE,
            'run': {key: value for key, value in run.items() if key not in left_out},
        }


def read_plan(work: Path) -> Plan:
    """Return the plan of a work folder, the published one if it holds none."""
    path = work / PLAN
    if not path.exists():
        return Plan()
    kept = json.loads(path.read_text(encoding='utf-8'))
    values = {field.name: kept[field.name] for field in fields(Plan)}
    return Plan(**{key: tuple(v) if isinstance(v, list) else v for key, v in values.items()})
