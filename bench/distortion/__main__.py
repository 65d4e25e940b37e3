"""Test whether distortion-aware networks pass from perspective pictures to panoramas better.

Five networks of about the same cost learn from rendered pinhole pictures only and are scored
on panoramas of unseen scenes of the same world. docs/distortion.md says how.

    python -m bench.distortion --work FOLDER [--processes 2] [--only render|select|train|report]

The same command goes on where it was interrupted.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from bench.distortion.pictures import open_pictures, render
from bench.distortion.plan import CAMERAS, NETWORKS, SEEDS, Plan, read_plan
from bench.distortion.report import write_report
from bench.distortion.runs import Job, do_job, lacks, selection_jobs
from bench.jobs import keep_plan, run_jobs
from panoseg_ros.errors import PanosegError

STAGES = ('render', 'select', 'train', 'report')


def main(words: list[str] | None = None) -> None:
    """Do the stages that are asked for."""
    try:
        _run(_options(words))
    except PanosegError as err:
        raise SystemExit(str(err)) from err


def _run(options: argparse.Namespace) -> None:
    plan, work = _plan(options), options.work
    keep_plan(plan.as_json(), work)
    stages = options.only or STAGES
    if 'render' in stages:
        render(plan, work, options.processes)
        for camera, splits in CAMERAS.items():
            for split in splits:
                open_pictures(work, camera, split)  # builds its cache
    trials = [job for network in options.networks for job in selection_jobs(plan, network)]
    # Seed by seed, so that an interrupted experiment compares all networks.
    runs = [Job(network, seed) for seed in options.seeds for network in options.networks]
    jobs = (trials if 'select' in stages else []) + (runs if 'train' in stages else [])
    if jobs:
        run_jobs(work, jobs, do_job, options.processes, options.threads, lacks)
    if 'report' in stages:
        out = options.out or work / 'report.json'
        print(write_report(plan, work, out, options.networks, options.seeds))


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='python -m bench.distortion')
    parser.add_argument('--work', type=Path, required=True, help='pictures, runs and plan')
    parser.add_argument('--out', type=Path, help='of the figures, default WORK/report.json')
    parser.add_argument('--only', nargs='+', choices=STAGES, help='these stages')
    parser.add_argument('--networks', nargs='+', choices=NETWORKS, default=NETWORKS)
    parser.add_argument('--seeds', nargs='+', type=int, default=SEEDS, help='of training')
    parser.add_argument('--processes', type=int, default=1, help='for rendering and training')
    parser.add_argument('--threads', type=int, default=1, help='of each process')
    smaller = parser.add_argument_group('another plan than the published one')
    smaller.add_argument('--scenes', type=int, nargs=3, metavar=('TRAIN', 'VAL', 'TEST'))
    smaller.add_argument('--views', type=int, help='of every training scene')
    smaller.add_argument('--steps', type=int)
    smaller.add_argument('--selection-steps', type=int)
    return parser.parse_args(words)


def _plan(options: argparse.Namespace) -> Plan:
    plan = read_plan(options.work)
    changes = {name: getattr(options, name) for name in ('steps', 'selection_steps')}
    changes['scenes'] = options.scenes and tuple(options.scenes)
    if options.views:
        changes['pinhole_views'] = (options.views, *plan.pinhole_views[1:])
    return replace(plan, **{name: value for name, value in changes.items() if value})


if __name__ == '__main__':
    main()
