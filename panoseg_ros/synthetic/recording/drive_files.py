"""A drive on disk: `drive.yaml` beside one jpeg per frame.

`drive.yaml` holds `rig`, `rate_hz`, `seed`, `generator_version` and a list `frames` of
mappings with `file`, the pose of base_footprint in odom (`x_m`, `y_m`, `yaw_rad`) and
the speed along and around its axes (`forward_mps`, `turn_radps`).
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import yaml

from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.recording.drive import Drive, DriveFrame
from panoseg_ros.synthetic.recording.files import write_whole
from panoseg_ros.synthetic.recording.plan import DrivePlan
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION


def write_drive(
    out: Path,
    plan: DrivePlan,
    rig: str,
    jpeg_quality: int = 77,
    progress: Callable[[int], None] | None = None,
    begun: Callable[[Drive], None] = lambda _: None,
) -> int:
    """Render a drive into a folder and return the number of bytes written.

    Args:
        out: the folder; files of the same names are replaced.
        plan: what is driven.
        rig: a rig file or the name of a shipped one, whose lenses share one image.
        jpeg_quality: 1 to 100.
        progress: is called with the number of finished frames.
        begun: is called with the drive before its first frame.

    Raises:
        CameraError: if the rig cannot be loaded.
        SyntheticError: if the rig's lenses do not share one image or a file cannot be written.
    """
    cameras = load_rig(rig)
    if len(cameras.topics) != 1:
        raise SyntheticError(
            f'rig {cameras.name}: a folder of pictures needs one image topic, '
            f'got {", ".join(cameras.topics)}'
        )
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    total, lines = 0, []
    drive = Drive(plan, cameras)
    begun(drive)
    try:  # or, if this ends early, it would tell the poses of other pictures
        (out / 'drive.yaml').unlink(missing_ok=True)
    except OSError as err:
        raise SyntheticError(f'{out / "drive.yaml"}: cannot be replaced: {err.strerror}') from err
    for frame in drive.frames():
        _, data = cv2.imencode('.jpg', frame.images[cameras.topics[0]][..., ::-1], options)
        name = f'{frame.number:02d}.jpg'
        total += write_whole(out / name, data.tobytes())
        lines.append({'file': name, **_pose(frame)})
        if progress is not None:
            progress(frame.number + 1)
    head = {
        'rig': Path(rig).stem,
        'rate_hz': plan.rate_hz,
        'seed': plan.seed,
        'generator_version': GENERATOR_VERSION,
    }
    text = yaml.safe_dump(head, sort_keys=False)
    text += 'frames:\n' + ''.join(
        '- ' + yaml.safe_dump(line, default_flow_style=True, sort_keys=False, width=200)
        for line in lines
    )
    return total + write_whole(out / 'drive.yaml', text.encode())


def _pose(frame: DriveFrame) -> dict[str, float]:
    pose, motion = frame.odom_from_base, frame.motion
    values = {
        'x_m': pose[0, 3],
        'y_m': pose[1, 3],
        'yaw_rad': np.arctan2(pose[1, 0], pose[0, 0]),
        'forward_mps': motion.linear_mps[0],
        'turn_radps': motion.angular_radps[2],
    }
    return {name: round(float(value), 6) for name, value in values.items()}
