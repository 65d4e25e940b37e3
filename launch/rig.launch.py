"""Publish the frames of a rig file as static transforms, through tf2_ros.

`base_frame` -> `panorama_frame` -> `panorama_optical_frame`, and for every lens whose pose the
file gives `panorama_frame` -> `<lens>_optical_frame`. Lenses whose pose the file leaves to TF
(`frame_id`) are already there.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch_ros.actions import Node

# In a process of its own, by `env`: the Python that runs `ros2 launch` may be the
# distribution's, which does not see the virtual environment that the package runs in.
READER = ['/usr/bin/env', 'python3', str(Path(__file__).resolve().parent / 'rig_frames.py')]


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and start what they ask for."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'rig_file', description='Rig: a path, or a name in config/rigs.'
            ),
            DeclareLaunchArgument(
                'base_frame', default_value='base_link', description='Frame of the robot.'
            ),
            OpaqueFunction(function=start),
        ]
    )


def start(context: LaunchContext) -> list[Node]:
    """Return one publisher per transform."""
    given = context.launch_configurations
    return [publisher(frame) for frame in frames(given)]


def frames(given: dict[str, str]) -> list[dict[str, Any]]:
    """Return the transforms of a rig; see rig_frames.py."""
    command = [*READER, given['rig_file'], given['base_frame']]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or f'{Path(READER[-1]).name} ended with {done.returncode}'
        raise RuntimeError(said.splitlines()[-1])
    return list(json.loads(done.stdout))


def publisher(frame: dict[str, Any]) -> Node:
    """Return the publisher of one transform."""
    names = ('x', 'y', 'z', 'qx', 'qy', 'qz', 'qw')
    values = [*frame['translation_m'], *frame['rotation_xyzw']]
    pairs = zip(names, values, strict=True)
    numbers = [word for name, value in pairs for word in (f'--{name}', repr(value))]
    return Node(
        package='tf2_ros',
        executable='static_transform_publisher',
        name=f'{frame["child"].replace("/", "_")}_publisher',
        arguments=[*numbers, '--frame-id', frame['parent'], '--child-frame-id', frame['child']],
        output='screen',
    )
