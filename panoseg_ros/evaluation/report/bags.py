"""The pages of scored bags: masks with costmaps and times, and costmaps by themselves."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from panoseg_ros.evaluation.bag_maps import Maps, maps_at
from panoseg_ros.evaluation.environment import environment
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.evaluation.report.maps import pictures_of_maps
from panoseg_ros.evaluation.report.page import Facts, Figure, Page, Pictures, Section, Shot
from panoseg_ros.evaluation.report.replays import times_of_replay
from panoseg_ros.evaluation.report.scored import page_of_pairs
from panoseg_ros.evaluation.report.shots import MAPS

METRICS = 'metrics.json'
GROUND_RULES = (
    'Within one cell or the ground that one pixel shows, whichever is more. Recall: visible faces '
    'of obstacles with a marked cell so near. False free: visible faces reported free without '
    'one. Coverage: visible free ground reported free. False occupied: marked cells farther from '
    'any obstacle. Smear: marked cells per cell with visible faces. Occluded reported free: '
    'hidden ground, farther from faces and visible ground, reported free. Things missed: numbered '
    'things with visible faces and no marked cell within 0.3 m.'
)


def page_of_bag(
    scores: PairScores, title: str, prediction: Path, truth: Path, odom_topic: str = ''
) -> Page:
    """Return the page of masks in a bag.

    Args:
        scores: of the masks; pictures are named by their stamps.
        title: heading of the page.
        prediction: bag with the masks; times come from a replay's `METRICS` beside it.
        truth: bag with the truth.
        odom_topic: Odometry in it that places costmaps, see `bag_maps.maps_at`.

    Raises:
        BagError: if a bag cannot be opened.
        DatasetError: if there is no such odometry, or the times cannot be read.
    """

    def costmaps(stamps: Sequence[str]) -> Mapping[str, Sequence[tuple[str, bytes]]]:
        maps = maps_at(prediction, truth, {*map(int, stamps)}, odom_topic)
        return {str(stamp): pictures_of_maps(found) for stamp, found in maps.items()}

    metrics = prediction.with_name(METRICS)
    figures, times = times_of_replay(metrics) if metrics.is_file() else ([], [])
    page = page_of_pairs(scores, title, times, costmaps)
    return page._replace(figures=[*page.figures, *figures])


def page_of_ground(
    figures: Mapping[str, float], count: int, shown: Mapping[int, Maps], facts: dict[str, Any]
) -> Page:
    """Return the page of costmaps in a bag.

    Args:
        figures: of all maps together, see `metrics.ground_figures`.
        count: how many maps there are.
        shown: stamp to maps that are shown.
        facts: what was scored.
    """
    known = {name: value for name, value in figures.items() if not math.isnan(value)}
    cards = [Figure(name, f'{value:.3f}') for name, value in known.items()]
    shots = [Shot(str(stamp), (), pictures_of_maps(maps)) for stamp, maps in shown.items()]
    note = f'{MAPS} Errors are shown cell by cell, without the tolerance of the figures.'
    sections: list[Section] = [Pictures('Maps', note, shots)] if shots else []
    sections.append(Facts('Environment', {**facts, **environment()}))
    title = 'Costmaps against the true ground'
    return Page(title, f'{count} maps', cards, sections, GROUND_RULES)
