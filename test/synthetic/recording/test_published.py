"""The published scenes: the generator may not change them without a new version."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic import GENERATOR_VERSION, room_shots, scene_shots

pytest.importorskip('embreex', reason='rendering needs embreex')

FIXTURES = Path(__file__).with_name('fixtures')
SHOTS = {'labels': scene_shots, 'rooms': room_shots}
PUBLISHED = (
    ('labels', 'val', 900_000), ('labels', 'train', 1), ('labels', 'train', 5),
    ('rooms', 'val', 900_000), ('rooms', 'train', 1), ('rooms', 'train', 5),
)  # fmt: skip


@pytest.mark.parametrize(('kind', 'split', 'seed'), PUBLISHED)
def test_labels_of_published_scenes_stay(kind: str, split: str, seed: int) -> None:
    kept = FIXTURES / f'{kind}_v{GENERATOR_VERSION}_{split}_{seed:06d}.png'
    expected = cv2.imread(str(kept), cv2.IMREAD_UNCHANGED)
    (shot,) = SHOTS[kind](split, seed, 1, PanoramaGeometry(128, 256))
    assert expected is not None, f'{kept} is missing: publish the scenes of this version'
    assert np.mean(shot.labels == expected) >= 0.9999  # other CPUs may differ at ties
