"""The draws that every maker of the world uses."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar('T')


def pick(rng: np.random.Generator, items: Sequence[T]) -> T:
    """Draw one of the items, each as likely as the others."""
    return items[int(rng.integers(len(items)))]


def weighted(rng: np.random.Generator, shares: Mapping[T, float]) -> T:
    """Draw a key with its value as probability; the values add up to 1."""
    return list(shares)[rng.choice(len(shares), p=list(shares.values()))]


def any_yaw(rng: np.random.Generator) -> float:
    """Draw a heading in rad, 0 to about a full turn."""
    return float(rng.uniform(0, 6.28))
