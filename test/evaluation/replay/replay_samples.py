"""Cameras of one and of two topics, their bags, and what a replay made of them."""

import json

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros import bags
from panoseg_ros.evaluation.replay import ReplayJob

S = 1_000_000_000
MS = S // 1000
START = 1_700_000_000 * S
HEIGHT, WIDTH = 32, 64
LENS = """
    source_size: [64, 32]
    pano_from_lens: {}
    lens: {model: equirectangular, top_deg: 90.0, bottom_deg: -90.0}
"""
ONE = 'equirect'
TWO = f"""
name: pair
base_from_pano: {{translation_m: [0.0, 0.0, 1.0]}}
lenses:
  front:
    topic: front/image
{LENS}
  back:
    topic: back/image
{LENS}"""


def picture(index):
    """Return a picture whose left columns are dark, the more the higher the index."""
    image = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    image[:, : 4 * (2 + index % 12)] = 5
    return image


def image(index, stamp_ns):
    return bags.ImageMessage(stamp_ns, 'camera', picture(index), 'rgb8')


def at(index):
    return START + index * S // 10


def write_bag(path, count=5, topics=('/image',), make=image, **kwargs):
    with bags.BagWriter(path, **kwargs) as writer:
        for index in range(count):
            for topic in topics:
                writer.write(topic, at(index), make(index, at(index)))
    return path


@pytest.fixture
def job(make_bundle, tmp_path):
    """Return `make(source, **fields)`: a job with a tiny model and one lens."""
    bundle = str(make_bundle(HEIGHT, WIDTH))

    def make(source, **fields):
        given = {'out': tmp_path / 'out', 'threads': 1, 'rig': ONE, **fields}
        return ReplayJob(str(source), bundle, **given)

    return make


def metrics(job):
    return json.loads((job.out / 'metrics.json').read_text())


def messages(job, topic):
    with bags.BagReader(job.out / 'panoseg.mcap') as bag:
        return [record.message for record in bag.messages([topic])]


def dark(mask):
    """Return which index a mask shows."""
    return round(int((mask[HEIGHT // 2] == 0).sum()) / 4) - 2
