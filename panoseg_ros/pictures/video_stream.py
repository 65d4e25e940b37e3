"""One H.264 stream packet by packet, as the messages of a topic bring it."""

from typing import Any

from panoseg_ros.pictures.video import H264Decoder, Picture, Report

JUMP_NS = 1_000_000_000  # stamps further apart, in either direction, belong to two streams
# Picture numbers begin anew at key frames, so a loss from one group of pictures to the same
# place in another shows in the stamps alone.
GROUP_SHARE = 0.75


class VideoStream:
    """Decodes packets in order and begins anew where their stamps jump; used by one thread."""

    def __init__(self, report: Report) -> None:
        """Wait for a key frame; `report` counts faults and logs them."""
        self.decoder = H264Decoder(report)
        self._last_ns = self._entry_ns = 0
        self._jump_ns = float(JUMP_NS)

    def decode(
        self, data: Any, header: Any, stamp_ns: int, receive_ns: int, restart: bool = False
    ) -> list[Picture]:
        """Return the pictures that a packet completes, in the order of their display.

        Args:
            data: one access unit, in Annex B or with 4-byte lengths.
            header: goes with the picture of this packet, whenever it comes out.
            stamp_ns: time of this packet.
            receive_ns: time of its arrival.
            restart: True where packets before this one are known to be missing.
        """
        if restart or (self._last_ns and abs(stamp_ns - self._last_ns) > self._jump_ns):
            self.decoder.restart()
        self._last_ns = stamp_ns
        pictures = self.decoder.decode(data, header, receive_ns)
        if self.decoder.at_entry:
            self._measure_group(stamp_ns)
        return pictures

    def _measure_group(self, stamp_ns: int) -> None:
        group_ns = stamp_ns - self._entry_ns
        if self._entry_ns and group_ns > 0:
            self._jump_ns = min(JUMP_NS, GROUP_SHARE * group_ns)
        self._entry_ns = stamp_ns
