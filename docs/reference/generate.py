"""Write the pages of this folder from the code: `python docs/reference/generate.py`.

With `--check` it writes nothing and ends with 1 if a page is not current. Names of pages after
that choose among them; `topics` needs rclpy, the others do not.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HANG_S = 600.0  # of a node, on a machine that compiles and has other work
MARK = '<!-- Written by `python docs/reference/generate.py`; a change here is lost. -->\n'
INPUTS = {  # relative name -> (when, meaning)
    'image': ('always', 'pictures, one topic for each that the rig file names'),
    'image/compressed': ('`input.transport: compressed` or `h264`', 'jpeg, png or H.264'),
    'camera_info': ('lenses with `calibration: camera_info`', 'lens model and size'),
    'odom': ('`pose_source: odom` or `tilt_source: odom`', 'pose of the robot'),
    'imu': ('`tilt_source: imu`', 'roll and pitch of the robot'),
}
OUTPUTS = {  # relative name -> meaning
    'segmentation/mask': 'mono8, class ids, 255 unlabelled',
    'segmentation/confidence': 'mono8, 255 is certain',
    'segmentation/overlay': 'rgb8, only while somebody listens',
    'panorama/image': 'rgb8, only while somebody listens',
    'costmap/combined': '−1 unknown, 0 free, 1..98 graded, 100 lethal',
    'costmap/<class>': '100 · P(class or group in the cell), −1 unseen; chosen by '
    '`costmap.classes`',
    'ground/scan': 'first obstacle feet around `base_frame`, +inf free, NaN unknown',
    'ground/obstacles': 'feet of obstacles with their class, only while somebody listens',
    'ground/free': 'how far free ground is seen on every bearing, only while somebody listens',
    'segmentation/points': 'places of pixels, like the mask in shape; only while somebody listens',
    'segmentation/label_info': 'ids and names of the classes; only where vision_msgs is installed',
    '/diagnostics': 'once per second in every state',
}
LABEL_INFO = ('vision_msgs/LabelInfo', 'reliable, transient local, depth 1')  # has no wheel
SERVICES = {
    '~/load_model': 'loads the bundle that `model.bundle` names; frames go on meanwhile',
    '~/reset_map': 'forgets the fused ground',
    '~/pause': 'true stops the time of the bag, false lets it go on',
    '~/step': 'publishes the next message of a paused bag',
    '~/stop': 'ends the play',
}
CASES: dict[str, dict[str, Any]] = {  # settings that bring out every topic
    'raw': {},
    'compressed': {'input.transport': 'compressed'},
    'h264': {'input.transport': 'h264'},
    'posed': {'pose_source': 'odom', 'tilt_source': 'imu'},
    'two': {'rig.file': 'dual_fisheye_two_topics'},
    'calibrated': {'rig.file': 'CAMERA_INFO'},
}
OPEN_RIG = """
name: open
base_from_pano: {translation_m: [0.0, 0.0, 1.0]}
lenses:
  front: {topic: image, calibration: camera_info, pano_from_lens: {}}
"""


def main(words: list[str] | None = None) -> int:
    """Write or check pages; 0 if they are current or written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--check', action='store_true', help='write nothing')
    parser.add_argument('pages', nargs='*', choices=[*PAGES, []], help='all without names')
    given = parser.parse_args(words)
    stale = 0
    for name in given.pages or PAGES:
        path, text = HERE / f'{name}.md', PAGES[name]()
        if given.check and (not path.exists() or path.read_text(encoding='utf-8') != text):
            print(f'{path.relative_to(ROOT)} is not current: python docs/reference/generate.py')
            stale = 1
        elif not given.check:
            path.write_text(text, encoding='utf-8')
    return stale


def parameters_page() -> str:
    """Return the page of the node's parameters."""
    from panoseg_ros.settings import parameters

    rows = []
    for row in parameters():
        limits = ', '.join(f'`{choice}`' for choice in row.choices)
        if row.range:
            limits = f'{row.range[0]:g} to {row.range[1]:g}'
        default = list(row.default) if isinstance(row.default, tuple) else row.default
        shown = f'`{str(default).lower() if isinstance(default, bool) else repr(default)}`'
        applies = 'at any time' if row.live else 'at configure'
        rows.append((f'`{row.name}`', shown, limits, applies, row.description))
    head = ('parameter', 'default', 'allowed', 'applies', 'meaning')
    return (
        f'{MARK}# Parameters of the node\n\n`config/panoseg.yaml` holds the same as a file to '
        f'copy. Parameters that apply at configure are refused while the node is configured.\n\n'
        f'{table(head, rows)}'
    )


def commands_page() -> str:
    """Return the page of the command line."""
    import typer

    import panoseg_ros.cli as room

    app = typer.Typer()
    app.callback()(lambda: None)
    for module in iter_modules(room.__path__):
        register = getattr(import_module(f'panoseg_ros.cli.{module.name}'), 'register', None)
        if register is not None:
            register(app)
    whole: Any = typer.main.get_command(app)
    parts = [
        f'{MARK}# Commands\n',
        'Errors that a user can cause end with one line and exit code 2; `--debug` behind any '
        'command shows the traceback. Options marked * are required.\n',
    ]
    parts += [text for name in sorted(whole.commands)
              for text in command_parts(f'panoseg {name}', whole.commands[name])]  # fmt: skip
    return '\n'.join(parts)


def command_parts(name: str, command: Any) -> Iterator[str]:
    """Yield the text of a command, or of all that a group holds."""
    commands = getattr(command, 'commands', None)
    if commands:
        for inner in sorted(commands):
            yield from command_parts(f'{name} {inner}', commands[inner])
        return
    yield f'## {name}\n'
    yield f'{" ".join((command.help or "").split())}\n'
    rows = [option_row(p) for p in command.params if not getattr(p, 'hidden', False)]
    rows = [row for row in rows if row[0] != '`--help`']
    if rows:
        yield table(('argument or option', 'default', 'meaning'), rows)


def option_row(parameter: Any) -> tuple[str, str, str]:
    """Return name, default and meaning of an argument or option."""
    is_option = parameter.opts[0].startswith('-')
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.name.upper()]
    shown = ', '.join(f'`{name}`' for name in names) + (' *' if parameter.required else '')
    default = parameter.default
    known = isinstance(default, str | int | float | Path) and default not in (False, '')
    value = f'`{default}`' if known and not parameter.required else ''
    return shown, value, ' '.join((getattr(parameter, 'help', '') or '').split())


def topics_page() -> str:
    """Return the page of the topics and services, as a real node creates them."""
    inputs, outputs, services = faces()
    if not any(name == 'segmentation/label_info' for name, *_ in outputs):
        outputs = sorted([*outputs, ('segmentation/label_info', *LABEL_INFO)])
    refuse_unknown({name for name, *_ in inputs}, INPUTS)
    refuse_unknown({name for name, *_ in outputs}, OUTPUTS)
    refuse_unknown({name for name, *_ in services}, SERVICES)
    read = [(f'`{n}`', kind, q, INPUTS[n][0], INPUTS[n][1]) for n, kind, q in inputs]
    written = [(f'`{n}`', kind, q, OUTPUTS[n]) for n, kind, q in outputs]
    served = [(f'`{n}`', kind, owner, SERVICES[n]) for n, kind, owner in services]
    return (
        f'{MARK}# Topics and services\n\nAll names are relative to the namespace of the node and '
        'can be remapped. The quality of service is that of the default parameters; `qos.*` '
        'changes it.\n\n## Read\n\n'
        f'{table(("topic", "type", "quality of service", "read with", "meaning"), read)}\n'
        'With `pose_source: tf`, `tilt_source: tf` and lenses with a `frame_id` the node also '
        'listens to `/tf` and `/tf_static`, through tf2_ros.\n\n## Written\n\n'
        f'{table(("topic", "type", "quality of service", "meaning"), written)}\n## Services\n\n'
        f'{table(("service", "type", "of", "meaning"), served)}\n'
        'The node also has the services of every lifecycle node and those of its parameters.\n'
    )


def refuse_unknown(found: set[str], described: Iterable[str]) -> None:
    """End with a line if the tables in this file and the node differ."""
    different = found ^ set(described)
    if different:
        sys.exit(f'{Path(__file__).name}: node and descriptions differ in {sorted(different)}')


def faces() -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return what nodes of all `CASES` read, write and serve, each sorted and once."""
    import os
    import tempfile

    import rclpy
    from rclpy.node import Node
    from rclpy.parameter import Parameter

    from panoseg_ros.ros.factory import build_pipeline
    from panoseg_ros.ros.isolation import LockedDomain
    from panoseg_ros.ros.play.pace import Pace
    from panoseg_ros.ros.play.services import Services
    from panoseg_ros.ros.play.transport import Transport

    kept: list[Any] = []

    def build(settings: Any, rig: Any) -> Any:
        kept.append(kept[0].with_rig(rig) if kept else build_pipeline(settings, rig))
        return kept[-1]

    read: dict[str, tuple[str, ...]] = {}
    written: dict[str, tuple[str, ...]] = {}
    served: dict[str, tuple[str, ...]] = {}
    with LockedDomain() as domain, tempfile.TemporaryDirectory() as folder:
        os.environ.update(domain.environment())
        os.environ['ROS_LOG_DIR'] = folder
        rig = Path(folder) / 'open.yaml'
        rig.write_text(OPEN_RIG, encoding='utf-8')
        rclpy.init(args=[])
        rclpy.logging.set_logger_level('panoseg', rclpy.logging.LoggingSeverity.WARN)
        for case in CASES.values():
            values = {k: str(rig) if v == 'CAMERA_INFO' else v for k, v in case.items()}
            overrides = [Parameter(name, value=value) for name, value in values.items()]
            node = active_node(build, overrides)
            collect(node, read, written, served)
            close(node)
        player = Node('panoseg_play')
        Services(player, Transport(Pace(0)))
        collect(player, {}, {}, served)
        player.destroy_node()
        rclpy.shutdown()
    return tuple([(n, *rest) for n, rest in sorted(t.items())] for t in (read, written, served))  # type: ignore[return-value]


def active_node(build: Callable[..., Any], overrides: list[Any]) -> Any:
    """Return a node that has configured and activated itself."""
    from rclpy.executors import SingleThreadedExecutor

    from panoseg_ros.ros.node import PanosegNode

    node = PanosegNode(build, parameter_overrides=overrides)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    wait_for(executor, lambda: node.state != 'unconfigured')
    wait_for(executor, lambda: node.state in ('active', 'unconfigured'))
    if node.state != 'active':
        sys.exit(f'{Path(__file__).name}: the node did not become active')  # it has said why
    return node


def close(node: Any) -> None:
    """Take a node down in order."""
    from lifecycle_msgs.msg import Transition

    executor = node.executor
    ended = executor.create_task(node.change_state, Transition.TRANSITION_ACTIVE_SHUTDOWN)
    wait_for(executor, ended.done)
    node.join_threads(HANG_S)
    executor.remove_node(node)
    node.destroy_node()
    executor.shutdown()


def wait_for(executor: Any, happened: Callable[[], bool]) -> None:
    """Serve a node until something has happened, however busy the machine is."""
    end_s = time.monotonic() + HANG_S
    while not happened():
        if time.monotonic() > end_s:
            sys.exit(f'{Path(__file__).name}: the node does not go on')
        executor.spin_once(timeout_sec=0.1)


def collect(node: Any, read: dict, written: dict, served: dict) -> None:  # type: ignore[type-arg]
    """Add a node's own topics and services."""
    own = ('/rosout', '/parameter_events', '/clock')
    for end in node.subscriptions:
        if end.topic_name not in own:
            name = input_name(end.topic_name)
            row = (kind(end.msg_type), quality(end.qos_profile))
            old = read.get(name)
            both = old and row[1] not in old[1] and f'{old[1]}; or {row[1]}'
            read[name] = (row[0], both or (old or row)[1])
    for end in node.publishers:
        if end.topic_name not in own and not end.topic_name.endswith('/transition_event'):
            name = output_name(end.topic_name)
            written[name] = (kind(end.msg_type), quality(end.qos_profile))
    for service in node.services:
        name = service.srv_name.replace(f'/{node.get_name()}/', '~/')
        if kind(service.srv_type).startswith('std_srvs/'):
            owner = 'node' if node.get_name() == 'panoseg' else '`panoseg play`'
            served[name] = (kind(service.srv_type), owner)


def input_name(topic: str) -> str:
    """Return the relative name under which an input is described."""
    name = topic.removeprefix('/')
    for end in ('image/compressed', 'image', 'camera_info'):
        if name.endswith(f'/{end}') or name == end:
            return end
    return name


def output_name(topic: str) -> str:
    """Return the relative name under which an output is described."""
    if topic == '/diagnostics':
        return topic
    name = topic.removeprefix('/')
    is_class = name.startswith('costmap/') and name != 'costmap/combined'
    return 'costmap/<class>' if is_class else name


def kind(message: Any) -> str:
    """Return a type as ROS tools write it, without the middle part."""
    return f'{message.__module__.split(".")[0]}/{message.__name__}'


def quality(profile: Any) -> str:
    """Return a quality of service in words."""
    words = [profile.reliability.name.lower().replace('_', ' ')]
    if profile.durability.name == 'TRANSIENT_LOCAL':
        words.append('transient local')
    return ', '.join([*words, f'depth {profile.depth}'])


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ('---',) * len(head), *rows]
    cells = (' | '.join(cell.replace('|', '\\|') for cell in line) for line in lines)
    return ''.join(f'| {line} |\n' for line in cells)


PAGES: dict[str, Callable[[], str]] = {
    'parameters': parameters_page,
    'commands': commands_page,
    'topics': topics_page,
}

if __name__ == '__main__':
    sys.exit(main())
