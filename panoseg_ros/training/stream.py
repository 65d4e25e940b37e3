"""The endless shuffled stream of pictures that training reads.

What comes at a position of the stream depends only on the seed, the weights and the
position, so a resumed run goes on exactly where the interrupted one stood.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

HELD_FROM = 5e-4  # of the pixels of a picture: less of a class does not count as held
RAREST = 6.0  # no picture is drawn more often than this, against one with frequent classes only


class Stream:
    """The order in which `count` pictures come, in rounds of `count` draws.

    Without weights a round brings each picture once. With weights a picture comes within one
    draw of its share of the round (systematic sampling), so nothing depends on luck.
    """

    def __init__(self, count: int, seed: int, weights: NDArray[np.float64] | None = None) -> None:
        self._count = count
        self._seed = seed
        self._upto = None if weights is None else np.cumsum(weights) * (count / weights.sum())
        self._order = lru_cache(maxsize=4)(self._round)

    def indices(self, position: int, length: int) -> list[int]:
        """Return which pictures stand at positions position .. position + length - 1."""
        places = range(position, position + length)
        return [int(self._order(p // self._count)[p % self._count]) for p in places]

    def _round(self, number: int) -> NDArray[np.int64]:
        rng = np.random.default_rng([self._seed, number])
        if self._upto is None:
            return rng.permutation(self._count)
        ticks = np.arange(self._count) + rng.random()
        picked = np.searchsorted(self._upto, ticks, side='right')
        return rng.permutation(picked.clip(max=self._count - 1))


def picture_weights(
    counts: NDArray[np.int64],
    balance: float,
    parts: Sequence[int] = (),
    shares: Sequence[float] = (),
) -> NDArray[np.float64] | None:
    """Return how often each picture is to be drawn, relative to others; None if all alike.

    A picture weighs as its rarest class: (pictures / pictures that hold it) ** balance, at most
    RAREST.

    Args:
        counts: Pixels of each class in each picture, (N, C).
        balance: 0 to draw all pictures alike, 1 to make up for rarity wholly.
        parts: How many pictures, in their order, belong to each of several data sets.
        shares: How much of the draws each data set is to get; by its size if empty.
    """
    if not balance and not shares:
        return None
    held = counts > HELD_FROM * counts.sum(1, keepdims=True)
    rarity = len(counts) / np.maximum(held.sum(0), 1)  # (C,)
    weights = np.minimum(np.where(held, rarity**balance, 1.0).max(1), RAREST)
    if shares:
        ends = np.cumsum(parts)
        for first, end, share in zip(ends - parts, ends, shares, strict=True):
            weights[first:end] *= share / weights[first:end].sum()
    return np.asarray(weights, np.float64)
