"""The road of a frame as one object: lens pictures in, panorama, masks and ground map out."""

import time
from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.cameras import Leveller, PanoramaMapper, Rig
from panoseg_ros.cameras.gains import Brightness
from panoseg_ros.errors import PipelineError
from panoseg_ros.frames import (
    PANORAMA_FRAME,
    UNLABELLED,
    Frame,
    GroundMap,
    Panorama,
    Segmentation,
)
from panoseg_ros.geometry import rotation_from_rpy_deg, transform, without_heading
from panoseg_ros.ground import (
    FusedGround,
    GroundFusion,
    GroundProjector,
    GroundScan,
    GroundScanner,
    GroundSettings,
    GroundSight,
    free_cloud,
    obstacle_cloud,
    pixel_cloud,
)
from panoseg_ros.inference import load_backend
from panoseg_ros.inference.backend import Backend, SegmentsLenses
from panoseg_ros.inference.panorama import DevicePanorama, Seen
from panoseg_ros.labels import LabelSet, gathered, load_label_set, with_policy


class Result(NamedTuple):
    """Everything that one moment says, with the wall time of every stage.

    `ground` is None where a caller withholds the map, as the node does without a pose.
    `scan` is that of the frame, and None with the map; the clouds of the frame are made of
    `sight`.
    """

    panorama: Panorama
    segmentation: Segmentation
    ground: GroundMap | None
    timings_ms: dict[str, float]
    scan: GroundScan | None = None
    sight: GroundSight | None = None


class Memory(NamedTuple):
    """What a pipeline has taken from the frames so far; all else is the same for every frame."""

    ground: FusedGround | None  # None before the first frame with a pose
    brightness: Brightness  # of the lenses


class Pipeline:
    """Turns one picture per lens into a panorama, a segmentation and a ground map.

    The panorama has the size and elevations that the bundle's network wants. Not safe
    to call from several threads at once.

    Args:
        bundle: the model.
        rig: the lenses and where they are mounted.
        backend: runtime of the network: a kind, see `inference.load_backend`, or a loaded one.
        threads: CPU threads of a network that is loaded here, 0 for one per core.
        ground: size of the ground map and what counts as evidence.
        classes: classes and groups that get a grid of their own, see `LabelSet.grids`.
        policy: what the classes cost, see `labels.with_policy`.
        base_frame: `frame_id` of ground maps made without a pose.
        map_frame: `frame_id` of ground maps fused over time.
        panorama_frame: `frame_id` of panoramas and segmentations.

    Raises:
        BackendError: if the bundle cannot run.
        CameraError: if the lens pictures are too large together.
        GroundError: if the rig and the ground settings contradict each other.
        LabelError: if the label set or policy is malformed, or a class is not of the set.
        PipelineError: if network and label set differ in their number of classes.
    """

    def __init__(
        self,
        bundle: Bundle,
        rig: Rig,
        *,
        backend: str | Backend = 'auto',
        threads: int = 0,
        ground: GroundSettings | None = None,
        classes: Sequence[str] = (),
        policy: str = '',
        base_frame: str = 'base_footprint',
        map_frame: str = 'odom',
        panorama_frame: str = PANORAMA_FRAME,
    ) -> None:
        self.bundle = bundle
        self.label_set = load_label_set(bundle.label_set)
        self.costs = with_policy(self.label_set, policy)
        self._groups = self.label_set.grids(classes)
        self._grounds = partial(
            _grounds,
            bundle,
            ground or GroundSettings(),
            tuple({cls.slug: None for group in self._groups.values() for cls in group}),
            base_frame=base_frame,
            map_frame=map_frame,
        )
        self._base_frame = base_frame
        if isinstance(backend, str):
            backend = load_backend(bundle, backend, threads)
        self._backend = backend
        if self._backend.num_classes != len(self.label_set):
            raise PipelineError(
                f'bundle {bundle.name} has {self._backend.num_classes} classes, its label set '
                f'{self.label_set.name} has {len(self.label_set)}'
            )
        self._panorama_frame = panorama_frame
        self._leveller: Leveller | None = None
        self._mount(rig)

    @property
    def runtime(self) -> str:
        """Return what runs the network at present, for people."""
        return self._backend.runtime

    @property
    def fault(self) -> str:
        """Return why the network does not run where it was loaded, empty if it does."""
        return self._backend.fault

    def with_rig(self, rig: Rig) -> 'Pipeline':
        """Return a pipeline of the same network for other lenses, with an empty map.

        The two share the network: do not call them at the same time.

        Raises:
            CameraError: if the lens pictures are too large together.
            GroundError: if the rig and the ground settings contradict each other.
        """
        other = copy(self)
        other._mount(rig)
        return other

    def set_costs(self, costs: LabelSet) -> None:
        """Let classes cost what they do in `costs` from the next call on; from any thread.

        The map keeps its evidence.

        Args:
            costs: `label_set` with other costs, from `labels.with_policy`.
        """
        self.costs = costs

    def _mount(self, rig: Rig) -> None:
        self.rig = rig
        self._mapper = PanoramaMapper(rig, self.bundle.geometry)
        on_device: object = self._backend
        self._road = (
            on_device.lens_road(self._mapper) if isinstance(on_device, SegmentsLenses) else None
        )
        self._costs = self.costs
        self._projector, self._fusion = self._grounds(rig, self._costs)
        self._scanner = GroundScanner(self._projector, self._mapper.valid, self._base_frame)

    def __call__(
        self,
        frames: Sequence[Frame],
        map_from_base: NDArray[np.float64] | None = None,
        level_from_base: NDArray[np.float64] | None = None,
    ) -> Result:
        """Return everything that one picture of every lens says.

        Args:
            frames: one per lens of the rig, or of some lenses where the others are silent:
                what only those see is not valid. The stamp of the first lens counts.
            map_from_base: (4, 4) pose of the robot at that moment. With it the ground map
                is fused over time in the map frame; without, it is this moment's alone in
                the base frame. Of its rotation only the yaw counts.
            level_from_base: (3, 3) roll and pitch of the robot at that moment: base
                coordinates to those of a frame at the same origin and with the same heading
                whose z axis is vertical, or normal to the ground where that is known. With it
                the panorama is turned upright before the network sees it, and the ground is
                flat in that frame; without, in the base.

        Raises:
            PipelineError: if a lens is unknown or given twice, or none is given.
            CameraError: if a picture does not fit its lens, or the tilt is no rotation.
            GroundError: if the tilt puts the camera below the ground.
            BackendError: if the network fails.
        """
        clock = _StageClock()
        upright, level_from_pano = self._upright(level_from_base)
        panorama, segmentation = self._see(frames, upright, clock)
        ground = self._ground(segmentation, panorama.valid, map_from_base, level_from_pano)
        scan = self._scanner(ground, level_from_pano)
        sight = self._projector.sight
        if sight is not None and level_from_base is not None:
            sight = sight._replace(base_from_level=level_from_base.T)
        clock.lap('ground')
        return Result(panorama, segmentation, ground, clock.timings_ms, scan, sight)

    def reset_map(self) -> None:
        """Forget everything that was fused over time, the lenses' brightness included."""
        self._fusion.reset()
        self._mapper.reset_gains()

    @property
    def memory(self) -> Memory:
        """What was taken from the frames so far; the next frame changes its arrays.

        Another pipeline of the same rig, settings and classes that is given it goes on as
        this one would.
        """
        return Memory(self._fusion.state, self._mapper.brightness)

    @memory.setter
    def memory(self, memory: Memory) -> None:
        self._fusion.state, self._mapper.brightness = memory

    def _see(
        self, frames: Sequence[Frame], upright: NDArray[np.float64] | None, clock: '_StageClock'
    ) -> tuple[Panorama, Segmentation]:
        """Return the panorama, turned by a rotation (3, 3) if there is one, and its masks."""
        stamp_ns, images = self._pictures(frames)
        seen = self._see_on_device(images, upright)
        if seen is None:
            image, valid = self._mapper(images)
            clock.lap('panorama')
            if upright is not None:
                image, valid = self._levels()(image, valid, upright)
                clock.lap('levelling')
            panorama = Panorama(stamp_ns, self._panorama_frame, image, valid)
            masks = self._backend.segment(image)
        else:
            shot: Any = seen.shot
            panorama = DevicePanorama(stamp_ns, self._panorama_frame, shot, seen.valid)
            masks = seen.labels, seen.confidence
        segmentation = self._segmentation(panorama, *masks)
        clock.lap('network')
        return panorama, segmentation

    def _pictures(self, frames: Sequence[Frame]) -> tuple[int, dict[str, NDArray[np.uint8]]]:
        """Return the stamp of the first lens, and the pictures by lens."""
        known = [lens.name for lens in self.rig.lenses]
        by_lens = {frame.lens: frame for frame in frames}
        if not frames or len(by_lens) != len(frames) or not set(by_lens) <= set(known):
            given = ', '.join(frame.lens for frame in frames)
            raise PipelineError(
                f'expected one frame per lens of {", ".join(known)}, got {given or "none"}'
            )
        first = next(lens for lens in known if lens in by_lens)
        return by_lens[first].stamp_ns, {lens: frame.image for lens, frame in by_lens.items()}

    def _see_on_device(
        self, images: dict[str, NDArray[np.uint8]], upright: NDArray[np.float64] | None
    ) -> Seen | None:
        """Return what the device sees; None if it takes panoramas only, or has failed."""
        if self._road is None:
            return None
        moment = self._mapper.measured(images)
        turn = None if upright is None else self._levels().directions(upright)
        seen = self._road(moment, turn)
        if seen is None:
            self._road = None  # and with it what it holds
        return seen

    def _upright(
        self, level_from_base: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
        """Return how a panorama is turned, (3, 3), and the pose (4, 4) it then has when level."""
        if level_from_base is None:
            return None, None
        mounting = self.rig.base_from_pano
        seen = level_from_base @ mounting[:3, :3]
        upright = without_heading(seen)
        return upright, transform(seen @ upright.T, level_from_base @ mounting[:3, 3])

    def _levels(self) -> Leveller:
        if self._leveller is None:
            self._leveller = Leveller(self.bundle.geometry)
        return self._leveller

    def _segmentation(
        self, panorama: Panorama, labels: NDArray[np.uint8], confidence: NDArray[np.uint8]
    ) -> Segmentation:
        unseen = ~panorama.valid  # what no lens sees must not enter masks or costs
        labels[unseen] = UNLABELLED
        confidence[unseen] = 0
        labels.setflags(write=False)
        confidence.setflags(write=False)
        return Segmentation(panorama.stamp_ns, panorama.frame_id, labels, confidence)

    def _ground(
        self,
        segmentation: Segmentation,
        valid: NDArray[np.bool_],
        map_from_base: NDArray[np.float64] | None,
        level_from_pano: NDArray[np.float64] | None,
    ) -> GroundMap:
        costs = self.costs
        if costs is not self._costs:
            self._costs = costs
            self._projector.set_costs(costs)
            self._fusion.set_costs(costs)
        if map_from_base is None:
            ground = self._projector(segmentation, valid, None, level_from_pano)
        else:
            view = segmentation, valid, map_from_base, level_from_pano
            ground = self._fusion.update(self._projector.observe(*view))
        return ground._replace(classes=gathered(ground.classes, self._groups))


def _grounds(
    bundle: Bundle,
    settings: GroundSettings,
    classes: Sequence[str],
    rig: Rig,
    label_set: LabelSet,
    *,
    base_frame: str,
    map_frame: str,
) -> tuple[GroundProjector, GroundFusion]:
    projector = GroundProjector(
        bundle.geometry,
        rig.base_from_pano,
        label_set,
        settings,
        classes,
        base_frame=base_frame,
        map_frame=map_frame,
    )
    return projector, GroundFusion(label_set, settings, classes)


def warm_up(pipeline: Any, posed: bool, levelled: bool = False) -> None:
    """Run the pipeline on black images, so that the first real one is not slow.

    Args:
        pipeline: a `Pipeline`, or what stands for one; afterwards its map is empty.
        posed: True if images will come with a pose, for which other code is compiled.
        levelled: True if they will come with a tilt.
    """
    rig = pipeline.rig
    sizes = {lens.topic: lens.source_size for lens in rig.lenses}
    frames = []
    for topic, (width, height) in sizes.items():
        views = rig.split(topic, np.zeros((height, width, 3), np.uint8))
        frames += [Frame(0, '', view, lens) for lens, view in views.items()]
    tilt = rotation_from_rpy_deg(1.0, 0.0, 0.0) if levelled else None
    sight = pipeline(frames, np.eye(4) if posed else None, tilt).sight
    for cloud in (obstacle_cloud, free_cloud, pixel_cloud) if sight is not None else ():
        cloud(sight)
    pipeline.reset_map()


class _StageClock:
    """Splits wall time into stages."""

    def __init__(self) -> None:
        self.timings_ms: dict[str, float] = {}
        self._last_s = time.perf_counter()

    def lap(self, stage: str) -> None:
        """End a stage."""
        now_s = time.perf_counter()
        self.timings_ms[stage] = 1e3 * (now_s - self._last_s)
        self._last_s = now_s
