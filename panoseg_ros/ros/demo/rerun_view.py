"""Shows the demo's pictures in Rerun, live or as a recording; needs rerun-sdk."""

from importlib.util import find_spec
from pathlib import Path

from panoseg_ros.errors import RosError
from panoseg_ros.evaluation import pictures
from panoseg_ros.labels import LabelSet
from panoseg_ros.ros.demo.pictures import Snapshot, draw_costmap

RECORDING = 'demo.rrd'


def check_rerun() -> None:
    """Refuse to go on without Rerun.

    Raises:
        RosError: naming what to install.
    """
    if find_spec('rerun') is None:
        raise RosError('--view needs Rerun, which is not installed: pip install rerun-sdk')


class RerunView:
    """Logs every snapshot: `panorama`, `overlay`, `mask` with class names, `costmap`.

    Args:
        label_set: names and colours of the classes.
        recording: a file to write instead of opening the viewer, for machines without
            a screen; `rerun FILE` shows it.

    Raises:
        RosError: if Rerun is missing, or its viewer or the recording cannot be opened.
    """

    def __init__(self, label_set: LabelSet, recording: Path | None = None) -> None:
        check_rerun()
        import rerun

        self._rerun = rerun
        rerun.init('panoseg_demo')
        try:
            rerun.spawn() if recording is None else rerun.save(str(recording))
        except (RuntimeError, OSError) as err:
            raise RosError(f'--view: Rerun cannot start: {" ".join(str(err).split())}') from err
        names = [(cls.id, cls.name, cls.color) for cls in label_set.classes]
        rerun.log('mask', rerun.AnnotationContext(names), static=True)

    def show(self, snapshot: Snapshot) -> None:
        """Log one moment at the time of its image."""
        rerun = self._rerun
        rerun.set_time('image', timestamp=snapshot.stamp_ns * 1e-9)
        rerun.log('panorama', rerun.Image(snapshot.panorama))
        rerun.log('overlay', rerun.Image(snapshot.overlay))
        rerun.log('mask', rerun.SegmentationImage(snapshot.mask))
        costmap = pictures.stack([draw_costmap(snapshot, 480), pictures.draw_cost_legend(480)])
        rerun.log('costmap', rerun.Image(costmap))
