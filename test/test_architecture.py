"""The rules of the rooms, read from the syntax trees: who may import whom, and what."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / 'panoseg_ros'
LINES = (  # lowest first; a room may import from lines below its own only
    ('compiled', 'documents', 'errors', 'frames', 'geometry', 'labels', 'processes', 'resources'),
    ('cameras', 'networks', 'ground', 'metrics', 'bags', 'bundles', 'pictures', 'streams'),
    ('inference', 'synthetic', 'datasets'),
    ('pipeline', 'training'),
    ('evaluation',),
    ('adaptation', 'teaching'),
    ('settings',),
    ('ros',),
    ('cli',),
)
WORDS = LINES[0]
RANK = {room: rank for rank, line in enumerate(LINES) for room in line}
ROS_PACKAGES = {
    'ament_index_python', 'builtin_interfaces', 'cv_bridge', 'diagnostic_msgs', 'geometry_msgs',
    'lifecycle_msgs', 'message_filters', 'nav_msgs', 'rcl_interfaces', 'rclpy', 'rosgraph_msgs',
    'rosidl_runtime_py', 'sensor_msgs', 'sensor_msgs_py', 'std_msgs', 'std_srvs', 'tf2_msgs',
    'tf2_ros', 'vision_msgs', 'visualization_msgs',
}  # fmt: skip
ONLY_IN = {  # wherever in a file the import stands
    **{name: {'ros'} for name in ROS_PACKAGES},
    'rosbags': {'bags'},
    'onnxruntime': {'inference'},
}
TORCH_FREE = {*WORDS, 'cameras', 'ground', 'metrics', 'bags', 'pictures', 'streams', 'ros'}
RUNTIMES = {  # loaded where torch is asked for
    'torch': tuple(
        f'panoseg_ros/inference/{name}.py'
        for name in ('torch_backend', 'frame_road', 'lens_road', 'panorama_torch')
    )
}
OPTIONAL_AT_TOP = {  # optional packages -> rooms that are useless without them
    'torch': {'networks', 'training', 'datasets'},
    'torchvision': {'networks', 'training', 'datasets'},
    'lightning': {'training'},
    'safetensors': {'networks', 'training'},
    'embreex': {'synthetic'},
    'shapely': {'synthetic'},
    'trimesh': {'synthetic'},
    'av': set(),
    'matplotlib': set(),
    'onnx': set(),
    'onnxscript': set(),
    'ray': set(),
    'rerun': set(),
    'rosbags': {'bags'},
}


class Import(NamedTuple):
    """One imported module, by its full dotted name."""

    module: str
    where: str
    room: str
    deferred: bool  # not done when the file is imported


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix('.py')


def imports_of(path: Path) -> list[Import]:
    """Return every import of a file; `from package import module` names the module."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    found = []

    def visit(node: ast.AST, deferred: bool) -> None:
        where = f'{path.relative_to(ROOT)}:{getattr(node, "lineno", 0)}'
        for module in modules_of(node, path):
            found.append(Import(module, where, room_of(path), deferred))
        inside = deferred or is_deferred(node)
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(tree, False)
    return found


def is_deferred(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == 'TYPE_CHECKING'
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def modules_of(node: ast.AST, path: Path) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    module = node.module or ''
    if node.level:
        folders = path.relative_to(ROOT).parts[: -node.level]
        module = '.'.join([*folders, module]).rstrip('.')
    if module == 'panoseg_ros':
        return [f'panoseg_ros.{alias.name}' for alias in node.names]
    return [module]


def every_import() -> list[Import]:
    return [entry for path in sorted(PACKAGE.rglob('*.py')) for entry in imports_of(path)]


IMPORTS = every_import()
INNER = [entry for entry in IMPORTS if entry.module.startswith('panoseg_ros.')]


def target_room(entry: Import) -> str:
    return entry.module.split('.')[1]


def may_import(room: str, target: str) -> bool:
    if room == '__init__':  # of the package: it imports nothing
        return False
    return room == target or (room in WORDS and target in WORDS) or RANK[target] < RANK[room]


def test_every_room_has_a_line():
    rooms = {room_of(path) for path in PACKAGE.rglob('*.py')} - {'__init__'}
    assert rooms <= RANK.keys(), f'no line in LINES for {rooms - RANK.keys()}'


def test_imports_point_down():
    assert len(INNER) > 50
    wrong = [
        f'{entry.where}: {entry.room} imports {entry.module}'
        for entry in INNER
        if not may_import(entry.room, target_room(entry))
    ]
    assert not wrong, '\n'.join(wrong)


@pytest.mark.parametrize(
    ('room', 'target', 'allowed'),
    [
        ('cameras', 'errors', True),
        ('labels', 'errors', True),
        ('errors', 'cameras', False),
        ('cameras', 'ground', False),
        ('ros', 'cli', False),
        ('cli', 'ros', True),
        ('__init__', 'errors', False),
    ],
)
def test_the_rule_itself(room, target, allowed):
    assert may_import(room, target) is allowed


def test_relative_imports_are_resolved(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], 'ROOT', tmp_path)
    monkeypatch.setattr(sys.modules[__name__], 'PACKAGE', tmp_path / 'panoseg_ros')
    path = tmp_path / 'panoseg_ros' / 'cameras' / 'lens.py'
    path.parent.mkdir(parents=True)
    path.write_text('from ..ros import node\ndef f():\n    from . import rig\n    import torch\n')
    modules = {entry.module: entry.deferred for entry in imports_of(path)}
    assert modules == {'panoseg_ros.ros': False, 'panoseg_ros.cameras': True, 'torch': True}


def test_commands_import_the_node_inside_functions_only():
    wrong = [
        entry.where
        for entry in INNER
        if entry.room == 'cli' and target_room(entry) == 'ros' and not entry.deferred
    ]
    assert not wrong


def test_foreign_packages_stay_in_their_room():
    wrong = [
        f'{entry.where}: {top} outside {", ".join(ONLY_IN[top])}'
        for entry in IMPORTS
        if (top := entry.module.split('.')[0]) in ONLY_IN and entry.room not in ONLY_IN[top]
    ]
    assert not wrong, '\n'.join(wrong)


def test_what_runs_on_the_robot_is_free_of_torch():
    torch_like = {'torch', 'torchvision', 'lightning'}
    wrong = [
        entry.where
        for entry in IMPORTS
        if entry.room in TORCH_FREE and entry.module.split('.')[0] in torch_like
    ]
    assert not wrong


def test_optional_packages_are_imported_where_they_are_used():
    wrong = [
        f'{entry.where}: {top} at the top of a file'
        for entry in IMPORTS
        if (top := entry.module.split('.')[0]) in OPTIONAL_AT_TOP
        and not entry.deferred
        and entry.room not in OPTIONAL_AT_TOP[top]
        and not entry.where.startswith(RUNTIMES.get(top, ':'))
    ]
    assert not wrong, '\n'.join(wrong)


def test_pipeline_and_commands_load_without_optional_packages():
    blocked = sorted({*OPTIONAL_AT_TOP, *ROS_PACKAGES})
    program = (
        'import sys\n'
        f'sys.modules.update(dict.fromkeys({blocked!r}))\n'
        'import panoseg_ros.pipeline, panoseg_ros.settings\n'
        'from panoseg_ros.cli.main import COMMANDS, build_app\n'
        'app = build_app()\n'
        'commands = app.registered_commands + app.registered_groups\n'
        'assert len(commands) == len(COMMANDS)\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', program],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr


def test_files_stay_readable_in_one_sitting():
    folders = ('panoseg_ros', 'test', 'launch', 'bench', 'scripts')
    files = [path for folder in folders for path in (ROOT / folder).rglob('*.py')]
    files += [ROOT / 'setup.py', ROOT / 'run']
    long = {
        str(path.relative_to(ROOT)): count
        for path in files
        if (count := len(path.read_text(encoding='utf-8').splitlines())) > 400
    }
    assert not long


def test_no_file_name_promises_nothing():
    assert not list(PACKAGE.rglob('util*.py')) + list(PACKAGE.rglob('helper*.py'))
