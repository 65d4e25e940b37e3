"""What of a play is open to other processes: services, and the simulated clock."""

import threading
from typing import Any

from rclpy.clock import Clock as RclpyClock
from rclpy.clock import ClockType
from rosgraph_msgs.msg import Clock
from std_srvs.srv import SetBool, Trigger

from panoseg_ros.ros.conversions import time_from_ns
from panoseg_ros.ros.play.lanes import CLOCK
from panoseg_ros.ros.play.transport import Transport


class Services:
    """Serves ~/pause, ~/step and ~/stop."""

    def __init__(self, node: Any, transport: Transport) -> None:
        """Create the services on a node."""
        self._transport = transport
        node.create_service(SetBool, '~/pause', self._pause)
        node.create_service(Trigger, '~/step', self._step)
        node.create_service(Trigger, '~/stop', self._stop)

    def _pause(self, request: Any, response: Any) -> Any:
        self._transport.pause(request.data)
        response.success = True
        response.message = 'paused' if request.data else 'playing'
        return response

    def _step(self, _: Any, response: Any) -> Any:
        response.success = self._transport.step()
        response.message = 'one message' if response.success else 'not paused: call ~/pause first'
        return response

    def _stop(self, _: Any, response: Any) -> Any:
        self._transport.stop()
        response.success, response.message = True, 'stopped'
        return response


class SimulatedClock:
    """Publishes the bag's time on /clock, which stands still in a pause."""

    def __init__(self, node: Any, transport: Transport, rate_hz: float) -> None:
        """Start to publish, `rate_hz` times a second."""
        self._transport = transport
        self._lock = threading.Lock()
        self._publisher = node.create_publisher(Clock, CLOCK, 10)
        steady = RclpyClock(clock_type=ClockType.STEADY_TIME)
        node.create_timer(1.0 / rate_hz, self.tick, clock=steady)

    def tick(self) -> None:
        """Publish the present time of the bag; any thread may call it."""
        with self._lock:  # else an older time could leave after a newer one
            self._publisher.publish(Clock(clock=time_from_ns(self._transport.bag_ns)))
