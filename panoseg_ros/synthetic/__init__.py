"""A procedural street world with exact labels, seen through any camera.

Needs the optional packages embreex and trimesh (`pip install 'panoseg_ros[render]'`).
"""

from panoseg_ros.synthetic.indoor import Interior, RoomRenderer, build_room
from panoseg_ros.synthetic.recording.dataset import (
    SEED_RANGES,
    room_shots,
    scene_shots,
    split_seeds,
    write_dataset,
)
from panoseg_ros.synthetic.recording.drive import Drive, DriveFrame, Extras, mounted
from panoseg_ros.synthetic.recording.drive_files import write_drive
from panoseg_ros.synthetic.recording.ground_truth import (
    GridSettings,
    GroundScene,
    GroundTruth,
    ground_truth,
)
from panoseg_ros.synthetic.recording.layouts import LAYOUTS
from panoseg_ros.synthetic.recording.plan import DEMO, DrivePlan, load_plan
from panoseg_ros.synthetic.recording.recipe import Recipe
from panoseg_ros.synthetic.recording.room_stands import random_indoor_pose
from panoseg_ros.synthetic.recording.route import Leg, Mover, Route
from panoseg_ros.synthetic.recording.views import Shot, random_pose, take
from panoseg_ros.synthetic.rendering.render import (
    RayGrid,
    Renderer,
    View,
    lens_rays,
    panorama_rays,
)
from panoseg_ros.synthetic.scenes.catalogue import FAMILIES, GENERATOR_VERSION, family_of
from panoseg_ros.synthetic.scenes.world import Spot, World, build_world, camera_pose, random_spot

__all__ = [
    'DEMO',
    'FAMILIES',
    'GENERATOR_VERSION',
    'LAYOUTS',
    'SEED_RANGES',
    'Drive',
    'DriveFrame',
    'DrivePlan',
    'Extras',
    'GridSettings',
    'GroundScene',
    'GroundTruth',
    'Interior',
    'Leg',
    'Mover',
    'RayGrid',
    'Recipe',
    'Renderer',
    'RoomRenderer',
    'Route',
    'Shot',
    'Spot',
    'View',
    'World',
    'build_room',
    'build_world',
    'camera_pose',
    'family_of',
    'ground_truth',
    'lens_rays',
    'load_plan',
    'mounted',
    'panorama_rays',
    'random_indoor_pose',
    'random_pose',
    'random_spot',
    'room_shots',
    'scene_shots',
    'split_seeds',
    'take',
    'write_dataset',
    'write_drive',
]
