"""Assemble the subcommands into `panoseg` and turn user errors into one line.

Every module named in `COMMANDS` offers `register(app)`, which adds one command of the module's
own name. Only the module of the command that was asked for is imported, so that
`panoseg run` does not pay for what `panoseg train` needs.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

import typer

from panoseg_ros.errors import PanosegError
from panoseg_ros.resources import share_dir

COMMANDS = (
    'run', 'demo', 'view', 'replay', 'play', 'evaluate', 'train', 'export', 'weights', 'render',
    'calibrate', 'bench', 'doctor',
)  # fmt: skip
USER_ERROR = 2  # the exit code of every error that a user can cause
INTERRUPTED = 130  # 128 + SIGINT, as shells count it
UsageError: Any = typer.BadParameter.__mro__[1]  # click's, or typer's own where it carries click
EXTRAS = {  # optional package -> the extra of this package that installs it
    **dict.fromkeys(('lightning', 'onnx', 'onnxscript', 'safetensors', 'torch'), 'train'),
    **dict.fromkeys(('embreex', 'trimesh'), 'render'),
    'av': 'video',
    'rclpy': 'ros',
    'rerun': 'view',
    'rosbags': 'bags',
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code.

    Args:
        argv: the words after `panoseg`; those of this process when None.
    """
    code = _run(list(sys.argv[1:] if argv is None else argv))
    guard: Any = sys.modules.get('panoseg_ros.inference.cuda_guard')
    if argv is None and guard is not None and guard.cuda.reason:
        sys.stdout.flush()  # what libraries do at a regular exit are calls of CUDA
        os._exit(code)
    return code


def _run(words: list[str]) -> int:
    debug = '--debug' in words
    words = [word for word in words if word != '--debug']
    try:
        return build_app(words)(args=words, prog_name='panoseg', standalone_mode=False) or 0
    except (PanosegError, OSError) as error:
        return _refuse(_reason(error), debug)
    except UsageError as error:
        return _refuse_usage(error, words, debug)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or '').split('.')[0])
        if extra is None:
            raise
        return _refuse(f"needs {error.name}: pip install 'panoseg_ros[{extra}]'", debug)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)


def _reason(error: Exception) -> str:
    """Return what an error says; that of a disk, a file or a folder names what it was met at."""
    if isinstance(error, OSError) and error.strerror:
        return f'{error.filename}: {error.strerror}' if error.filename else error.strerror
    return str(error)


def _refuse(reason: str, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    # One write, so that the lines of two processes cannot mix where stderr is unbuffered.
    sys.stderr.write(f'panoseg: {reason}\n')
    return USER_ERROR


def _refuse_usage(error: Any, words: Sequence[str], debug: bool) -> int:
    reason = error.format_message()
    if '\n' in reason:  # the help, which is shown where a group of commands is named alone
        sys.stderr.write(f'{reason}\n')
        return USER_ERROR
    command = error.ctx.command_path if error.ctx else _command_of(words)
    return _refuse(f'{reason.rstrip(".")} (see {command} --help)', debug)


def _command_of(words: Sequence[str]) -> str:
    """Return the names of commands at the front of a command line, `panoseg` before them."""
    command: Any = typer.main.get_command(build_app(words))
    path = ['panoseg']
    for word in words:
        command = getattr(command, 'commands', {}).get(word)
        if command is None:
            break
        path.append(word)
    return ' '.join(path)


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """Return the application, with only the command that `words` start with if there is one."""
    app = typer.Typer(
        help='360 degree semantic perception for ROS 2.',
        epilog='Add --debug to any command to see the traceback of an error.',
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        result_callback=_exit_with,
        rich_markup_mode=None,
    )
    app.callback()(_common)
    asked = [name for name in COMMANDS if [name] == list(words[:1])]
    for name in asked or COMMANDS:
        import_module(f'panoseg_ros.cli.{name}').register(app)
    return app


def package_version() -> str:
    """Return the version in the package manifest, the one place that states it."""
    manifest = ElementTree.parse(share_dir() / 'package.xml')
    return manifest.findtext('version', 'unknown')


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f'panoseg {package_version()}')
        raise typer.Exit()


def _common(
    version: bool = typer.Option(
        False, '--version', is_eager=True, callback=_show_version, help='Show the version.'
    ),
) -> None:
    pass  # typer wants a function that carries the options in front of the command


def _exit_with(code: int | None, **_: object) -> None:
    raise typer.Exit(code or 0)


if __name__ == '__main__':
    sys.exit(main())
