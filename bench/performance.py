"""Measure everything that docs/performance.md says of this machine, and write the page.

    python bench/performance.py --out performance

Runs each command of SECTIONS in a process of its own, about ten minutes on two cores, and
longer where graphs must be exported first. They need a machine with nothing else to do: a busy
one is refused, unless told otherwise, and the page says so. OUT/performance.md holds the
tables with their commands, OUT/*.json all figures.
"""

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from panoseg_ros.cli.bench.timing import BUSY_SHARE, is_busy, machine, watch_others

PANOSEG = (sys.executable, '-m', 'panoseg_ros.cli.main')
LIMIT_S = 900.0  # of one command


class Section(NamedTuple):
    """A heading, and the benches below it by the names of their files."""

    title: str
    benches: dict[str, str]  # name -> the words behind `panoseg bench`


SECTIONS = (
    Section('From lens pictures to costmaps', {'pipeline': 'pipeline --rounds 30'}),
    Section('Stages on one core', {
        'stages': 'stages --rounds 200',
        'stages_wide': 'stages --stage lens --width 1024',
    }),
    Section('Networks', {
        'tiny': 'networks --network trans4pass_tiny --rounds 5',
        'tiny_one_thread':
            'networks --network trans4pass_tiny --size 512x256 --threads 1 --rounds 4',
        'nano': 'networks --network trans4pass_nano --size 512x256 --size 768x384 --rounds 7',
    }),
    Section('A step of training', {'training': 'training --rounds 5'}),
    Section('Several processes', {'threads': 'threads'}),
    Section('The running node', {
        'node': 'node --seconds 8 --highest 40',
        'node_wide': 'node --size 1024x512 --clouds --rate 10 --seconds 8 --highest 10',
    }),
)  # fmt: skip


def main(words: Sequence[str] | None = None) -> int:
    """Run the benches and write the page; 0 if all of them ran."""
    options, facts = _begun(words)
    options.out.mkdir(parents=True, exist_ok=True)
    lines, failed = _head(facts), []
    for section in SECTIONS:
        wanted = {name: bench for name, bench in section.benches.items() if name in options.only}
        lines += ['', f'## {section.title}'] if wanted else []
        for name, bench in wanted.items():
            error = run(name, bench, options.out)
            lines += ['', '```', f'panoseg bench {bench}', '```', '']
            lines += [error or (options.out / f'{name}.md').read_text(encoding='utf-8').rstrip()]
            failed += [name] if error else []
    page = options.out / 'performance.md'
    page.write_text('\n'.join(lines) + '\n', encoding='utf-8')
    print(f'wrote {page}' + (f'; did not run: {", ".join(failed)}' if failed else ''))
    return 1 if failed else 0


def _begun(words: Sequence[str] | None) -> tuple[argparse.Namespace, dict[str, Any]]:
    """Return what is asked for, and the machine if it is idle or may be busy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', type=Path, default=Path('performance'), help='folder')
    parser.add_argument('--anyway', action='store_true', help='on a busy machine, too')
    parser.add_argument('--only', action='append', help='only this bench, again for each')
    options = parser.parse_args(words)
    known = [name for section in SECTIONS for name in section.benches]
    options.only = options.only or known
    for name in options.only:
        if name not in known:
            parser.error(f'--only {name}: expected one of {", ".join(known)}')
    others = watch_others()
    facts = machine(0, others)
    if is_busy(facts) and not options.anyway:
        parser.error(
            f'others take {others.cores:.2f} cores, allowed are {BUSY_SHARE:.0%} of all: wait, '
            'or add --anyway'
        )
    return options, facts


def _head(facts: dict[str, Any]) -> list[str]:
    lines = [
        '# Performance',
        '',
        f'{facts["date"]}, {facts["commit"]}: {facts["cpu"]}, {facts["cores"]} cores, '
        f'{facts["memory_gb"]:.0f} GB, Python {facts["python"]}.',
    ]
    if is_busy(facts):
        lines += ['', '**The machine was busy: the milliseconds are worth little.**']
    return lines


def run(name: str, bench: str, folder: Path) -> str:
    """Run a bench, which writes its files into a folder; return why it did not, or ''."""
    if name == 'node' and find_spec('rclpy') is None:
        return 'Not run: rclpy is not installed.'
    words = [*PANOSEG, 'bench', *shlex.split(bench), '--out', str(folder / name)]
    if name in ('tiny', 'tiny_one_thread', 'nano'):
        words += ['--graphs', str(folder / 'graphs')]
    began_s = time.monotonic()
    try:
        ran = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return f'Not finished within {LIMIT_S:.0f} s.'
    print(f'{name}: {time.monotonic() - began_s:.0f} s', flush=True)
    reason = (ran.stderr.strip().splitlines() or ['no reason given'])[-1]
    return '' if ran.returncode == 0 else f'Did not run: {reason}'


if __name__ == '__main__':
    sys.exit(main())
