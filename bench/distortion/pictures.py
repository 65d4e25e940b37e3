"""The pictures: rendered once, cached once, mapped into memory by every process."""

from pathlib import Path

from bench.distortion.plan import CAMERAS, FOV_DEG, LABEL_SET, PANORAMA, SIDE, SPEC, Plan
from bench.jobs import count_a_minute, locked
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.labels import load_label_set
from panoseg_ros.synthetic import write_dataset
from panoseg_ros.training import Samples, cached_samples, open_joined


def render(plan: Plan, work: Path, processes: int) -> None:
    """Render what is missing, panoramas and pinhole pictures from the same spots."""
    size = {'pinhole': (SIDE, SIDE), 'panorama': PANORAMA}
    with locked(work / '.render'):
        for camera, splits in CAMERAS.items():
            for split in splits:
                seeds = plan.seeds(split)
                count = write_dataset(
                    work / camera,
                    split,
                    seeds,
                    plan.views(camera, split),
                    PanoramaGeometry(*size[camera]),
                    workers=processes,
                    progress=count_a_minute(f'scenes of {camera} {split}', len(seeds)),
                    camera=camera,
                    fov_deg=FOV_DEG,
                )
                print(f'{camera} {split}: {count} pictures', flush=True)


def open_pictures(work: Path, camera: str, split: str) -> Samples:
    """Return the rendered pictures of a camera and split."""
    size = (SIDE, SIDE) if camera == 'pinhole' else PANORAMA
    name = f'{camera}_{split}'
    joined = open_joined([str(work / camera)], split, load_label_set(LABEL_SET))
    show = count_a_minute(f'cached pictures of {name}', len(joined))
    return cached_samples(joined, work / 'cache', name, SPEC, size, progress=show)


def scenes_of(samples: Samples) -> list[str]:
    """Return the scene of every picture."""
    return [Path(name).parent.name for name in samples.names]
