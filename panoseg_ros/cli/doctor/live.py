"""What a look at the running ROS graph means for the node."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from panoseg_ros.cli.doctor.finding import Finding, ok, problem, warning
from panoseg_ros.cli.doctor.transport import DEFAULT_SEGMENT_BYTES
from panoseg_ros.cli.doctor.wants import IMAGES, OUTPUTS, Want

if TYPE_CHECKING:
    from panoseg_ros.ros.doctor import Endpoint, Link, Sight

SKEW_S = 1.0  # a camera's image is younger than that on a host with the same time
SHARED = ('/parameter_events', '/rosout', '/diagnostics', '/clock', '/tf', '/tf_static')
MARK = '/costmap/combined'


def judge_live(
    sight: 'Sight', wanted: Sequence[Want], written: Sequence[str]
) -> Iterator[Finding]:
    """Yield findings about inputs and outputs.

    Args:
        sight: what was seen of the graph.
        wanted: inputs of a node with the present settings; a node that runs decides itself.
        written: its outputs, in the same way.
    """
    node = running_node(sight)
    if node:
        yield ok('node', f'{node} runs')
        wanted, written = inputs_of(node, sight), outputs_of(node, sight)
    elif sight.nodes:
        yield ok('node', f'no panoseg node runs; others: {", ".join(sight.nodes)}')
    else:
        yield ok('node', 'nobody else is in this ROS graph')
    for want in wanted:
        yield from _judge_input(want, sight, bool(node), written)
    for topic in written:
        yield from _judge_output(topic, sight, node)
    for link in sight.links.values():
        for words in link.mismatches:
            advice = 'make both ends agree: a reliable or latched publisher serves everybody'
            yield problem(f'topic {link.topic}', words, advice)


def running_node(sight: 'Sight') -> str:
    """Return the full name of a panoseg node, empty where none runs.

    Of several publishers of a combined costmap it is the one that also writes the mask.
    """
    for topic, link in sight.links.items():
        if not topic.endswith(MARK):
            continue
        mask = sight.links.get(topic.removesuffix(MARK) + f'/{OUTPUTS[0]}')
        masks = {end.node for end in mask.publishers} if mask else set()
        for end in link.publishers:
            if end.node in masks:
                return end.node
    return ''


def inputs(sight: 'Sight', wanted: Sequence[Want]) -> tuple[str, ...]:
    """Return the topics to listen to: those of a node that runs, else those of `wanted`."""
    node = running_node(sight)
    return tuple(want.topic for want in (inputs_of(node, sight) if node else wanted))


def inputs_of(node: str, sight: 'Sight') -> tuple[Want, ...]:
    """Return what a running node reads."""
    return tuple(
        Want(topic, end.msgtype, end.reliability, 'qos')
        for topic, link in sight.links.items()
        for end in link.subscriptions
        if end.node == node and topic not in SHARED
    )


def outputs_of(node: str, sight: 'Sight') -> tuple[str, ...]:
    """Return what a running node writes and nobody else should."""
    return tuple(
        topic
        for topic, link in sight.links.items()
        if topic not in SHARED and any(end.node == node for end in link.publishers)
    )


def _judge_input(
    want: Want, sight: 'Sight', runs: bool, written: Sequence[str]
) -> Iterator[Finding]:
    subject, link = f'input {want.topic}', sight.links.get(want.topic)
    if link is None or not link.publishers:
        kind = problem if runs else warning
        yield kind(subject, 'nobody publishes it', _other_topics(want, sight, written))
        return
    other = [end for end in link.publishers if end.msgtype != want.msgtype]
    if other:
        advice = 'set input.transport to raw, compressed or h264, as the publisher does'
        state = f'{other[0].node} publishes {other[0].msgtype}, the node wants {want.msgtype}'
        yield problem(subject, state, advice)
        return
    if len(link.publishers) > 1:
        names = ', '.join(end.node for end in link.publishers)
        advice = 'end all but one; pictures of two cameras make no sequence'
        yield warning(subject, f'{len(link.publishers)} publishers: {names}', advice)
    if not runs and (offer := _too_weak(want, link)):
        advice = f'set {want.setting}.reliability to best_effort, or the publisher to reliable'
        yield problem(subject, f'{offer.node} offers best effort, the node asks reliable', advice)
        return
    yield _judge_flow(subject, link, sight)
    yield from _judge_stamps(subject, link, sight)


def _other_topics(want: Want, sight: 'Sight', written: Sequence[str]) -> str:
    kinds = IMAGES if want.msgtype in IMAGES else (want.msgtype,)
    seen = [
        topic
        for topic, link in sight.links.items()
        if topic not in written and any(end.msgtype in kinds for end in link.publishers)
    ]
    start = 'start the driver'
    return f'{start}, or remap one of {", ".join(seen)}' if seen else start


def _too_weak(want: Want, link: 'Link') -> 'Endpoint | None':
    weak = (end for end in link.publishers if end.reliability == 'best_effort')
    return next(weak, None) if want.reliability == 'reliable' else None


def _judge_flow(subject: str, link: 'Link', sight: 'Sight') -> Finding:
    offer = link.publishers[0]
    if link.messages is None:
        return ok(subject, f'{offer.node} publishes it; it came too late to be listened to')
    if not link.messages:
        advice = (
            'the driver is silent, or its pictures are larger than its shared memory: see segment'
        )
        return problem(subject, f'{offer.node} sent nothing within {sight.seconds:g} s', advice)
    if link.rate_hz is None:
        return ok(subject, f'one message within {sight.seconds:g} s from {offer.node}')
    size, words = link.message_bytes, f'{link.rate_hz:.1f} Hz from {offer.node}'
    words += f', {offer.reliability.replace("_", " ")}, {size / 1024:.0f} KiB'
    if size > DEFAULT_SEGMENT_BYTES:
        words += '; as many as with a large segment only if its process has one: see segment'
    return ok(subject, words)


def _judge_stamps(subject: str, link: 'Link', sight: 'Sight') -> Iterator[Finding]:
    if link.zero_stamps:
        advice = 'set stamp_source to receive, or let the driver fill header.stamp'
        yield warning(f'{subject} stamps', f'{link.zero_stamps} are zero', advice)
    age_s = link.stamp_age_s
    if age_s is None:
        return
    if sight.simulated:
        yield ok(f'{subject} stamps', 'not compared with this host: /clock is simulated')
    elif abs(age_s) > SKEW_S:
        side = 'behind' if age_s > 0 else 'ahead of'
        advice = (
            'synchronise the clocks (chrony), or play recorded data with a simulated clock '
            '(panoseg play --clock and use_sim_time)'
        )
        yield warning(f'{subject} stamps', f'{abs(age_s):.1f} s {side} this host', advice)
    else:
        yield ok(f'{subject} stamps', f'{1e3 * age_s:.0f} ms behind this host')


def _judge_output(topic: str, sight: 'Sight', node: str) -> Iterator[Finding]:
    link = sight.links.get(topic)
    foreign = [end.node for end in link.publishers if end.node != node] if link else []
    if foreign:
        advice = 'end it or give it another name: whoever drives by these topics sees both'
        yield problem(f'output {topic}', f'also published by {", ".join(foreign)}', advice)
