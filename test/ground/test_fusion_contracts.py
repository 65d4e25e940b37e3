"""What fusion promises about every cell, whatever frames come."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.ground import GroundEvidence, GroundFusion, GroundSettings
from panoseg_ros.ground.board import MIXED, NONE
from panoseg_ros.ground.channels import channels_of
from panoseg_ros.labels import load_label_set

LABELS = load_label_set('cityscapes19')
SETTINGS = GroundSettings(size_m=1.0)  # 10 x 10 cells
CHANNELS = channels_of(LABELS)
ROAD, WALL, PERSON = (int(CHANNELS.of_label[label]) for label in (0, 3, 11))
NOTHING, WALL_AND_PERSON = NONE, MIXED
N, F32 = SETTINGS.cells, np.float32

cells = st.sampled_from((NOTHING, ROAD, WALL, PERSON, WALL_AND_PERSON))
means = st.sampled_from((1.0, 0.75, 0.5))
frames = st.lists(
    st.tuples(
        st.lists(cells, min_size=N * N, max_size=N * N),
        means,
        st.sampled_from((1.0, 0.5)),  # trust
        st.sampled_from((0.1, 1.0, 2.0, 20.0)),  # seconds since the frame before
        st.tuples(st.integers(-2, 2), st.integers(-2, 2)),  # step of the grid
        st.floats(-0.2, 0.2),  # turn
    ),
    min_size=1,
    max_size=8,
)


def evidence(only, mean=1.0, trust=1.0, seconds=0.0, origin=(0, 0), yaw=0.0):
    mixed = np.zeros((1, CHANNELS.count), F32)
    mixed[0, WALL], mixed[0, PERSON] = 0.75 * mean, 0.25 * mean
    return GroundEvidence(
        round(seconds * 1e9),
        'odom',
        SETTINGS.resolution_m,
        origin,
        (0.1 * origin[0], 0.1 * origin[1], yaw),
        np.asarray(only, np.int32).reshape(N, N),
        np.full((N, N), mean, F32),
        mixed,
        np.full((N, N), trust, F32),
        np.zeros(8, F32),
    )


def shown(drawn):
    """Yield the evidence of drawn frames, along a path through the world."""
    seconds, origin, yaw = 0.0, (0, 0), 0.0
    for only, mean, trust, pause_s, step, turn in drawn:
        seconds, yaw = seconds + pause_s, yaw + turn
        origin = (origin[0] + step[0], origin[1] + step[1])
        yield evidence(only, mean, trust, seconds, origin, yaw)


class Cell:
    """The rules of `GroundFusion` for one cell, as slow and plain as they are told."""

    def __init__(self):
        self.ground = self.static = self.dynamic = F32(0.0)

    def see(self, held, mean, trust, pause_s):
        vote = F32(min(1.0, max(0.5, trust * mean)))
        keep_static, keep_dynamic = F32(0.5 ** (pause_s / 30.0)), F32(0.5 ** (pause_s / 2.0))
        if held == NOTHING:
            self.ground *= keep_static
            self.static *= keep_static
            self.dynamic *= keep_dynamic
        elif held == ROAD:
            self.static = self.static - vote if self.static - vote >= 0.5 else F32(0.0)
            self.dynamic = self.dynamic - vote if self.dynamic - vote >= 0.5 else F32(0.0)
            if self.state == -1:
                self.ground = max(self.ground, min(4 * vote, self.ground + vote))
        else:
            static = {WALL: 1.0, PERSON: 0.0, WALL_AND_PERSON: 0.75}[held]
            self.ground = F32(0.0)
            self.static = self._raised(self.static, static, vote, keep_static, 4)
            self.dynamic = self._raised(self.dynamic, 1.0 - static, vote, keep_dynamic, 2)
        self.ground = self.ground if self.ground >= 0.5 else F32(0.0)
        if self.state == -1:
            self.static = self.dynamic = F32(0.0)

    @staticmethod
    def _raised(score, part, vote, keep, cap):
        if not part:
            return score * keep
        least = 0.5 if part >= 0.5 else 0.0
        return F32(max(score, min(cap * vote, max(least, score + F32(part) * vote))))

    @property
    def state(self):
        """Return 100 for an obstacle and -1 for none."""
        return 100 if max(self.static, self.dynamic) >= 0.5 else -1

    @property
    def cost(self):
        """Return what the map says."""
        return 100 if self.state == 100 else 0 if self.ground >= 0.5 else -1


@settings(max_examples=40, deadline=None)
@given(drawn=frames)
def test_every_cell_of_the_world_follows_the_rules_wherever_the_grid_rolls(drawn):
    fusion, world, last_s = GroundFusion(LABELS, SETTINGS), {}, 0.0
    for one in shown(drawn):
        x0, y0 = one.origin_cell
        here = {(x0 + x, y0 + y): one.only[y, x] for y in range(N) for x in range(N)}
        world = {place: world.get(place, Cell()) for place in here}
        seconds = one.stamp_ns * 1e-9
        for place, held in here.items():
            world[place].see(held, one.mean[0, 0], one.trust[0, 0], seconds - last_s)
        last_s = seconds
        combined = fusion.update(one).combined
        expected = [[world[x0 + x, y0 + y].cost for x in range(N)] for y in range(N)]
        np.testing.assert_array_equal(combined, expected)


@settings(max_examples=25, deadline=None)
@given(drawn=frames, pauses=st.lists(st.floats(0.01, 40.0), min_size=1, max_size=8))
def test_unseen_cells_only_ever_become_unknown(drawn, pauses):
    fusion, seconds = GroundFusion(LABELS, SETTINGS), 0.0
    for one in shown(drawn):
        before, seconds = fusion.update(one).combined, one.stamp_ns * 1e-9
    blind = np.full((N, N), NOTHING)
    for pause_s in pauses:
        seconds += pause_s
        gone = one._replace(stamp_ns=round(seconds * 1e9), only=blind.astype(np.int32))
        after = fusion.update(gone).combined
        assert np.all((after == before) | (after == -1))
        before = after


@settings(max_examples=25, deadline=None)
@given(drawn=frames, turns=st.lists(st.floats(-3.0, 3.0), min_size=8, max_size=8))
def test_turning_moves_no_cell(drawn, turns):
    still = GroundFusion(LABELS, SETTINGS)
    turning = GroundFusion(LABELS, GroundSettings(size_m=1.0, max_turn_dps=3600.0))
    for one, yaw in zip(shown(drawn), turns, strict=False):
        turned = one._replace(pose=(*one.pose[:2], yaw))
        np.testing.assert_array_equal(still.update(one).combined, turning.update(turned).combined)


@pytest.mark.parametrize('mean', [1.0, 0.6])
@pytest.mark.parametrize(('thing', 'clear_after'), [(WALL, 4), (PERSON, 2)])
def test_one_wrong_frame_erases_nothing_and_right_ones_clear(thing, clear_after, mean):
    fusion = GroundFusion(LABELS, SETTINGS)
    full = [np.full((N, N), held) for held in (thing, ROAD)]
    for tenths in range(10):
        fusion.update(evidence(full[0], mean, seconds=0.1 * tenths))
    found = [
        fusion.update(evidence(full[1], mean, seconds=1.0 + 0.1 * n)).combined[0, 0]
        for n in range(clear_after)
    ]
    assert found == [100] * (clear_after - 1) + [0]
