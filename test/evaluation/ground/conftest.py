"""Tiny worlds on a flat plane, seen by a camera 1.8 m above the origin."""

import numpy as np
import pytest

HEIGHT_M, ROWS, CELLS = 1.8, 256, 200  # 20 x 20 m
ROAD, SIDEWALK, BUILDING, POLE, PERSON, CAR = 0, 1, 2, 5, 11, 13


class Worlds:
    """Makes meshes and moments of them."""

    def quad(self, corners, label, instance=0):
        from panoseg_ros.synthetic.mesh import triangles

        a, b, c, d = corners
        mesh = triangles([[a, b, c], [a, c, d]], label, 0)
        return mesh._replace(instances=np.full(2, instance, np.int32))

    def plate(self, x, y, z, label):
        (x0, x1), (y0, y1) = x, y
        return self.quad([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], label)

    def wall(self, start, end, top, label=BUILDING, bottom=0.0):
        return self.quad([(*start, bottom), (*end, bottom), (*end, top), (*start, top)], label)

    def box(self, x, y, z, label, instance):
        from panoseg_ros.synthetic.mesh import join

        (x0, x1), (y0, y1), (z0, z1) = x, y, z
        ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        sides = [
            self.quad([(*a, z0), (*b, z0), (*b, z1), (*a, z1)], label, instance)
            for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
        ]
        lids = [self.quad([(*p, h) for p in ring], label, instance) for h in (z0, z1)]
        return join([*sides, *lids])

    def person(self, x, y, instance=7):
        """Two legs as one post, and above 0.8 m a body that leans 25 cm forward."""
        from panoseg_ros.synthetic.mesh import join

        legs = self.box((x - 0.05, x + 0.05), (y - 0.05, y + 0.05), (0, 0.8), PERSON, instance)
        body = self.box((x - 0.3, x + 0.1), (y - 0.25, y + 0.25), (0.8, 1.7), PERSON, instance)
        return join([legs, body])

    def car(self, x, y, along_x=True, instance=3):
        """4 m long, 1.8 m wide, its body 0.3 m above the ground, axles 0.8 m from both ends."""
        from panoseg_ros.synthetic.mesh import join

        def part(u, v, z):
            spans = (u, v) if along_x else (v, u)
            return self.box(
                (x + spans[0][0], x + spans[0][1]), (y + spans[1][0], y + spans[1][1]), z, CAR,
                instance,
            )  # fmt: skip

        wheels = [
            part(u, v, (0.0, 0.6))
            for u in ((0.8, 1.4), (2.6, 3.2))
            for v in ((0.0, 0.2), (1.6, 1.8))
        ]
        return join([part((0.0, 4.0), (0.0, 1.8), (0.3, 1.5)), *wheels])

    def see(self, *parts, ground=None):
        """Return the moment at which the camera sees these parts on a road."""
        from panoseg_ros.evaluation.ground.contacts import contacts_of
        from panoseg_ros.evaluation.ground.studio import Moment
        from panoseg_ros.geometry import PanoramaGeometry, transform
        from panoseg_ros.synthetic.mesh import join
        from panoseg_ros.synthetic.recording.ground_truth import GridSettings, GroundScene
        from panoseg_ros.synthetic.rendering.casting import MISS, Caster

        solid = join(parts)
        mesh = join([ground or self.plate((-60, 60), (-60, 60), 0.0, ROAD), solid])
        camera = np.array([0.0, 0.0, HEIGHT_M])
        grid = GridSettings(cells=CELLS, resolution_m=0.1, bearings=2880)
        truth = GroundScene(mesh, grid)(np.eye(4), camera)
        rays = PanoramaGeometry(ROWS, 2 * ROWS).rays().reshape(-1, 3)
        starts = np.broadcast_to(camera.astype(np.float32), rays.shape)
        hits = Caster(mesh).first_hits(np.ascontiguousarray(starts), np.ascontiguousarray(rays))
        labels = np.where(hits == MISS, 10, mesh.labels[hits]).astype(np.uint8)
        half = -CELLS // 2
        return Moment(
            0.0,
            np.eye(4),
            transform(np.eye(3), camera),
            {ROWS: labels.reshape(ROWS, -1)},
            (half, half),
            truth,
            contacts_of(solid, np.eye(4), camera, truth),
        )


@pytest.fixture(scope='session')
def worlds():
    pytest.importorskip('embreex', reason='rendering needs embreex')
    return Worlds()
