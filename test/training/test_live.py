"""Training on pictures that are rendered meanwhile."""

import inspect
import json
import queue
from importlib import import_module

import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli.train import Rendering, train
from panoseg_ros.errors import TrainingError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.training import LiveSource, live
from panoseg_ros.training.live import NOTES

GEOMETRY = PanoramaGeometry(32, 64)
WORLD = """
from types import SimpleNamespace
import numpy as np

SEED_RANGES = {'train': range(100, 10**7)}
GENERATOR_VERSION = '2'

def scene_shots(split, seed, views, geometry):
    for view in range(views):
        labels = np.full((geometry.height, geometry.width), seed % 5, np.uint8)
        image = np.full((*labels.shape, 3), seed % 256, np.uint8)
        yield SimpleNamespace(image=image, labels=labels)
"""
SHIPPED = dict(live.WORLDS)


@pytest.fixture(autouse=True)
def quick_world(tmp_path, monkeypatch):
    """Stand in for the renderer, also in the processes that are started."""
    (tmp_path / 'quick_world.py').write_text(WORLD)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(live.WORLDS, 'street', ('quick_world', 'scene_shots'))


def test_a_run_learns_from_what_is_rendered_and_says_so(street_data, tmp_path):
    paths = (street_data / 'run.yaml', [str(street_data)], tmp_path / 'out', tmp_path / 'run')
    rendering = Rendering('street', workers=1, ring=6, ready=2)
    assert train(*paths, rendering=rendering, accelerator='cpu', loaders=1, graph=False) == 0
    card = load_bundle(tmp_path / 'out').card
    assert card['training']['images_seen'] == 8 and len(card['training']['validation']) == 1
    rendered = card['data']['rendered']
    assert rendered['scenes'] >= 1 and rendered['first_scene'] == 0
    assert 'street 64x32' in rendered['training']
    begun = json.loads((tmp_path / 'run' / NOTES).read_text())['scenes']
    assert begun > rendered['scenes'] - 1
    source = LiveSource('street', GEOMETRY, 6, 1, tmp_path / 'run', 2)
    assert source.notes()['scenes'] == begun  # a resumed run begins with fresh scenes


def test_the_ring_replaces_its_oldest(tmp_path):
    source = LiveSource('street', GEOMETRY, 3, 1, tmp_path, 2)
    for value in range(5):
        image = np.full((32, 64, 3), 10 * value, np.uint8)
        source._store(image, np.full((32, 64), value, np.uint8), f'scene {value}')
    assert len(source) == 3 and (source.counts()[:, 2:5].sum(0) == 2048).all()
    pictures = [source.picture(index, 16, 32) for index in range(3)]
    assert [name for _, name in pictures] == ['scene 3', 'scene 4', 'scene 2']
    assert all((p.image == 10 * p.labels[0, 0]).all() for p, _ in pictures)


def test_rare_classes_get_more_of_the_draws(tmp_path):
    source = LiveSource('street', GEOMETRY, 40, 1, tmp_path, 2, balance=0.5)
    for number in range(40):
        labels = np.zeros((32, 64), np.uint8)
        labels[:4] = 6 if number in (7, 30) else 0
        source._store(np.zeros((32, 64, 3), np.uint8), labels, f'scene {number}')
    names = [source.picture(index, 32, 64)[1] for index in range(40)]
    rare = [name for name in names if name in ('scene 7', 'scene 30')]
    assert abs(len(rare) - 40 * 2 * 20**0.5 / (38 + 2 * 20**0.5)) < 2
    assert len(set(names)) > 30


def test_places_that_are_not_filled_yet_are_served_by_others(tmp_path):
    source = LiveSource('street', GEOMETRY, 100, 1, tmp_path, 2)
    source._store(np.zeros((32, 64, 3), np.uint8), np.zeros((32, 64), np.uint8), 'only')
    assert source.picture(57, 32, 64)[1] == 'only'


def test_a_failed_rendering_stops_the_run(tmp_path):
    source = LiveSource('street', GEOMETRY, 4, 1, tmp_path, 4)
    source._sent = queue.Queue()
    picture = (np.zeros((32, 64, 3), np.uint8), np.zeros((32, 64), np.uint8))
    source._sent.put((*picture, 7, 1))
    source._sent.put('scene 8 failed: ValueError: no such scene')
    source._collect()
    assert source._names[0] == 'street scene 7 view 1'
    with pytest.raises(TrainingError, match=r'^rendering street scene 8 failed: ValueError: no'):
        source.picture(0, 32, 64)


def test_unknown_worlds_and_damaged_notes_are_refused(tmp_path):
    with pytest.raises(TrainingError, match="cannot render 'sea', expected street, indoor"):
        LiveSource('sea', GEOMETRY, 4, 1, tmp_path, 2)
    (tmp_path / NOTES).write_text('{')
    with pytest.raises(TrainingError, match=r'live\.json: is damaged'):
        LiveSource('street', GEOMETRY, 4, 1, tmp_path, 2)


@pytest.mark.parametrize('world', SHIPPED)
def test_shipped_worlds_have_what_is_asked_of_them(world):
    module, function = SHIPPED[world]
    maker = import_module(module)
    arguments = inspect.signature(getattr(maker, function)).parameters
    assert list(arguments)[:4] == ['split', 'seed', 'views', 'geometry']
    assert len(maker.SEED_RANGES['train']) > 1000 and maker.GENERATOR_VERSION
