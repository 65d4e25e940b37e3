"""Parameters of the live node: declared from the table, checked as one whole."""

import pytest
from node_harness import harness, image, stamp_of
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.parameter import Parameter

from panoseg_ros.errors import SettingsError
from panoseg_ros.ros.node import PanosegNode
from panoseg_ros.settings import parameters

__all__ = ['harness']


@pytest.fixture
def idle(harness):
    harness.start(wait_for=None, autostart=False)
    return harness


def test_every_row_of_the_table_is_declared_with_its_default(harness):
    harness.start(
        wait_for=None,
        autostart=False,
        ground__size_m=20.0,
        rig__file='equirect',
        input_timeout_s=1.0,
    )
    for row in parameters():
        value = harness.node.get_parameter(row.name).value
        expected = list(row.default) if isinstance(row.default, tuple) else row.default
        assert value == expected or row.name == 'autostart', row.name
        assert type(value) is type(expected), row.name


def test_names_can_be_listed_and_descriptions_and_ranges_read(idle):
    listed = idle.call(ListParameters, 'panoseg/list_parameters').result.names
    assert {row.name for row in parameters()} <= set(listed)
    request = DescribeParameters.Request(
        names=['ground.resolution_m', 'model.threads', 'pose_source', 'overlay_alpha']
    )
    cell, threads, source, alpha = idle.call(
        DescribeParameters, 'panoseg/describe_parameters', request
    ).descriptors
    assert (cell.floating_point_range[0].from_value, cell.floating_point_range[0].to_value) == (
        0.01,
        2.0,
    )
    assert threads.integer_range[0].to_value == 256
    assert source.additional_constraints == 'one of none, odom, tf'
    assert 'Applies at configure.' in cell.description
    assert 'May change at any time.' in alpha.description


def make(harness, **values):
    overrides = [Parameter(name.replace('__', '.'), value=v) for name, v in values.items()]
    return harness.make_node(
        'refused',
        node_class=lambda name, **kw: PanosegNode(harness.build, name, **kw),
        parameter_overrides=overrides,
    )


@pytest.mark.parametrize(
    ('values', 'line'),
    [
        ({'ground__resolution_m': 1}, r'ground\.resolution_m: 1 is an integer.*write 1\.0$'),
        ({'ground__resolution_m': 5.0}, r'ground\.resolution_m: 5\.0 is out of range.*0\.01 to 2'),
        ({'pose_source': 'gps'}, r"pose_source: 'gps' is not allowed, only none, odom, tf"),
        ({'costmap__classes': 'road'}, r"costmap\.classes: 'road' is not a list"),
    ],
)
def test_a_wrong_override_stops_the_node_in_one_line(harness, values, line):
    with pytest.raises(SettingsError, match=line) as caught:
        make(harness, **values)
    assert '\n' not in str(caught.value)


def test_unknown_keys_are_warned_by_name(harness, monkeypatch):
    lines = []
    monkeypatch.setattr(RcutilsLogger, 'warning', lambda self, line, **kw: lines.append(line))
    harness.start(wait_for=None, autostart=False, ground__resolution=0.1, use_sim_time=False)
    assert lines == [
        "unknown parameter 'ground.resolution' is ignored: did you mean ground.resolution_m?"
    ]


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'overlay_alpha': 1}, 'overlay_alpha: 1 is an integer, but this parameter is a double'),
        ({'overlay_alpha': 'x'}, "overlay_alpha: 'x' is a text"),
        ({'stamp_source': 'gps'}, "stamp_source: 'gps' is not allowed, only header, receive"),
        ({'overlay_alpha': 2.0}, 'overlay_alpha'),
        ({'rig__file': 'other'}, 'rig.file: applies at configure'),
        ({'ground__resolution_m': 0.2}, 'ground.resolution_m: applies at configure'),
    ],
)
def test_an_active_node_refuses_in_one_line(harness, values, words):
    harness.start()
    settings = harness.node.parameters.settings
    successful, reason = harness.set_parameters(**values)
    assert not successful and words in reason and '\n' not in reason
    assert harness.node.parameters.settings is settings


def test_a_parameter_cannot_be_deleted(harness):
    harness.start()
    result = harness.node.set_parameters([Parameter('overlay_alpha', Parameter.Type.NOT_SET)])[0]
    assert not result.successful and harness.node.get_parameter('overlay_alpha').value == 0.5


def test_live_parameters_change_together_or_not_at_all(harness):
    harness.start()
    assert not harness.set_parameters(capture_delay_s=0.5, overlay_alpha=7.0)[0]
    assert harness.node.parameters.settings.capture_delay_s == 0.0
    assert harness.set_parameters(capture_delay_s=0.5, overlay_alpha=0.25) == (True, '')
    settings = harness.node.parameters.settings
    assert (settings.capture_delay_s, settings.overlay_alpha) == (0.5, 0.25)


def test_a_live_parameter_reaches_the_next_frame(harness, spin_until):
    harness.start()
    combined, camera = harness.listen('costmap/combined'), harness.camera()
    harness.set_parameters(capture_delay_s=0.25)
    camera.publish(image(3, harness.next_ns()))
    spin_until(lambda: combined)
    assert stamp_of(combined[0]) == harness.stamp_ns - 250_000_000


def test_parameters_of_configure_may_change_while_unconfigured(idle):
    assert idle.set_parameters(ground__resolution_m=0.5, ground__size_m=4.0) == (True, '')
    assert idle.change('configure')
    assert idle.pipeline.settings.cells == 8
    assert not idle.set_parameters(ground__resolution_m=0.25)[0]
    assert idle.set_parameters(ground__resolution_m=0.5)[0]  # no change, no harm


def test_values_that_contradict_each_other_are_refused(idle):
    successful, reason = idle.set_parameters(ground__resolution_m=0.01, ground__size_m=100.0)
    assert not successful and 'resolution_m' in reason


def test_no_classes_at_all(harness, spin_until):
    harness.start(costmap__classes=[''])
    grids = [t for t, _ in harness.node.get_topic_names_and_types() if '/costmap/' in t]
    assert [t.rsplit('/', 1)[1] for t in grids] == ['combined']


def test_parameters_of_rclpy_are_left_to_rclpy(idle):
    request = GetParameters.Request(names=['use_sim_time'])
    assert idle.call(GetParameters, 'panoseg/get_parameters', request).values[0].type == 1
    assert idle.set_parameters(use_sim_time=True) == (True, '')
