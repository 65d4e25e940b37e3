"""One page that shows what a run was worth: a single HTML file that needs no network."""

from panoseg_ros.evaluation.report.comparisons import page_of_gains, sections_of_gains
from panoseg_ros.evaluation.report.page import (
    Chart,
    Facts,
    Figure,
    Matrix,
    Page,
    Pictures,
    Section,
    SortedTable,
    write_page,
)
from panoseg_ros.evaluation.report.replays import page_of_replay
from panoseg_ros.evaluation.report.scored import page_of_pairs, page_of_scores
from panoseg_ros.evaluation.report.seams import page_of_seam

__all__ = [
    'Chart',
    'Facts',
    'Figure',
    'Matrix',
    'Page',
    'Pictures',
    'Section',
    'SortedTable',
    'page_of_gains',
    'page_of_pairs',
    'page_of_replay',
    'page_of_scores',
    'page_of_seam',
    'sections_of_gains',
    'write_page',
]
