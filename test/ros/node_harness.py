"""A node under test with a pipeline whose results show which image they came from."""

import threading
import time
from array import array
from copy import copy
from types import SimpleNamespace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState, GetState
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.parameter import Parameter
from rclpy.qos import QoSDurabilityPolicy, QoSProfile, QoSReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

from panoseg_ros.errors import BundleError
from panoseg_ros.frames import GroundMap, Panorama, Segmentation
from panoseg_ros.ground import GroundScan
from panoseg_ros.labels import load_label_set
from panoseg_ros.pipeline import Result
from panoseg_ros.ros.conversions import array_from_grid, ns_from_time, time_from_ns
from panoseg_ros.ros.node import PanosegNode

HANG_S = 100.0
HEIGHT, WIDTH = 32, 64
NS = 1_000_000_000
START_NS = 1_700_000_000 * NS
RIG = 'equirect'
TWO_TOPICS = """
name: pair
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front: &lens
    topic: front/image
    source_size: [64, 32]
    pano_from_lens: {}
    lens: {model: equirectangular, top_deg: 90.0, bottom_deg: -90.0}
  back:
    <<: *lens
    topic: back/image
"""
LATCHED = QoSProfile(
    depth=1,
    reliability=QoSReliabilityPolicy.RELIABLE,
    durability=QoSDurabilityPolicy.TRANSIENT_LOCAL,
)


class ShowingPipeline:
    """Real rig, labels and tuples; every cell and pixel holds the image's first red value."""

    def __init__(self, rig, settings):
        self.rig = rig
        self.label_set = load_label_set('cityscapes19')
        self.costs = self.label_set
        self.runtime, self.fault = 'none', ''
        self.settings = settings
        self.open = threading.Event()  # closed: frames wait in the worker
        self.open.set()
        self.seen = []  # (stamp_ns, value) of every frame
        self.lenses = []  # names, of every frame but the warm-up
        self.poses = []
        self.tilts = []
        self.resets = 0
        self.error = None
        self.mounted = []  # the pipelines of later rigs

    def __call__(self, frames, map_from_base=None, level_from_base=None):
        if frames[0].stamp_ns:  # not the warm-up
            assert self.open.wait(HANG_S)
            if self.error:
                raise self.error
        value = int(frames[0].image[0, 0, 0])
        stamp_ns = frames[0].stamp_ns
        self.seen.append((stamp_ns, value))
        if stamp_ns:
            self.lenses.append(tuple(frame.lens for frame in frames))
        self.poses.append(map_from_base)
        self.tilts.append(level_from_base)
        shape = (HEIGHT, WIDTH)
        image = np.full((*shape, 3), value, np.uint8)
        cells = np.full((self.settings.cells,) * 2, min(value, 98), np.int8)
        origin = (-1.0, -2.0) if map_from_base is None else tuple(map_from_base[:2, 3] - 1.0)
        slugs = [c.slug for c in self.label_set.classes]
        return Result(
            Panorama(stamp_ns, 'panorama_frame', image, np.ones(shape, bool)),
            Segmentation(
                stamp_ns,
                'panorama_frame',
                np.full(shape, value % 19, np.uint8),
                np.full(shape, value, np.uint8),
            ),
            GroundMap(
                stamp_ns,
                'base_footprint',
                self.settings.resolution_m,
                origin,
                dict.fromkeys(slugs, cells),
                cells,
                np.zeros(8, np.float32),
            ),
            {'segment': 1.0},
            GroundScan(stamp_ns, 'base_footprint', np.full(8, value, np.float32), 0.5, 99.0),
        )

    def set_costs(self, costs):
        self.costs = costs

    def with_rig(self, rig):
        other = copy(self)
        other.rig = rig
        self.mounted.append(other)
        return other

    def reset_map(self):
        self.resets += 1


class Harness:
    """Drives a node through its real topics and services, from a second node.

    Its camera is RIG, or the rig that a test writes into `rig_file`.
    """

    def __init__(self, make_node, spin_until, rig_file):
        self.make_node, self.spin_until, self.rig_file = make_node, spin_until, rig_file
        self.tester = make_node('tester')
        self.pipelines = []
        self.build_error = None
        self.build_gate = threading.Event()
        self.build_gate.set()
        self.got = {}
        self.stamp_ns = START_NS
        self.node = None

    def build(self, settings, rig):
        assert self.build_gate.wait(HANG_S)
        if 'missing' in settings.model.bundle:
            raise BundleError(f'model bundle: {settings.model.bundle!r} does not exist')
        if self.build_error:
            raise self.build_error
        self.pipelines.append(ShowingPipeline(rig, settings.ground))
        return self.pipelines[-1]

    @property
    def pipeline(self):
        return self.pipelines[-1]

    def start(self, wait_for='active', **values):
        """Make the node with these parameters ('__' stands for the dot).

        On a busy machine more than the default `input_timeout_s` may pass between two
        images of a test; who wants a blind node says so.
        """
        given = {name.replace('__', '.'): value for name, value in values.items()}
        values = {
            'rig.file': str(self.rig_file) if self.rig_file.exists() else RIG,
            'ground.size_m': 2.0,
            'input_timeout_s': 600.0,
            **given,
        }
        overrides = [Parameter(name, value=value) for name, value in values.items()]

        def node_class(name, **kwargs):
            return PanosegNode(self.build, name, **kwargs)

        self.node = self.make_node('panoseg', node_class=node_class, parameter_overrides=overrides)
        if wait_for:
            self.spin_until(lambda: self.node.state == wait_for)
        return self.node

    def listen(self, name, kind=OccupancyGrid, qos=LATCHED):
        """Collect the messages of a topic, once the node's publisher has found us."""
        messages = self.got.setdefault(name, [])
        topic = self.tester.create_subscription(kind, name, messages.append, qos).topic_name
        ours = [p for p in self.node.publishers if p.topic_name == topic]
        assert ours or name.endswith('transition_event')  # that one is hidden in rcl
        self.spin_until(lambda: self.tester.count_publishers(topic))
        self.spin_until(lambda: all(p.get_subscription_count() for p in ours))
        return messages

    def listen_late(self, name, kind=OccupancyGrid, qos=LATCHED):
        messages = []
        self.tester.create_subscription(kind, name, messages.append, qos)
        return messages

    def camera(self, name='image', kind=Image):
        """Return a publisher that the node has found."""
        publisher = self.tester.create_publisher(kind, name, 10)
        self.spin_until(publisher.get_subscription_count)
        return publisher

    def occupy(self, publish):
        """Close the pipeline, call what publishes the first image, wait until it is inside."""
        session = self.node._session
        self.pipeline.open.clear()
        publish()
        self.spin_until(lambda: session.intake.received == 1 and session._worker._slot is None)

    def odometer(self):
        publisher = self.tester.create_publisher(Odometry, 'odom', 50)
        self.spin_until(publisher.get_subscription_count)
        return publisher

    def next_ns(self, step_s=0.1):
        self.stamp_ns += round(step_s * NS)
        return self.stamp_ns

    def fault_lines(self):
        """Return the list that gets the node's lines about faults, one for each kind."""
        lines, faults = [], self.node.faults
        faults._warn, faults._now_s = lines.append, lambda: 0.0  # its five seconds never end
        return lines

    def call(self, kind, name, request=None):
        """Return the answer of a service of the node."""
        client = self.tester.create_client(kind, name)
        self.spin_until(client.service_is_ready)
        future = client.call_async(request or kind.Request())
        self.spin_until(future.done)
        self.tester.destroy_client(client)
        return future.result()

    def state(self):
        return self.call(GetState, 'panoseg/get_state').current_state.label

    def change(self, label):
        request = ChangeState.Request()
        request.transition.label = label
        return self.call(ChangeState, 'panoseg/change_state', request).success

    def set_parameters(self, **values):
        """Set parameters atomically; return (successful, reason)."""
        from rcl_interfaces.srv import SetParametersAtomically

        request = SetParametersAtomically.Request()
        request.parameters = [
            Parameter(name.replace('__', '.'), value=value).to_parameter_msg()
            for name, value in values.items()
        ]
        result = self.call(
            SetParametersAtomically, 'panoseg/set_parameters_atomically', request
        ).result
        return result.successful, result.reason

    def diagnostics(self):
        """Return a function that gives the newest status as (level, message, values)."""
        messages = self.listen('/diagnostics', DiagnosticArray, 10)
        name = f'{self.tester.get_namespace()}/panoseg'

        def newest():
            found = [s for m in messages for s in m.status if s.name == name]
            if not found:
                return None
            values = {pair.key: pair.value for pair in found[-1].values}
            return SimpleNamespace(
                level=found[-1].level, message=found[-1].message, values=values, count=len(found)
            )

        return newest


@pytest.fixture
def harness(make_node, spin_until, tmp_path):
    built = Harness(make_node, spin_until, tmp_path / 'rig.yaml')
    yield built
    built.build_gate.set()
    for pipeline in built.pipelines:
        pipeline.open.set()


def image(value, stamp_ns, size=(WIDTH, HEIGHT), encoding='rgb8'):
    width, height = size
    message = Image(width=width, height=height, encoding=encoding, step=3 * width)
    message.header.stamp = time_from_ns(stamp_ns)
    message.header.frame_id = 'camera'
    message.data = array('B', bytes([value]) * (3 * width * height))
    return message


def compressed(payload, stamp_ns):
    message = CompressedImage(format='whatever')
    message.header.stamp = time_from_ns(stamp_ns)
    message.data = array('B', payload)
    return message


def odometry(stamp_ns, x=0.0, frame='odom', child='base_link', z=0.0):
    message = Odometry(child_frame_id=child)
    message.header.stamp = time_from_ns(stamp_ns)
    message.header.frame_id = frame
    message.pose.pose.position.x = x
    message.pose.pose.position.z = z
    message.pose.pose.orientation.w = 1.0
    return message


def value_of(grid):
    """Return the one value that all cells of a grid hold."""
    cells = np.unique(array_from_grid(grid))
    assert cells.size == 1
    return int(cells[0])


def stamp_of(message):
    return ns_from_time(message.header.stamp)


def now_ns():
    return time.time_ns()
