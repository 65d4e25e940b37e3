"""The default work of the node: the pipeline that the settings describe."""

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import Rig
from panoseg_ros.inference import load_backend
from panoseg_ros.pipeline import Pipeline
from panoseg_ros.settings import Settings


def build_pipeline(settings: Settings, rig: Rig) -> Pipeline:
    """Return the pipeline of these settings for the lenses of a rig.

    Raises:
        PanosegError: naming the bundle or label file, or the class, that is wrong.
    """
    model = settings.model
    bundle = load_bundle(model.bundle)
    return Pipeline(
        bundle,
        rig,
        backend=load_backend(bundle, model.backend, model.threads, model.device, model.precision),
        ground=settings.ground,
        classes=settings.costmap.wanted,
        policy=settings.costmap.policy,
    )
