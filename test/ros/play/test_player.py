"""A small recorded bag, played over real rclpy and heard by a real subscriber."""

import threading
import time

import numpy as np
import pytest
from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from nav_msgs.msg import OccupancyGrid
from rclpy.node import Node
from rclpy.qos import QoSDurabilityPolicy, QoSProfile, QoSReliabilityPolicy
from rosbags.convert import convert
from rosbags.typesys import Stores, get_typestore
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, Imu
from std_srvs.srv import SetBool, Trigger

from panoseg_ros.bags import (
    LATCHED,
    SENSOR,
    BagReader,
    BagWriter,
    GridMessage,
    ImageMessage,
    ImuMessage,
    Transform,
    TransformsMessage,
)
from panoseg_ros.errors import BagError, RosError
from panoseg_ros.ros.joining import spinning
from panoseg_ros.ros.play import player as player_module
from panoseg_ros.ros.play.pace import TOLERANCE_S
from panoseg_ros.ros.play.plan import PlayPlan
from panoseg_ros.ros.play.player import Player

NS = 1_000_000_000
HANG_S = 100.0
START = 1_700_000_000 * NS
DEEP = QoSProfile(depth=100, reliability=QoSReliabilityPolicy.BEST_EFFORT)
LATE = QoSProfile(
    depth=1,
    reliability=QoSReliabilityPolicy.RELIABLE,
    durability=QoSDurabilityPolicy.TRANSIENT_LOCAL,
)
IMAGES, IMUS, PERIOD_NS = 5, 20, NS // 20


@pytest.fixture(scope='module')
def bag_path(tmp_path_factory):
    """One second: a latched map, images, a fast IMU, and transforms without a message class."""
    path = tmp_path_factory.mktemp('bag') / 'drive.mcap'
    qos = {'/map': LATCHED, '/image': SENSOR, '/imu': SENSOR}
    with BagWriter(path, qos=qos) as bag:
        bag.write('/map', START, GridMessage(START, 'map', 0.1, (1.0, 2.0, 0.0), cells(7)))
        for n in range(IMUS):
            stamp = START + (n + 1) * PERIOD_NS
            bag.write('/imu', stamp, ImuMessage(stamp, 'imu', None, (float(n), 0, 0), (0, 0, 9.8)))
            if n % 4 == 0:
                picture = np.full((4, 6, 3), n, np.uint8)
                bag.write('/image', stamp, ImageMessage(stamp, 'camera', picture, 'rgb8'))
                step = Transform(stamp, 'odom', 'base', (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
                bag.write('/other', stamp, TransformsMessage((step,)))
    return path


def cells(value):
    return np.full((3, 3), value, np.int8)


@pytest.fixture
def unknown_types(monkeypatch):
    """Installed message packages but tf2_msgs, as from the package index."""
    monkeypatch.setitem(__import__('sys').modules, 'tf2_msgs', None)
    monkeypatch.setitem(__import__('sys').modules, 'tf2_msgs.msg', None)


@pytest.fixture(autouse=True)
def quick(monkeypatch, unknown_types):
    monkeypatch.setattr(player_module, 'DISCOVERY_S', 0.0)


@pytest.fixture
def ear(ros_context, ros_namespace):
    """A node that hears, spun in a thread; `ear.hear(type, topic, qos)` returns a list."""
    node = Node('ear', context=ros_context, namespace=ros_namespace)
    with spinning(node):
        yield Ear(node)
    node.destroy_node()


class Ear:
    def __init__(self, node):
        self.node = node

    def hear(self, kind, topic, qos=DEEP):
        heard = []
        self.node.create_subscription(
            kind, topic, lambda message: heard.append((time.monotonic(), message)), qos
        )
        return heard

    def call(self, kind, name, **fields):
        client = self.node.create_client(kind, name)
        assert client.wait_for_service(HANG_S)
        future = client.call_async(kind.Request(**fields))
        soon(future.done)
        self.node.destroy_client(client)
        return future.result()


def soon(happens):
    deadline = time.monotonic() + HANG_S
    while not happens():
        assert time.monotonic() < deadline, 'did not happen'
        time.sleep(0.005)


class Play:
    """A player on a node of its own, which waits until everybody hears it."""

    def __init__(self, context, namespace, bag, **given):
        self.node = Node('panoseg_play', context=context, namespace=namespace)
        try:
            self.player = Player(self.node, bag, PlayPlan(bag.path, **given))
        except BaseException:
            self.node.destroy_node()
            raise
        self._spinning = spinning(self.node)
        self._spinning.__enter__()
        self._thread = None

    def heard_by(self, *topics):
        names = {lane.name: lane.publisher for lane in self.player.lanes.values()}
        for topic in topics:
            soon(lambda t=topic: names[t].get_subscription_count() > 0)
        return self

    def start(self):
        self._thread = threading.Thread(target=self.player.run)
        self._thread.start()
        return self

    def to_the_end(self):
        self._thread.join(HANG_S)
        assert not self._thread.is_alive()
        return self.player

    def close(self):
        self.player.transport.stop()
        if self._thread is not None:
            self._thread.join()
        self._spinning.__exit__(None, None, None)
        self.node.destroy_node()


@pytest.fixture
def play(ros_context, ros_namespace, bag_path):
    """Return a function that opens a player of the bag."""
    opened = []
    with BagReader(bag_path) as bag:

        def begin(**given):
            opened.append(Play(ros_context, ros_namespace, bag, **given))
            return opened[-1]

        yield begin
        for one in opened:
            one.close()


def test_everything_is_published_in_order_and_unchanged(play, ear):
    images, imus = ear.hear(Image, '/image'), ear.hear(Imu, '/imu')
    player = play(rate=20.0).heard_by('/image', '/imu').start().to_the_end()
    soon(lambda: len(images) == IMAGES and len(imus) == IMUS)
    assert [m.angular_velocity.x for _, m in imus] == [float(n) for n in range(IMUS)]
    assert [m.data[0] for _, m in images] == [0, 4, 8, 12, 16]
    first = images[0][1]
    assert (first.header.frame_id, first.encoding, first.height) == ('camera', 'rgb8', 4)
    assert first.header.stamp.sec * NS + first.header.stamp.nanosec == START + PERIOD_NS
    assert player.sent == 1 + IMAGES + IMUS
    assert {n: lane.sent for n, lane in player.lanes.items()} == {
        '/image': IMAGES, '/imu': IMUS, '/map': 1
    }  # fmt: skip


def test_topics_have_their_recorded_quality_of_service(play, ear):
    play()
    soon(lambda: ear.node.count_publishers('/map') and ear.node.count_publishers('/image'))
    (map_,) = ear.node.get_publishers_info_by_topic('/map')
    assert map_.qos_profile.durability == QoSDurabilityPolicy.TRANSIENT_LOCAL
    assert map_.qos_profile.reliability == QoSReliabilityPolicy.RELIABLE
    (image,) = ear.node.get_publishers_info_by_topic('/image')
    assert image.qos_profile.durability == QoSDurabilityPolicy.VOLATILE
    assert image.qos_profile.reliability == QoSReliabilityPolicy.BEST_EFFORT


def test_whoever_comes_late_gets_the_map(play, ear):
    one = play(topics=('/map', '/imu')).start()
    soon(lambda: one.player.lanes['/imu'].sent > 2)
    maps = ear.hear(OccupancyGrid, '/map', LATE)
    soon(lambda: maps)
    assert list(maps[0][1].data) == [7] * 9
    one.to_the_end()


def test_a_later_start_still_latches_the_map(play, ear):
    maps, imus = ear.hear(OccupancyGrid, '/map', LATE), ear.hear(Imu, '/imu')
    player = play(start_s=0.5, duration_s=0.3, rate=10.0).heard_by('/map', '/imu').start()
    player.to_the_end()
    soon(lambda: maps and len(imus) == 6)
    assert [m.angular_velocity.x for _, m in imus] == [float(n) for n in range(9, 15)]


def test_types_that_are_not_installed_are_named_and_skipped(play):
    (skipped,) = play().player.skipped
    assert skipped == ('/other', 'type tf2_msgs/msg/TFMessage is not installed')


def as_ros_1(path, new):
    """Let rosbags make a ROS 1 bag of one of ROS 2."""
    convert(
        [path], new, dst_storage='', dst_version=0, compress=None, compress_mode='none',
        default_typestore=None, typestore=get_typestore(Stores.ROS1_NOETIC), exclude_topics=[],
        include_topics=[], exclude_msgtypes=[], include_msgtypes=[],
    )  # fmt: skip
    return new


def test_a_bag_of_ros_1_is_played_as_if_of_ros_2(
    ros_context, ros_namespace, ear, bag_path, tmp_path
):
    images, imus = ear.hear(Image, '/image'), ear.hear(Imu, '/imu')
    with BagReader(as_ros_1(bag_path, tmp_path / 'old.bag')) as bag:
        one = Play(ros_context, ros_namespace, bag, rate=20.0)
        try:
            player = one.heard_by('/image', '/imu').start().to_the_end()
            assert player.skipped == [('/other', 'type tf2_msgs/msg/TFMessage is not installed')]
            soon(lambda: len(images) == IMAGES and len(imus) == IMUS)
            maps = ear.hear(OccupancyGrid, '/map', LATE)
            soon(lambda: maps)
        finally:
            one.close()
    assert [m.angular_velocity.x for _, m in imus] == [float(n) for n in range(IMUS)]
    assert [m.data[0] for _, m in images] == [0, 4, 8, 12, 16]
    assert images[0][1].header.frame_id == 'camera'
    assert list(maps[0][1].data) == [7] * 9


def test_the_spacing_is_the_recorded_one_over_the_rate(play):
    one = play(topics=('/imu',), rate=4.0)
    lane, sent = one.player.lanes['/imu'], []
    send = lane.send
    lane.send = lambda data: (sent.append(time.monotonic()), send(data))
    one.start().to_the_end()
    assert len(sent) == IMUS
    # No upper bound: a busy machine may be late. What the first is late by, no more than one
    # message and the tolerance, the last may have caught up with.
    period_s = PERIOD_NS / NS / 4.0
    assert sent[-1] - sent[0] >= (IMUS - 2) * period_s - TOLERANCE_S


def test_a_loop_begins_anew_and_takes_the_clock_back(play, ear):
    clocks, imus = ear.hear(Clock, '/clock', 100), ear.hear(Imu, '/imu')
    one = play(loop=True, clock_hz=200.0, rate=10.0).heard_by('/imu').start()

    def times():
        return np.array([m.clock.sec * NS + m.clock.nanosec for _, m in clocks])

    def after_a_step_back():
        heard = times()
        return heard[1:][np.diff(heard) < 0]

    soon(lambda: len(imus) > 2 * IMUS and len(after_a_step_back()) >= 2)
    assert one.player.laps >= 3
    one.player.transport.stop()
    one.to_the_end()
    order = [m.angular_velocity.x for _, m in imus[: 2 * IMUS]]
    assert order == [float(n) for n in range(IMUS)] * 2
    assert set(after_a_step_back()) == {START}
    assert times().min() >= START and times().max() <= START + IMUS * PERIOD_NS


def test_a_recorded_clock_gives_way_to_the_own_one(play):
    skipped = play(clock_hz=1.0, remaps={'/imu': '/clock'}).player.skipped
    assert ('/imu', '--clock publishes it') in skipped


def test_topics_are_remapped(play, ear):
    imus = ear.hear(Imu, '/robot/imu')
    play(remaps={'/imu': '/robot/imu'}, rate=20.0).heard_by('/robot/imu').start().to_the_end()
    soon(lambda: len(imus) == IMUS)


def test_services_pause_step_and_stop(play, ear):
    imus = ear.hear(Imu, '/imu')
    one = play(topics=('/imu',), paused=True, loop=True).heard_by('/imu').start()
    for n in range(3):
        assert ear.call(Trigger, 'panoseg_play/step').success
        soon(lambda wanted=n + 1: len(imus) == wanted)
    assert ear.call(SetBool, 'panoseg_play/pause', data=False).message == 'playing'
    soon(lambda: len(imus) > 5)
    assert not ear.call(Trigger, 'panoseg_play/step').success
    ear.call(SetBool, 'panoseg_play/pause', data=True)
    assert one.player.transport.paused
    sent = one.player.sent
    ear.call(Trigger, 'panoseg_play/stop')
    assert one.to_the_end().sent <= sent + 1  # one may have been on its way


def test_it_waits_until_a_lifecycle_node_is_active(play, ear, ros_namespace):
    state = State(id=State.PRIMARY_STATE_INACTIVE)
    asked = []

    def serve(_, response):
        asked.append(state.id)
        response.current_state = state
        return response

    ear.node.create_service(GetState, f'{ros_namespace}/panoseg/get_state', serve)
    imus = ear.hear(Imu, '/imu')
    one = play(wait_active=f'{ros_namespace}/panoseg', rate=20.0).heard_by('/imu').start()
    soon(lambda: len(asked) > 2)
    assert one.player.sent == 0
    state.id = State.PRIMARY_STATE_ACTIVE
    one.to_the_end()
    soon(lambda: len(imus) == IMUS)


def test_waiting_for_a_node_that_never_comes_can_be_ended(play):
    one = play(wait_active='/none').start()
    one.player.transport.stop()
    assert one.to_the_end().sent == 0


@pytest.mark.parametrize(
    ('given', 'error', 'words'),
    [
        ({'topics': ('/none',)}, BagError, 'has no topic /none, only /image, /imu'),
        ({'remaps': {'/none': '/x'}}, BagError, 'has no topic /none'),
        ({'topics': ('/other',)}, RosError, 'nothing can be played .*tf2_msgs/msg/TFMessage'),
        ({'remaps': {'/imu': '/a b'}, 'topics': ('/imu',)}, RosError, '/a b is not a topic name'),
    ],
)
def test_what_cannot_be_played_is_named(play, given, error, words):
    with pytest.raises(error, match=words):
        play(**given)


def test_a_start_behind_the_end_is_refused_instead_of_looping_over_nothing(play):
    one = play(start_s=5.0, loop=True)
    with pytest.raises(RosError, match=r'no message to play after 5 s, it lasts 1\.0 s'):
        one.player.run()


def test_a_message_of_another_layout_is_counted_not_sent(play):
    one = play(topics=('/imu',))
    lane = one.player.lanes['/imu']
    lane.send(b'\x00\x01\x00\x00' + b'\xff' * 6)
    assert (lane.sent, lane.damaged) == (0, 1)
