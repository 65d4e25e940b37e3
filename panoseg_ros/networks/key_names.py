"""Many keys of weights in one short line."""

from collections.abc import Iterable, Sequence
from typing import Any

END = ''  # marks in a tree of key parts that a key ends here


def folded_keys(keys: Iterable[str]) -> str:
    """Return every key, equal endings written once: `a.{b,c}.weight, d`."""
    tree: dict[str, Any] = {}
    for key in keys:
        node = tree
        for part in (key if key.isprintable() else repr(key)).split('.'):
            node = node.setdefault(part or '(empty)', {})
        node[END] = {}
    return ', '.join(_folded(tree))


def _folded(tree: dict[str, Any]) -> list[str]:
    """Return one text per group of parts that have the same endings."""
    groups: dict[str, list[str]] = {}
    for part, below in tree.items():
        groups.setdefault(_ending(below), []).append(part)
    texts = groups.pop('', [])
    return texts + [_braced(parts) + ending for ending, parts in groups.items()]


def _ending(below: dict[str, Any]) -> str:
    texts = _folded({part: node for part, node in below.items() if part != END})
    if not texts:
        return ''
    return '.' + _braced(texts) if END not in below else '{,.' + _braced(texts) + '}'


def _braced(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else '{' + ','.join(texts) + '}'
