"""A ROS domain of one's own: locked, not zero, and limited to this host.

Demo and tests publish images, odometry and costmaps; in a domain shared with a lab
those could move somebody's robot. ROS 2 has no lock on domains, so processes of this
package agree through one lock file per domain in the temporary folder, and domains in
which any other process of this host already listens are left alone.
"""

import fcntl
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from panoseg_ros.errors import RosError

# RTPS ports are 7400 + 250 * domain; above 101 they reach Linux's ephemeral ports.
DOMAINS = range(1, 102)
_PORT_BASE, _PORTS_PER_DOMAIN = 7400, 250
_LEADS_AWAY = ('ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER', 'ROS_SUPER_CLIENT')


def isolated_environment(domain_id: int, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a copy of an environment that keeps ROS in one domain on this host.

    Iron and later read ROS_AUTOMATIC_DISCOVERY_RANGE; Humble knows only
    ROS_LOCALHOST_ONLY, about which the later ones print a warning.

    Args:
        domain_id: the domain that children shall use.
        base: the environment to start from, by default this process's own.
    """
    environment = dict(os.environ if base is None else base)
    for name in _LEADS_AWAY:
        environment.pop(name, None)
    environment['ROS_DOMAIN_ID'] = str(domain_id)
    environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    environment.pop('ROS_LOCALHOST_ONLY', None)
    if environment.get('ROS_DISTRO') == 'humble':
        environment['ROS_LOCALHOST_ONLY'] = '1'
    return environment


class LockedDomain:
    """A free ROS domain, held until `release` or the end of the process.

    Use it as a context manager, or keep the object for as long as the domain is needed.

    Raises:
        RosError: if every domain is taken.
    """

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or Path(tempfile.gettempdir())
        taken = domains_in_use()
        # Starting at the process id keeps users apart who cannot see each other's locks.
        order = [DOMAINS[(os.getpid() + step) % len(DOMAINS)] for step in range(len(DOMAINS))]
        for domain_id in order:
            descriptor = None if domain_id in taken else _lock(_lock_file(folder, domain_id))
            if descriptor is not None:
                self._descriptor: int | None = descriptor
                self.domain_id = domain_id
                return
        raise RosError(f'all ROS domains {DOMAINS[0]}..{DOMAINS[-1]} of this host are in use')

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment for this process's children; see `isolated_environment`."""
        return isolated_environment(self.domain_id, base)

    def release(self) -> None:
        """Let others have the domain; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> 'LockedDomain':
        """Return the domain, which is held already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the domain."""
        self.release()


def domains_in_use() -> frozenset[int]:
    """Return the domains in whose RTPS ports a process of this host listens."""
    ports: set[int] = set()
    for table in (Path('/proc/net/udp'), Path('/proc/net/udp6')):
        try:
            rows = table.read_text(encoding='ascii').splitlines()[1:]
        except OSError:
            continue
        ports.update(int(row.split()[1].rsplit(':', 1)[1], 16) for row in rows)
    return frozenset(
        (port - _PORT_BASE) // _PORTS_PER_DOMAIN
        for port in ports
        if _PORT_BASE <= port < _PORT_BASE + _PORTS_PER_DOMAIN * (DOMAINS[-1] + 1)
    )


def _lock_file(folder: Path, domain_id: int) -> Path:
    return folder / f'panoseg_ros_domain_{domain_id}.lock'


def _lock(path: Path) -> int | None:
    """Return a descriptor that holds the file's lock, or None if another one does."""
    try:
        # Another user's file can be locked through a read-only descriptor as well.
        flags = os.O_RDONLY if path.exists() else os.O_RDWR | os.O_CREAT
        descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
