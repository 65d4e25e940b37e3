"""The rotation between two lenses from their pictures, and between all lenses of a rig."""

from collections.abc import Mapping, Sequence

import numpy as np

from panoseg_ros.cameras.checking.matching import Matches, find_matches, follow_corners, join
from panoseg_ros.cameras.checking.overlap import F64, Overlap, Strip
from panoseg_ros.cameras.checking.refine import (
    LEAST_MATCHES,
    Turn,
    estimate_rotation,
    refine_rotation,
    rotation_of,
    vector_of,
)
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.errors import CameraError

LEAST_WIDTH_DEG = 3.0
ROUNDS = 3


def match_overlap(overlap: Overlap, strips: Sequence[tuple[Strip, Strip]]) -> Matches:
    """Return what both lenses see in pictures of several moments.

    Features say roughly how the lenses are turned; then corners are followed precisely
    from where that puts them. Where that finds too few, the features are returned.

    Raises:
        CameraError: if the overlap is too thin, or too few features agree.
    """
    if overlap.width_deg < LEAST_WIDTH_DEG:
        raise CameraError(
            f'overlap too thin: {overlap.width_deg:.1f} degrees, needs {LEAST_WIDTH_DEG}'
        )
    rough = join([find_matches(overlap, *pair) for pair in strips])
    turn = estimate_rotation(rough, overlap.baseline_m)
    fine = join([follow_corners(overlap, *pair, turn.rotation) for pair in strips])
    return fine if len(fine.first) >= max(LEAST_MATCHES, len(rough.first) // 2) else rough


def rig_turns(
    rig: Rig, pairs: Mapping[tuple[str, str], tuple[Matches, F64]]
) -> dict[str, Turn | None]:
    """Return how each lens is to be turned so that all overlaps agree best.

    The first lens stays. With rotation vectors w of the lenses, every overlap asks for a
    difference w_second - w_first, weighted by how well it is known; the turned rays are
    matched again until nothing changes.

    Args:
        rig: with the lenses as the matches assume them.
        pairs: names of first and second lens to their matches and baseline (3,) in metres.
            Overlaps that do not tell a rotation are left out.

    Returns:
        Lens name to its turn; `inliers` is empty. None: no chain of overlaps leads there.
    """
    known = {key: value for key, value in pairs.items() if _tells(*value)}
    linked = _linked(rig.lenses[0].name, list(known))
    names = [entry.name for entry in rig.lenses if entry.name in linked]
    turns = {name: np.eye(3) for name in names}
    covariance = np.zeros((3 * len(names), 3 * len(names)))
    for _ in range(ROUNDS):
        asked = {
            key: estimate_rotation(_turned(matches, turns[key[0]], turns[key[1]]), baseline)
            for key, (matches, baseline) in known.items()
            if key[0] in turns
        }
        steps, covariance = _solve(names, asked)
        turns = {name: rotation_of(step) @ turns[name] for name, step in steps.items()}
    result: dict[str, Turn | None] = {entry.name: None for entry in rig.lenses}
    for index, name in enumerate(names):
        part = slice(3 * index, 3 * index + 3)
        result[name] = Turn(turns[name], covariance[part, part], np.zeros(0, np.bool_))
    return result


def _tells(matches: Matches, baseline_m: F64) -> bool:
    try:
        refine_rotation(matches, baseline_m)
    except CameraError:
        return False
    return True


def _linked(first: str, pairs: list[tuple[str, str]]) -> set[str]:
    linked = {first}
    for _ in pairs:
        linked |= {name for pair in pairs if linked & set(pair) for name in pair}
    return linked


def _turned(matches: Matches, first: F64, second: F64) -> Matches:
    return matches._replace(first=matches.first @ first.T, second=matches.second @ second.T)


def _solve(names: list[str], asked: Mapping[tuple[str, str], Turn]) -> tuple[dict[str, F64], F64]:
    """Return rotation vectors of the lenses, zero for the first, and their covariance."""
    size = 3 * len(names)
    normal, right = np.zeros((size, size)), np.zeros(size)
    for (first, second), turn in asked.items():
        weight = np.linalg.inv(turn.covariance)
        pull = weight @ vector_of(turn.rotation)
        i, j = (slice(3 * k, 3 * k + 3) for k in (names.index(first), names.index(second)))
        normal[i, i] += weight
        normal[j, j] += weight
        normal[i, j] -= weight
        normal[j, i] -= weight
        right[i] -= pull
        right[j] += pull
    covariance = np.zeros((size, size))
    covariance[3:, 3:] = np.linalg.inv(normal[3:, 3:])
    solved = covariance @ right
    return {name: solved[3 * k : 3 * k + 3] for k, name in enumerate(names)}, covariance
