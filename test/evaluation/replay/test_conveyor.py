"""Threads around the main one: order, bounds and errors."""

import threading
from itertools import count

import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros.evaluation.replay.conveyor import AHEAD, Behind, ahead


def threads():
    return [t for t in threading.enumerate() if t.name in ('panoseg_reader', 'panoseg_writer')]


def test_items_come_in_order_and_the_thread_ends():
    assert list(ahead(range(100))) == list(range(100))
    assert not threads()


def test_no_more_than_a_few_items_wait():
    fetched = []
    items = ahead(number for number in count() if fetched.append(number) or True)
    for _ in range(20):
        assert len(fetched) - next(items) <= AHEAD + 3
    items.close()
    assert not threads()


def test_an_error_of_the_reader_reaches_the_other_side_behind_its_items():
    def broken():
        yield 1
        raise ValueError('broken')

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match='broken'):
        next(items)
    assert not threads()


def test_everything_that_was_put_is_done_at_the_close():
    done = []
    writer = Behind(done.append)
    for number in range(50):
        writer.put(number)
    writer.close()
    assert done == list(range(50)) and not threads()


def test_an_error_of_the_writer_ends_the_work_without_blocking():
    def broken(_):
        raise OSError('disk full')

    writer = Behind(broken)
    with pytest.raises(OSError, match='disk full'):
        for number in range(1000):
            writer.put(number)
    with pytest.raises(OSError, match='disk full'):
        writer.close()
    assert not threads()
