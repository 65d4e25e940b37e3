"""In turn or in real time, to the end or not: which shots are done, and in what order."""

import signal
import time
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
from replay_samples import MS, ONE, START, at, dark, image, job, messages, metrics, write_bag

from panoseg_ros import bags
from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay import Replay, Shot, Still, run_job
from panoseg_ros.evaluation.replay import player as player_module
from panoseg_ros.evaluation.replay.bag_sink import BagSink
from panoseg_ros.evaluation.replay.journal import Journal
from panoseg_ros.evaluation.replay.memory import MemoryFile
from panoseg_ros.evaluation.replay.parts import Parts
from panoseg_ros.evaluation.replay.video_sink import VideoSink
from panoseg_ros.evaluation.replay.whereabouts import Place
from panoseg_ros.streams import StreamRules

__all__ = ['job']


class Listed:
    """A source of black pictures that arrive at given milliseconds."""

    name, problems = 'listed', ()
    base_frame = map_frame = 'base_link'

    def __init__(self, rig, times_ms, restarts=()):
        self.rig, self.times_ms, self.restarts = rig, times_ms, restarts

    def __len__(self):
        return len(self.times_ms)

    def __iter__(self):
        black = np.zeros((32, 64, 3), np.uint8)
        for number, ms in enumerate(self.times_ms):
            stills = {'image': Still('camera', lambda: black)}
            stamp_ns = START + ms * MS
            yield Shot(stamp_ns, stamp_ns, stills, Place(None, None), number in self.restarts)


class SlowPipeline:
    """Takes as long as it is told, by a clock that the test turns."""

    def __init__(self, rig, clock, lasts_ms):
        self.rig, self._clock, self._lasts_ms = rig, clock, lasts_ms
        self.seen, self.resets = [], 0

    def __call__(self, frames, pose=None, tilt=None):
        self.seen.append(round((frames[0].stamp_ns - START) / MS))
        self._clock[0] += self._lasts_ms / 1e3
        return SimpleNamespace(timings_ms={'network': float(self._lasts_ms)}, ground=None)

    def reset_map(self):
        self.resets += 1


def run(times_ms, lasts_ms, monkeypatch, restarts=()):
    """Return the milliseconds of the shots that were worked on, and all outcomes."""
    rig, clock, outcomes = load_rig(ONE), [0.0], []
    monkeypatch.setattr(player_module.time, 'perf_counter', lambda: clock[0])
    monkeypatch.setattr(player_module, 'warm_up', lambda *_: None)
    pipeline = SlowPipeline(rig, clock, lasts_ms)
    replay = Replay(pipeline, Listed(rig, times_ms, restarts), StreamRules(), realtime=True,
                    seen=outcomes.append)  # fmt: skip
    replay.run()
    return pipeline, outcomes


def test_a_pipeline_that_is_fast_enough_drops_nothing(monkeypatch):
    pipeline, outcomes = run(range(0, 1000, 100), 90, monkeypatch)
    assert pipeline.seen == list(range(0, 1000, 100))
    assert not any(outcome.dropped for outcome in outcomes)
    assert all(outcome.latency_ms == pytest.approx(90) for outcome in outcomes)


def test_under_load_only_the_newest_waits_as_in_the_node(monkeypatch):
    pipeline, outcomes = run(range(0, 1000, 100), 240, monkeypatch)
    assert pipeline.seen == [0, 200, 400, 700, 900]  # free at 240, 480, 720, 960
    assert sorted(o.number for o in outcomes if o.dropped) == [1, 3, 5, 6, 8]
    latencies = [o.latency_ms for o in outcomes if not o.dropped]
    assert latencies == pytest.approx([240, 280, 320, 260, 300])
    assert [outcome.number for outcome in outcomes] == sorted(o.number for o in outcomes)


def test_what_waits_is_forgotten_where_the_stamps_jump_back(monkeypatch):
    pipeline, outcomes = run([5000, 5100, 100, 200], 150, monkeypatch, restarts={2})
    assert pipeline.seen == [5000, 100, 200] and pipeline.resets == 1
    assert [o.number for o in outcomes if o.dropped] == [1]


def test_in_turn_nothing_is_dropped(job, tmp_path):
    done = job(write_bag(tmp_path / 'a.mcap', 9))
    assert run_job(done)['dropped'] == 0
    assert [dark(m.image) for m in messages(done, '/segmentation/mask')] == list(range(9))


def interrupted(done, after, monkeypatch):
    """Run a job that is interrupted behind some frames, as by Ctrl-C."""
    calls, real = count(1), Replay._outcome

    def stop(self, loaded):
        if next(calls) > after:
            raise KeyboardInterrupt
        return real(self, loaded)

    with monkeypatch.context() as patch:
        patch.setattr(Replay, '_outcome', stop)
        return run_job(done)


@pytest.mark.parametrize('settle', [2, 100])
def test_an_interrupted_run_keeps_what_is_done_and_goes_on(job, tmp_path, monkeypatch, settle):
    pytest.importorskip('av', reason='video needs PyAV')
    monkeypatch.setattr(player_module, 'SETTLE', settle)
    path = write_bag(tmp_path / 'a.mcap', 9)
    outputs = ('bag', 'masks', 'overlays', 'video')
    first = interrupted(job(path, outputs=outputs), 5, monkeypatch)
    assert first['interrupted'] and first['results'] == 5
    assert len(metrics(job(path))['frames']) == 5
    done = job(path, outputs=outputs, resume=True)
    summary = run_job(done)
    assert summary['new'] == 4 and summary['results'] == 9 and not summary['interrupted']
    masks = messages(done, '/segmentation/mask')
    assert [mask.stamp_ns for mask in masks] == [at(index) for index in range(9)]
    assert len(list((done.out / 'masks').iterdir())) == 9
    with bags.BagReader(done.out / 'panoseg.mcap') as bag:
        assert bag.topics['/costmap/combined'].latched
    assert len(pictures_of(done.out / 'overlay.mp4')) == 9
    left = {entry.name for entry in done.out.iterdir()}
    assert left == {'frames.jsonl', 'masks', 'metrics.json', 'overlay.mp4', 'overlays',
                    'panoseg.mcap'}  # fmt: skip


def pictures_of(path):
    import av

    with av.open(str(path)) as container:
        found = {frame.time: frame.to_ndarray().tobytes() for frame in container.decode(video=0)}
    assert list(found) == sorted(found)
    return found


class Killed(BaseException):
    """Stands for a process that ends at once: nobody handles it."""


def test_a_run_that_was_killed_anywhere_leads_to_the_same_files(job, tmp_path, monkeypatch):
    """The robot drives, so that every grid depends on the frames before it."""
    pytest.importorskip('av', reason='video needs PyAV')
    monkeypatch.setattr(player_module, 'SETTLE', 3)
    path = drive(tmp_path / 'a.mcap', 8)
    given = {'rules': StreamRules(pose_source='odom'), 'outputs': ('bag', 'masks', 'video')}
    whole = job(path, out=tmp_path / 'whole', **given)
    run_job(whole)
    for where, place in KILLS.items():
        torn = job(path, out=tmp_path / where, **given)
        with monkeypatch.context() as patch:
            kill(patch, *place)
            with pytest.raises(Killed):
                run_job(torn)
        assert not (torn.out / 'metrics.json').exists(), where
        summary = run_job(replace(torn, resume=True))
        assert summary['results'] == 8 and summary['problems'] == [], where
        assert contents(torn.out) == contents(whole.out), where


KILLS = {  # the second settling, behind 6 frames, or when the parts are put together
    'write': (BagSink, 'write', 5),
    'settle': (VideoSink, 'settle', 2),  # the bag's part is there, the video's is not
    'memory': (MemoryFile, 'save', 2),
    'journal': (Journal, 'settle', 2),
    'finish': (VideoSink, 'finish', 1),  # the bag is whole
    'drop': (Parts, 'drop', 1),  # and its parts are still there
}


def kill(patch, target, name, call):
    """Let a run end at a call of a method."""
    calls, real = count(1), getattr(target, name)

    def stop(self, *words, **named):
        if next(calls) >= call:
            raise Killed
        return real(self, *words, **named)

    patch.setattr(target, name, stop)


def test_ctrl_c_ends_behind_a_frame_and_what_follows_is_the_same(job, tmp_path, monkeypatch):
    path = drive(tmp_path / 'a.mcap', 30)
    given = {'rules': StreamRules(pose_source='odom'), 'outputs': ('bag', 'masks')}
    whole, torn = (job(path, out=tmp_path / name, **given) for name in ('whole', 'torn'))
    run_job(whole)
    calls, real = count(1), BagSink.write

    def write(self, outcome):
        if next(calls) == 5:
            signal.raise_signal(signal.SIGINT)
        real(self, outcome)

    with monkeypatch.context() as patch:
        patch.setattr(BagSink, 'write', write)
        first = run_job(torn)
    assert first['interrupted'] and 5 <= first['results'] < 30
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    summary = run_job(replace(torn, resume=True))
    assert summary['results'] == 30 and summary['problems'] == []
    assert contents(torn.out) == contents(whole.out)


def drive(path, frames):
    """Write a bag of a robot that drives while it sees."""
    with bags.BagWriter(path) as writer:
        for index in range(frames):
            place = (0.2 * index, 0.0, 0.0)
            odometry = bags.OdometryMessage(at(index), 'odom', 'base_link', place, (0, 0, 0, 1))
            writer.write('/odom', at(index), odometry)
            writer.write('/image', at(index), image(index, at(index)))
    return path


def contents(folder):
    """Return what the files of a run say, without its times."""
    with bags.BagReader(folder / 'panoseg.mcap') as bag:
        messages = [(r.topic, r.stamp_ns, r.data) for r in bag.raw()]
    files = {p.relative_to(folder): p.read_bytes() for p in folder.rglob('*.*') if p.is_file()}
    names = sorted(map(str, files))
    masks = {name: data for name, data in files.items() if name.suffix == '.png'}
    video = folder / 'overlay.mp4'
    return messages, names, masks, pictures_of(video) if video.exists() else {}


def test_a_run_that_is_done_has_nothing_to_resume(job, tmp_path):
    path = write_bag(tmp_path / 'a.mcap', 3)
    run_job(job(path))
    before = (job(path).out / 'panoseg.mcap').read_bytes()
    assert run_job(job(path, resume=True))['new'] == 0
    assert (job(path).out / 'panoseg.mcap').read_bytes() == before


def test_a_run_is_neither_overwritten_nor_mixed_with_another(job, tmp_path):
    path = write_bag(tmp_path / 'a.mcap', 2)
    run_job(job(path))
    with pytest.raises(ReplayError, match='add --resume or change --out'):
        run_job(job(path))
    with pytest.raises(ReplayError, match=r'was begun with classes \[\]'):
        run_job(job(path, resume=True, classes=('car',)))


def test_an_index_that_was_cut_off_costs_what_was_listed_last(job, tmp_path, monkeypatch):
    monkeypatch.setattr(player_module, 'SETTLE', 3)
    path = write_bag(tmp_path / 'a.mcap', 8)
    run_job(job(path, outputs=('masks',)))
    index = job(path).out / 'frames.jsonl'
    index.write_text(index.read_text()[:-5])
    summary = run_job(job(path, outputs=('masks',), resume=True))
    assert summary['new'] == 2 and summary['results'] == 8
    assert 'began anew' in summary['problems'][0]


def test_an_output_that_cannot_be_written_ends_the_run(job, tmp_path):
    path = write_bag(tmp_path / 'a.mcap', 30)
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'masks').write_text('in the way')
    with pytest.raises(ReplayError, match='masks'):
        run_job(job(path, outputs=('masks',)))


def test_time_is_not_slept_away_in_real_time(job, tmp_path, monkeypatch):
    monkeypatch.setattr(time, 'sleep', lambda _: pytest.fail('slept'))
    assert run_job(job(write_bag(tmp_path / 'a.mcap', 20), realtime=True))['frames'] == 20
