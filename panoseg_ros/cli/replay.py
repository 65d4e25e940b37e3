"""`panoseg replay`: recordings through the pipeline of the node, without ROS."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from panoseg_ros.cli.writable import writable_file
from panoseg_ros.errors import ReplayError

if TYPE_CHECKING:
    from panoseg_ros.evaluation.replay import Ended, ReplayJob, Sink
    from panoseg_ros.evaluation.replay.job import Progress

INTERRUPTED = 130  # 128 + SIGINT, as shells count it
FAILED = 1  # some of several recordings could not be replayed


def replay(
    sources: Annotated[
        list[str], typer.Argument(help='Bags, pictures, folders of pictures, or video files.')
    ],
    bundle: Annotated[
        str, typer.Option(help='A bundle folder or a shipped name; else that of --params.')
    ] = '',
    rig: Annotated[
        str, typer.Option(help='A rig file or a shipped name; else that of --params.')
    ] = '',
    policy: Annotated[
        str, typer.Option(help='A policy file or a shipped name for costs; else that of --params.')
    ] = '',
    params: Annotated[
        Path | None, typer.Option(help='The parameter file of the node: poses, tilt, ground, ...')
    ] = None,
    out: Annotated[
        Path, typer.Option(help='Folder; with several sources each gets one below it.')
    ] = Path('replay_output'),
    bag: Annotated[bool, typer.Option(help="Write panoseg.mcap with the node's topics.")] = True,
    bag_pictures: Annotated[
        bool,
        typer.Option(
            '--bag-pictures', help='Record panorama, overlay and segmentation/points in it, too.'
        ),
    ] = False,
    masks: Annotated[bool, typer.Option('--masks', help='Write masks as PNG.')] = False,
    overlays: Annotated[bool, typer.Option('--overlays', help='Write overlays as JPEG.')] = False,
    video: Annotated[
        bool, typer.Option('--video', help='Write overlay.mp4: overlay and costmap; needs PyAV.')
    ] = False,
    rrd: Annotated[
        Path | None,
        typer.Option(
            help='Write a recording for the Rerun viewer; one source only.', callback=writable_file
        ),
    ] = None,
    realtime: Annotated[
        bool,
        typer.Option('--realtime', help='Drop what the node would drop on this machine.'),
    ] = False,
    resume: Annotated[
        bool, typer.Option('--resume', help='Go on behind what --out holds already.')
    ] = False,
    remap: Annotated[
        list[str] | None,
        typer.Option(help='OLD:=NEW, a topic of rig or node to one of the bag; repeatable.'),
    ] = None,
    rate: Annotated[
        float, typer.Option(help='Pictures a second, for folders of pictures.')
    ] = 10.0,
    backend: Annotated[str, typer.Option(help='Runtime; else that of --params.')] = '',
    threads: Annotated[
        int, typer.Option(min=0, max=256, help='CPU threads of a network; 0 shares all cores.')
    ] = 0,
    ray: Annotated[
        str, typer.Option(help='Address of a Ray cluster that takes the sources; or local.')
    ] = '',
) -> int:
    """Replay recordings as fast as this machine allows.

    Writes masks, costmaps and figures.
    """
    from dataclasses import replace

    from panoseg_ros.evaluation.replay import ReplayJob
    from panoseg_ros.settings import Settings, load_settings, stream_rules
    from panoseg_ros.streams import parse_remaps

    settings = Settings() if params is None else load_settings(params)
    chosen = {'bag': bag, 'masks': masks, 'overlays': overlays, 'video': video}
    job = ReplayJob(
        source='',
        bundle=bundle or settings.model.bundle,
        rig=rig or settings.rig.file,
        out=out,
        outputs=tuple(name for name, wanted in chosen.items() if wanted),
        rules=stream_rules(settings, parse_remaps(remap or ())),
        backend=backend or settings.model.backend,
        threads=threads or settings.model.threads,
        device=settings.model.device,
        precision=settings.model.precision,
        ground=settings.ground,
        classes=settings.costmap.wanted,
        policy=policy or settings.costmap.policy,
        overlay_alpha=settings.overlay_alpha,
        realtime=realtime,
        resume=resume,
        bag_pictures=bag_pictures,
        rate_hz=rate,
    )
    if len(sources) == 1 and not ray:
        return _replay_one(replace(job, source=sources[0]), rrd)
    if rrd is not None:
        raise ReplayError('--rrd takes one recording, and not with --ray')
    folders = folder_names(sources)
    jobs = [replace(job, source=s, out=out / f) for s, f in zip(sources, folders, strict=True)]
    return _replay_many(jobs, ray)


def folder_names(sources: Sequence[str]) -> list[str]:
    """Return one folder name per source, told apart by numbers where they are called alike."""
    names: list[str] = []
    for source in sources:
        stem = Path(source).resolve().stem or 'replay'
        name, number = stem, 2
        while name in names:
            name, number = f'{stem}_{number}', number + 1
        names.append(name)
    return names


def _replay_one(job: 'ReplayJob', rrd: Path | None) -> int:
    from panoseg_ros.evaluation.replay import run_job

    sinks: tuple[Sink, ...] = ()
    if rrd is not None:
        from panoseg_ros.evaluation.replay.rerun_sink import sink_for

        sinks = (sink_for(job, rrd),)
    with _bar(job.source) as progress:
        summary = run_job(job, progress, sinks=sinks)
    _tell(job, summary)
    if summary['interrupted']:
        typer.echo('interrupted: go on with --resume')
        return INTERRUPTED
    if not summary['results']:
        raise ReplayError(f'{job.source}: not one frame could be replayed')
    return 0


def _replay_many(jobs: list['ReplayJob'], ray: str) -> int:
    from panoseg_ros.evaluation.replay import run_many, run_on_ray

    with _bar('recordings') as progress:
        done: list[Ended] = []

        def ended(end: 'Ended') -> None:
            done.append(end)
            progress(len(done), len(jobs))

        ends = run_on_ray(jobs, ray, ended) if ray else run_many(jobs, ended)
    for end in ends:
        if end.interrupted:
            continue
        if end.summary is None:
            typer.echo(f'panoseg: {end.error}', err=True)
        else:
            _tell(end.job, end.summary)
    asked = any(e.interrupted or (e.summary and e.summary['interrupted']) for e in ends)
    if asked or len(ends) < len(jobs):
        typer.echo('interrupted: go on with --resume')
        return INTERRUPTED
    failed = [end for end in ends if not (end.summary and end.summary['results'])]
    if len(failed) == len(jobs):
        raise ReplayError(f'none of {len(jobs)} recordings could be replayed')
    return FAILED if failed else 0


def _tell(job: 'ReplayJob', summary: dict[str, Any]) -> None:
    latency = summary['latency_ms']
    timing = f', latency p50 {latency["p50"]:.0f} p95 {latency["p95"]:.0f} ms' if latency else ''
    dropped = f', {summary["dropped"]} dropped' if summary['dropped'] else ''
    typer.echo(
        f'{job.source}: {summary["results"]} of {summary["frames"]} frames{dropped}, '
        f'{summary["frames_per_s"] or 0.0:.1f} frames/s{timing} -> {job.out}'
    )
    for line in summary['problems']:
        typer.echo(f'  {line}')


@contextmanager
def _bar(name: str) -> Iterator['Progress']:
    """Yield a function that shows how far the work is, on stderr."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f'{speed:.1f}/s' if speed else '')

    columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), Speed(),
               TimeRemainingColumn())  # fmt: skip
    console = Console(stderr=True)
    shown = console.is_terminal  # elsewhere nothing but an empty line would be left of it
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task(Path(name).name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=max(done, total))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)
