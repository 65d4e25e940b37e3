"""Which shots are done, the base of resuming and of metrics.json.

The first line says what was replayed, and how. Every further line is a list of figures of
the shots whose outputs were made to last together: either all of them are listed or none.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay.outcome import Outcome

NAME = 'frames.jsonl'


class Journal:
    """Remembers outcomes in a file, to which they are added when their outputs last.

    Args:
        folder: of the outputs; made if it is missing.
        identity: what must be the same for a run to be resumed.
        resume: True goes on behind what is done, False wants a folder without a replay.

    Raises:
        ReplayError: if the folder holds a replay that may not be resumed, or cannot be written.
    """

    def __init__(self, folder: Path, identity: dict[str, Any], resume: bool) -> None:
        self.path = folder / NAME
        self._new: list[dict[str, Any]] = []
        self.done = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                self._append(identity)
                return
        except OSError as err:
            raise ReplayError(f'{folder}: cannot be written: {err}') from err
        if not resume:
            raise ReplayError(f'{folder}: holds a replay already: add --resume or change --out')
        self._cut()
        try:
            self._check(identity)
            self.done = 1 + max((entry['index'] for entry in self.entries()), default=-1)
        except (ValueError, TypeError, KeyError, AttributeError) as err:
            raise ReplayError(f'{self.path}: is damaged: change --out') from err

    def _cut(self) -> None:
        """Remove a last line that is not whole, as a machine that goes down leaves it."""
        with self.path.open('r+b') as file:
            file.truncate(file.read().rfind(b'\n') + 1)

    def _check(self, identity: dict[str, Any]) -> None:
        for line in self._lines():
            old = json.loads(line)
            for key, value in identity.items():
                if old.get(key) != json.loads(json.dumps(value)):
                    raise ReplayError(
                        f'{self.path}: was begun with {key} {old.get(key)!r}, not {value!r}: '
                        'change --out'
                    )
            return
        raise ReplayError(f'{self.path}: is damaged: change --out')

    def add(self, outcome: Outcome) -> None:
        """Remember an outcome until `settle`."""
        self._new.append(outcome.figures())

    @property
    def next(self) -> int:
        """Return how many shots are done with those that `settle` will write."""
        return int(self._new[-1]['index']) + 1 if self._new else self.done

    def settle(self) -> None:
        """Write what was remembered."""
        if self._new:
            self._append(self._new)
            self.done = self.next
            self._new.clear()

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield the figures of every outcome that was written."""
        lines = self._lines()
        next(lines, None)
        for line in lines:
            yield from json.loads(line)

    def _append(self, content: dict[str, Any] | list[dict[str, Any]]) -> None:
        with self.path.open('a', encoding='utf-8') as file:
            file.write(json.dumps(content) + '\n')
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[str]:
        with self.path.open(encoding='utf-8') as file:
            yield from file
