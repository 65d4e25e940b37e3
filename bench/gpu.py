"""Everything that is to be known of a GPU, part by part, for one that is lent for minutes.

    ./run test --version                            # installs torch and pytest, as exec does not
    ./run exec python -m bench.gpu --out gpu        # again, until it says that nothing is left
    ./run exec python -m bench.gpu --dry-run        # itself, tried on a CPU

Every part runs in a process of its own, so that one that breaks the GPU or hangs takes no other
with it, and leaves OUT/<part>.json; a part that is done is not run again. Nothing begins after
--seconds, and what still runs 40 s later is ended: what it had written is gone on from. The end
says which bars are met. Parts: `tests` (of the kernels, on the GPU), `road`, `network` and `tiny`
(`bench.gpu_network`), `kernels` (`bench.gpu_kernels`) and `node` (`panoseg bench node`, where
rclpy is installed). The exit code is 0 when all parts are done, whatever the bars say.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

GRACE_S = 40.0
TESTS = (
    'test/networks/kernels',
    'test/inference/test_torch_tail.py',
    'test/inference/test_panorama_kernel.py',
    'test/inference/test_lens_road.py',
)
NODE = 'bench node --rate 30 --seconds 20 --highest 60'


def main(words: Sequence[str] | None = None) -> int:
    """Run the parts that are not done; 1 if some are left."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--out', type=Path, default=Path('gpu'), help='folder of the figures')
    parser.add_argument('--seconds', type=float, default=520, help='begin nothing after these')
    parser.add_argument('--only', action='append', choices=PARTS, help='again for each part')
    parser.add_argument('--dry-run', action='store_true', help='tiny sizes on the CPU')
    options = parser.parse_args(words)
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for name in options.only or PARTS:
        left_s = options.seconds - (time.monotonic() - began)
        if left_s > 0 and not is_done(options.out / f'{name}.json'):
            print(f'{name} …', flush=True)
            print(run(name, options.out, left_s, options.dry_run), flush=True)
    print(*summary(options.out), sep='\n')
    return int(not all(is_done(options.out / f'{name}.json') for name in options.only or PARTS))


def run(name: str, folder: Path, left_s: float, dry_run: bool) -> str:
    """Run a part in a process of its own, its output in OUT/<part>.log; return how it ended."""
    began = time.monotonic()
    command = command_of(name, folder, left_s, dry_run)
    try:
        with (folder / f'{name}.log').open('w', encoding='utf-8') as log:
            code = subprocess.run(
                command, stdout=log, stderr=log, timeout=left_s + GRACE_S, check=False
            ).returncode
    except subprocess.TimeoutExpired:
        return f'{name}: ended, no time left'
    if name in UNAWARE and code == 0:
        path = folder / f'{name}.json'
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**known, 'done': True}, indent=1) + '\n')
    said = (folder / f'{name}.log').read_text(encoding='utf-8').strip().splitlines()
    ended = 'ok' if code == 0 else f'failed: {(said or ["nothing said"])[-1]}'
    return f'{name}: {ended}, {time.monotonic() - began:.0f} s'


def command_of(name: str, folder: Path, left_s: float, dry_run: bool) -> list[str]:
    """Return the command of a part."""
    python, out, dry = [sys.executable, '-m'], str(folder / name), ['--dry-run'] * dry_run
    if name == 'tests':  # without a GPU what it takes is skipped or interpreted
        return [*python, 'pytest', '-q', '-x', *(TESTS[1:2] if dry_run else TESTS)]
    if name == 'kernels':
        seconds = ['--seconds', f'{left_s:.0f}']
        return [*python, 'bench.gpu_kernels', '--out', f'{out}.json', *seconds, *dry]
    if name == 'node':
        words = [*NODE.split(), *(['--seconds', '2', '--highest', '4'] if dry_run else [])]
        return [*python, 'panoseg_ros.cli.main', *words, '--out', out]
    return [*python, 'bench.gpu_network', name, '--out', f'{out}.json', *dry]


def is_done(path: Path) -> bool:
    """Return whether a part has come to its end."""
    return bool(read(path).get('done'))


def read(path: Path) -> dict[str, Any]:
    """Return the figures of a part, empty if there are none or they were cut."""
    try:
        return dict(json.loads(path.read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def summary(folder: Path) -> list[str]:
    """Return a line for every part: its figures beside the bars, or what is missing."""
    lines = []
    for name, said in PARTS.items():
        known = read(folder / f'{name}.json')
        if known.get('timed') or known.get('done'):
            lines += [f'{name}: {line}' for line in said(known)]
        if not known.get('done'):
            lines.append(f'{name}: not done')
    return lines


def _tests(_: dict[str, Any]) -> list[str]:
    return ['passed']


def _road(known: dict[str, Any]) -> list[str]:
    ours, plain = (known['ms'][name]['median_ms'] for name in ('panoseg', 'plain'))
    met = _met(known['ratio'] >= known['bar'])
    return [
        f'{ours:.2f} ms from lens pictures to labels, plain {plain:.2f}: {known["ratio"]:.2f} x, '
        f'wanted {known["bar"]:g} x, {met}; {known["same_labels"]:.2%} of the labels equal'
    ]


def _network(known: dict[str, Any]) -> list[str]:
    return [
        f'batch {row["batch"]}: {row["ms"]:.2f} ms, {row["share"]:.0%} of the roofline'
        + (f', wanted {known["bar"]:.0%}, {_met(row["share"] >= known["bar"])}' * (n == 0))
        for n, row in enumerate(known['rows'])
    ]


def _tiny(known: dict[str, Any]) -> list[str]:
    return [
        f'{speed:.1f} frames per second {name}, wanted {known["bar"]:g}, '
        f'{_met(speed >= known["bar"])}'
        for name, speed in known['frames_per_s'].items()
    ]


def _kernels(known: dict[str, Any]) -> list[str]:
    rows = [row for ones in known['timed'].values() for row in ones]
    slow = [row for row in rows if row['ratio'] < row['ratio_bar']]
    low = [row for row in rows if row['share'] < 0.4]
    return [
        f'{len(rows)} rows; {len(slow)} miss their ratio to torchvision, {len(low)} their 40 % of '
        'the roofline; python -m bench.gpu_kernels prints them'
    ]


def _node(known: dict[str, Any]) -> list[str]:
    found = [row for row in known.get('fixed', []) if row]
    return [
        f'{row["sent_hz"]:.1f} Hz in: p95 {row["latency_p95_ms"]:.0f} ms, wanted 60, '
        f'{_met(row["latency_p95_ms"] <= 60)}; missed {row["missed_percent"]:.1f} %, wanted 1, '
        f'{_met(row["missed_percent"] <= 1)}'
        for row in found
    ] or ['no run at a fixed rate']


def _met(met: bool) -> str:
    return 'met' if met else 'MISSED'


PARTS: dict[str, Callable[[dict[str, Any]], list[str]]] = {  # the cheapest and surest first
    'tests': _tests,
    'road': _road,
    'network': _network,
    'tiny': _tiny,
    'kernels': _kernels,
    'node': _node,
}
UNAWARE = ('tests', 'node')  # do not say by themselves that they are done

if __name__ == '__main__':
    sys.exit(main())
