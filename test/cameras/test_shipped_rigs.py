"""The ready rig files: what each of them sees, and which way is up in its pictures."""

from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.cameras import Rig, load_rig
from panoseg_ros.geometry import PanoramaGeometry

FOLDER = Path(__file__).resolve().parents[2] / 'config' / 'rigs'
NAMES = sorted(path.stem for path in FOLDER.glob('*.yaml'))
ALL_AROUND = PanoramaGeometry(64, 128)
HALF_LESS_5_DEG = 0.5 * (1 - np.sin(np.deg2rad(5.0)))
PARTIAL = {  # share of the sphere that is not seen; nothing elsewhere
    'partial_equirect': 1 - np.sin(np.deg2rad(35.15625)),
    'fisheye_up': HALF_LESS_5_DEG,
    'fisheye_forward': HALF_LESS_5_DEG,
    'car_four_fisheye': 0.125,  # all lenses look down: the sky overhead
}
SKY = {  # rig and lens -> the side of the lens' picture that shows the sky
    ('theta_s_dual', 'front'): 'left',
    ('theta_s_dual', 'back'): 'right',
    ('insta360_air_dual', 'front'): 'left',
    ('insta360_air_dual', 'back'): 'right',
    ('insta360_x2_dual', 'front'): 'right',
    ('insta360_x2_dual', 'back'): 'left',
    ('insta360_x3_dual', 'front'): 'right',
    ('insta360_x3_dual', 'back'): 'left',
    ('theta_v_dual', 'front'): 'top',
    ('theta_x_dual', 'back'): 'top',
    ('dual_fisheye', 'front'): 'top',
    ('dual_fisheye', 'back'): 'top',
}
AHEAD = {'front': 0.0, 'left': 90.0, 'back': 180.0, 'right': -90.0, 'camera': 0.0}
TOWARDS = {'left': (-1, 0), 'right': (1, 0), 'top': (0, -1)}


def panorama_rays(rig: Rig, lens: str, offset_px: np.ndarray) -> np.ndarray:
    """Return where in the panorama frame pixels beside a lens' centre look."""
    entry = next(entry for entry in rig.lenses if entry.name == lens)
    axis = entry.lens.project([0.0, 0.0, 1.0])
    return entry.lens.unproject(axis + offset_px) @ entry.pano_from_lens[:3, :3].T


def unseen_share(rig: Rig) -> float:
    pictures = {
        entry.name: np.full((*entry.lens.size[::-1], 3), 200, np.uint8) for entry in rig.lenses
    }
    valid = rig.panorama(pictures, geometry=ALL_AROUND).valid
    weight = np.cos(ALL_AROUND.elevation_rad())[:, None]
    return float(np.sum(weight * ~valid) / np.sum(weight * np.ones(valid.shape)))


@pytest.mark.parametrize('name', NAMES)
def test_it_sees_what_its_name_says(name: str) -> None:
    assert unseen_share(load_rig(name)) == pytest.approx(PARTIAL.get(name, 0.0), abs=0.02)


@pytest.mark.parametrize('name', NAMES)
def test_it_bears_its_own_name_and_says_what_it_assumes(name: str) -> None:
    assert load_rig(name).name == name
    head = (FOLDER / f'{name}.yaml').read_text(encoding='utf-8').partition('\nname:')[0]
    assert all(line.startswith('#') for line in head.splitlines())
    assert 'ssumed' in head or 'numbers' in head


@pytest.mark.parametrize('name', [name for name in NAMES if name != 'fisheye_up'])
def test_lenses_look_where_their_names_say(name: str) -> None:
    rig = load_rig(name)
    for entry in rig.lenses:
        x, y, _ = panorama_rays(rig, entry.name, np.zeros(2))
        azimuth = np.rad2deg(np.arctan2(y, x))
        assert abs((azimuth - AHEAD[entry.name] + 180) % 360 - 180) < 2.5


def test_the_upward_lens_has_the_back_of_the_robot_on_top() -> None:
    rig = load_rig('fisheye_up')
    assert panorama_rays(rig, 'camera', np.zeros(2)) == pytest.approx([0, 0, 1], abs=1e-6)
    assert panorama_rays(rig, 'camera', np.array([0.0, -100.0]))[0] < -0.1


@pytest.mark.parametrize(('name', 'lens'), SKY)
def test_the_sky_is_on_the_side_of_the_sensor_that_the_file_says(name: str, lens: str) -> None:
    rig = load_rig(name)
    step_px = 0.2 * rig.lenses[0].lens.size[0] * np.array(TOWARDS[SKY[name, lens]])
    ray = panorama_rays(rig, lens, step_px)
    assert np.rad2deg(np.arcsin(ray[2])) > 20
    # No mirror image: what is right of the sky in the picture is right of the view.
    aside = step_px @ np.array([[0, 1], [-1, 0]])  # a quarter turn clockwise as seen
    forward, sideways = panorama_rays(rig, lens, np.zeros(2)), panorama_rays(rig, lens, aside)
    assert np.cross(forward, sideways)[2] < -0.2
