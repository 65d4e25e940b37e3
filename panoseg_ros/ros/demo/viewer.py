"""The viewer's process: figures while the demo runs, pictures and a summary afterwards.

python -m panoseg_ros.ros.demo.viewer --out FOLDER [--seconds N] [--live] [--view]
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from panoseg_ros.errors import PanosegError
from panoseg_ros.labels import LabelSet, load_label_set
from panoseg_ros.ros.demo.cpu import CpuMeter
from panoseg_ros.ros.demo.listener import Listener
from panoseg_ros.ros.demo.pictures import Snapshot, film, save_pictures
from panoseg_ros.ros.demo.screen import LiveScreen, PlainScreen, Screen
from panoseg_ros.ros.demo.session import Session
from panoseg_ros.ros.demo.table import save_summary
from panoseg_ros.ros.demo.video import can_write_video, write_video
from panoseg_ros.ros.joining import in_graph
from panoseg_ros.ros.transport import configure_transport
from panoseg_ros.ros.view.live_view import open_view

SUMMARY, VIDEO, RECORDING = 'summary.json', 'drive.mp4', 'demo.rrd'


def main(argv: Sequence[str] | None = None) -> int:
    """Watch until the time is over or SIGINT comes; 1 and one line if nothing can be seen."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    options = _parser().parse_args(argv)
    screen: Screen = LiveScreen() if options.live else PlainScreen()
    try:
        _watch(options, screen, stop)
    except PanosegError as err:
        screen.close(None, {}, '')
        print(err, file=sys.stderr)
        return 1
    return 0


def _watch(options: argparse.Namespace, screen: Screen, stop: threading.Event) -> None:
    label_set = load_label_set(options.label_set)
    configure_transport()
    space = options.namespace
    with in_graph(lambda context: Node('viewer', context=context, namespace=space)) as node:
        executor = SingleThreadedExecutor(context=node.context)
        executor.add_node(node)
        try:
            listener = Listener(node, f'{space}/panoseg')
            log = None
            if options.view:
                recording = None if options.live else options.out / RECORDING
                log = open_view(node, label_set, options.rig, recording)
            session = Session(listener, executor, screen, stop)
            _report(options, listener, session, screen, label_set)
            if log is not None:
                log.close()
        finally:
            executor.shutdown()


def _report(
    options: argparse.Namespace,
    listener: Listener,
    session: Session,
    screen: Screen,
    label_set: LabelSet,
) -> None:
    """Run the session and leave what it saw on the screen and in the folder."""
    cpu = CpuMeter(dict(options.process) | {'viewer': os.getpid()})
    film_of: list[Snapshot] = []
    figures, cores = None, dict[str, float]()
    if session.wait():
        warm = session.warm_up()
        film_of = list(listener.snapshots)
        if warm:
            cpu.start()
            figures = session.measure(options.seconds)
            cores = cpu.cores(figures.seconds)
    title = '' if figures is None else f'measured for {figures.seconds:.1f} s'
    screen.close(figures, cores, title)
    if figures is not None:
        save_summary(options.out / SUMMARY, figures, cores, listener.starting.report)
    if listener.snapshots:
        _save(options.out, listener.snapshots[-1], film_of, label_set)


def _save(folder: Path, last: Snapshot, film_of: list[Snapshot], label_set: LabelSet) -> None:
    files = save_pictures(last, label_set, folder)
    span_ns = film_of[-1].stamp_ns - film_of[0].stamp_ns if film_of else 0
    if not can_write_video():
        print('no video: PyAV is not installed (pip install av)')
    elif span_ns > 0:
        rate_hz = (len(film_of) - 1) * 1e9 / span_ns
        write_video(folder / VIDEO, film(film_of, label_set), rate_hz)
        files.append(folder / VIDEO)
    print(f'{folder}: {", ".join(file.name for file in files)}', flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='demo_viewer', description=__doc__)
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--seconds', type=float, help='after the warm-up; without: until SIGINT')
    parser.add_argument('--namespace', default='/panoseg_demo')
    parser.add_argument('--label-set', default='cityscapes19')
    parser.add_argument('--rig', default='', help='the camera that --view draws')
    parser.add_argument('--live', action='store_true', help='a table that is redrawn')
    parser.add_argument('--view', action='store_true', help='Rerun; a recording without --live')
    parser.add_argument(
        '--process', type=_process, action='append', default=[], metavar='NAME=PID'
    )
    return parser


def _process(word: str) -> tuple[str, int]:
    name, _, pid = word.partition('=')
    return name, int(pid)


if __name__ == '__main__':
    sys.exit(main())
