import json

import cv2
import numpy as np
import pytest

RUN = """
name: small
network: trans4pass_nano
label_set: cityscapes19
input: {height: 32, width: 64, wrap_px: 8}
phases:
  - {height: 32, width: 64, batch_size: 2, share: 1.0}
steps: 4
validations: 1
checkpoint_steps: 2
augmentation: {tilt: 0.5, style: 0.5, cover: 0.5}
"""


@pytest.fixture(scope='session')
def street_data(tmp_path_factory):
    """Build a data set of 6 pictures to learn from and 2 to validate on, with a run's file."""
    root = tmp_path_factory.mktemp('data')
    rng = np.random.default_rng(0)
    for split, count in (('train', 6), ('val', 2)):
        lines = []
        for index in range(count):
            labels = np.zeros((32, 64), np.uint8)
            labels[: 10 + index] = 10
            image = np.where(labels == 10, 200, 50)[..., None] + rng.integers(0, 30, (32, 64, 3))
            name = f'{split}/0/{index}'
            for kind in ('leftImg8bit', 'gtFine'):
                (root / kind / split / '0').mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(root / 'leftImg8bit' / f'{name}.png'), image.astype(np.uint8))
            cv2.imwrite(str(root / 'gtFine' / f'{name}_labelTrainIds.png'), labels)
            lines.append(f'leftImg8bit/{name}.png')
        (root / 'lists').mkdir(exist_ok=True)
        (root / 'lists' / f'{split}.txt').write_text('\n'.join(lines) + '\n')
    (root / 'dataset.json').write_text(json.dumps({'generator_version': '7', 'splits': {}}))
    (root / 'run.yaml').write_text(RUN)
    return root
