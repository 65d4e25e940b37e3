"""`panoseg evaluate bag`: masks in a bag against a topic of true labels."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.cli.evaluate.labels import FAST
from panoseg_ros.cli.evaluate.progress import track
from panoseg_ros.cli.writable import HtmlFile, JsonFile


def evaluate_bag(
    prediction: Path,
    truth: Path | None = None,
    mask_topic: str = '/segmentation/mask',
    truth_topic: str = '/truth/panorama/labels',
    image_topic: str = '',
    odom_topic: str = '',
    label_set: str = 'cityscapes19',
    elevations: str = '90,-90',
    fast: bool = False,
    out: Path | None = None,
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Score the masks of a bag, print the tables and return 0.

    The page shows the costmaps of the bag beside true ground maps, and the times of the replay
    that wrote the bag, where there are any.

    Args:
        prediction: Bag with the masks.
        truth: Bag with the true labels, the same when None.
        mask_topic: Of the masks.
        truth_topic: Of the true labels.
        image_topic: Of pictures for the page in the bag with the masks, none when empty.
        odom_topic: Whose rotation the panorama shares, for the flicker, and that places
            costmaps; none when empty.
        label_set: Names of the classes.
        elevations: TOP,BOTTOM in degrees of the panoramas.
        fast: No boundary F-score.
        out: JSON file to write.
        report: HTML page to write.
        as_json: Print JSON instead of tables.
    """
    from panoseg_ros.cli.evaluate.paging import deliver
    from panoseg_ros.cli.evaluate.sizes import parse_elevations
    from panoseg_ros.evaluation.bag_labels import BagLabels
    from panoseg_ros.evaluation.pair_counts import Counting, count_each
    from panoseg_ros.evaluation.pair_scores import PairScores
    from panoseg_ros.evaluation.report.bags import page_of_bag
    from panoseg_ros.labels import load_label_set

    names = load_label_set(label_set)
    span = parse_elevations(elevations) or (90.0, -90.0)
    pairs = BagLabels(
        prediction,
        truth,
        mask_topic=mask_topic,
        truth_topic=truth_topic,
        image_topic=image_topic,
        odom_topic=odom_topic,
        elevations_deg=span,
    )
    counting = Counting(len(names), span, not fast, keep_small=report is not None)
    facts = {
        'prediction': f'{prediction.name} {mask_topic}',
        'truth': f'{(truth or prediction).name} {truth_topic}',
        'label set': names.name,
    }
    counts = tuple(track(count_each(pairs, counting), 'scoring', None))
    scores = PairScores(names, counts, facts)
    title = f'{mask_topic} of {prediction.name}'
    page = partial(page_of_bag, scores, title, prediction, truth or prediction, odom_topic)
    deliver(scores, title, page, out, report, as_json)
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('bag')(_bag)


def _bag(
    prediction: Annotated[Path, typer.Argument(help='Bag with masks.')],
    truth: Annotated[Path | None, typer.Option(help='Bag with the truth, if another.')] = None,
    mask_topic: Annotated[str, typer.Option(help='Topic of the masks.')] = '/segmentation/mask',
    truth_topic: Annotated[
        str, typer.Option(help='Topic of the true labels.')
    ] = '/truth/panorama/labels',
    image_topic: Annotated[str, typer.Option(help='Topic of pictures to show.')] = '',
    odom_topic: Annotated[
        str, typer.Option(help="Odometry, for the camera's rotation and for costmaps.")
    ] = '',
    label_set: Annotated[str, typer.Option(help='Classes, by name or file.')] = 'cityscapes19',
    elevations: Annotated[str, typer.Option(help='TOP,BOTTOM in degrees.')] = '90,-90',
    fast: Annotated[bool, typer.Option('--fast', help=FAST)] = False,
    out: JsonFile = None,
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Score the masks in a bag against a topic of true labels.

    Masks and labels are paired by their stamps.
    """
    return evaluate_bag(
        prediction, truth, mask_topic, truth_topic, image_topic, odom_topic, label_set,
        elevations, fast, out, report, as_json,
    )  # fmt: skip
