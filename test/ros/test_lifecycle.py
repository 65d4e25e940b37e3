"""States of the node: long transitions, autostart, failures, and who may drive it."""

import threading
import time

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import TransitionEvent
from lifecycle_msgs.srv import ChangeState, GetAvailableTransitions, GetState
from node_harness import HANG_S, harness, image, value_of
from rcl_interfaces.srv import GetParameters
from std_srvs.srv import Trigger

from panoseg_ros.errors import CameraError
from panoseg_ros.resources import DEFAULT_BUNDLE

__all__ = ['harness']
ANSWER_S = 0.2


def changing(harness, label):
    """Ask for a transition without waiting; return the future of the answer."""
    client = harness.tester.create_client(ChangeState, 'panoseg/change_state')
    harness.spin_until(client.service_is_ready)
    request = ChangeState.Request()
    request.transition.label = label
    return client.call_async(request)


def test_state_parameters_and_diagnostics_answer_while_the_model_loads(harness, spin_until):
    harness.start(wait_for='unconfigured', autostart=False)
    newest = harness.diagnostics()
    get_state = harness.tester.create_client(GetState, 'panoseg/get_state')
    get_parameters = harness.tester.create_client(GetParameters, 'panoseg/get_parameters')
    spin_until(lambda: get_state.service_is_ready() and get_parameters.service_is_ready())
    harness.build_gate.clear()
    answer = changing(harness, 'configure')
    spin_until(lambda: harness.node.state == 'configuring')
    waits = []
    for client in [get_state, get_parameters] * 4:
        began = time.monotonic()
        request = client.srv_type.Request()
        if client is get_parameters:
            request.names = ['model.bundle']
        future = client.call_async(request)
        spin_until(future.done)
        waits.append(time.monotonic() - began)
        if client is get_state:
            assert future.result().current_state.label == 'configuring'
    assert min(waits) < ANSWER_S  # one that waits for the loader waits for ever
    spin_until(lambda: newest() and newest().values['state'] == 'configuring')
    assert newest().message == f'configuring: loading model {DEFAULT_BUNDLE}'
    seen = newest().count
    spin_until(lambda: newest().count > seen)
    assert not answer.done()
    harness.build_gate.set()
    spin_until(answer.done)
    assert answer.result().success and harness.state() == 'inactive'
    spin_until(lambda: newest().message == 'inactive')


def test_a_loader_that_keeps_the_interpreter_busy_does_not_block_either(harness, spin_until):
    harness.start(wait_for='unconfigured', autostart=False)
    build, stop = harness.build, threading.Event()

    def busy(settings, rig):
        while not stop.is_set():
            sum(range(1000))
        return build(settings, rig)

    harness.node._build = busy
    answer = changing(harness, 'configure')
    try:
        spin_until(lambda: harness.node.state == 'configuring')
        waits = []
        for _ in range(5):
            began = time.monotonic()
            assert harness.state() == 'configuring'
            waits.append(time.monotonic() - began)
    finally:
        stop.set()
    spin_until(answer.done)
    assert harness.node.state == 'inactive' and min(waits) < 5 * ANSWER_S


def test_a_second_transition_is_refused_while_one_runs(harness, spin_until):
    harness.start(wait_for='unconfigured', autostart=False)
    harness.build_gate.clear()
    answer = changing(harness, 'configure')
    spin_until(lambda: harness.node.state == 'configuring')
    assert not harness.change('configure') and not harness.change('activate')
    harness.build_gate.set()
    spin_until(answer.done)
    assert answer.result().success


def test_a_manager_can_walk_through_all_states(harness):
    harness.start(wait_for='unconfigured', autostart=False)
    events = harness.listen('panoseg/transition_event', TransitionEvent, 20)
    for label, state in [
        ('configure', 'inactive'),
        ('activate', 'active'),
        ('deactivate', 'inactive'),
        ('activate', 'active'),
        ('deactivate', 'inactive'),
        ('cleanup', 'unconfigured'),
        ('configure', 'inactive'),
        ('shutdown', 'finalized'),
    ]:
        assert harness.change(label) and harness.state() == state
    assert not harness.change('configure')
    harness.spin_until(lambda: events and events[-1].goal_state.label == 'finalized')


def test_an_impossible_transition_is_refused_and_nothing_breaks(harness):
    harness.start(wait_for='unconfigured', autostart=False)
    assert not harness.change('activate') and not harness.change('no_such_thing')
    assert harness.state() == 'unconfigured'
    offered = harness.call(GetAvailableTransitions, 'panoseg/get_available_transitions')
    labels = {entry.transition.label for entry in offered.available_transitions}
    assert 'configure' in labels and 'activate' not in labels


def test_autostart_happens_once_and_a_manual_deactivate_stays(harness, spin_until):
    harness.start()
    newest = harness.diagnostics()
    assert harness.change('deactivate')
    spin_until(lambda: newest() and newest().values['state'] == 'inactive')
    seen = newest().count
    spin_until(lambda: newest().count > seen)
    assert harness.state() == 'inactive'
    assert harness.change('cleanup')
    seen = newest().count
    spin_until(lambda: newest().count > seen)
    assert harness.state() == 'unconfigured' and len(harness.pipelines) == 1


def test_without_autostart_the_node_waits_for_a_manager(harness, spin_until):
    harness.start(wait_for=None, autostart=False)
    newest = harness.diagnostics()
    spin_until(lambda: newest() and newest().count >= 2)
    assert harness.node.state == 'unconfigured' and not harness.pipelines


@pytest.mark.parametrize(
    ('values', 'line'),
    [
        ({'model__bundle': 'missing'}, "model bundle: 'missing' does not exist"),
        ({'costmap__classes': ['unicorn']}, "label set cityscapes19 has no class 'unicorn'"),
        ({'rig__file': '/no/rig.yaml'}, '/no/rig.yaml'),
        ({'pose_source': 'odom', 'map_frame': 'base_link'}, 'map_frame'),
        ({'map_frame': 'odom'}, 'pose_source is none'),
        ({'pose_source': 'tf'}, 'tf2_ros'),
    ],
)
def test_a_failed_configure_says_why_in_one_line_and_leaves_the_node_unconfigured(
    harness, spin_until, values, line
):
    harness.start(wait_for=None, autostart=False, **values)
    newest = harness.diagnostics()
    errors = []
    harness.node.get_logger().error = errors.append
    assert not harness.change('configure')
    assert harness.state() == 'unconfigured'
    assert len(errors) == 1 and line in errors[0] and '\n' not in errors[0]
    spin_until(lambda: newest() and line in newest().message)
    assert newest().level == b'\x02'


def test_configure_can_be_repeated_after_the_cause_is_gone(harness, spin_until):
    harness.build_error = CameraError('rig front.yaml: lens front: no model')
    harness.start(wait_for=None, autostart=False)
    assert not harness.change('configure')
    harness.build_error = None
    assert harness.change('configure') and harness.change('activate')
    newest = harness.diagnostics()
    spin_until(lambda: newest() and 'front.yaml' not in newest().message)


def test_a_bug_in_configure_ends_in_unconfigured_and_the_node_lives(harness):
    harness.build_error = ZeroDivisionError('bug')
    harness.start(wait_for=None, autostart=False)
    assert not harness.change('configure')
    assert harness.state() == 'unconfigured'
    harness.build_error = None
    assert harness.change('configure')


def test_cleanup_gives_up_every_topic_and_a_new_configure_brings_them_back(harness, spin_until):
    harness.start()
    name = harness.node.resolve_topic_name('costmap/combined')
    assert harness.change('deactivate') and harness.change('cleanup')
    assert harness.node.count_publishers(name) == 0
    assert harness.node.count_subscribers(harness.node.resolve_topic_name('image')) == 0
    assert harness.change('configure') and harness.change('activate')
    combined = harness.listen('costmap/combined')
    harness.camera().publish(image(4, harness.next_ns()))
    spin_until(lambda: [g for g in combined if value_of(g) == 4])


def test_the_model_is_warm_before_the_node_is_active(harness):
    harness.start()
    assert [stamp for stamp, _ in harness.pipeline.seen] == [0]  # black, before any image
    assert harness.pipeline.resets == 1


def test_load_model_swaps_and_resets_the_map(harness, spin_until):
    harness.start()
    combined = harness.listen('costmap/combined')
    camera = harness.camera()
    camera.publish(image(5, harness.next_ns()))
    spin_until(lambda: combined and value_of(combined[-1]) == 5)
    first = harness.pipeline
    answer = harness.call(Trigger, 'panoseg/load_model')
    assert answer.success and 'runs' in answer.message
    spin_until(lambda: value_of(combined[-1]) == -1)
    assert harness.pipeline is not first
    camera.publish(image(6, harness.next_ns()))
    spin_until(lambda: value_of(combined[-1]) == 6)
    assert (harness.stamp_ns, 6) in harness.pipeline.seen
    assert (harness.stamp_ns, 6) not in first.seen


def test_a_bad_bundle_keeps_the_previous_model_running(harness, spin_until):
    harness.start()
    combined = harness.listen('costmap/combined')
    camera = harness.camera()
    newest = harness.diagnostics()
    harness.set_parameters(model__bundle='missing')
    answer = harness.call(Trigger, 'panoseg/load_model')
    assert not answer.success and "'missing' does not exist" in answer.message
    assert f'{DEFAULT_BUNDLE} keeps running' in answer.message
    camera.publish(image(6, harness.next_ns()))
    spin_until(lambda: [g for g in combined if value_of(g) == 6])
    assert -1 not in [value_of(g) for g in combined[:1]]
    spin_until(lambda: newest() and newest().values['model'] == DEFAULT_BUNDLE)
    assert harness.state() == 'active'


def test_frames_go_on_while_another_model_loads(harness, spin_until):
    harness.start()
    combined = harness.listen('costmap/combined')
    camera = harness.camera()
    harness.build_gate.clear()
    client = harness.tester.create_client(Trigger, 'panoseg/load_model')
    spin_until(client.service_is_ready)
    first = client.call_async(Trigger.Request())
    spin_until(lambda: harness.node._loading)
    camera.publish(image(6, harness.next_ns()))
    spin_until(lambda: [g for g in combined if value_of(g) == 6])
    second = harness.call(Trigger, 'panoseg/load_model')
    assert not second.success and 'being loaded' in second.message
    harness.build_gate.set()
    spin_until(first.done)
    assert first.result().success


def test_a_model_that_comes_after_cleanup_is_not_used(harness, spin_until):
    harness.start()
    harness.build_gate.clear()
    client = harness.tester.create_client(Trigger, 'panoseg/load_model')
    spin_until(client.service_is_ready)
    answer = client.call_async(Trigger.Request())
    spin_until(lambda: harness.node._loading)
    assert harness.change('deactivate') and harness.change('cleanup')
    harness.build_gate.set()
    spin_until(answer.done)
    assert not answer.result().success and 'cleaned up' in answer.result().message


@pytest.mark.parametrize('service', ['load_model', 'reset_map'])
def test_services_say_so_when_the_node_is_not_configured(harness, service):
    harness.start(wait_for=None, autostart=False)
    answer = harness.call(Trigger, f'panoseg/{service}')
    assert not answer.success and 'not configured' in answer.message


def test_the_end_can_wait_for_a_frame_that_is_still_computed(harness):
    """A process that ends while a runtime computes is aborted."""
    harness.start()
    camera = harness.camera()
    harness.occupy(lambda: camera.publish(image(1, harness.next_ns())))
    assert harness.change('shutdown')
    assert not harness.node.join_threads(0.01)
    harness.pipeline.open.set()
    assert harness.node.join_threads(HANG_S)


def test_a_model_that_fails_in_a_way_nobody_foresaw_does_not_end_the_node(harness, spin_until):
    harness.start()
    harness.build_error = MemoryError('no room for the network')
    answer = harness.call(Trigger, 'panoseg/load_model')
    assert not answer.success
    assert answer.message.startswith('MemoryError: no room for the network; ')
    assert harness.state() == 'active'


def test_a_configure_that_fails_in_a_way_nobody_foresaw_is_an_error(harness, spin_until):
    harness.build_error = MemoryError('no room for the network')
    harness.start(wait_for=None, autostart=False)
    newest = harness.diagnostics()
    assert not harness.change('configure')
    spin_until(lambda: newest() and 'MemoryError: no room' in newest().message)
    assert newest().level == DiagnosticStatus.ERROR
    harness.build_error = None
    assert harness.change('configure')
    spin_until(lambda: newest().level != DiagnosticStatus.ERROR)
