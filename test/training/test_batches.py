import threading

import numpy as np
import pytest

from panoseg_ros.training import Phase
from panoseg_ros.training.batches import Batches, Place
from panoseg_ros.training.samples import Batch

SMALL, LARGE = Phase(32, 64, 2, 0.5), Phase(64, 128, 1, 0.5)


def make(place):
    size = (place.phase.batch_size, place.phase.height, place.phase.width)
    return Batch(np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8), (str(place.first),))


@pytest.mark.parametrize('threads', [0, 1, 3])
def test_batches_are_those_asked_for_across_phases(threads):
    with Batches(make, threads) as batches:
        for first in range(0, 12, 4):
            batch = batches.get(Place(first, SMALL), 4)
            assert batch.names == (str(first),) and batch.labels.shape == (2, 32, 64)
        for first in (12, 14):
            batch = batches.get(Place(first, LARGE), 2)
            assert batch.names == (str(first),) and batch.labels.shape == (1, 64, 128)


def test_threads_work_ahead():
    begun, go = threading.Event(), threading.Event()

    def slow(place):
        if place.first == 2:
            begun.set()
            assert go.wait(20)
        return make(place)

    with Batches(slow, 1) as batches:
        assert batches.get(Place(0, SMALL), 2).names == ('0',)
        assert begun.wait(20)  # before anybody asked for it
        go.set()
        assert batches.get(Place(2, SMALL), 2).names == ('2',)


def test_a_fault_reaches_who_asks():
    def fail(place):
        raise ValueError(f'at {place.first}')

    with Batches(fail, 2) as batches, pytest.raises(ValueError, match='at 6'):
        batches.get(Place(6, SMALL), 2)
