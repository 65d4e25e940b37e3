"""Ground maps on rendered drives, held against exact truth and against the usual ways.

report = measure(drives_of('val'), Scope(), cache=Path('bench_ground'))
print(markdown(report))
"""

from panoseg_ros.evaluation.ground.bench import Scope, measure
from panoseg_ros.evaluation.ground.cost import measure_cost
from panoseg_ros.evaluation.ground.drives import SPLITS, drives_of, quick_drives
from panoseg_ros.evaluation.ground.scenes import moments
from panoseg_ros.evaluation.ground.table import markdown

__all__ = [
    'SPLITS',
    'Scope',
    'drives_of',
    'markdown',
    'measure',
    'measure_cost',
    'moments',
    'quick_drives',
]
