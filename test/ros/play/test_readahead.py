import threading

import pytest

from panoseg_ros.bags import RawRecord
from panoseg_ros.errors import BagError
from panoseg_ros.ros.play.readahead import ReadAhead


def record(number, size=10):
    return RawRecord('/a', number, 'std_msgs/msg/String', bytes(size))


def test_the_order_is_kept():
    with ReadAhead(record(n) for n in range(500)) as records:
        assert [found.stamp_ns for found in records] == list(range(500))


def test_what_reading_raises_comes_after_what_was_read():
    def broken():
        yield record(0)
        raise BagError('torn')

    seen = []
    with ReadAhead(broken()) as records, pytest.raises(BagError, match='torn'):
        for found in records:
            seen.append(found.stamp_ns)
    assert seen == [0]


def test_no_more_than_the_limit_waits():
    read, enough = [], threading.Event()

    def source():
        for n in range(100):
            read.append(n)
            if n == 4:
                enough.set()
            yield record(n, size=100)

    with ReadAhead(source(), limit_bytes=400) as records:
        assert enough.wait(100)
        assert next(iter(records)).stamp_ns == 0
    assert len(read) <= 7  # four wait, one in hand, one taken and one read for it


def test_one_record_above_the_limit_comes_through():
    with ReadAhead([record(0, 1000), record(1, 1000)], limit_bytes=1) as records:
        assert [found.stamp_ns for found in records] == [0, 1]


def test_leaving_early_ends_the_thread():
    def endless():
        n = 0
        while True:
            n += 1
            yield record(n)

    with ReadAhead(endless(), limit_bytes=100) as records:
        next(iter(records))
    assert not records._thread.is_alive()
