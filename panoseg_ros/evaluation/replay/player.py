"""One pipeline over one source."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple

from panoseg_ros.errors import CameraError, ImageError, PanosegError
from panoseg_ros.evaluation.replay.conveyor import Behind, ahead
from panoseg_ros.evaluation.replay.faults import Faults
from panoseg_ros.evaluation.replay.interrupts import Interrupt, between_frames
from panoseg_ros.evaluation.replay.journal import Journal
from panoseg_ros.evaluation.replay.memory import MemoryFile, recall, remember
from panoseg_ros.evaluation.replay.outcome import Outcome, Sink
from panoseg_ros.evaluation.replay.shots import Shot, Source, frames_of
from panoseg_ros.frames import Frame
from panoseg_ros.pipeline import Pipeline, warm_up
from panoseg_ros.streams import NS_PER_S, StreamRules

SETTLE = 200  # shots after which the outputs are made to last


class Loaded(NamedTuple):
    """A shot whose pictures are decoded, or the error that they gave."""

    number: int
    shot: Shot
    frames: list[Frame]
    decode_ms: float
    error: PanosegError | None


class Replay:
    """Runs one pipeline over one source, without ROS.

    Pictures are decoded ahead in one thread and results are written behind in another.
    With `realtime` the clock is that of the arrivals: a shot that comes while another is
    worked on waits in a mailbox with one slot and is dropped if a newer one comes before its
    turn, as in the node; the work takes the time that it takes here. Nothing sleeps.

    Args:
        pipeline: afterwards its map is that of the last shot.
        source: what to replay.
        rules: as the node's parameters.
        sinks: what is written.
        journal: knows where to go on; None begins at the beginning and keeps no figures.
        ground_z_m: height of the ground in the robot's frame.
        realtime: True follows the drop rule of the node.
        progress: is called with the number of shots that were looked at.
        seen: is called with every outcome, in the thread that writes.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        source: Source,
        rules: StreamRules,
        sinks: Sequence[Sink] = (),
        journal: Journal | None = None,
        *,
        ground_z_m: float = 0.0,
        realtime: bool = False,
        progress: Callable[[int], None] | None = None,
        seen: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._pipeline, self._source, self._rules = pipeline, source, rules
        self._sinks, self._journal, self._seen = sinks, journal, seen
        self._ground_z_m = ground_z_m
        self._realtime, self._progress = realtime, progress
        self._memory = None if journal is None else MemoryFile(journal.path.parent)
        self._anew = False  # though frames are done, the pipeline remembers none
        self.faults = Faults()
        self.interrupted = False
        self.wall_s = 0.0

    def run(self) -> int:
        """Replay up to the end or to an interruption and return the number of new shots.

        What is done up to an interruption is written completely.

        Raises:
            PanosegError: if the source cannot be read or an output cannot be written; the
                run can be resumed where its outputs were last made to last.
        """
        rules = self._rules
        warm_up(self._pipeline, rules.pose_source != 'none', rules.tilt_source != 'none')
        self._recall()
        began_s, count = time.perf_counter(), 0
        with between_frames() as interrupt:
            try:
                count = self._work(interrupt)
            except KeyboardInterrupt:  # within a frame: what is remembered is not whole
                self.interrupted = True
            self._settle(None)
        if self._anew and count:
            self.faults.report('memory', 'map and brightness of the lenses began anew')
        if not self.interrupted:
            for sink in self._sinks:
                sink.finish()
            if self._memory is not None:
                self._memory.drop()
        self.wall_s = time.perf_counter() - began_s
        return count

    def _work(self, interrupt: Interrupt) -> int:
        writer: Behind[tuple[Outcome, bytes | None]] = Behind(self._write)
        outcomes, count = self._in_real_time() if self._realtime else self._in_turn(), 0
        try:
            for outcome in outcomes:
                self.interrupted = interrupt.asked
                settles = self.interrupted or outcome.number % SETTLE == SETTLE - 1
                memory = remember(self._pipeline) if settles and self._memory else None
                writer.put((outcome, memory))
                count += 1
                if self._progress is not None:
                    self._progress(outcome.number + 1)
                if self.interrupted:
                    break
        finally:
            outcomes.close()
            writer.close()
        return count

    def _recall(self) -> None:
        """Go on as the run before would have done, if it kept what that takes."""
        if self._journal is None or self._memory is None or not self._journal.done:
            return
        try:
            recall(self._pipeline, self._memory.load(self._journal.done))
        except Exception:  # whatever a damaged file leads to; most often there is none
            self._anew = True

    def _in_turn(self) -> Generator[Outcome, None, None]:
        for loaded in ahead(self._loaded()):
            yield self._outcome(loaded)

    def _in_real_time(self) -> Generator[Outcome, None, None]:
        free_ns, waiting = -(1 << 62), None
        for index, shot in self._new_shots():
            now_ns = shot.arrival_ns
            if waiting is not None and (free_ns <= now_ns or shot.restarted):
                if shot.restarted:  # the node forgets what waits where the stamps jump back
                    yield _without(*waiting, True)
                    free_ns = now_ns
                else:
                    outcome, free_ns = self._timed(*waiting, max(free_ns, waiting[1].arrival_ns))
                    yield outcome
                waiting = None
            if waiting is not None:
                yield _without(*waiting, True)
            waiting = index, shot
            if free_ns <= now_ns:
                outcome, free_ns = self._timed(index, shot, now_ns)
                yield outcome
                waiting = None
        if waiting is not None:
            yield self._timed(*waiting, max(free_ns, waiting[1].arrival_ns))[0]

    def _timed(self, index: int, shot: Shot, start_ns: int) -> tuple[Outcome, int]:
        """Return an outcome and when it was there, begun at a time of the source's clock."""
        began_s = time.perf_counter()
        outcome = self._outcome(self._load(index, shot))
        end_ns = start_ns + round((time.perf_counter() - began_s) * NS_PER_S)
        return outcome._replace(latency_ms=(end_ns - shot.arrival_ns) * 1e-6), end_ns

    def _new_shots(self) -> Iterator[tuple[int, Shot]]:
        done = self._journal.done if self._journal is not None else 0
        for index, shot in enumerate(self._source):
            if index >= done:
                yield index, shot

    def _loaded(self) -> Iterator[Loaded]:
        for index, shot in self._new_shots():
            yield self._load(index, shot)

    def _load(self, index: int, shot: Shot) -> Loaded:
        began_s = time.perf_counter()
        frames: list[Frame] = []
        error: PanosegError | None = None
        try:
            frames = frames_of(self._source.rig, shot)
        except PanosegError as err:
            error = err
        return Loaded(index, shot, frames, 1e3 * (time.perf_counter() - began_s), error)

    def _outcome(self, loaded: Loaded) -> Outcome:
        shot, place = loaded.shot, loaded.shot.place
        began_s = time.perf_counter()
        if shot.restarted:
            self._pipeline.reset_map()
        try:
            if loaded.error is not None:
                raise loaded.error
            result = self._pipeline(loaded.frames, *place)
        except PanosegError as err:
            fault = _kind(err)
            self.faults.report(fault, str(err))
            return _without(loaded.number, shot, False, fault)
        if place.map_from_base is None and self._rules.pose_source != 'none':
            result = result._replace(ground=None)  # a grid without its place would mislead
        total_ms = loaded.decode_ms + 1e3 * (time.perf_counter() - began_s)
        base_z_m = 0.0 if place.map_from_base is None else float(place.map_from_base[2, 3])
        return Outcome(
            loaded.number,
            shot.stamp_ns,
            result,
            place.map_from_base,
            base_z_m + self._ground_z_m,
            {'decode': loaded.decode_ms, **result.timings_ms, 'total': total_ms},
            total_ms,
            False,
            restarted=shot.restarted,
        )

    def _write(self, item: tuple[Outcome, bytes | None]) -> None:
        outcome, memory = item
        if outcome.result is not None:
            for sink in self._sinks:
                sink.write(outcome)
        if self._seen is not None:
            self._seen(outcome)
        if self._journal is not None:
            self._journal.add(outcome)
        if memory is not None or outcome.number % SETTLE == SETTLE - 1:
            self._settle(memory)

    def _settle(self, memory: bytes | None) -> None:
        """Make outputs last, then the memory behind them, then the list of what is done."""
        for sink in self._sinks:
            sink.settle()
        if self._journal is None or self._memory is None:
            return
        if memory is not None:
            self._memory.save(self._journal.next, memory)
        self._journal.settle()
        self._memory.drop(but=self._journal.done)


def _without(number: int, shot: Shot, dropped: bool, fault: str = '') -> Outcome:
    """Return the outcome of a shot without a result."""
    return Outcome(
        number, shot.stamp_ns, None, None, 0.0, {}, None, dropped, fault, shot.restarted
    )


def _kind(error: PanosegError) -> str:
    """Return the kind of a fault as the node counts it."""
    if isinstance(error, ImageError):
        return f'image {error.kind}'
    return 'image shape' if isinstance(error, CameraError) else type(error).__name__
