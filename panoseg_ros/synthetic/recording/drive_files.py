"""A drive on disk: `drive.yaml` beside one jpeg per frame.

`drive.yaml` holds `rig`, `rate_hz`, `seed`, `generator_version` and a list `frames` of
mappings with `file`, the pose of base_footprint in odom (`x_m`, `y_m`, `yaw_rad`) and
the speed along and around its axes (`forward_mps`, `turn_radps`).
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import yaml

from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.recording.drive import DrivePlan, render_drive
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION


def write_drive(
    out: Path,
    plan: DrivePlan,
    rig: str,
    jpeg_quality: int = 77,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Render a drive into a folder and return the number of bytes written.

    Args:
        out: the folder; files of the same names are replaced.
        plan: what is driven.
        rig: a rig file or the name of a shipped one, whose lenses share one image.
        jpeg_quality: 1 to 100.
        progress: is called with the number of finished frames.

    Raises:
        CameraError: if the rig cannot be loaded.
        SyntheticError: if the rig's lenses do not share one image or `out` is no folder.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise SyntheticError(f'{out}: cannot be made a folder: {err.strerror}') from err
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    total, frames = 0, []
    for index, frame in enumerate(render_drive(plan, load_rig(rig))):
        _, data = cv2.imencode('.jpg', frame.image[..., ::-1], options)
        file = out / f'{index:02d}.jpg'
        total += file.write_bytes(data.tobytes())
        pose = {name: round(value, 6) for name, value in frame.pose._asdict().items()}
        frames.append(
            {
                'file': file.name,
                **pose,
                'forward_mps': plan.speed_mps,
                'turn_radps': plan.turn_radps,
            }
        )
        if progress is not None:
            progress(index + 1)
    head = {
        'rig': Path(rig).stem,
        'rate_hz': plan.rate_hz,
        'seed': plan.seed,
        'generator_version': GENERATOR_VERSION,
    }
    text = yaml.safe_dump(head, sort_keys=False)
    text += 'frames:\n' + ''.join(
        '- ' + yaml.safe_dump(frame, default_flow_style=True, sort_keys=False, width=200)
        for frame in frames
    )
    return total + (out / 'drive.yaml').write_text(text, encoding='utf-8')
