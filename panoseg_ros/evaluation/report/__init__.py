"""One page that shows what a run was worth: a single HTML file that needs no network."""

from panoseg_ros.evaluation.report.page import (
    Chart,
    Facts,
    Figure,
    Matrix,
    Page,
    Pictures,
    SortedTable,
    write_page,
)
from panoseg_ros.evaluation.report.replays import page_of_replay
from panoseg_ros.evaluation.report.scored import page_of_pairs

__all__ = [
    'Chart',
    'Facts',
    'Figure',
    'Matrix',
    'Page',
    'Pictures',
    'SortedTable',
    'page_of_pairs',
    'page_of_replay',
    'write_page',
]
