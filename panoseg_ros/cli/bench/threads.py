"""`panoseg bench threads`: what several processes do to each other on the same cores."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from pathlib import Path
from queue import Empty
from typing import Annotated, Any, NamedTuple

import typer

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli.bench.sheet import Sheet, deliver
from panoseg_ros.cli.bench.timing import machine, watch_others
from panoseg_ros.errors import BackendError
from panoseg_ros.resources import DEFAULT_BUNDLE

BACKENDS = ('onnx', 'torch')
LOADED_S = 600.0  # until then every process must have loaded
WAYS = {
    'alone': 'one process with a thread per core',
    'crowded': 'two processes with a thread per core each, as where nobody cares',
    'shared': 'two processes with half of the cores each, as panoseg replay shares them out',
}


class Share(NamedTuple):
    """How cores are shared out."""

    processes: int
    threads: int  # of each


class Ran(NamedTuple):
    """What one process did."""

    frames: int
    wall_s: float
    cpu_s: float


def measure_threads(
    bundle: str, backends: Sequence[str] = BACKENDS, seconds: float = 4.0, rounds: int = 2
) -> dict[str, Any]:
    """Return the frames per second of processes that share the cores; see `WAYS`.

    The ways take turns, every time in fresh processes.

    Args:
        bundle: a bundle folder or the name of a shipped one.
        backends: runtimes, see `inference.load_backend`.
        seconds: that every way is run for.
        rounds: how often.

    Raises:
        BundleError: if the bundle cannot be read.
        BackendError: if a runtime does not run it.
    """
    from panoseg_ros.inference import load_backend

    loaded, cores, others = load_bundle(bundle), len(os.sched_getaffinity(0)), watch_others()
    for backend in backends:
        load_backend(loaded, backend, 1, 'cpu')  # what it refuses, it refuses once
    ways = {
        'alone': Share(1, cores),
        'crowded': Share(2, cores),
        'shared': Share(2, max(1, cores // 2)),
    }
    ran: dict[tuple[str, str], list[list[Ran]]] = {}
    for _ in range(rounds):
        for backend in backends:
            for name, share in ways.items():
                turn = run_together(bundle, backend, share, seconds)
                ran.setdefault((backend, name), []).append(turn)
    rows = []
    for (backend, name), turns in ran.items():
        rates = [sum(one.frames / one.wall_s for one in turn) for turn in turns]
        frames = sum(one.frames for turn in turns for one in turn)
        cpu_s = sum(one.cpu_s for turn in turns for one in turn)
        rows.append(
            {
                'backend': backend,
                'way': name,
                **ways[name]._asdict(),
                'frames_per_s': [round(rate, 2) for rate in rates],
                'cpu_ms_per_frame': round(1e3 * cpu_s / frames, 1),
            }
        )
    return {
        'task': f'{bundle}: frames per second of all processes on {cores} cores, '
        f'{seconds:g} s each, {rounds} rounds',
        'machine': machine(cores, others),
        'figures': rows,
    }


def run_together(bundle: str, backend: str, share: Share, seconds: float) -> list[Ran]:
    """Run processes that begin together, and return what each did.

    Raises:
        BackendError: if one of them ends without an answer, or none comes.
    """
    context = multiprocessing.get_context('spawn')
    start, answers = context.Barrier(share.processes), context.Queue()
    words = (bundle, backend, share.threads, seconds, start, answers)
    workers = [context.Process(target=_segment, args=words) for _ in range(share.processes)]
    for worker in workers:
        worker.start()
    try:
        return _answers(answers, workers, LOADED_S + seconds)
    finally:
        for worker in workers:
            worker.terminate()  # those that have answered have ended
            worker.join()


def _answers(answers: Any, workers: list[Any], timeout_s: float) -> list[Ran]:
    found: list[Ran] = []
    deadline_s = time.monotonic() + timeout_s
    while len(found) < len(workers):
        try:
            found.append(answers.get(timeout=0.5))
        except Empty:
            dead = [worker for worker in workers if worker.exitcode]
            if dead or time.monotonic() > deadline_s:
                how = f'ended with code {dead[0].exitcode}' if dead else 'does not answer'
                raise BackendError(f'a process that segments {how}') from None
    return found


def _segment(
    bundle: str, backend: str, threads: int, seconds: float, start: Any, answers: Any
) -> None:
    from panoseg_ros.inference import load_backend
    from panoseg_ros.inference.probes import load_probes

    loaded = load_bundle(bundle)
    runtime = load_backend(loaded, backend, threads, 'cpu')
    images = [probe.image for probe in load_probes(loaded.input)]
    for image in images:
        runtime.segment(image)
    start.wait(LOADED_S)
    frames, wall_s, cpu_s = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < wall_s + seconds:
        runtime.segment(images[frames % len(images)])
        frames += 1
    answers.put(Ran(frames, time.perf_counter() - wall_s, time.process_time() - cpu_s))


def _sheet(figures: dict[str, Any]) -> Sheet:
    rows = [
        (
            row['backend'],
            row['way'],
            str(row['processes']),
            str(row['threads']),
            ', '.join(f'{rate:.1f}' for rate in row['frames_per_s']),
            f'{row["cpu_ms_per_frame"]:.0f}',
        )
        for row in figures['figures']
    ]
    heads = (
        'runtime',
        'way',
        'processes',
        'threads each',
        'frames per second',
        'CPU ms per frame',
    )
    return Sheet(figures['task'], heads, rows, [f'{way}: {what}.' for way, what in WAYS.items()])


def bench_threads(
    bundle: str,
    backends: Sequence[str] = BACKENDS,
    seconds: float = 4.0,
    rounds: int = 2,
    out: Path | None = None,
    as_json: bool = False,
) -> int:
    """Measure the ways of sharing, deliver the figures and return 0."""
    figures = measure_threads(bundle, backends, seconds, rounds)
    deliver(figures, _sheet(figures), out, as_json)
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('threads')(_threads)


def _threads(
    bundle: Annotated[
        str, typer.Argument(help='Bundle folder, or the name of a shipped one.')
    ] = DEFAULT_BUNDLE,
    backend: Annotated[
        list[str] | None, typer.Option(help='A runtime, again for each; onnx, torch.')
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help='Length of every run.')] = 4.0,
    rounds: Annotated[int, typer.Option(min=1, help='How often every way is run.')] = 2,
    out: Annotated[Path | None, typer.Option(help='Write OUT.md and OUT.json too.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Frames per second of one process and of several.

    On the same cores.
    """
    return bench_threads(bundle, backend or BACKENDS, seconds, rounds, out, as_json)
