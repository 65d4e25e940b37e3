"""The rendered panoramas on which a runtime is held against the network that it runs."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import InputSpec
from panoseg_ros.errors import BackendError
from panoseg_ros.resources import share_dir

FOLDER = 'config/probes'


class Probe(NamedTuple):
    """A rendered street and what is in it."""

    image: NDArray[np.uint8]  # (H, W, 3) RGB
    labels: NDArray[np.uint8]  # (H, W) Cityscapes train ids, 255 = unlabelled


def load_probes(spec: InputSpec) -> list[Probe]:
    """Return the probes, 256 x 512 as they are shipped, at the size that a network wants.

    Raises:
        BackendError: naming the file that cannot be read.
        SettingsError: if the package was installed without its data files.
    """
    images = sorted((share_dir() / FOLDER).glob('*.jpg'))
    if not images:
        raise BackendError(f'{share_dir() / FOLDER}: holds no pictures to compare on')
    size = (spec.width, spec.height)
    probes = []
    for path in images:
        truth = path.with_name(f'{path.stem}_labels.png')
        image, labels = cv2.imread(str(path)), cv2.imread(str(truth), cv2.IMREAD_GRAYSCALE)
        if image is None or labels is None:
            raise BackendError(f'{path if image is None else truth}: is not a readable picture')
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
        labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
        rgb = np.ascontiguousarray(image[..., ::-1])
        probes.append(Probe(np.asarray(rgb, np.uint8), np.asarray(labels, np.uint8)))
    return probes
