"""Structured3D: rendered panoramas of furnished rooms.

Layout: `scene_<5 digits>/2D_rendering/<room>/panorama/full/rgb_rawlight.png` with
`semantic.png` beside it, which holds the 40 classes of NYU. Scenes 0 to 2999 are for
training, 3000 to 3249 for validation, 3250 to 3499 for testing.
"""

import re
from pathlib import Path, PurePosixPath

from panoseg_ros.datasets import label_maps
from panoseg_ros.datasets.frame_table import FrameNote
from panoseg_ros.datasets.labelled_files import LabelledFiles
from panoseg_ros.datasets.projection import WHOLE_SPHERE
from panoseg_ros.datasets.reading import check_folder
from panoseg_ros.datasets.split_names import check_members, check_split, names_of
from panoseg_ros.errors import DatasetError
from panoseg_ros.labels import LabelSet

SCENES = {'train': range(3000), 'val': range(3000, 3250), 'test': range(3250, 3500)}
IMAGE, LABELS = 'rgb_rawlight.png', 'semantic.png'
PATTERN = f'scene_*/2D_rendering/*/panorama/full/{IMAGE}'


class Structured3D(LabelledFiles):
    """The fully furnished rooms of one split in plain light.

    Args:
        root: folder that holds scene_00000, scene_00001, ...
        split: train, val or test.
        label_set: the 8 shared indoor classes (also when None).
        listed: a file of image paths instead of all images of the split, sorted.

    Raises:
        DatasetError: if the folder, the list or every image is missing, a scene has no
            number, the list names an image of another split, or the split or label set is
            unknown.
    """

    def __init__(
        self,
        root: str | Path,
        split: str,
        label_set: LabelSet | None = None,
        *,
        listed: str = '',
    ) -> None:
        folder = check_folder(root)
        check_split('structured3d', split, tuple(SCENES))
        names = names_of(folder, '', PATTERN, listed)
        own = tuple(name for name in names if _scene(folder, name) in SCENES[split])
        if listed:
            check_members(folder / listed, names, set(own).__contains__, split)
        names = own
        if not names:
            first, last = SCENES[split][0], SCENES[split][-1]
            raise DatasetError(f'{folder}: holds no scene {first} to {last} of split {split}')
        wanted, table = label_maps.choose(label_maps.STRUCTURED3D, label_set, folder)
        super().__init__(folder, split, names, wanted, WHOLE_SPHERE, table)

    def note(self, index: int) -> FrameNote:
        """Return where an image was taken: the rooms of a scene are one home, and alike."""
        scene = self.names[index].split('/', maxsplit=1)[0]
        return super().note(index)._replace(scene=scene)

    def label_path(self, name: str) -> str:
        """Return the label file of an image."""
        return str(PurePosixPath(name).with_name(LABELS))


def _scene(root: Path, name: str) -> int:
    folder = name.split('/', maxsplit=1)[0]
    number = re.fullmatch(r'scene_([0-9]{1,9})', folder)
    if number is None:
        raise DatasetError(f'{root / folder}: a scene must be called scene_ and its number')
    return int(number[1])
