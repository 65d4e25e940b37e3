"""Whether a bundle has learnt from the streets that it is scored on.

A card names the SHA-256 of the lists of its pictures (docs/training.md). Lists that
`panoseg render dataset` writes hold whole runs of scene seeds, so that seeds can be told from
hash and length: a list of other seeds has another hash.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from panoseg_ros.bundles import Bundle
from panoseg_ros.errors import MetricsError
from panoseg_ros.synthetic.recording.dataset import SEED_RANGES

MOST_VIEWS = 8  # of one scene


def check_unseen(bundle: Bundle, seeds: Iterable[int]) -> dict[str, str]:
    """Return what the card's data holds, having made sure that no drive is of it.

    `panoseg render dataset` puts a seed in no list but that of its own split, so even a list
    whose seeds cannot be told holds seeds of its split only.

    Args:
        bundle: the model.
        seeds: of the streets that are driven through.

    Raises:
        MetricsError: naming a seed that is in a list, or that may be.
    """
    data = bundle.card.get('data')
    data = data if isinstance(data, dict) else {}
    sets = [*(data['sets'] if isinstance(data.get('sets'), list) else [data])]
    sets += [data['rendered']] if 'rendered' in data else []
    found: dict[str, str] = {}
    for number, one in enumerate(one for one in sets if isinstance(one, dict)):
        for name, held, words in _held(one):
            wrong = next((seed for seed in seeds if seed in held), None)
            if wrong is not None:
                raise MetricsError(f'bundle {bundle.name}: its {name} pictures: {words}: {wrong}')
            found[f'set {number + 1} {name}' if len(sets) > 1 else name] = words
    if not found:
        raise MetricsError(
            f'bundle {bundle.name}: its card names no data.lists, so nothing says which streets '
            'it has learnt from'
        )
    return found


def _held(data: dict[str, Any]) -> Iterator[tuple[str, range, str]]:
    """Yield name, seeds and a description of every list of one data set of a card."""
    version = f'generator {data.get("generator_version", "unknown")}'
    first, scenes = data.get('first_scene'), data.get('scenes')
    if isinstance(first, int) and isinstance(scenes, int):
        seeds = range(first, first + scenes)
        yield 'train', seeds, f'seeds {seeds.start} to {seeds.stop - 1}, {version}'
    lists = data.get('lists')
    for name, noted in (lists if isinstance(lists, dict) else {}).items():
        if 'kind' in data:
            yield str(name), range(0), f'of {data["kind"]}, no rendered streets'
            continue
        split = str(name)
        listed = _seeds_of(split, noted, SEED_RANGES.get(split, range(0)))
        if listed is None:
            words = f'any seeds of split {split}, as the hash is of no known run of seeds'
            yield split, SEED_RANGES.get(split, range(0)), f'{words}, {version}'
        else:
            words = f'seeds {listed.start} to {listed.stop - 1}, proven by hash'
            yield split, listed, f'{words}, {version}'


def _seeds_of(split: str, noted: Any, span: range) -> range | None:
    """Return the seeds whose pictures make a list with the noted hash, None if none do."""
    images = noted.get('images') if isinstance(noted, dict) else None
    if not isinstance(images, int):
        return None
    for views in range(1, MOST_VIEWS + 1):
        seeds = range(span.start, span.start + images // views)
        text = ''.join(
            f'leftImg8bit/{split}/{seed:06d}/{view:02d}.png\n'
            for seed in seeds
            for view in range(views)
        )
        if hashlib.sha256(text.encode()).hexdigest() == noted.get('sha256'):
            return seeds
    return None
