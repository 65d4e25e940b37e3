"""One replay from a command line's words to its files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import load_rig_template
from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay.bag_sink import BagSink
from panoseg_ros.evaluation.replay.file_source import PICTURES, VIDEOS, PictureSource, VideoSource
from panoseg_ros.evaluation.replay.journal import Journal
from panoseg_ros.evaluation.replay.metrics_file import write_metrics
from panoseg_ros.evaluation.replay.outcome import Outcome, Sink
from panoseg_ros.evaluation.replay.picture_sink import MaskSink, OverlaySink
from panoseg_ros.evaluation.replay.player import Replay
from panoseg_ros.evaluation.replay.shots import Source
from panoseg_ros.ground import GroundSettings
from panoseg_ros.inference import load_backend
from panoseg_ros.pipeline import Pipeline
from panoseg_ros.resources import at_home
from panoseg_ros.streams import BASE_LINK, FrameNames, StreamRules, resolve_frames

BAG = 'metadata.yaml'  # rosbag2 writes it into every folder that is a bag
OUTPUTS = ('bag', 'masks', 'overlays', 'video')
Progress = Callable[[int, int], None]  # shots looked at, shots there may be


@dataclass(frozen=True)
class ReplayJob:
    """What to replay, with what, into which folder; plain values that a process can be given.

    Raises:
        ReplayError: if an output is unknown or the rate is not positive.
    """

    source: str
    bundle: str
    rig: str
    out: Path
    outputs: tuple[str, ...] = ('bag',)
    rules: StreamRules = field(default_factory=StreamRules)
    backend: str = 'auto'
    threads: int = 0
    device: str = 'auto'
    precision: str = 'auto'
    ground: GroundSettings = field(default_factory=GroundSettings)
    classes: tuple[str, ...] = ()
    policy: str = ''
    overlay_alpha: float = 0.5
    realtime: bool = False
    resume: bool = False
    bag_pictures: bool = False
    rate_hz: float = 10.0  # of a folder of pictures

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        unknown = [name for name in self.outputs if name not in OUTPUTS]
        if unknown:
            raise ReplayError(f'output {unknown[0]!r} is none of {", ".join(OUTPUTS)}')
        if not 0.0 < self.rate_hz <= 1000.0:
            raise ReplayError(f'rate {self.rate_hz:g} is out of range, allowed is up to 1000 Hz')

    @property
    def identity(self) -> dict[str, Any]:
        """Return what must be the same for a run to be resumed."""
        about = asdict(self)
        for name in ('out', 'resume', 'backend', 'threads', 'device', 'precision'):
            del about[name]
        return about


def run_job(
    job: ReplayJob,
    progress: Progress | None = None,
    seen: Callable[[Outcome], None] | None = None,
    sinks: tuple[Sink, ...] = (),
) -> dict[str, Any]:
    """Run one replay, write its files and return the summary of metrics.json.

    The summary tells too whether it was `interrupted`, and in `problems` what was passed over.

    Args:
        job: what to do.
        progress: is told how far it is.
        seen: is called with every outcome.
        sinks: what else is written.

    Raises:
        PanosegError: if the source, model or rig cannot be read or the outputs not be written.
    """
    bundle = load_bundle(job.bundle)
    with open_source(job) as source:
        pipeline = Pipeline(
            bundle,
            source.rig,
            backend=load_backend(bundle, job.backend, job.threads, job.device, job.precision),
            ground=job.ground,
            classes=job.classes,
            policy=job.policy,
        )
        journal = Journal(job.out, job.identity, job.resume)  # after all that may be refused
        total = len(source)
        replay = Replay(
            pipeline,
            source,
            job.rules,
            [*_sinks(job, pipeline, source, journal.done), *sinks],
            journal,
            ground_z_m=job.ground.ground_z_m,
            realtime=job.realtime,
            progress=None if progress is None else lambda done: progress(done, total),
            seen=seen,
        )
        count = replay.run()
        problems = [*source.problems, *replay.faults.lines]
        summary = {
            'new': count,
            'wall_s': round(replay.wall_s, 3),
            'frames_per_s': round(count / replay.wall_s, 3) if replay.wall_s else None,
            'realtime': job.realtime,
            'interrupted': replay.interrupted,
            'problems': problems,
        }
        about = {
            'source': job.source,
            'bundle': bundle.name,
            'rig': source.rig.name,
            'summary': summary,
        }
        return write_metrics(job.out / 'metrics.json', journal, about)


@contextmanager
def open_source(job: ReplayJob) -> Iterator[Source]:
    """Open a bag, pictures or a video, whichever the path is.

    Raises:
        PanosegError: if it is none of them, or does not fit the rig.
    """
    path = at_home(job.source)
    template = load_rig_template(job.rig)
    if not path.exists():
        raise ReplayError(f'{path}: does not exist')
    is_video = path.is_file() and path.suffix.lower() in VIDEOS
    if not is_video and not _holds_pictures(path):
        from panoseg_ros.bags import holds_bag
        from panoseg_ros.evaluation.replay.bag_source import BagSource

        if not holds_bag(path):
            raise ReplayError(
                f'{path}: is nothing to replay, expected a bag, a picture or a folder of pictures '
                f'({", ".join(PICTURES)}), or a video ({", ".join(VIDEOS)})'
            )
        with BagSource(path, template, job.rules) as bag:
            yield bag
        return
    rules = job.rules
    if (rules.pose_source, rules.tilt_source) != ('none', 'none'):
        raise ReplayError(
            f'{path}: pictures come without poses and tilt: set pose_source and tilt_source '
            'to none'
        )
    frame = resolve_frames(rules.base_frame, rules.map_frame, 'none', BASE_LINK).map
    if is_video:
        yield VideoSource(path, template.complete(), frame)
    else:
        yield PictureSource(path, template.complete(), job.rate_hz, frame)


def _holds_pictures(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in PICTURES
    return not (path / BAG).exists() and any(
        entry.suffix.lower() in PICTURES
        for pattern in ('*', '*/*')
        for entry in path.glob(pattern)
    )


def _sinks(job: ReplayJob, pipeline: Pipeline, source: Source, done: int) -> list[Sink]:
    labels, alpha = pipeline.label_set, job.overlay_alpha
    slugs = tuple(labels.grids(job.classes))
    makers: dict[str, Callable[[], Sink]] = {
        'bag': lambda: BagSink(
            job.out / 'panoseg.mcap',
            FrameNames(source.base_frame, source.map_frame),
            slugs,
            labels,
            min_confidence=job.ground.min_confidence,
            alpha=alpha,
            pictures=job.bag_pictures,
            timeout_s=job.rules.intake.input_timeout_s,
            done=done,
        ),
        'masks': lambda: MaskSink(job.out / 'masks'),
        'overlays': lambda: OverlaySink(job.out / 'overlays', labels, alpha),
        'video': lambda: _video(job.out / 'overlay.mp4', pipeline, alpha, done),
    }
    return [makers[name]() for name in job.outputs]


def _video(path: Path, pipeline: Pipeline, alpha: float, done: int) -> Sink:
    from panoseg_ros.evaluation.replay.video_sink import VideoSink

    return VideoSink(path, pipeline.label_set, alpha, done)
