"""Large raw images between two processes: how many arrive, how late, at what CPU cost.

    python bench/transport.py [--runs 5] [--seconds 30] [--rate 30] [--plain]

A sender publishes 1920 x 960 rgb8 (5.5 MB) best effort, depth 1; a receiver only counts.
Both run in a locked domain limited to this host, with the profile that the package sets,
or with `--plain` without it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from array import array
from typing import Any

WIDTH, HEIGHT = 1920, 960


def send(rate_hz: float, seconds: float) -> None:
    """Publish prepared images until `seconds` after somebody listens; print how many."""
    import rclpy
    from rclpy.qos import qos_profile_sensor_data as sensor
    from sensor_msgs.msg import Image

    node, qos = _node('sender', sensor)

    publisher = node.create_publisher(Image, 'image', qos)
    image = Image(width=WIDTH, height=HEIGHT, encoding='rgb8', step=WIDTH * 3)
    image.data = array('B', bytes(WIDTH * HEIGHT * 3))
    deadline = time.monotonic() + 20
    while not publisher.get_subscription_count() and time.monotonic() < deadline:
        time.sleep(0.01)
    count, start, cpu = round(rate_hz * seconds), time.monotonic(), time.process_time()
    for index in range(count):
        time.sleep(max(0.0, start + index / rate_hz - time.monotonic()))
        image.header.stamp = node.get_clock().now().to_msg()
        publisher.publish(image)
    print(json.dumps({'sent': count, 'cpu': (time.process_time() - cpu) / seconds}))
    rclpy.shutdown()


def receive() -> None:
    """Count images until none came for two seconds; print the count and the latencies."""
    import rclpy
    from rclpy.qos import qos_profile_sensor_data as sensor
    from sensor_msgs.msg import Image

    node, qos = _node('receiver', sensor)
    late_ms: list[float] = []
    heard = time.monotonic() + 20

    def count(msg: Image) -> None:
        nonlocal heard
        heard = time.monotonic()
        stamp_ns = msg.header.stamp.sec * 10**9 + msg.header.stamp.nanosec
        late_ms.append((time.time_ns() - stamp_ns) / 1e6)

    node.create_subscription(Image, 'image', count, qos)
    while time.monotonic() < heard + 2:
        rclpy.spin_once(node, timeout_sec=0.5)
    marks = statistics.quantiles(late_ms, n=20) if len(late_ms) > 1 else [0.0] * 19
    cpu = time.process_time()
    print(json.dumps({'got': len(late_ms), 'p50': marks[9], 'p95': marks[18], 'cpu': cpu}))
    rclpy.shutdown()


def _node(name: str, sensor: Any) -> tuple[Any, Any]:
    import rclpy
    from rclpy.qos import QoSProfile

    rclpy.init()
    return rclpy.create_node(name), QoSProfile(depth=1, reliability=sensor.reliability)


def main() -> None:
    """Run both ends several times and print one line per run and a summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=30.0)
    parser.add_argument('--rate', type=float, default=30.0)
    parser.add_argument('--plain', action='store_true')
    parser.add_argument('--end', choices=['send', 'receive'])
    options = parser.parse_args()
    if options.end == 'send':
        return send(options.rate, options.seconds)
    if options.end == 'receive':
        return receive()
    losses = [_run(options) for _ in range(options.runs)]
    print(f'loss: median {statistics.median(losses):.2f} %, worst {max(losses):.2f} %')


def _run(options: argparse.Namespace) -> float:
    from panoseg_ros.ros.isolation import LockedDomain
    from panoseg_ros.ros.transport import configure_transport

    with LockedDomain() as domain:
        environment = domain.environment()
        if not options.plain:
            configure_transport(environment)
        command = [sys.executable, __file__, '--rate', str(options.rate)]
        command += ['--seconds', str(options.seconds), '--end']
        pipes = {'env': environment, 'stdout': subprocess.PIPE, 'text': True}
        receiver = subprocess.Popen([*command, 'receive'], **pipes)
        sender = subprocess.Popen([*command, 'send'], **pipes)
        sent, got = json.loads(sender.communicate()[0]), json.loads(receiver.communicate()[0])
    loss = 100 * (1 - got['got'] / sent['sent'])
    load = os.getloadavg()[0]
    print(
        f'{got["got"]}/{sent["sent"]} arrived ({loss:.2f} % lost), '
        f'latency p50 {got["p50"]:.1f} p95 {got["p95"]:.1f} ms, '
        f'sender {100 * sent["cpu"]:.0f} % of a core, load {load:.1f}',
        flush=True,
    )
    return loss


if __name__ == '__main__':
    sys.exit(main())
