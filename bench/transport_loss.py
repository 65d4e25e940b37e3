"""Loss of large raw images between two processes, the receiver only counting.

    ./run exec python bench/transport_loss.py

Each run starts a sender and a receiver in an own ROS domain of this host, sends
1920 x 960 x 3 bytes at 30 Hz, best effort, keep last 1, and prints what never arrived.
Must hold over 5 runs of 30 s: median loss below 2 %, worst below 8 %.
`--plain` leaves Fast DDS at its defaults, for comparison.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from array import array

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, QoSReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import Empty

from panoseg_ros.ros.isolation import LockedDomain
from panoseg_ros.ros.transport import configure_transport

MEDIAN_BELOW, WORST_BELOW = 0.02, 0.08
BEST_EFFORT = QoSProfile(depth=1, reliability=QoSReliabilityPolicy.BEST_EFFORT)
DISCOVERY_S, DRAIN_S = 20.0, 1.0


def main() -> int:
    """Run the bench, or one of its two processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=30.0)
    parser.add_argument('--rate', type=float, default=30.0, help='Hz')
    parser.add_argument('--size', type=int, nargs=2, default=[1920, 960], metavar=('W', 'H'))
    parser.add_argument('--plain', action='store_true', help='no Fast DDS profile')
    parser.add_argument('--role', choices=['send', 'receive'], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role is None:
        return measure(options)
    if not options.plain:
        configure_transport()
    rclpy.init()
    try:
        print(send(options) if options.role == 'send' else receive())
    finally:
        rclpy.try_shutdown()
    return 0


def measure(options: argparse.Namespace) -> int:
    """Print the loss of every run and the verdict."""
    width, height = options.size
    kind = 'default' if options.plain else 'large segment'
    print(f'{width}x{height}x3 at {options.rate:g} Hz for {options.seconds:g} s, {kind}, '
          f'load {os.getloadavg()[0]:.1f}')  # fmt: skip
    losses = []
    for run in range(1, options.runs + 1):
        sent, received = one_run(options)
        losses.append(1.0 - received / sent)
        print(f'run {run}: sent {sent}, received {received}, lost {losses[-1]:.2%}', flush=True)
    median, worst = statistics.median(losses), max(losses)
    held = median < MEDIAN_BELOW and worst < WORST_BELOW
    print(f'median {median:.2%} (below {MEDIAN_BELOW:.0%}), worst {worst:.2%} '
          f'(below {WORST_BELOW:.0%}): {"holds" if held else "DOES NOT HOLD"}')  # fmt: skip
    return 0 if held else 1


def one_run(options: argparse.Namespace) -> tuple[int, int]:
    """Return how many images one sender sent and one receiver received."""
    words = [sys.executable, __file__, '--seconds', str(options.seconds)]
    words += ['--rate', str(options.rate), '--size', *map(str, options.size)]
    words += ['--plain'] * options.plain
    with LockedDomain() as domain:
        start = {'env': domain.environment(), 'stdout': subprocess.PIPE, 'text': True}
        receiver = subprocess.Popen([*words, '--role', 'receive'], **start)
        sender = subprocess.Popen([*words, '--role', 'send'], **start)
        try:
            limit_s = options.seconds + 2 * DISCOVERY_S
            counts = [process.communicate(timeout=limit_s)[0] for process in (sender, receiver)]
        finally:
            for process in (sender, receiver):
                process.kill()
                process.wait()
    sent, received = (int(count) for count in counts)
    return sent, received


def send(options: argparse.Namespace) -> int:
    """Publish at the rate and return how many images were sent."""
    width, height = options.size
    node = rclpy.create_node('sender')
    images = node.create_publisher(Image, 'image', BEST_EFFORT)
    done = node.create_publisher(Empty, 'done', 1)
    message = Image(width=width, height=height, encoding='rgb8', step=3 * width)
    message.data = array('B', bytes(3 * width * height))
    wait(lambda: images.get_subscription_count() and done.get_subscription_count())
    time.sleep(DRAIN_S)  # the receiver's side of the discovery
    total = round(options.seconds * options.rate)
    began_s = time.monotonic()
    for index in range(total):
        time.sleep(max(0.0, began_s + index / options.rate - time.monotonic()))
        message.header.stamp = node.get_clock().now().to_msg()
        images.publish(message)
    time.sleep(DRAIN_S)
    done.publish(Empty())
    time.sleep(DRAIN_S)
    return total


def receive() -> int:
    """Count images until the sender is done and return the count."""
    node = rclpy.create_node('receiver')
    count, ended = [0], []

    def tally(_: Image) -> None:
        count[0] += 1

    node.create_subscription(Image, 'image', tally, BEST_EFFORT)
    node.create_subscription(Empty, 'done', ended.append, 1)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    while not ended:
        executor.spin_once()
    return count[0]


def wait(condition) -> None:
    """Wait until both sides have found each other."""
    limit_s = time.monotonic() + DISCOVERY_S
    while not condition():
        if time.monotonic() > limit_s:
            raise SystemExit('sender and receiver did not find each other')
        time.sleep(0.05)


if __name__ == '__main__':
    sys.exit(main())
