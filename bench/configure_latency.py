"""How fast state and parameters answer, asked from another process, while the model loads.

    ./run exec python bench/configure_latency.py [--model BUNDLE]

Must hold on an otherwise idle machine: every answer within 200 ms.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from typing import Any

import rclpy
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node

from panoseg_ros.resources import DEFAULT_BUNDLE
from panoseg_ros.ros.isolation import LockedDomain

LIMIT_S = 0.2
START_S = 30.0


def main() -> int:
    """Run the bench; 0 if every answer came in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', default=DEFAULT_BUNDLE)
    options = parser.parse_args()
    with LockedDomain() as domain:
        os.environ.update(domain.environment())
        words = [sys.executable, '-m', 'panoseg_ros.cli.main', 'run', '--']
        words += ['-p', 'autostart:=false', '-p', f'model.bundle:={options.model}']
        node = subprocess.Popen(words)
        rclpy.init()
        try:
            return measure(rclpy.create_node('prober'))
        finally:
            rclpy.try_shutdown()
            node.send_signal(signal.SIGINT)
            node.wait(30)


def measure(prober: Node) -> int:
    """Configure the node and ask it without pause until it has answered."""
    change = prober.create_client(ChangeState, '/panoseg/change_state')
    state = prober.create_client(GetState, '/panoseg/get_state')
    values = prober.create_client(GetParameters, '/panoseg/get_parameters')
    if not all(client.wait_for_service(START_S) for client in (change, state, values)):
        raise SystemExit('the node did not appear')
    ask(prober, state, GetState.Request())  # the first call pays for the discovery
    request = ChangeState.Request()
    request.transition.label = 'configure'
    began_s = time.monotonic()
    answer = change.call_async(request)
    waits_s = []
    while not answer.done():
        waits_s.append(ask(prober, state, GetState.Request()))
        waits_s.append(ask(prober, values, GetParameters.Request(names=['rig.file'])))
    took_s = time.monotonic() - began_s
    waits_s.sort()
    p50, p99, worst = (waits_s[int(share * (len(waits_s) - 1))] * 1e3 for share in (0.5, 0.99, 1))
    print(f'configure: {"done" if answer.result().success else "FAILED"} after {took_s:.1f} s')
    print(f'{len(waits_s)} answers: p50 {p50:.1f}, p99 {p99:.1f}, longest {worst:.1f} ms '
          f'(limit {LIMIT_S * 1e3:.0f}), load {os.getloadavg()[0]:.1f}')  # fmt: skip
    return 0 if worst < LIMIT_S * 1e3 else 1


def ask(prober: Node, client: Any, request: Any) -> float:
    """Return how long (s) one answer took."""
    began_s = time.monotonic()
    rclpy.spin_until_future_complete(prober, client.call_async(request))
    return time.monotonic() - began_s


if __name__ == '__main__':
    sys.exit(main())
