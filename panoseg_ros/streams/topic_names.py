"""Names of topics as users type them."""

from collections.abc import Sequence

from panoseg_ros.errors import SettingsError


def absolute(topic: str) -> str:
    """Return a topic name with its leading slash."""
    return f'/{topic.lstrip("/")}'


def parse_remaps(words: Sequence[str]) -> dict[str, str]:
    """Return name -> name to use instead, both absolute, of words such as `image:=/camera/image`.

    Raises:
        SettingsError: naming the word that is none, or the name that is given twice.
    """
    remaps: dict[str, str] = {}
    for word in words:
        old, mark, new = word.partition(':=')
        if not (mark and old and new):
            raise SettingsError(f'--remap: {word!r} is not OLD:=NEW, such as image:=/camera/image')
        if absolute(old) in remaps:
            raise SettingsError(f'--remap: {absolute(old)} is given twice')
        remaps[absolute(old)] = absolute(new)
    return remaps
