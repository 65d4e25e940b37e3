"""The one table of parameters.

The node declares its parameters from it, `config/panoseg.yaml` documents it, and the
commands that work without ROS read the same file through `load_settings`.
"""

from panoseg_ros.settings.file import load_settings, unknown_line
from panoseg_ros.settings.groups import (
    CostmapSettings,
    ImuSettings,
    InputSettings,
    ModelSettings,
    QosSettings,
    RigSettings,
    TopicQos,
)
from panoseg_ros.settings.rules import intake_rules, stream_rules
from panoseg_ros.settings.table import Parameter, Settings, parameters, settings_from_values

__all__ = [
    'CostmapSettings',
    'ImuSettings',
    'InputSettings',
    'ModelSettings',
    'Parameter',
    'QosSettings',
    'RigSettings',
    'Settings',
    'TopicQos',
    'intake_rules',
    'load_settings',
    'parameters',
    'settings_from_values',
    'stream_rules',
    'unknown_line',
]
