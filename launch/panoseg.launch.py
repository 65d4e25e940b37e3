"""Start the panoseg node and, if asked, RViz.

An argument that is left empty changes nothing: the parameters file decides. The node
configures and activates itself (parameter `autostart`), so nothing here drives its
lifecycle and a node that somebody deactivates stays inactive.
"""

from pathlib import Path
from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import PathJoinSubstitution
from launch_ros.actions import LifecycleNode, Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

PACKAGE = 'panoseg_ros'
SWITCH = ['', 'true', 'false']
LEVELS = ['debug', 'info', 'warn', 'error', 'fatal']
PARAMETERS = {  # launch argument -> parameter of the node and its type
    'use_sim_time': ('use_sim_time', bool),
    'autostart': ('autostart', bool),
    'rig_file': ('rig.file', str),
    'model': ('model.bundle', str),
    'base_frame': ('base_frame', str),
    'map_frame': ('map_frame', str),
}
PATIENCE_S = '30'  # a node that is loading its model ends after that; killed, it tells nobody
TOPICS = {'image_topic': 'image', 'odom_topic': 'odom', 'imu_topic': 'imu'}


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and start what they ask for."""
    return LaunchDescription([*declared_arguments(), OpaqueFunction(function=start)])


def declared_arguments() -> list[DeclareLaunchArgument]:
    """Return every argument with its default and description."""
    share = FindPackageShare(PACKAGE)
    return [
        _argument('namespace', '', 'Namespace of the node, its topics and RViz.'),
        _argument('use_sim_time', '', 'Take the time from /clock.', SWITCH),
        _argument(
            'params_file',
            PathJoinSubstitution([share, 'config', 'panoseg.yaml']),
            'Parameters of the node.',
        ),
        _argument('autostart', '', 'Let the node configure and activate itself.', SWITCH),
        _argument('use_respawn', 'false', 'Restart the node when it ends.', SWITCH[1:]),
        _argument('log_level', 'info', 'Least severe messages that are shown.', LEVELS),
        _argument('rig_file', '', 'Rig: a path, or a name in config/rigs.'),
        _argument('model', '', 'Model bundle: a directory, or a name in models.'),
        _argument('image_topic', '', 'Topic that carries the image.'),
        _argument('odom_topic', '', 'Topic of the odometry; also sets pose_source to odom.'),
        _argument('imu_topic', '', 'Topic of the IMU; also sets tilt_source to imu.'),
        _argument('base_frame', '', 'Frame of the robot that grids are centred on.'),
        _argument('map_frame', '', 'Frame of the costmaps.'),
        _argument('rviz', 'false', 'Start RViz beside the node.', SWITCH[1:]),
    ]


def start(context: LaunchContext) -> list[Node]:
    """Return the node, and RViz if asked, with the arguments that are not empty."""
    given = context.launch_configurations
    with_rviz = given['rviz'] == 'true'
    if with_rviz:  # looked for first: launch would end with an error and leave the node behind
        FindPackageShare('rviz2').perform(context)
    if not Path(given['params_file']).is_file():  # launch would start the node without it
        raise RuntimeError(f'params_file: {given["params_file"]} is not a file')
    respawn = given['use_respawn'] == 'true'
    # Whoever names the odometry or the IMU wants poses or the tilt from it.
    wanted = [{'pose_source': 'odom'}] if given['odom_topic'] else []
    wanted += [{'tilt_source': 'imu'}] if given['imu_topic'] else []
    node = LifecycleNode(
        package=PACKAGE,
        executable='panoseg_node',
        name='panoseg',
        namespace=given['namespace'],
        parameters=[given['params_file'], *wanted, *_overrides(given, PARAMETERS)],
        remappings=[(name, given[topic]) for topic, name in TOPICS.items() if given[topic]],
        ros_arguments=['--log-level', given['log_level']],
        output='screen',
        emulate_tty=True,
        respawn=respawn,
        respawn_delay=2.0 if respawn else None,
        sigterm_timeout=PATIENCE_S,
    )
    return [node, _rviz(given)] if with_rviz else [node]


def _rviz(given: dict[str, str]) -> Node:
    frame = given['map_frame'] or given['base_frame']
    config = PathJoinSubstitution([FindPackageShare(PACKAGE), 'config', 'panoseg.rviz'])
    return Node(
        package='rviz2',
        executable='rviz2',
        name='rviz2',
        namespace=given['namespace'],  # the topics of the configuration are relative
        arguments=['-d', config, *(['-f', frame] if frame else [])],
        parameters=_overrides(given, ['use_sim_time']),
        output='screen',
    )


def _overrides(given: dict[str, str], arguments: Any) -> list[dict[str, Any]]:
    values: dict[str, Any] = {}
    for argument in arguments:
        name, kind = PARAMETERS[argument]
        if given[argument] and kind is bool:
            values[name] = given[argument] == 'true'
        elif given[argument]:  # ParameterValue keeps a text that looks like a number
            values[name] = ParameterValue(given[argument], value_type=str)
    return [values] if values else []


def _argument(
    name: str, default: Any, description: str, choices: list[str] | None = None
) -> DeclareLaunchArgument:
    return DeclareLaunchArgument(
        name, default_value=default, description=description, choices=choices
    )
