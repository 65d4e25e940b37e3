"""`panoseg bench stages`: every stage of the road by itself, on one core."""

from panoseg_ros.cli.bench.stages.command import add, bench_stages, measure_stages

__all__ = ['add', 'bench_stages', 'measure_stages']
