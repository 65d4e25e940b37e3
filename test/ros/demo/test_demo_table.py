import json
import math
from dataclasses import replace

import pytest
from rich.console import Console

from panoseg_ros.errors import RosError
from panoseg_ros.ros.demo.screen import PlainScreen
from panoseg_ros.ros.demo.statistics import Figures
from panoseg_ros.ros.demo.table import line, save_summary, table

FIGURES = Figures(30.0, 15.0, 9.5, 98.4, 130.2, 151.0, 212.0, 0.4, 36.6, 450, 285)
NOTHING = replace(FIGURES, latency_p50_ms=math.nan, lost_percent=math.nan)


def test_the_line_holds_every_figure():
    text = line(FIGURES, '12 s')
    for words in ('in 15.0 Hz', 'out 9.5 Hz', 'p50 98', 'p95 130', 'p99 151 ms', 'gap 212 ms'):
        assert words in text
    assert 'lost 0.4 %  skipped 36.6 %' in text
    assert 'p50 -' in line(NOTHING, '')


def test_the_table_holds_every_figure_and_the_cpu():
    console = Console(width=80, record=True, file=None)
    with console.capture() as shown:
        console.print(table(FIGURES, 'measured', {'robot': 0.031}))
    for words in ('measured', '9.5 per second', '212 ms', '36.6 %', 'robot', '3 % of a core'):
        assert words in shown.get()


def test_the_summary_is_json_without_nan(tmp_path):
    path = tmp_path / 'summary.json'
    save_summary(path, NOTHING, {'node': 1.2}, {'state': 'active'})
    summary = json.loads(path.read_text())
    assert summary['output_hz'] == 9.5
    assert summary['latency_p50_ms'] is None
    assert summary['cores'] == {'node': 1.2}
    with pytest.raises(RosError, match='cannot be written'):
        save_summary(tmp_path / 'none' / 'summary.json', FIGURES, {}, {})


def test_plain_lines_are_throttled(capsys):
    screen = PlainScreen()
    for _ in range(5):
        screen.show(FIGURES, '1 s')
    assert len(capsys.readouterr().out.splitlines()) == 1
    screen.say('node: active')
    screen.close(None, {}, '')
    assert capsys.readouterr().out == 'node: active\n'
    screen.close(FIGURES, {}, 'end')
    assert 'lost: never arrived' in capsys.readouterr().out
