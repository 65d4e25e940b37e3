"""Whether a bundle has learnt from the streets that it is scored on.

A card names the SHA-256 of the lists of its pictures (docs/training.md). Lists that
`panoseg render dataset` writes hold whole runs of scene seeds, so that seeds can be told from
hash and length: a list of other seeds has another hash.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from panoseg_ros.bundles import Bundle
from panoseg_ros.errors import MetricsError
from panoseg_ros.synthetic.recording.dataset import SEED_RANGES

MOST_VIEWS = 8  # of one scene


def check_unseen(bundle: Bundle, seeds: Iterable[int]) -> dict[str, str]:
    """Return, per list of the card, what it holds, having made sure that no drive is of it.

    `panoseg render dataset` puts a seed in no list but that of its own split, so even a list
    whose seeds cannot be told holds seeds of its split only.

    Args:
        bundle: the model.
        seeds: of the streets that are driven through.

    Raises:
        MetricsError: naming a seed that is in a list, or that may be.
    """
    data = bundle.card.get('data')
    lists = data.get('lists') if isinstance(data, dict) else None
    if not isinstance(lists, dict) or not lists:
        raise MetricsError(
            f'bundle {bundle.name}: its card names no data.lists, so nothing says which streets '
            'it has learnt from'
        )
    return {
        str(split): _checked(bundle.name, str(split), noted, seeds)
        for split, noted in lists.items()
    }


def _checked(name: str, split: str, noted: Any, seeds: Iterable[int]) -> str:
    span = SEED_RANGES.get(split, range(0))
    listed = _seeds_of(split, noted, span)
    held = span if listed is None else listed
    for seed in seeds:
        if seed in held:
            verb = 'may hold' if listed is None else 'holds'
            raise MetricsError(f'bundle {name}: its {split} list {verb} street {seed}')
    if listed is None:
        return f'hash of no known run of seeds; no drive is of split {split}'
    return f'seeds {listed.start} to {listed.stop - 1}, proven by hash; no drive is among them'


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
