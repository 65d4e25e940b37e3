"""Test what style mixing and tilted views in training are worth.

Networks of one size learn from the same rendered streets for the same number of steps, with all of
the street model's variations, without styles, and without tilts; all are scored on test
panoramas from a level and from a tilted camera. docs/training.md says how.

    python -m bench.ablation --work FOLDER --data DIR --tilted DIR [--processes 2]

The same command goes on where it was interrupted.
"""

import argparse
from pathlib import Path

from bench.ablation.plan import Plan
from bench.ablation.report import score_points, write_report
from bench.ablation.runs import JOBS, check_folders, do_job, open_pictures, open_tests
from bench.jobs import keep_plan, run_jobs
from panoseg_ros.errors import PanosegError
from panoseg_ros.training import cpu_has_bfloat16
from panoseg_ros.training.config import PRECISIONS


def main(words: list[str] | None = None) -> None:
    """Train what is left, score and print the table."""
    try:
        _run(_options(words))
    except PanosegError as err:
        raise SystemExit(str(err)) from err


def _run(options: argparse.Namespace) -> None:
    work = options.work
    precision = options.precision or ('bf16-mixed' if cpu_has_bfloat16() else '32-true')
    data, tilted = str(options.data.resolve()), str(options.tilted.resolve())
    plan = Plan(data, tilted, options.steps, precision)
    check_folders(plan)
    keep_plan(plan.as_json(), work)
    open_pictures(work, plan.data, 'train', 'train')  # builds its cache
    open_tests(work, plan)
    run_jobs(work, JOBS, do_job, options.processes, options.threads)
    if options.points:
        score_points(work, options.images or options.points.parent, options.points)
    print(write_report(work))


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='python -m bench.ablation')
    parser.add_argument('--work', type=Path, required=True, help='runs, caches and plan')
    parser.add_argument('--data', type=Path, required=True, help='rendered streets: train, test')
    parser.add_argument('--tilted', type=Path, required=True, help='the same test scenes, tilted')
    parser.add_argument('--points', type=Path, help='file of marked points; their dev half')
    parser.add_argument('--images', type=Path, help='their photographs, default beside the file')
    parser.add_argument('--steps', type=int, default=Plan.steps, help='of another experiment')
    parser.add_argument(
        '--precision', choices=PRECISIONS, help='of training, default what suits the CPU'
    )
    parser.add_argument('--processes', type=int, default=1, help='runs at a time')
    parser.add_argument('--threads', type=int, default=1, help='of each process')
    return parser.parse_args(words)


if __name__ == '__main__':
    main()
