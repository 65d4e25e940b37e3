"""The pictures that the shipped models were trained, validated and tested on."""

import hashlib

import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.resources import DEFAULT_BUNDLE, share_dir
from panoseg_ros.synthetic import FAMILIES, family_of

SHIPPED = sorted(card.parent.name for card in (share_dir() / 'models').glob('*/card.yaml'))
LISTS = {  # split -> first scene seed, views of each scene
    'train': (0, 2),
    'val': (900_000, 1),
    'test': (950_000, 1),
}
# Fixed before the first score: model of generator version 2 -> split -> scenes, start of SHA-256.
FIXED = {
    'nano-street': {
        'train': (6000, '8da37718'),
        'val': (80, '5878a130'),
        'test': (200, 'c26447ec'),
    },
    'nano-indoor': {
        'train': (1500, 'bd3b5c62'),
        'val': (60, 'cb72b240'),
        'test': (100, 'dc2e81e7'),
    },
}


def sha256_of(split: str, seeds: range) -> str:
    """Return the hash of the list of the pictures of these scenes."""
    views = range(LISTS[split][1])
    names = [f'leftImg8bit/{split}/{seed:06d}/{view:02d}.png' for seed in seeds for view in views]
    return hashlib.sha256(''.join(f'{name}\n' for name in names).encode()).hexdigest()


def scenes(name: str, split: str) -> range:
    """Return the seeds of a list, by the number of its pictures on the bundle's card."""
    first, views = LISTS[split]
    images = noted(name, split)['images']
    assert images % views == 0
    return range(first, first + images // views)


def noted(name: str, split: str) -> dict:
    """Return what a bundle's card says of a list."""
    return load_bundle(name, verify=False).card['data']['lists'][split]


def test_the_default_model_is_shipped() -> None:
    assert DEFAULT_BUNDLE in SHIPPED


@pytest.mark.parametrize('split', LISTS)
@pytest.mark.parametrize('name', SHIPPED)
def test_the_card_names_the_list_that_the_seeds_give(name: str, split: str) -> None:
    assert noted(name, split)['sha256'] == sha256_of(split, scenes(name, split))


@pytest.mark.parametrize('split', LISTS)
@pytest.mark.parametrize('name', FIXED)
def test_lists_are_those_that_were_fixed(name: str, split: str) -> None:
    count, digest = FIXED[name][split]
    first = LISTS[split][0]
    seeds = range(first, first + count)
    assert sha256_of(split, seeds).startswith(digest)
    assert {family_of(split, seed) for seed in seeds} <= set(FAMILIES[split])
    if name in SHIPPED:
        assert scenes(name, split) == seeds
        assert load_bundle(name, verify=False).card['data']['generator_version'] == '2'


@pytest.mark.parametrize('name', SHIPPED)
def test_no_scene_is_in_two_lists(name: str) -> None:
    seeds = [seed for split in LISTS for seed in scenes(name, split)]
    assert len(set(seeds)) == len(seeds)
