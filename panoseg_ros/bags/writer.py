"""ROS 2 bags out of plain tuples, without ROS."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from panoseg_ros.bags.convert import MSGTYPES, ToRos, typestore
from panoseg_ros.bags.messages import Message, OtherMessage
from panoseg_ros.bags.qos import RELIABLE, TopicQos, to_rosbags
from panoseg_ros.errors import BagError
from panoseg_ros.resources import at_home

STORAGES = {'mcap': StoragePlugin.MCAP, 'sqlite3': StoragePlugin.SQLITE3}


class BagWriter:
    """Writes one bag with the message types of ROS 2 Jazzy; use it in a `with` statement.

    Messages must come in the order of their stamps. Leaving the `with` statement by an
    error removes what was written.

    Args:
        path: the bag's folder, or a single file where the name ends in .mcap; must not exist.
        storage: mcap or sqlite3.
        compress: True for zstd: chunks of mcap files, single messages of sqlite3 files.
        qos: topic to what its publisher offers; reliable where a topic is left out.

    Raises:
        BagError: if the path exists or cannot be written, or the storage is unknown.
    """

    def __init__(
        self,
        path: str | Path,
        storage: str = 'mcap',
        compress: bool = False,
        qos: dict[str, TopicQos] | None = None,
    ) -> None:
        self.path = at_home(path)
        if storage not in STORAGES:
            raise BagError(f'unknown storage {storage!r}, expected {" or ".join(STORAGES)}')
        self._single = self.path.suffix == '.mcap'
        if self._single and storage != 'mcap':
            raise BagError(f'{self.path}: a .mcap file cannot be of storage {storage}')
        if self.path.exists():
            raise BagError(f'{self.path}: exists already')
        folder = self.path.with_name(f'.{self.path.stem}.part') if self._single else self.path
        if folder.exists():
            shutil.rmtree(folder)  # only ever the rest of a writer that was killed
        self._folder, self._qos = folder, qos or {}
        self._writer = Writer(folder, version=9, storage_plugin=STORAGES[storage])
        if compress:
            modes = {'mcap': CompressionMode.STORAGE, 'sqlite3': CompressionMode.MESSAGE}
            self._writer.set_compression(modes[storage], CompressionFormat.ZSTD)
        self._store = typestore()
        self._to_ros = ToRos(self._store)
        self._connections: dict[str, Any] = {}
        self._last_ns = 0
        self.count = 0

    def __enter__(self) -> 'BagWriter':
        """Make the bag's files."""
        try:
            self._writer.open()
        except Exception as err:  # of the operating system or of rosbags
            raise BagError(f'{self.path}: cannot be written: {err}') from err
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the bag, or remove it after an error."""
        if error is not None:
            self._writer.abort()
            shutil.rmtree(self._folder, ignore_errors=True)
            return
        try:
            self._writer.close()
            if self._single:
                (file,) = self._folder.glob('*.mcap')
                file.replace(self.path)
                shutil.rmtree(self._folder)
        except Exception as err:
            raise BagError(f'{self.path}: cannot be written: {err}') from err

    def write(self, topic: str, stamp_ns: int, message: Message) -> None:
        """Write a message that was received at `stamp_ns`.

        Raises:
            BagError: if the stamp lies before the last one, a value does not fit its field, the
                topic had another type before, or the disk is full.
        """
        msgtype = message.msgtype if isinstance(message, OtherMessage) else MSGTYPES[type(message)]
        try:
            data = self._store.serialize_cdr(self._to_ros(message), msgtype)
        except BagError as err:
            raise BagError(f'{self.path}: topic {topic}: {err}') from err
        except Exception as err:
            reason = ' '.join(str(err).split())
            raise BagError(f'{self.path}: topic {topic}: not a {msgtype}: {reason}') from err
        self.write_raw(topic, stamp_ns, msgtype, data)

    def write_raw(
        self,
        topic: str,
        stamp_ns: int,
        msgtype: str,
        data: bytes | memoryview,
        definition: tuple[str, str] | None = None,
    ) -> None:
        """Write serialized CDR; types beyond Jazzy's need their (definition, RIHS01 hash)."""
        if stamp_ns < self._last_ns:
            raise BagError(f'{self.path}: topic {topic}: stamp {stamp_ns} lies before the last')
        connection = self._connections.get(topic)
        if connection is None:
            connection = self._connections[topic] = self._connect(topic, msgtype, definition)
        if connection.msgtype != msgtype:
            raise BagError(
                f'{self.path}: topic {topic} carries {connection.msgtype}, not {msgtype}'
            )
        try:
            self._writer.write(connection, stamp_ns, data)
        except Exception as err:
            raise BagError(f'{self.path}: cannot be written: {err}') from err
        self._last_ns = stamp_ns
        self.count += 1

    def _connect(self, topic: str, msgtype: str, definition: tuple[str, str] | None) -> Any:
        text, digest = definition or (None, None)
        try:
            return self._writer.add_connection(
                topic,
                msgtype,
                typestore=self._store,
                msgdef=text,
                rihs01=digest,
                offered_qos_profiles=[to_rosbags(self._qos.get(topic, RELIABLE))],
            )
        except Exception as err:
            reason = ' '.join(str(err).split())
            raise BagError(f'{self.path}: topic {topic}: type {msgtype}: {reason}') from err
