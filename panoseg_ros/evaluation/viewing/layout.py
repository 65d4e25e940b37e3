"""How the viewer arranges what is logged."""

from collections.abc import Sequence
from typing import Any

WORLD, COSTMAP, PLOT = 'world', 'costmap', 'plot'
PANORAMA, MASK, LEGEND = 'panorama/image', 'panorama/mask', 'legend'
STAGES, LATENCY = f'{PLOT}/stages', f'{PLOT}/latency'
TIMELINE = 'stamp'
BEHIND_M, AHEAD_M = (-7.0, -2.5, 5.5), (1.5, 0.0, 0.0)  # where the eye is and looks


def blueprint(slugs: Sequence[str]) -> Any:
    """Return the blueprint: panorama, classes and plots left, space and costmaps right.

    Args:
        slugs: the costmaps that there are, in the order of their tabs.
    """
    import rerun.blueprint as rrb

    tabs = [
        rrb.Spatial2DView(origin=COSTMAP, contents=[f'$origin/{slug}', '$origin/robot'], name=slug)
        for slug in slugs
    ]
    pictures = rrb.Vertical(
        rrb.Spatial2DView(origin='panorama', contents=PANORAMA, name='Panorama'),
        rrb.Spatial2DView(origin='panorama', contents='$origin/**', name='Classes'),
        rrb.Spatial2DView(origin=LEGEND, name='Legend'),
        rrb.Horizontal(
            rrb.TimeSeriesView(origin=STAGES, name='Stage times (ms)'),
            rrb.TimeSeriesView(origin=LATENCY, name='Latency (ms)'),
        ),
        row_shares=[9, 9, 2, 6],
    )
    space = rrb.Vertical(
        rrb.Spatial3DView(
            origin=WORLD,
            name='Ground and labelled points',
            eye_controls=rrb.EyeControls3D(
                position=BEHIND_M, look_target=AHEAD_M, tracking_entity=f'{WORLD}/base'
            ),
        ),
        rrb.Tabs(*tabs, name='Costmaps'),
        row_shares=[5, 4],
    )
    return rrb.Blueprint(
        rrb.Horizontal(pictures, space, column_shares=[8, 9]),
        rrb.TimePanel(state='collapsed', timeline=TIMELINE),
        rrb.BlueprintPanel(state='collapsed'),
        rrb.SelectionPanel(state='collapsed'),
    )
