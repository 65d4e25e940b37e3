"""`panoseg evaluate ground`: costmaps in a bag against true ground maps."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.cli.writable import HtmlFile, JsonFile


def evaluate_ground(
    prediction: Path,
    truth: Path,
    camera_height: float,
    rows: int = 512,
    costmap_topic: str = '/costmap/combined',
    odom_topic: str = '',
    within: float = 20.0,
    out: Path | None = None,
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Score the costmaps of a bag, print the figures and return 0.

    Args:
        prediction: Bag with costmaps.
        truth: Bag with the true ground maps.
        camera_height: Of the camera above the ground, in metres.
        rows: Of a panorama from zenith to nadir.
        costmap_topic: Of the costmaps.
        odom_topic: Odometry whose frame the costmaps are in; empty for the base frame.
        within: Metres from the robot that count.
        out: JSON file to write.
        report: HTML page to write, with some of the maps.
        as_json: Print JSON instead of lines.
    """
    from panoseg_ros.cli.evaluate.paging import write_json
    from panoseg_ros.evaluation.bag_ground import count_ground, pooled_ground
    from panoseg_ros.evaluation.bag_maps import spread_maps
    from panoseg_ros.evaluation.pair_report import number
    from panoseg_ros.evaluation.report import write_page
    from panoseg_ros.evaluation.report.bags import page_of_ground
    from panoseg_ros.metrics import ground_figures

    options = {'costmap_topic': costmap_topic, 'odom_topic': odom_topic}
    counts = count_ground(prediction, truth, camera_height, rows, **options, within_m=within)
    figures = ground_figures(pooled_ground(counts))
    plain = {'maps': len(counts), **{name: number(value) for name, value in figures.items()}}
    if as_json:
        print(json.dumps(plain))
    else:
        print(f'{len(counts)} maps, within {within:g} m')
        for name, value in figures.items():
            print(f'{name:24} {"-" if math.isnan(value) else f"{value:.4f}"}')
    wrote = [] if out is None else [write_json(plain, out)]
    if report is not None:
        facts = {
            'prediction': f'{prediction.name} {costmap_topic}',
            'truth': truth.name,
            'camera height in m': camera_height,
            'within m': within,
        }
        shown = spread_maps(prediction, truth, costmap_topic, odom_topic)
        wrote.append(write_page(page_of_ground(figures, len(counts), shown, facts), report))
    for path in () if as_json else wrote:
        print(f'wrote {path}')
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('ground')(_ground)


def _ground(
    prediction: Annotated[Path, typer.Argument(help='Bag with costmaps.')],
    truth: Annotated[Path, typer.Option(help='Bag with true ground maps.')],
    camera_height: Annotated[float, typer.Option(help='Metres above the ground.')],
    rows: Annotated[int, typer.Option(help='Of a panorama from zenith to nadir.')] = 512,
    costmap_topic: Annotated[str, typer.Option(help='The costmaps.')] = '/costmap/combined',
    odom_topic: Annotated[
        str, typer.Option(help='Odometry of their frame; base frame: none.')
    ] = '',
    within: Annotated[float, typer.Option(help='Metres from the robot that count.')] = 20.0,
    out: JsonFile = None,
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Score the costmaps in a bag against true ground maps.

    Both are paired by their stamps.
    """
    return evaluate_ground(
        prediction, truth, camera_height, rows, costmap_topic, odom_topic, within, out, report,
        as_json,
    )  # fmt: skip
