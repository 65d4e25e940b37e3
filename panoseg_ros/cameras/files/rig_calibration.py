"""Our own rig files, read as calibration."""

from pathlib import Path

from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.rig_file import read_rig


def recognises(source: Source) -> bool:
    """Return whether a mapping has the lenses of a rig."""
    return source.fields is not None and source.fields.has('lenses')


def read(source: Source) -> Calibration:
    """Read all lenses with their mounts, topics and masks."""
    rig = read_rig(source.mapping, source.path)
    entries = source.mapping.mapping('lenses')
    cameras = tuple(
        CalibratedCamera(
            entry.name,
            entry.lens,
            entry.topic,
            entry.pano_from_lens,
            _mask(entries.mapping(entry.name), source.path.parent),
            entry.crop,
            entry.source_size,
        )
        for entry in rig.lenses
    )
    return Calibration(cameras, str(source.path), rig=rig)


def _mask(fields: Fields, folder: Path) -> Path | None:
    return folder / fields.text('mask') if fields.has('mask') else None
