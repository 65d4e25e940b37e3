"""`panoseg evaluate labels`: two folders of label images against each other."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.cli.evaluate.progress import track
from panoseg_ros.cli.writable import HtmlFile, JsonFile

FAST = 'Leave out the boundary F-score, which takes most of the time.'


def evaluate_labels(
    truth: Path,
    prediction: Path,
    label_set: str = 'cityscapes19',
    truth_ending: str = '.png',
    prediction_ending: str = '.png',
    confidence: Path | None = None,
    images: Path | None = None,
    elevations: str = '90,-90',
    fast: bool = False,
    threads: int = 0,
    out: Path | None = None,
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Score label images, print the tables and return 0.

    Args:
        truth: Folder of the true labels, 255 = unlabelled.
        prediction: Folder of the predicted ones.
        label_set: Names of the classes.
        truth_ending: What follows the common name of a pair in the truth's file names.
        prediction_ending: Likewise.
        confidence: Folder of confidences, none when None.
        images: Folder of the pictures for the page, none when None.
        elevations: TOP,BOTTOM in degrees of panoramas, or none.
        fast: No boundary F-score.
        threads: That read and count, 0 for one per core.
        out: JSON file to write.
        report: HTML page to write.
        as_json: Print JSON instead of tables.
    """
    from panoseg_ros.cli.evaluate.paging import deliver
    from panoseg_ros.cli.evaluate.sizes import parse_elevations
    from panoseg_ros.evaluation.label_folders import LabelFolders
    from panoseg_ros.evaluation.pair_counts import Counting, count_all
    from panoseg_ros.evaluation.pair_scores import PairScores
    from panoseg_ros.evaluation.report import page_of_pairs
    from panoseg_ros.labels import load_label_set

    names = load_label_set(label_set)
    pairs = LabelFolders(truth, prediction, truth_ending, prediction_ending, confidence, images)
    span = parse_elevations(elevations)
    counting = Counting(len(names), span, not fast, keep_small=report is not None)
    counted = count_all(pairs, counting, threads or os.cpu_count() or 1)
    counts = tuple(track(counted, 'scoring', len(pairs)))
    facts = {'truth': truth.name, 'prediction': prediction.name, 'label set': names.name}
    title = f'{prediction.name} against {truth.name}'
    scores = PairScores(names, counts, facts)
    deliver(scores, title, partial(page_of_pairs, scores, title), out, report, as_json)
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('labels')(_labels)


def _labels(
    truth: Annotated[Path, typer.Option(help='Folder of true label images.')],
    prediction: Annotated[Path, typer.Option(help='Folder of predicted label images.')],
    label_set: Annotated[str, typer.Option(help='Classes, by name or file.')] = 'cityscapes19',
    truth_ending: Annotated[
        str, typer.Option(help='End of their names, such as _labelTrainIds.png.')
    ] = '.png',
    prediction_ending: Annotated[str, typer.Option(help='Likewise.')] = '.png',
    confidence: Annotated[Path | None, typer.Option(help='Folder of confidences.')] = None,
    images: Annotated[Path | None, typer.Option(help='Folder of pictures to show.')] = None,
    elevations: Annotated[
        str, typer.Option(help='TOP,BOTTOM of panoramas in degrees, or none.')
    ] = '90,-90',
    fast: Annotated[bool, typer.Option('--fast', help=FAST)] = False,
    threads: Annotated[int, typer.Option(min=0, help='0: one per core.')] = 0,
    out: JsonFile = None,
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Score label images against true ones of the same names."""
    return evaluate_labels(
        truth, prediction, label_set, truth_ending, prediction_ending, confidence, images,
        elevations, fast, threads, out, report, as_json,
    )  # fmt: skip
