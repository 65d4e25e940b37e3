"""Which evidence channel a label counts for.

A channel gathers the labels that a ground map need not tell apart: same surface,
same cost, same speed of forgetting, and none of them wanted as a grid of its own.
So the work per cell grows with what is asked for, not with the label set.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import GroundError
from panoseg_ros.labels import LabelClass, LabelSet

SILENT = -1  # unlabelled, sky, or ground that is too uncertain: says nothing
BLIND = -2  # no lens sees this pixel, or it shows the robot itself
GROUND, STATIC, DYNAMIC = 0, 1, 2  # groups of channels; also the columns of the fused scores


@dataclass(frozen=True, eq=False)
class Channels:
    """The evidence channels of a label set, ordered by group.

    Channels `bounds[g]` to `bounds[g + 1]` belong to group g (GROUND, STATIC,
    DYNAMIC). The wanted class `slugs[i]` has channel `of_slug[i]`.
    """

    of_label: NDArray[np.int16]  # (256,) channel of each label value, or SILENT
    bounds: NDArray[np.int64]  # (4,)
    cost: NDArray[np.int8]  # (M,) policy cost
    slugs: tuple[str, ...]  # wanted classes
    of_slug: NDArray[np.int16]  # (n,)

    @property
    def count(self) -> int:
        """Return the number M of channels."""
        return len(self.cost)

    @property
    def is_ground(self) -> NDArray[np.bool_]:
        """Return which labels (256,) are ground."""
        return np.asarray((self.of_label >= 0) & (self.of_label < self.bounds[1]))

    def groups(self) -> NDArray[np.int64]:
        """Return the group (M,) of every channel."""
        return (np.arange(self.count)[:, None] >= self.bounds[1:3]).sum(1)


def channels_of(label_set: LabelSet, classes: Sequence[str] = ()) -> Channels:
    """Return the channels needed for a combined map and one grid per wanted class.

    Args:
        label_set: what the labels mean.
        classes: names or slugs of the classes that get a grid of their own.

    Raises:
        LabelError: if a wanted class is not of the set.
        GroundError: if a wanted class never touches the ground, or nothing does.
    """
    wanted = tuple(dict.fromkeys(label_set.select(classes)))
    for cls in wanted:
        if cls.surface == 'none':
            raise GroundError(
                f'class {cls.name!r} never touches the ground, so it has no ground grid'
            )
    key_of = {
        cls.id: (_group(cls), cls.cost, cls.slug if cls in wanted else '')
        for cls in label_set.classes
        if cls.surface != 'none'
    }
    if not key_of:
        raise GroundError(f'label set {label_set.name} has neither ground nor obstacle classes')
    keys = sorted(set(key_of.values()))
    of_label = np.full(256, SILENT, np.int16)
    for label, key in key_of.items():
        of_label[label] = keys.index(key)
    groups = [group for group, _, _ in keys]
    return Channels(
        of_label,
        np.searchsorted(groups, [GROUND, STATIC, DYNAMIC, DYNAMIC + 1]),
        np.array([cost for _, cost, _ in keys], np.int8),
        tuple(cls.slug for cls in wanted),
        of_label[[cls.id for cls in wanted]],
    )


def regrouped(old: Channels, new: Channels) -> NDArray[np.int64]:
    """Return for every old channel (M,) the new one that takes over what it holds.

    Args:
        old: of a label set.
        new: of the same classes at other costs; of several that follow, the dearest counts.
    """
    follows = np.zeros(old.count, np.int64)
    for channel in range(old.count):
        heirs = new.of_label[old.of_label == channel]
        follows[channel] = heirs[new.cost[heirs].argmax()]
    return follows


def _group(cls: LabelClass) -> int:
    if cls.surface == 'ground':
        return GROUND
    return DYNAMIC if cls.dynamic else STATIC
