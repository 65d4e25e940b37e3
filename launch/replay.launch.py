"""Play a bag into the panoseg node, with RViz beside it.

The bag starts when the node is active, and with it the simulated clock that the node follows.
Every argument of panoseg.launch.py can be given as well: `image_topic`, `rig_file`,
`odom_topic` and so on. The bag is played into the ROS graph of this shell: name `topics` if it
also holds commands or odometry that could move a robot there.
"""

from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare

PACKAGE = 'panoseg_ros'
SWITCH = ['true', 'false']


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and start what they ask for."""
    node = PathJoinSubstitution([FindPackageShare(PACKAGE), 'launch', 'panoseg.launch.py'])
    return LaunchDescription(
        [
            *declared_arguments(),
            IncludeLaunchDescription(PythonLaunchDescriptionSource(node)),
            OpaqueFunction(function=start_player),  # last: what fails before leaves nothing
        ]
    )


def declared_arguments() -> list[DeclareLaunchArgument]:
    """Return every argument with its default and description."""
    return [
        DeclareLaunchArgument('bag', description='The bag: a folder, a .mcap or a .db3 file.'),
        _argument('rate', '1.0', 'Seconds of the bag per second.'),
        _argument('start', '0.0', 'Begin this many seconds into the bag.'),
        _argument('loop', 'false', 'Begin anew at the end.', SWITCH),
        _argument('topics', '', 'Topics to play, separated by spaces; empty for all.'),
        _argument('remap', '', 'Words /name/in/bag:=/other/name, separated by spaces.'),
        # Declared before panoseg.launch.py declares them: the first default counts.
        _argument('use_sim_time', 'true', 'Take the time from the bag.', SWITCH),
        _argument('rviz', 'true', 'Start RViz.', SWITCH),
    ]


def start_player(context: LaunchContext) -> list[Any]:
    """Return the player, which waits until the node is active.

    It asks the node itself: the event of the transition may come before launch hears it.
    """
    player = ExecuteProcess(
        cmd=[ExecutableInPackage(package=PACKAGE, executable='panoseg'),
             *play_words(context.launch_configurations)],
        name='panoseg_play',
        output='screen',
        emulate_tty=False,  # it is steered by its services
    )  # fmt: skip
    return [player]


def play_words(given: dict[str, str]) -> list[str]:
    """Return the command line of the player, behind the name of the program."""
    node = f'{given.get("namespace", "").rstrip("/")}/panoseg'
    words = ['play', given['bag'], '--join', '--wait-active', node]
    words += ['--rate', given['rate'], '--start', given['start']]
    words += ['--clock'] if given['use_sim_time'] == 'true' else []
    words += ['--loop'] if given['loop'] == 'true' else []
    for option in ('topics', 'remap'):
        for word in given[option].split():
            words += [f'--{option.removesuffix("s")}', word]
    return words


def _argument(
    name: str, default: str, description: str, choices: list[str] | None = None
) -> DeclareLaunchArgument:
    return DeclareLaunchArgument(
        name, default_value=default, description=description, choices=choices
    )
