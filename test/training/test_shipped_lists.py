"""The pictures that the shipped model was trained, validated and tested on."""

import hashlib

import pytest

from panoseg_ros.bundles import load_bundle

LISTS = {  # split -> first scene seed, scenes, views of each
    'train': (0, 2200, 2),
    'val': (900000, 60, 1),
    'test': (950000, 100, 1),
}


def scenes(split: str) -> range:
    first, count, _ = LISTS[split]
    return range(first, first + count)


@pytest.mark.parametrize('split', LISTS)
def test_the_card_names_the_list_that_the_seeds_give(split: str) -> None:
    views = LISTS[split][2]
    text = ''.join(
        f'leftImg8bit/{split}/{seed:06d}/{view:02d}.png\n'
        for seed in scenes(split)
        for view in range(views)
    )
    noted = load_bundle('nano-synthetic').card['data']['lists'][split]
    assert noted['images'] == len(scenes(split)) * views
    assert noted['sha256'] == hashlib.sha256(text.encode()).hexdigest()


def test_no_scene_is_in_two_lists() -> None:
    seeds = [seed for split in LISTS for seed in scenes(split)]
    assert len(set(seeds)) == len(seeds)
