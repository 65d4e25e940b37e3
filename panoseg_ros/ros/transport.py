"""Room in shared memory for large images, set up before `rclpy.init`.

Fast DDS's default segment of half a megabyte loses most fragments of a raw image. The
segment belongs to the sender, so camera processes need it as well: they can name
`config/fastdds.xml` themselves, see docs/demo.md.
"""

import os
import re
import shutil
import tempfile
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from panoseg_ros.resources import share_dir

MIB = 1 << 20
SEGMENT_MIB = 64
LEAST_SEGMENT_MIB = 8  # one raw image of 2 x 960 x 960 and what is in flight beside it
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
_SHARERS = 4  # camera, node, viewer and one more each take a segment at once
_SHM = Path('/dev/shm')  # where Fast DDS keeps its segments


@dataclass(frozen=True)
class TransportReport:
    """What was set: a one-line `message`, and the segment's size, 0 if nothing was set."""

    message: str
    segment_mib: int = 0
    profile: Path | None = None


def configure_transport(
    environment: MutableMapping[str, str] | None = None, shm: Path = _SHM
) -> TransportReport:
    """Name a Fast DDS profile with a large shared-memory segment in an environment.

    A profile that is named already stays, and other RMWs are left alone.

    Args:
        environment: what to set it in, by default this process's own environment; there
            it must be called before `rclpy.init`.
        shm: the folder of shared memory, whose free space bounds the segment.

    Raises:
        SettingsError: if the package was installed without its data files.
    """
    environment = os.environ if environment is None else environment
    rmw = environment.get('RMW_IMPLEMENTATION') or 'rmw_fastrtps_cpp'
    if 'fastrtps' not in rmw:
        return TransportReport(f'transport: {rmw} has no Fast DDS profile, nothing set')
    for name in PROFILE_VARIABLES:
        if environment.get(name):
            return TransportReport(f'transport: {name}={environment[name]} is kept')
    segment_mib = _segment_mib(shm)
    if segment_mib < LEAST_SEGMENT_MIB:
        return TransportReport(
            f'transport: {shm} is too small for raw images (needs '
            f'{LEAST_SEGMENT_MIB * _SHARERS} MiB free), give the container a larger shm size'
        )
    profile = _write_profile(segment_mib)
    environment.update(dict.fromkeys(PROFILE_VARIABLES, str(profile)))
    message = f'transport: {segment_mib} MiB of shared memory for each process ({profile})'
    return TransportReport(message, segment_mib, profile)


def profile_text(segment_mib: int) -> str:
    """Return the shipped profile with another segment size."""
    shipped = (share_dir() / 'config' / 'fastdds.xml').read_text(encoding='utf-8')
    size = f'<segment_size>{segment_mib * MIB}</segment_size>'
    return re.sub(r'<segment_size>\d+</segment_size>', size, shipped)


def _segment_mib(shm: Path) -> int:
    try:
        free = shutil.disk_usage(shm).free
    except OSError:
        return 0
    return min(SEGMENT_MIB, free // (_SHARERS * MIB))


def _write_profile(segment_mib: int) -> Path:
    """Write the profile into this user's cache, where others cannot change it."""
    text = profile_text(segment_mib)
    home = os.environ.get('XDG_CACHE_HOME') or '~/.cache'
    try:
        folder = Path(home).expanduser() / 'panoseg_ros'
        return _replace(folder / f'fastdds_{segment_mib}mib.xml', text)
    except (OSError, RuntimeError):  # no home, or a read-only one
        folder = Path(tempfile.gettempdir()) / f'panoseg_ros_{os.getuid()}'
        return _replace(folder / f'fastdds_{segment_mib}mib.xml', text)


def _replace(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, 'w', encoding='utf-8') as file:
        file.write(text)
    Path(draft).replace(path)
    return path
