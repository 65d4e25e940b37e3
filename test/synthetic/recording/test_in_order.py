"""Work that several processes share."""

import os

import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.recording.processes import in_order


@pytest.mark.timeout(120)  # processes start slowly on a busy machine
def test_results_come_in_the_order_of_the_items():
    assert list(in_order(str, range(5), 2)) == ['0', '1', '2', '3', '4']


@pytest.mark.timeout(120)
def test_errors_of_the_job_are_raised_here():
    with pytest.raises(ValueError, match='invalid literal'):
        list(in_order(int, ['1', 'x'], 1))


@pytest.mark.timeout(120)
def test_a_process_that_the_system_ends_is_said():
    with pytest.raises(SyntheticError, match='ended by the system'):
        list(in_order(os._exit, [9], 1))
