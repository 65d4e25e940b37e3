import threading

from panoseg_ros.ros.faults import FaultLog


def make():
    lines, clock = [], [100.0]
    return FaultLog(lines.append, lambda: clock[0]), lines, clock


def test_one_line_per_kind_and_five_seconds():
    faults, lines, clock = make()
    for _ in range(3):
        faults.report('jpeg', 'corrupt')
        faults.report('step', 'wrong step')
        clock[0] += 1.0
    assert lines == ['corrupt', 'wrong step']
    clock[0] = 105.0
    faults.report('jpeg', 'corrupt again')
    assert lines[2:] == ['corrupt again (2 more like this before)']
    assert faults.counts() == {'jpeg': 4, 'step': 3}


def test_the_first_fault_is_logged_whatever_the_clock_says():
    lines = []
    FaultLog(lines.append, lambda: 0.0).report('a', 'b')
    assert lines == ['b']


def test_a_message_of_several_lines_becomes_one():
    faults, lines, _ = make()
    faults.report('yaml', 'bad\n  line 3\n')
    assert lines == ['bad line 3']


def test_threads_lose_no_count():
    faults, lines, _ = make()
    threads = [
        threading.Thread(target=lambda: [faults.report('k', 'm') for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults.counts() == {'k': 2000} and lines == ['m']
