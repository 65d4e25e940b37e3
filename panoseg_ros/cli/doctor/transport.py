"""The ROS distribution, its middleware, and room for large images in shared memory."""

import re
import shutil
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from panoseg_ros.cli.doctor.finding import Finding, ok, problem, warning
from panoseg_ros.errors import SettingsError

MIB = 1 << 20
DEFAULT_SEGMENT_BYTES = 549_408  # what Fast DDS 2.14 takes if nobody asks for more
SHM = Path('/dev/shm')
OPTIONAL = {  # package of ROS 2 that has no wheel -> what is missing with it
    'vision_msgs': 'segmentation/label_info is not published',
    'tf2_ros': 'TF is not used',
}


def inspect_ros(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is to be said about the ROS installation of an environment."""
    if find_spec('rclpy') is None:
        yield warning(
            'ros',
            'rclpy is not installed: the node cannot run here, and no topic is looked at',
            "source a ROS 2 installation, or pip install 'panoseg_ros[ros]' (x86-64 Linux)",
        )
        return
    distribution = environment.get('ROS_DISTRO')
    yield ok('ros', distribution or f'rclpy {_version("ros-rclpy")} without a distribution')
    yield ok('rmw', environment.get('RMW_IMPLEMENTATION') or 'rmw_fastrtps_cpp (the default)')
    domain = environment.get('ROS_DOMAIN_ID', '0')
    reach = environment.get('ROS_AUTOMATIC_DISCOVERY_RANGE') or 'SUBNET'
    yield ok('domain', f'{domain}, discovery range {reach}')
    for name, lack in OPTIONAL.items():
        yield ok(name, 'installed' if find_spec(name) else f'not installed; without it {lack}')


def inspect_transport(environment: Mapping[str, str], shm: Path = SHM) -> Iterator[Finding]:
    """Yield what is to be said about shared memory and the segments of Fast DDS."""
    from panoseg_ros.resources import share_dir
    from panoseg_ros.ros.transport import LEAST_SEGMENT_MIB, PROFILE_VARIABLES, configure_transport

    try:
        shipped = share_dir() / 'config' / 'fastdds.xml'
    except SettingsError as err:
        yield problem('data files', str(err), 'install the whole package')
        return
    camera = (
        "images above half a megabyte also need it in the environment of the camera's process: "
        f'{PROFILE_VARIABLES[0]}={shipped} (Fast DDS 3: '
        f'{PROFILE_VARIABLES[1]})'
    )
    yield _free(shm)
    named = next((environment[n] for n in PROFILE_VARIABLES if environment.get(n)), '')
    if named:
        yield _profile(Path(named), LEAST_SEGMENT_MIB, camera)
        return
    report = configure_transport(dict(environment), shm)
    said = report.message.removeprefix('transport: ')
    if report.segment_mib or 'no Fast DDS profile' in said:
        yield ok('segment', f'{said}; {camera}' if report.segment_mib else said)
    else:
        yield warning('segment', said, 'docker run --shm-size=1g, or --ipc=host')


def _free(shm: Path) -> Finding:
    try:
        usage = shutil.disk_usage(shm)
        segments = [path.stat().st_size for path in shm.glob('fastrtps_*') if _is_segment(path)]
    except OSError as err:
        advice = 'mount a tmpfs there; without it all images go through sockets'
        return warning('shared memory', f'{shm}: {err.strerror}', advice)
    words = f'{usage.free // MIB} MiB of {usage.total // MIB} MiB are free in {shm}'
    if segments:
        small = sum(size <= DEFAULT_SEGMENT_BYTES for size in segments)
        words += (
            f'; {len(segments)} Fast DDS segments take {sum(segments) // MIB} MiB, {small} of '
            'them have the default size, too small to send raw images'
        )
    if usage.free < usage.total // 10:
        advice = 'end processes that are not needed; fastdds shm clean removes what dead ones left'
        return warning('shared memory', words, advice)
    return ok('shared memory', words)


def _is_segment(path: Path) -> bool:
    return re.fullmatch(r'fastrtps_[0-9a-f]{16}', path.name) is not None


def _profile(path: Path, least_mib: int, camera: str) -> Finding:
    try:
        text = path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as err:
        return warning('segment', f'{path}: {err}', 'name a readable Fast DDS profile, or none')
    sizes = [int(size) for size in re.findall(r'<segment_size>\s*(\d+)\s*</segment_size>', text)]
    if not sizes or max(sizes) < least_mib * MIB:
        state = f'{path} asks for {max(sizes) // 1024} KiB' if sizes else f'{path} sets no size'
        advice = f'set segment_size to {least_mib * MIB} or more, as the shipped profile does'
        return warning('segment', f'{state}: most of a raw image gets lost', advice)
    return ok('segment', f'{max(sizes) // MIB} MiB, from {path}; {camera}')


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ''
