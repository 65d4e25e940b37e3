"""Where the package's own files (config/, launch/, models/) lie once installed.

A source checkout keeps them beside the package; pip and colcon both install them
under `<prefix>/share/panoseg_ros`, the prefix being an ancestor of the package.
"""

import os
from functools import lru_cache
from pathlib import Path

from panoseg_ros.errors import SettingsError

DEFAULT_BUNDLE = 'nano-street'  # of models/; config/panoseg.yaml names it too


@lru_cache(maxsize=1)
def share_dir() -> Path:
    """Return the folder that holds config/, launch/ and models/.

    Raises:
        SettingsError: if the package was installed without its data files.
    """
    package = Path(__file__).resolve().parent
    candidates = [package.parent]
    candidates += [parent / 'share' / 'panoseg_ros' for parent in package.parents]
    for candidate in candidates:
        if (candidate / 'package.xml').is_file() and (candidate / 'config').is_dir():
            return candidate
    raise SettingsError(
        f'no share/panoseg_ros beside {package}: install with pip install . or colcon build'
    )


def at_home(path: str | Path) -> Path:
    """Return a path with a leading ~ replaced, unchanged where there is no such user."""
    try:
        return Path(os.path.expanduser(path))  # Path.expanduser raises RuntimeError there
    except ValueError:  # a null byte in the user's name
        return Path(path)


def cache_folder(kind: str) -> Path:
    """Return where files of a kind that can be made again are kept for this user.

    Raises:
        SettingsError: if this user has no home and XDG_CACHE_HOME is not set.
    """
    root = os.environ.get('XDG_CACHE_HOME')
    if not root:
        try:
            root = str(Path.home() / '.cache')
        except RuntimeError as err:
            raise SettingsError(f'no folder to keep {kind} in: {err} Set XDG_CACHE_HOME.') from err
    return Path(root) / 'panoseg_ros' / kind


def find_resource(name: str, folder: str, suffix: str = '') -> Path:
    """Return the path of a user's file, or of a shipped one given by bare name.

    A name that exists as a path wins; otherwise `<share>/<folder>/<name><suffix>`.

    Raises:
        SettingsError: if neither exists; the message lists the shipped names.
    """
    # os.path takes a name that no file can have for a missing file, Path raises some of them.
    path = at_home(name)
    if os.path.exists(path):
        return path
    shipped = share_dir() / folder / f'{name}{suffix}'
    if os.path.exists(shipped):
        return shipped
    known = sorted(p.name.removesuffix(suffix) for p in (share_dir() / folder).glob(f'*{suffix}'))
    choice = (
        f'one of {", ".join(known)} in {folder}/' if known else f'in {folder}/, which is empty'
    )
    raise SettingsError(f'{name!r} is neither a path nor {choice}')
