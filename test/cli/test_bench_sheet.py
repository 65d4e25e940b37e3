"""Tables of benches: columns, Markdown, JSON; and what a process weighs."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.cli.bench.sheet import BUSY, Sheet, deliver, digits, times
from panoseg_ros.cli.bench.timing import Others, interleave, is_busy, machine, watch_others
from panoseg_ros.cli.bench.weighing import alone, weigh

SHEET = Sheet('A task', ('road', 'ms'), [('slow one', '12.0'), ('x', '-')], ['A note.'])


def figures(cores):
    return {'machine': machine(1, Others(0.5, cores)), 'rows': [1, 2]}


def test_table_is_printed_and_written(tmp_path, capsys):
    deliver(figures(0.0), SHEET, tmp_path / 'a' / 'b.c', as_json=False)
    task, about, *table = capsys.readouterr().out.splitlines()
    assert task == 'A task' and 'others took 0.00 cores before' in about
    assert table == ['road        ms', 'slow one  12.0', 'x            -', 'A note.']
    page = (tmp_path / 'a' / 'b.c.md').read_text()
    assert (
        '\n\n| road | ms |\n| --- | --- |\n| slow one | 12.0 |\n| x | - |\n\n- A note.\n' in page
    )
    assert json.loads((tmp_path / 'a' / 'b.c.json').read_text())['rows'] == [1, 2]


def test_json_is_printed_and_a_busy_machine_named(tmp_path, capsys):
    deliver(figures(1e3), SHEET, tmp_path / 'b', as_json=True)
    assert json.loads(capsys.readouterr().out)['rows'] == [1, 2]
    assert (tmp_path / 'b.md').read_text().endswith(f'- A note.\n- {BUSY}\n')


def test_without_a_look_at_others_the_load_average_tells():
    for load, busy in ((0.0, False), (1e3, True)):
        assert is_busy(machine(1, Others(load, float('nan')))) is busy
    assert is_busy(machine(1, Others(1e3, 0.0))) is False  # a bench just before raises the load


@pytest.mark.skipif(not Path('/proc/stat').exists(), reason='cores are counted in /proc')
def test_others_take_no_more_than_there_is():
    assert 0.0 <= watch_others().cores <= os.cpu_count()


def test_numbers_have_three_digits_or_all():
    found = [digits(value) for value in (0.1234, 1.234, 12.34, 123.4, 12345.0, None)]
    assert found == ['0.123', '1.23', '12.3', '123', '12345', '-']


def test_roads_take_turns_and_slow_ones_less_often():
    order = []
    roads = {name: lambda name=name: order.append(name) for name in 'ab'}
    spreads = interleave(roads, 3, {'b': 1})
    assert order == ['a', 'a', 'b', 'a', 'a']
    assert (spreads['a'].rounds, spreads['b'].rounds) == (3, 1)
    cells = times(spreads['a']._asdict())
    assert len(cells) == 5 and ' to ' in cells[1]


def keep_and_drop():
    """Weigh a road that keeps 8 MB of every turn and drops 24 MB."""
    kept = []

    def road():
        kept.append(np.ones(1_000_000))
        np.ones(3_000_000)

    return weigh(road, 2, 10)


@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='memory is read from /proc')
def test_memory_of_a_process_of_its_own():
    found = alone(keep_and_drop)
    assert 78.0 < found.grown_mb < 110.0 and found.peak_mb > 120.0
    assert 31.0 < found.new_mb < 34.0
