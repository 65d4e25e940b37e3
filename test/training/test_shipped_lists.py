"""The pictures that the shipped models were trained, validated and tested on."""

import hashlib

import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.resources import DEFAULT_BUNDLE, share_dir

SHIPPED = sorted(card.parent.name for card in (share_dir() / 'models').glob('*/card.yaml'))
LISTS = {  # split -> first scene seed, views of each scene
    'train': (0, 2),
    'val': (900_000, 1),
    'test': (950_000, 1),
}


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
    text = ''.join(
        f'leftImg8bit/{split}/{seed:06d}/{view:02d}.png\n'
        for seed in scenes(name, split)
        for view in range(LISTS[split][1])
    )
    assert noted(name, split)['sha256'] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize('name', SHIPPED)
def test_no_scene_is_in_two_lists(name: str) -> None:
    seeds = [seed for split in LISTS for seed in scenes(name, split)]
    assert len(set(seeds)) == len(seeds)
