"""Sums of drives that were scored, kept in files, so that a long run can be made in parts."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.evaluation.ground.scenes import (
    Arrays,
    drive_mark,
    make_folder,
    read_arrays,
    write_arrays,
)
from panoseg_ros.evaluation.ground.tally import Tally

_SOURCES = (  # code that scores depend on, within the package
    'evaluation/ground',
    'ground',
    'metrics/ground_maps.py',
    'metrics/flicker.py',
    'geometry.py',
)
_BESIDE = ('cost.py', 'table.py', 'unseen.py')  # files of these rooms that change no sum


class Part(NamedTuple):
    """What one file holds the sums of: all ways, in all regions."""

    drive: BenchDrive
    height_m: float
    condition: str
    rows: int

    def file(self, cache: Path, rest: str) -> Path:
        """Return where the sums lie; `rest` says what else they depend on."""
        key = repr((self, drive_mark(self.drive, self.height_m), rest, sources()))
        mark = hashlib.sha256(key.encode()).hexdigest()[:12]
        words = (self.drive.name, f'{self.height_m:g}m', self.condition, str(self.rows), mark)
        return cache / 'scores' / f'{"_".join(words).replace(" ", "_")}.npz'


@lru_cache(maxsize=1)
def sources() -> str:
    """Return a hash of the code that makes and scores maps: other code, other sums."""
    package = Path(__file__).parents[2]
    mark = hashlib.sha256()
    for name in _SOURCES:
        path = package / name
        for file in sorted(path.glob('*.py')) if path.is_dir() else [path]:
            if file.name not in _BESIDE:
                mark.update(file.read_bytes())
    return mark.hexdigest()


def write_tallies(file: Path, tallies: Mapping[str, Tally]) -> None:
    """Write the sums of some ways.

    Raises:
        MetricsError: if the file cannot be written.
    """
    make_folder(file.parent)
    arrays: Arrays = {'ways': np.array(list(tallies))}
    for number, tally in enumerate(tallies.values()):
        arrays[f'{number} regions'] = np.array(tally.regions)
        arrays |= {f'{number} count {name}': sums for name, sums in tally.counts.items()}
        for name, pairs in tally.samples.items():
            arrays[f'{number} values {name}'] = np.concatenate([values for values, _ in pairs])
            arrays[f'{number} bits {name}'] = np.concatenate([bits for _, bits in pairs])
    write_arrays(file, arrays)


def read_tallies(file: Path) -> dict[str, Tally]:
    """Return the sums of some ways.

    Raises:
        MetricsError: if the file is damaged.
    """
    arrays = read_arrays(file)
    found: dict[str, Tally] = {}
    for number, way in enumerate(arrays['ways'].tolist()):
        tally = found[way] = Tally(int(arrays[f'{number} regions']))
        for key, values in arrays.items():
            place, _, rest = key.partition(' ')
            what, _, name = rest.partition(' ')
            if place == str(number) and what == 'count':
                tally.add(name, values)
            elif place == str(number) and what == 'values':
                tally.extend(name, values, arrays[f'{number} bits {name}'])
    return found


def joined(files: Iterable[Path]) -> dict[str, Tally]:
    """Return the sums of all ways over several files."""
    found: dict[str, Tally] = {}
    for file in files:
        for way, tally in read_tallies(file).items():
            found.setdefault(way, Tally(tally.regions)).join(tally)
    return found
