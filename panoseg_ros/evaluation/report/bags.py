"""The page of a scored bag: masks, costmaps beside the true ground, times of the replay."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from panoseg_ros.evaluation.bag_maps import maps_at
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.evaluation.report.maps import pictures_of_maps
from panoseg_ros.evaluation.report.page import Page
from panoseg_ros.evaluation.report.replays import times_of_replay
from panoseg_ros.evaluation.report.scored import page_of_pairs

METRICS = 'metrics.json'


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
