import threading

import pytest

from panoseg_ros.ros.worker import Worker

HANG_S = 100.0


class Bench:
    """A worker whose work waits for a permit and records what it got."""

    def __init__(self):
        self.done, self.errors = [], []
        self.started, self.permits = threading.Semaphore(0), threading.Semaphore(0)
        self.finished = threading.Semaphore(0)
        self.worker = Worker(self.work, self.errors.append)

    def work(self, item):
        self.started.release()
        assert self.permits.acquire(timeout=HANG_S)
        self.done.append(item)
        self.finished.release()
        if isinstance(item, Exception):
            raise item

    def allow(self, count):
        self.permits.release(count)
        for _ in range(count):
            assert self.finished.acquire(timeout=HANG_S)


@pytest.fixture
def bench():
    made = Bench()
    yield made
    made.permits.release(100)
    assert made.worker.close(timeout_s=HANG_S)


def busy(bench):
    """Occupy the worker and wait until it has taken the item out of the slot."""
    bench.worker.submit('busy')
    assert bench.started.acquire(timeout=HANG_S)


def test_only_the_newest_waiting_item_is_done(bench):
    busy(bench)
    assert [bench.worker.submit(item) for item in 'abc'] == [False, True, True]
    bench.allow(2)
    assert bench.done == ['busy', 'c']


def test_a_cleared_item_is_never_done(bench):
    busy(bench)
    bench.worker.submit('a')
    bench.worker.clear()
    assert bench.worker.submit('b') is False
    bench.allow(2)
    assert bench.done == ['busy', 'b']


def test_an_exception_is_reported_and_the_thread_lives_on(bench):
    error = ValueError('bug')
    bench.worker.submit(error)
    bench.allow(1)
    bench.worker.submit('next')
    bench.allow(1)
    assert bench.errors == [error] and bench.done == [error, 'next']


def test_closing_ends_the_thread_after_the_present_item(bench):
    busy(bench)
    bench.worker.submit('never')
    assert bench.worker.close() is False
    bench.allow(1)
    assert bench.worker.close(timeout_s=HANG_S)
    assert bench.done == ['busy']
