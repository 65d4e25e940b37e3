"""The compiled pass that adds one frame to a fused grid and draws the map."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.board import MIXED, NONE
from panoseg_ros.ground.channels import DYNAMIC, GROUND, STATIC
from panoseg_ros.ground.evidence import Legend, draw_row

KNOWN = np.float32(0.5)  # a group with a score below half a frame says nothing any more
BLEND = np.float32(0.3)  # how far one frame moves the class shares of a cell that keeps its state
FAINT = np.float32(0.02)  # a share that frames no longer confirm is dropped below this
ALL = np.float32(1.0)
NIL = np.float32(0.0)
SEEN = np.float32(1e-9)  # a weight above nothing

Scores = tuple[np.float32, np.float32, np.float32]  # ground, static, dynamic


@compiled(error_model='numpy')
def merge(
    score: NDArray[np.float32],
    only: NDArray[np.int32],
    mean: NDArray[np.float32],
    mixed: NDArray[np.float32],
    new_only: NDArray[np.int32],
    new_mean: NDArray[np.float32],
    new_mixed: NDArray[np.float32],
    trust: NDArray[np.float32],
    origin: tuple[int, int],
    group_of: NDArray[np.int64],
    keep: Scores,
    caps: Scores,
    legend: Legend,
    combined: NDArray[np.int8],
    grids: NDArray[np.int8],
) -> None:
    """Add one frame in place and draw the map of the cells on the frame's grid.

    Nearly all cells are ground that stays ground or is not seen; they are handled here.

    Args:
        score: (3, N, N) of the grid so far, see `fusion.FusedGround`.
        only: (N, N) likewise.
        mean: (N, N) likewise.
        mixed: (N * N, M) likewise.
        new_only: (N, N) of the frame, see `GroundEvidence`.
        new_mean: (N, N) likewise.
        new_mixed: (rows, M) likewise.
        trust: (N, N) likewise.
        origin: cell (0, 0) of the frame.
        group_of: (M,) group of every channel.
        keep: part of an unseen group's score that is left.
        caps: most frames per group.
        legend: see `draw_row`.
        combined: (N, N) likewise.
        grids: (n, N, N) likewise.
    """
    size = len(only)
    shown, share = np.empty(size, np.int32), np.empty(size, np.float32)
    other = np.empty(size, np.int64)
    left, cap, grounds = keep[GROUND], caps[GROUND], legend.ground
    for y in range(size):
        row, shift = (y + origin[1]) % size, origin[0] % size
        others = 0
        for x in range(size):
            column = x + shift if x + shift < size else x + shift - size
            held, new = only[row, column], new_only[y, x]
            if held == NONE and new == NONE:
                shown[x] = NONE
                continue
            if not 0 <= held < grounds or (new != held and new != NONE):  # noqa: PLR1714
                other[others] = x
                others += 1
                continue
            after, value = score[GROUND, row, column], mean[row, column]
            if new == NONE:
                after *= left
                if after < KNOWN:
                    after, held = NIL, np.int32(NONE)
                    only[row, column] = held
            else:
                weight = new_mean[y, x]
                vote = min(ALL, max(KNOWN, trust[y, x] * weight))
                after = max(after, min(cap * vote, after + vote))
                value += BLEND * (weight - value)
                mean[row, column] = value
            score[GROUND, row, column] = after
            shown[x], share[x] = held, value
        _merge_others(
            other[:others], score, only, mean, mixed, new_only, new_mean, new_mixed, trust,
            row, shift, y, group_of, keep, caps, shown, share,
        )  # fmt: skip
        draw_row(y, shown, share, mixed, legend, combined, grids)


@compiled(error_model='numpy')
def _merge_others(
    other: NDArray[np.int64],
    score: NDArray[np.float32],
    only: NDArray[np.int32],
    mean: NDArray[np.float32],
    mixed: NDArray[np.float32],
    new_only: NDArray[np.int32],
    new_mean: NDArray[np.float32],
    new_mixed: NDArray[np.float32],
    trust: NDArray[np.float32],
    row: int,
    shift: int,
    y: int,
    group_of: NDArray[np.int64],
    keep: Scores,
    caps: Scores,
    shown: NDArray[np.int32],
    share: NDArray[np.float32],
) -> None:
    """Add the frame to any cells of a row; what stands in `merge` is as there.

    `other` holds the cells' columns in the frame, whose row is `y`. The frame begins at
    column `shift` of the grid's `row`. What the cells hold goes to `shown` (N,), the share of
    an only channel to `share` (N,).
    """
    size = len(only)
    for x in other:
        column = x + shift if x + shift < size else x + shift - size
        at = row * size + column
        held, new = only[row, column], new_only[y, x]
        weight = new_mean[y, x] if new >= 0 else NIL
        seen = _one_seen(group_of[new], weight) if new >= 0 else (NIL, NIL, NIL)
        if new <= MIXED:
            for m in range(len(group_of)):
                part = _one_seen(group_of[m], new_mixed[MIXED - new, m])
                seen = (seen[0] + part[0], seen[1] + part[1], seen[2] + part[2])
        before = (
            score[GROUND, row, column],
            score[STATIC, row, column],
            score[DYNAMIC, row, column],
        )
        after = _count(before, seen, trust[y, x], keep, caps)
        rate = _rate(before, seen, after)
        if held > MIXED and _stays_one(held, new, rate):
            value = mean[row, column] if rate == NIL or held == new else NIL
            value += rate * (weight - value)
            held = new if rate > NIL else held
            held = held if held >= 0 and _of(after, group_of[held]) >= KNOWN else np.int32(NONE)
        else:
            if held > MIXED:
                mixed[at, :] = NIL
                mixed[at, held] = mean[row, column]
            held, value = _several(mixed, at, new, weight, new_mixed, rate, group_of, after)
        if held == NONE:
            after = (NIL, NIL, NIL)
        score[GROUND, row, column] = after[GROUND]
        score[STATIC, row, column] = after[STATIC]
        score[DYNAMIC, row, column] = after[DYNAMIC]
        only[row, column] = held
        mean[row, column] = value
        shown[x] = held if held > MIXED else MIXED - at
        share[x] = value


@compiled(inline='always')
def _one_seen(group: int, weight: np.float32) -> Scores:
    """Return a weight as that of its group."""
    return (
        weight if group == GROUND else NIL,
        weight if group == STATIC else NIL,
        weight if group == DYNAMIC else NIL,
    )


@compiled(inline='always')
def _of(score: Scores, group: int) -> np.float32:
    return score[GROUND] if group == GROUND else score[STATIC if group == STATIC else DYNAMIC]


@compiled(inline='always')
def _kind(score: Scores, least: np.float32) -> int:
    """Return 2 for an obstacle, 1 for ground and 0 for unknown."""
    if score[STATIC] >= least or score[DYNAMIC] >= least:
        return 2
    return 1 if score[GROUND] >= least else 0


@compiled(inline='always')
def _count(score: Scores, seen: Scores, trust: np.float32, keep: Scores, caps: Scores) -> Scores:
    """Return the scores of a cell after a frame that saw these weights of the groups.

    The vote of a frame is its confidence, less where its range is uncertain, but half
    a frame at least: whatever is seen is held until something else is.
    """
    ground, static, dynamic = score
    obstacle = seen[STATIC] + seen[DYNAMIC]
    vote = min(ALL, max(KNOWN, trust * (obstacle + seen[GROUND])))
    if obstacle > NIL:
        static = _raised(static, seen[STATIC] / obstacle, vote, keep[STATIC], caps[STATIC])
        dynamic = _raised(dynamic, seen[DYNAMIC] / obstacle, vote, keep[DYNAMIC], caps[DYNAMIC])
        return NIL, static, dynamic
    if seen[GROUND] == NIL:
        return ground * keep[GROUND], static * keep[STATIC], dynamic * keep[DYNAMIC]
    static = static - vote if static - vote >= KNOWN else NIL
    dynamic = dynamic - vote if dynamic - vote >= KNOWN else NIL
    if static == NIL and dynamic == NIL:
        ground = _raised(ground, ALL, vote, keep[GROUND], caps[GROUND])
    return ground, static, dynamic


@compiled(inline='always')
def _rate(before: Scores, seen: Scores, after: Scores) -> np.float32:
    """Return how far a cell's shares move towards the frame's.

    Not at all where the frame is outvoted, fully where it changes what the cell is held to be.
    """
    frame = _kind(seen, SEEN)
    if frame == 0 or _kind(after, KNOWN) != frame:
        return NIL
    return BLEND if _kind(before, KNOWN) == frame else ALL


@compiled(inline='always')
def _raised(
    score: np.float32, part: np.float32, vote: np.float32, keep: np.float32, cap: np.float32
) -> np.float32:
    """Return a score after a part of a vote, which raises it to its own part of the cap at most.

    So what was seen from far away is cleared by as few votes from near as it deserves.
    """
    if part == NIL:
        return score * keep
    least = KNOWN if part >= KNOWN else NIL
    return max(score, min(cap * vote, max(least, score + part * vote)))


@compiled(inline='always')
def _stays_one(held: int, new: int, rate: np.float32) -> bool:
    """Return whether a cell of one channel or none will have no more than one."""
    alone = held == NONE or held == new  # noqa: PLR1714 (numba has no `in` here)
    return rate == NIL or (new > MIXED and (alone or rate == ALL))


@compiled()
def _several(
    mixed: NDArray[np.float32],
    at: int,
    new: int,
    weight: np.float32,
    new_mixed: NDArray[np.float32],
    rate: np.float32,
    group_of: NDArray[np.int64],
    score: Scores,
) -> tuple[int, np.float32]:
    """Move the shares of a cell towards the frame's by a rate, without what is forgotten.

    Args:
        mixed: (N * N, M) shares; those of the cell are changed in place.
        at: the cell.
        new: the frame's only channel, MIXED or less for several, NONE for none.
        weight: its weight.
        new_mixed: (rows, M) weights where there are several.
        rate: how far the shares move.
        group_of: (M,) group of every channel.
        score: of the groups.

    Returns:
        What the cell holds: NONE, its only channel or MIXED; and the share of that channel.
    """
    left, last = 0, 0
    for m in range(len(group_of)):
        of_frame = NIL
        if new == m:
            of_frame = weight
        elif new <= MIXED:
            of_frame = new_mixed[MIXED - new, m]
        part = mixed[at, m] + rate * (of_frame - mixed[at, m])
        faded = rate > NIL and of_frame == NIL and part < FAINT
        mixed[at, m] = part if _of(score, group_of[m]) >= KNOWN and not faded else NIL
        if mixed[at, m] > NIL:
            left += 1
            last = m
    if left > 1:
        return MIXED, NIL
    return (last if left else NONE), mixed[at, last]
