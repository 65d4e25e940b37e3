"""The groups of settings: model, rig, input, IMU, costmap and quality of service."""

from dataclasses import dataclass

from panoseg_ros.inference import BACKENDS, DEVICES, PRECISIONS
from panoseg_ros.resources import DEFAULT_BUNDLE
from panoseg_ros.settings.field import setting

RELIABILITIES = ('best_effort', 'reliable')


@dataclass(frozen=True)
class ModelSettings:
    """Which network runs, and on what."""

    bundle: str = setting(
        DEFAULT_BUNDLE,
        'Model bundle: a directory, or the name of one in models/. A change is applied by the '
        'service ~/load_model or at the next configure.',
        live=True,
    )
    backend: str = setting(
        'auto',
        'Runtime of the network; auto takes the fastest that works here, TensorRT only once '
        'its engine is built. tensorrt builds a missing engine, which takes minutes.',
        choices=BACKENDS,
    )
    device: str = setting(
        'auto',
        'Where the network runs; auto takes a GPU that works, else the CPU. A GPU that fails is '
        'left for the CPU.',
        choices=DEVICES,
    )
    precision: str = setting(
        'auto',
        "Precision of the network on a GPU; auto takes float16 where it gives the CPU's labels, "
        'else float32.',
        choices=PRECISIONS,
    )
    threads: int = setting(
        0, 'CPU threads of the network; 0 lets the runtime decide.', low=0, high=256
    )


@dataclass(frozen=True)
class RigSettings:
    """Which lenses the camera has."""

    file: str = setting(
        'equirect', 'Rig file: a path, or the name of one in config/rigs/ (without .yaml).'
    )


@dataclass(frozen=True)
class InputSettings:
    """How images arrive."""

    transport: str = setting(
        'raw',
        'Message type of the image topics: raw is sensor_msgs/Image, compressed is '
        'sensor_msgs/CompressedImage with jpeg or png on <topic>/compressed, h264 is the same '
        'type and topic with H.264 packets and needs PyAV (the extra video).',
        choices=('raw', 'compressed', 'h264'),
    )
    rate_hz: float = setting(
        0.0,
        'Rate of the camera, from which lost images are counted; 0.0 learns it from the stamps.',
        low=0.0,
        high=1000.0,
        live=True,
    )
    pairing_tolerance_s: float = setting(
        0.0,
        'Largest difference (s) in stamp and in arrival between an image and the one of the '
        'first lens that it belongs to; 0.0 means half an image period.',
        low=0.0,
        high=10.0,
        live=True,
    )


@dataclass(frozen=True)
class CostmapSettings:
    """What classes cost, and which grids are published beside costmap/combined."""

    classes: tuple[str, ...] = setting(
        ('auto',),
        'Classes, and groups of classes such as vehicle=car+truck+bus, with an evidence grid '
        'costmap/<class> of their own; auto stands for what the label set of the bundle names, '
        "[''] for none.",
    )

    policy: str = setting(
        '',
        'What each class costs in costmap/combined: a policy file, or the name of one in '
        'config/policies/ (without .yaml); empty takes the costs of the label set. Setting it '
        'again reads the file again.',
        live=True,
    )

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the classes without the empty text, which ROS needs for an empty list."""
        return tuple(name for name in self.classes if name)


@dataclass(frozen=True)
class ImuSettings:
    """How the IMU sits on the robot, for tilt_source imu."""

    mounting: str = setting(
        'rpy',
        'Where the rotation of the IMU in base_frame comes from: rpy takes the three angles '
        'below, tf looks up the frame of its messages and needs tf2_ros.',
        choices=('rpy', 'tf'),
    )
    roll_deg: float = setting(0.0, 'Roll of the IMU in base_frame, degrees.', low=-180, high=180)
    pitch_deg: float = setting(0.0, 'Pitch of the IMU in base_frame, degrees.', low=-180, high=180)
    yaw_deg: float = setting(0.0, 'Yaw of the IMU in base_frame, degrees.', low=-180, high=180)


@dataclass(frozen=True)
class TopicQos:
    """Quality of service of one topic."""

    reliability: str = setting('reliable', 'Reliability of this topic.', choices=RELIABILITIES)
    depth: int = setting(
        1,
        'Messages kept of this topic; 0 means 1 (image topic of a rig that has several: 5).',
        low=0,
        high=1000,
    )


@dataclass(frozen=True)
class QosSettings:
    """Reliability and depth of every topic of the node."""

    image: TopicQos = TopicQos('best_effort', 0)
    video: TopicQos = TopicQos('reliable', 60)
    odom: TopicQos = TopicQos('best_effort', 400)
    imu: TopicQos = TopicQos('best_effort', 400)
    mask: TopicQos = TopicQos()
    confidence: TopicQos = TopicQos()
    overlay: TopicQos = TopicQos()
    panorama: TopicQos = TopicQos()
    costmap: TopicQos = TopicQos()
    scan: TopicQos = TopicQos('best_effort', 5)
    obstacles: TopicQos = TopicQos()
    free: TopicQos = TopicQos()
    points: TopicQos = TopicQos()
    label_info: TopicQos = TopicQos()
    diagnostics: TopicQos = TopicQos(depth=10)
