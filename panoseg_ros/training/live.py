"""Pictures rendered while a run learns from them: for a fast device that is lent for a short time.

Processes render scenes without end; a thread puts what they send into a ring that replaces
its oldest pictures. The stream reads numbers of the ring, so what a step sees depends on the
speed of the machine: such a run is resumed, but not repeated.
"""

import json
import multiprocessing
import queue
import threading
import time
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import TrainingError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.training.augment import Picture
from panoseg_ros.training.samples import resize
from panoseg_ros.training.stream import picture_weights

WORLDS = {  # what can be rendered -> by which function of which module
    'street': ('panoseg_ros.synthetic', 'scene_shots'),
    'indoor': ('panoseg_ros.synthetic', 'room_shots'),
}
VIEWS = 4  # of each scene
REWEIGH = 32  # new pictures in a full ring after which its weights are found anew
NOTES = 'live.json'  # in the run's folder: what is rendered and how many scenes were begun


class LiveSource:
    """A ring of rendered pictures that is filled by processes; a `PictureSource`.

    Args:
        world: A name of WORLDS.
        geometry: Of the rendered panoramas.
        capacity: Pictures in the ring; rounds of the stream are as long.
        workers: Rendering processes.
        folder: The run's; scenes that an earlier part of it has seen are not rendered again.
        balance: How strongly pictures with rare classes are preferred, see `picture_weights`.
        ready: How many pictures there must be before training starts.

    Raises:
        TrainingError: if the world is unknown, or a process fails.
    """

    def __init__(
        self,
        world: str,
        geometry: PanoramaGeometry,
        capacity: int,
        workers: int,
        folder: Path,
        ready: int,
        balance: float = 0.0,
    ) -> None:
        if world not in WORLDS:
            raise TrainingError(f'cannot render {world!r}, expected {", ".join(WORLDS)}')
        from panoseg_ros.synthetic.recording.endless import send_shots

        size = (geometry.height, geometry.width)
        self.key = f'rendered while training: {world} {size[1]}x{size[0]}'
        self._images = np.empty((capacity, *size, 3), np.uint8)
        self._labels = np.empty((capacity, *size), np.uint8)
        self._counts = np.zeros((capacity, 256), np.int64)
        self._names = [''] * capacity
        self._upto = np.zeros(0)  # of the ring's weights, ending at 1
        self._balance = balance
        self._rendered = 0
        self._ready = min(ready, capacity)
        self._lock = threading.Lock()
        self._failure = ''
        self._folder = folder
        self._done = rendered_so_far(folder).get('scenes', 0)
        self._world = world
        self._module = import_module(WORLDS[world][0])
        context = multiprocessing.get_context('spawn')
        self._sent: Any = context.Queue(2 * workers)
        self._processes = [
            context.Process(target=send_shots, args=self._job(geometry, k, workers), daemon=True)
            for k in range(workers)
        ]
        self._ended = threading.Event()
        self._collector = threading.Thread(target=self._collect, daemon=True)

    def __len__(self) -> int:
        """Return the number of places in the ring, filled or not."""
        return len(self._names)

    def picture(self, index: int, height: int, width: int) -> tuple[Picture, str]:
        """Return the picture that an equal share of the draws falls to, and its name.

        Numbers 0..len - 1 are laid evenly over the weights of what the ring holds; with
        equal weights in a full ring they are its places.

        Raises:
            TrainingError: if a rendering process failed.
        """
        self._check()
        with self._lock:
            row = int(np.searchsorted(self._upto, (index + 0.5) / len(self)))
            image, labels = self._images[row].copy(), self._labels[row].copy()
            name = self._names[row]
        return Picture(*resize(image, labels, height, width)), name

    def counts(self) -> NDArray[np.int64]:
        """Return how many pixels hold each label value, of the pictures there are, (n, 256)."""
        with self._lock:
            return self._filled_counts().copy()

    def notes(self) -> dict[str, Any]:
        """Return what a card says about the pictures."""
        return self._notes(self._done + -(-self._rendered // VIEWS))

    def _notes(self, scenes: int) -> dict[str, Any]:
        seeds = {'first_scene': 0, 'scenes': scenes, 'views_of_each': VIEWS}
        version = self._module.GENERATOR_VERSION
        return {'generator_version': version, 'training': self.key, **seeds}

    def __enter__(self) -> 'LiveSource':
        """Start the processes and wait until the ring holds enough to begin."""
        for process in self._processes:
            process.start()
        self._collector.start()
        while self._rendered < self._ready:
            if self._ended.wait(0.05):
                break
            self._check()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes."""
        self._ended.set()
        for process in self._processes:
            process.terminate()
            process.join()
        self._collector.join(timeout=5)  # it may wait for what a dead process began to send
        self._note()

    def _job(self, geometry: PanoramaGeometry, index: int, workers: int) -> tuple[Any, ...]:
        """Return what one of the processes is told, see `send_shots`."""
        shots = getattr(self._module, WORLDS[self._world][1])
        seeds = self._module.SEED_RANGES['train']
        return shots, seeds, VIEWS, geometry, (self._done + index, workers), self._sent

    def _check(self) -> None:
        dead = [process.exitcode for process in self._processes if process.exitcode]
        if self._failure or dead:
            raise TrainingError(self._failure or f'a rendering process ended with {dead[0]}')

    def _collect(self) -> None:
        noted_s = time.monotonic()
        while not self._ended.is_set():
            try:
                sent = self._sent.get(timeout=0.2)
            except queue.Empty:
                continue
            if isinstance(sent, str):
                self._failure = f'rendering {self._world} {sent}'
                return
            image, labels, seed, view = sent
            self._store(image, labels, f'{self._world} scene {seed} view {view}')
            if time.monotonic() - noted_s > 10:
                noted_s = time.monotonic()
                self._note()

    def _store(self, image: NDArray[np.uint8], labels: NDArray[np.uint8], name: str) -> None:
        row = self._rendered % len(self)
        with self._lock:
            self._images[row], self._labels[row], self._names[row] = image, labels, name
            self._counts[row] = np.bincount(labels.ravel(), minlength=256)
            self._rendered += 1
            if self._rendered <= len(self) or self._rendered % REWEIGH == 0:
                self._reweigh()

    def _filled_counts(self) -> NDArray[np.int64]:
        return self._counts[: min(self._rendered, len(self))]

    def _reweigh(self) -> None:
        counts = self._filled_counts()
        weights = picture_weights(counts[:, :UNLABELLED], self._balance)
        total = np.cumsum(np.ones(len(counts)) if weights is None else weights)
        self._upto = total / total[-1]

    def _note(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        scenes = self._done + -(-self._rendered // VIEWS) + len(self._processes)
        partial = self._folder / f'{NOTES}.partial'
        partial.write_text(json.dumps(self._notes(scenes)), encoding='utf-8')
        partial.replace(self._folder / NOTES)


def rendered_so_far(folder: Path) -> dict[str, Any]:
    """Return what a card says about the pictures of a run so far; empty if it renders none.

    Raises:
        TrainingError: naming the file in the run's folder that is damaged.
    """
    path = folder / NOTES
    try:
        notes = json.loads(path.read_text(encoding='utf-8'))
        return {**notes, 'scenes': int(notes['scenes'])}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise TrainingError(f'{path}: is damaged, delete it: {err}') from err
