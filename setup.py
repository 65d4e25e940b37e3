"""Build description for pip and colcon; names and versions come from package.xml."""

from pathlib import Path
from xml.etree import ElementTree

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
MANIFEST = ElementTree.parse(HERE / 'package.xml').getroot()
NAME = MANIFEST.findtext('name', '')
MAINTAINER = MANIFEST.find('maintainer')

CORE = [
    'jinja2>=3.0',
    'numpy>=1.23',
    'numba>=0.57',
    'onnxruntime>=1.25; python_version >= "3.11"',
    'onnxruntime>=1.17,<1.25; python_version < "3.11"',
    'opencv-python-headless>=4.7',
    'pyyaml>=5.4',
    'rich>=12',
    'typer>=0.9',
]
WHEELS_OF_ROS = 'platform_system == "Linux" and platform_machine == "x86_64"'
ROS = [  # later versions on the index belong to later distributions than Jazzy
    'ros-jazzy-rclpy[fastrtps]==7.1.6',
    'ros-builtin-interfaces==2.0.3',
    'ros-lifecycle-msgs==2.0.3',
    'ros-rcl-interfaces==2.0.3',
    'ros-rosgraph-msgs==2.0.3',
    'ros-diagnostic-msgs==5.3.6',
    'ros-nav-msgs==5.3.6',
    'ros-sensor-msgs==5.3.6',
    'ros-std-msgs==5.3.6',
    'ros-std-srvs==5.3.6',
]
EXTRAS = {
    'ros': [f'{requirement}; {WHEELS_OF_ROS}' for requirement in ROS],
    'video': ['av>=12'],
    'view': ['rerun-sdk>=0.32,<0.42'],  # its names change; up to 0.39 for Python 3.10
    'train': [
        'lightning>=2.2',
        'onnx>=1.16',
        'onnxscript>=0.5',
        'safetensors>=0.4',
        'torch>=2.5',
        'torchvision>=0.20',
    ],
    'tensorboard': ['tensorboard>=2.15'],
    'bags': ['rosbags>=0.11,<0.12'],
    'ray': ['ray>=2.9'],
    'render': ['embreex>=2.17.7', 'trimesh>=4'],
    'test': [
        'hypothesis>=6.80',
        'pytest>=8',
        'pytest-timeout>=2.2',
        'pytest-xdist>=3.5',
        'ruff==0.17.*',
        'setuptools>=70.1',
    ],
    'types': [  # every numpy has other types; this is the one that the code is held to
        'mypy==2.4.*; python_version >= "3.11"',
        'numpy==2.4.*; python_version >= "3.11"',
        'types-PyYAML',
    ],
}


def installed_tree(folder: str) -> list[tuple[str, list[str]]]:
    """Return one data_files entry for every folder below `folder` that holds files."""
    entries: dict[str, list[str]] = {}
    for path in sorted((HERE / folder).rglob('*')):
        relative = path.relative_to(HERE)
        if path.is_file() and not any(p.startswith(('.', '__')) for p in relative.parts):
            entries.setdefault(f'share/{NAME}/{relative.parent}', []).append(str(relative))
    return list(entries.items())


setup(
    name=NAME,
    version=MANIFEST.findtext('version'),
    description=MANIFEST.findtext('description'),
    license=MANIFEST.findtext('license'),
    maintainer=MAINTAINER.text if MAINTAINER is not None else None,
    maintainer_email=MAINTAINER.get('email') if MAINTAINER is not None else None,
    python_requires='>=3.10,<3.14',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        (f'lib/{NAME}', ['scripts/panoseg', 'scripts/panoseg_node']),
        *installed_tree('launch'),
        *installed_tree('config'),
        *installed_tree('models'),
    ],
    install_requires=CORE,
    extras_require=EXTRAS,
    entry_points={
        'console_scripts': [
            'panoseg = panoseg_ros.cli.main:main',
            'panoseg_node = panoseg_ros.ros.main:main',
        ]
    },
    package_data={f'{NAME}.evaluation.report': ['assets/*']},
    zip_safe=True,
)
