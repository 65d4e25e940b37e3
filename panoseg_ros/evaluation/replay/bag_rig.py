"""What a rig file leaves to the running system, taken from a bag."""

import numpy as np

from panoseg_ros.bags import BagReader, CameraInfoMessage
from panoseg_ros.cameras import Lens, Rig, RigTemplate, lens_from_camera_info
from panoseg_ros.cameras.rig_template import LensTemplate
from panoseg_ros.errors import CameraError
from panoseg_ros.streams import StreamRules, TfTree


def complete_rig(
    template: RigTemplate, bag: BagReader, rules: StreamRules, tree: TfTree, base_frame: str
) -> Rig:
    """Return the rig with the first CameraInfo of every lens and the static TF of the bag.

    Raises:
        CameraError: naming what the bag does not hold, or what of it does not fit.
    """
    lenses = {
        entry.name: _lens(bag, info_topic(entry, rules), entry.size)
        for entry in template.lenses
        if entry.name in template.needs_camera_info
    }
    poses = {}
    pano_from_base = np.linalg.inv(template.base_from_pano)
    for lens, frame in template.needs_tf.items():
        base_from_lens = tree.look_up(base_frame, frame, 0)
        if base_from_lens is None:
            raise CameraError(
                f'{bag.path}: /tf_static does not tell the pose of {frame!r}, the frame of lens '
                f'{lens}, in {base_frame!r}'
            )
        poses[lens] = pano_from_base @ base_from_lens
    return template.complete(lenses, poses)


def info_topic(entry: LensTemplate, rules: StreamRules) -> str:
    """Return the full name of the topic with a lens' CameraInfo, by the rule of the node.

    It is the one that the rig file names, else `camera_info` beside the image where the
    remappings have put that, unless a remapping names `camera_info` itself.
    """
    wanted = rules.topic(entry.info_topic)
    if entry.camera_info_topic or wanted != f'/{entry.info_topic.lstrip("/")}':
        return wanted
    return f'{rules.topic(entry.topic).rpartition("/")[0]}/camera_info'


def _lens(bag: BagReader, topic: str, size: tuple[int, int] | None) -> Lens:
    found = next(bag.messages([topic]), None) if topic in bag.topics else None
    if found is None or not isinstance(found.message, CameraInfoMessage):
        raise CameraError(f'{bag.path}: has no CameraInfo on {topic}, which the rig file asks for')
    info = found.message
    return lens_from_camera_info(
        info.width,
        info.height,
        info.distortion_model,
        info.d,
        info.k,
        info.binning,
        info.roi,
        image_size=size,
        where=f'{bag.path}: camera_info on {topic}',
    )
