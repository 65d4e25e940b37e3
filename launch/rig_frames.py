#!/usr/bin/env python3
"""Print the frames of a rig file as JSON: rig_frames.py RIG BASE_FRAME.

A list of objects with parent, child, translation_m (3) and rotation_xyzw (4), which map
points of the child frame to the parent frame. It is what rig.launch.py publishes.
"""

import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import load_rig_template
from panoseg_ros.errors import PanosegError
from panoseg_ros.frames import PANORAMA_FRAME, PANORAMA_OPTICAL_FRAME
from panoseg_ros.geometry import BODY_FROM_OPTICAL, quaternion_from_rotation


def main(words: list[str]) -> int:
    """Print the frames of the rig that is named, or one line about what is wrong with it."""
    if len(words) != 2:
        print('usage: rig_frames.py RIG BASE_FRAME', file=sys.stderr)
        return 2
    try:
        print(json.dumps(rig_frames(*words), indent=2))
    except PanosegError as err:
        print(f'rig_frames: {err}', file=sys.stderr)
        return 2
    return 0


def rig_frames(rig_file: str, base_frame: str) -> list[dict[str, Any]]:
    """Return the transforms of a rig.

    Args:
        rig_file: a path, or the name of a shipped rig.
        base_frame: the robot's frame, in which `base_from_pano` counts.

    Raises:
        PanosegError: if the rig is missing or malformed.
    """
    template = load_rig_template(rig_file)
    rig = template.blind()  # lenses that wait for CameraInfo have their poses all the same
    optical = np.eye(4)
    optical[:3, :3] = BODY_FROM_OPTICAL
    found = [
        _frame(base_frame, PANORAMA_FRAME, rig.base_from_pano),
        _frame(PANORAMA_FRAME, PANORAMA_OPTICAL_FRAME, optical),
    ]
    for lens in rig.lenses:
        if lens.name not in template.needs_tf:
            child = f'{lens.name}_optical_frame'
            found.append(_frame(PANORAMA_FRAME, child, lens.pano_from_lens))
    return found


def _frame(parent: str, child: str, matrix: NDArray[np.float64]) -> dict[str, Any]:
    return {
        'parent': parent,
        'child': child,
        'translation_m': [float(value) for value in matrix[:3, 3]],
        'rotation_xyzw': list(quaternion_from_rotation(matrix[:3, :3])),
    }


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
