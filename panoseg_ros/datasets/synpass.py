"""SynPASS: panoramas rendered with CARLA in four weathers, by day and by night.

Layout: `img/<weather>/<split>/<map point>/<6 digits>.jpg` and
`semantic/<weather>/<split>/<map point>/<6 digits>_trainID.png`; the root holds
`all_map_day_<split>.txt` and `all_map_night_<split>.txt`, which name folders of map points.
"""

from pathlib import Path, PurePosixPath

from panoseg_ros.datasets import label_maps
from panoseg_ros.datasets.description import rendered_projection
from panoseg_ros.datasets.frame_table import FrameNote
from panoseg_ros.datasets.labelled_files import LabelledFiles
from panoseg_ros.datasets.projection import WHOLE_SPHERE
from panoseg_ros.datasets.reading import check_folder, read_list
from panoseg_ros.datasets.split_names import check_members, check_split, names_of
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import LabelSet

WEATHERS = ('cloud', 'fog', 'rain', 'sun')
TIMES = ('day', 'night')


class SynPass(LabelledFiles):
    """One split in all weathers or one, at all times or by day or night.

    Args:
        root: folder that holds img and semantic.
        split: train, val or test.
        label_set: the 22 classes (also when None) or the 13 shared outdoor classes.
        weather: cloud, fog, rain or sun; all four when empty.
        time: day or night by the lists in the root; both when empty.
        listed: a file of image paths instead of all images of the split, sorted.

    Raises:
        DatasetError: if a folder, a list or every image is missing, the list names an image of
            another split, or the split, weather, time or label set is unknown.
    """

    def __init__(
        self,
        root: str | Path,
        split: str,
        label_set: LabelSet | None = None,
        *,
        weather: str = '',
        time: str = '',
        listed: str = '',
    ) -> None:
        folder = check_folder(root)
        check_split('synpass', split, ('train', 'val', 'test'))
        for what, value, allowed in (('weather', weather, WEATHERS), ('time', time, TIMES)):
            if value and value not in allowed:
                raise DatasetError(
                    f'synpass: {what} must be one of {", ".join(allowed)}, got {value}'
                )
        check_folder(folder / 'img')
        check_folder(folder / 'semantic')
        names = names_of(folder, 'img/', f'{weather or "*"}/{split}/*/*.jpg', listed)
        kept = f'{split}, weather {weather}' if weather else split
        check_members(folder / listed, names, lambda name: _is_of(name, split, weather), kept)
        if time:
            names = _at(folder / f'all_map_{time}_{split}.txt', names)
        wanted, table = label_maps.choose(label_maps.SYNPASS, label_set, folder)
        projection = rendered_projection(folder, WHOLE_SPHERE)
        super().__init__(folder, split, names, wanted, projection, table)

    def note(self, index: int) -> FrameNote:
        """Return the map point as scene, and the weather."""
        parts = PurePosixPath(self.names[index]).parts
        return FrameNote(parts[-2], parts[1], 0.0, 0.0)

    def label_path(self, name: str) -> str:
        """Return the label file of an image."""
        path = PurePosixPath(name)
        return str(PurePosixPath('semantic', *path.parts[1:-1], f'{path.stem}_trainID.png'))


def _is_of(name: str, split: str, weather: str) -> bool:
    folders = PurePosixPath(name).parts[1:3]
    return len(folders) == 2 and folders[1] == split and weather in ('', folders[0])


def _at(path: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the images of the map points that a list names."""
    points = {PurePosixPath(line).name for line in read_list(path)}
    kept = tuple(name for name in names if PurePosixPath(name).parent.name in points)
    if not kept:
        raise DatasetError(f'{path}: none of its map points has an image in this split')
    return kept
