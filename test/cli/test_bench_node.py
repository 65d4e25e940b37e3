"""`panoseg bench node` as a table; the measurement itself is tested with the node."""

from panoseg_ros.cli.bench import node

RUN = {
    'wanted_hz': 30.0, 'sent_hz': 30.0, 'received_hz': 12.9, 'missed_percent': 56.7,
    'latency_p50_ms': 98.0, 'latency_p95_ms': 123.0, 'latency_p99_ms': 132.0,
    'latency_max_ms': 140.0, 'jitter_mean_ms': 8.4, 'jitter_max_ms': 20.0, 'cores': 1.56,
    'cpu_ms_per_result': 122.0, 'peak_memory_mb': 535.0,
}  # fmt: skip


def test_runs_are_rows_and_a_peak_out_of_reach_is_said():
    figures = {
        'task': 'pictures',
        'peak': None,
        'unhurried': RUN,
        'fixed': [RUN],
        'stages_ms': {'network': 54.8},
        'overhead_ms': 7.8,
    }
    sheet = node._sheet(figures)
    assert [row[0] for row in sheet.rows] == ['half of it', '30 Hz']
    assert all(len(row) == len(sheet.headings) for row in sheet.rows)
    assert sheet.rows[1][1:4] == ('30.0', '12.9', '56.7')
    assert 'network 54.8' in sheet.notes[0] and '7.8 ms' in sheet.notes[1]
    assert 'below the lowest rate' in sheet.notes[2]
    assert len(node._sheet({**figures, 'peak': RUN}).rows) == 3
