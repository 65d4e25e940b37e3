"""`panoseg bench node` as a table; the measurement itself is tested with the node."""

from panoseg_ros.bundles import GRAPH, WEIGHTS, load_bundle
from panoseg_ros.cli.bench import node
from panoseg_ros.cli.bench.sizes import resized, written
from panoseg_ros.resources import DEFAULT_BUNDLE

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


def test_a_bundle_at_another_size_is_written_for_the_node(tmp_path):
    shipped = load_bundle(DEFAULT_BUNDLE)
    assert written(
        resized(shipped, f'{shipped.input.width}x{shipped.input.height}'), tmp_path
    ) == (shipped.path)
    assert not list(tmp_path.iterdir())
    other = load_bundle(written(resized(shipped, '1024x512'), tmp_path))
    assert (other.input.height, other.input.width) == (512, 1024)
    assert other.input.wrap_px == 2 * shipped.input.wrap_px
    assert other.hashes[WEIGHTS] == shipped.hashes[WEIGHTS] and GRAPH not in other.files
