"""A model bundle on disk: its card, its files and their hashes. Loads no network.

A bundle is a folder with a `card.yaml` that names every other file by its SHA-256,
so that a damaged or exchanged file is found before it runs.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from panoseg_ros.documents import arguments, read_yaml
from panoseg_ros.errors import BundleError, SettingsError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.resources import find_resource

CARD = 'card.yaml'
WEIGHTS = 'weights.safetensors'
GRAPH = 'model.onnx'
FORMAT = 1
STRIDE = 4  # logits come at a quarter of the input resolution


@dataclass(frozen=True)
class InputSpec:
    """What panorama the network wants.

    Convention: size in pixels, elevations in degrees, mean and std of RGB values
    scaled to 0..1; `wrap_px` columns of the opposite border are added on each side
    before the network and cut after it, because columns 0 and width - 1 are neighbours.

    Raises:
        ValueError: if a size is not a positive multiple of 4, or another value is impossible.
    """

    height: int
    width: int
    top_deg: float = 90.0
    bottom_deg: float = -90.0
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    wrap_px: int = 0

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        for name in ('height', 'width'):
            size = getattr(self, name)
            if type(size) is not int or size < STRIDE or size % STRIDE:
                raise ValueError(f'{name} must be a positive multiple of {STRIDE}, got {size!r}')
        if type(self.wrap_px) is not int or self.wrap_px % STRIDE:
            raise ValueError(f'wrap_px must be a multiple of {STRIDE}, got {self.wrap_px!r}')
        if not 0 <= self.wrap_px <= self.width // 2:
            raise ValueError(f'wrap_px must be 0..{self.width // 2}, got {self.wrap_px}')
        for name in ('mean', 'std'):
            values = getattr(self, name)
            if len(values) != 3 or not all(0.0 < value < 1.0 for value in values):
                raise ValueError(f'{name} must be three numbers within 0..1, got {values!r}')
        PanoramaGeometry(self.height, self.width, self.top_deg, self.bottom_deg)


@dataclass(frozen=True)
class Bundle:
    """A checked bundle: where its files lie and what its card says."""

    name: str
    path: Path
    network: str
    label_set: str  # a name, or the path of a file, the bundle's own if it holds one
    input: InputSpec
    files: Mapping[str, Path]  # file name -> path
    hashes: Mapping[str, str]  # file name -> SHA-256, hexadecimal
    card: Mapping[str, Any]

    @property
    def geometry(self) -> PanoramaGeometry:
        """Return the geometry of the panorama that the network wants."""
        spec = self.input
        return PanoramaGeometry(spec.height, spec.width, spec.top_deg, spec.bottom_deg)


def load_bundle(path: str | Path, verify: bool = True) -> Bundle:
    """Load a bundle folder, or a shipped bundle by its bare name.

    Args:
        path: The folder, or the name of a folder in models/.
        verify: Hash every file and compare with the card.

    Raises:
        BundleError: naming the file and field that is missing, malformed or damaged.
    """
    try:
        folder = find_resource(str(path), 'models')
        card = read_yaml(folder / CARD)
    except SettingsError as err:
        raise BundleError(f'model bundle: {err}') from err
    bundle = _parse(card, folder)
    if verify:
        verify_files(bundle)
    return bundle


def verify_files(bundle: Bundle) -> None:
    """Compare every file of the bundle with the hash on its card.

    Raises:
        BundleError: naming the first file that is missing or differs.
    """
    for name, path in bundle.files.items():
        found = sha256(path)
        if found != bundle.hashes[name]:
            raise BundleError(
                f'{path}: damaged or exchanged, its SHA-256 begins {found[:12]}, '
                f'the card says {bundle.hashes[name][:12]}'
            )


def write_card(
    folder: Path, *, name: str, network: str, label_set: str, spec: InputSpec, **notes: Any
) -> None:
    """Write `card.yaml` with the hashes of all other files of the folder.

    Args:
        folder: The bundle's folder, holding its files already.
        name: The bundle's name.
        network: A name that `networks.build_network` knows.
        label_set: A label set's name or path; a file is copied into the folder.
        spec: What the network wants as input.
        **notes: Plain values for the reader (training, figures, licence, ...).
    """
    if Path(label_set).is_file():
        label_set = _with_labels(folder, Path(label_set))
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != CARD)
    card = {
        'format': FORMAT,
        'name': name,
        'network': network,
        'label_set': label_set,
        'input': {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(spec).items()},
        'files': {path.name: sha256(path) for path in files},
    }
    text = yaml.safe_dump(card | notes, sort_keys=False, allow_unicode=True, width=99)
    partial = folder / f'{CARD}.partial'
    partial.write_text(text, encoding='utf-8')
    partial.replace(folder / CARD)


def _with_labels(folder: Path, labels: Path) -> str:
    """Return the name of a label set's file, once it is in the folder."""
    kept = folder / labels.name
    if kept.name == CARD:
        raise BundleError(f'{labels}: a label set in a bundle cannot have the name of its card')
    if not (kept.exists() and kept.samefile(labels)):
        shutil.copyfile(labels, kept)
    return kept.name


def check_replaceable(out: Path) -> None:
    """Refuse a folder that a bundle must not replace, or where none can be written.

    Raises:
        BundleError: if `out` holds anything but a bundle, which would be lost, or its parent
            cannot be made or written.
    """
    parent = out.resolve().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=parent).close()
    except OSError as err:
        raise BundleError(f'{out}: cannot be written: {err.strerror}') from err
    free = not out.exists() or (out / CARD).is_file()
    if not free and not (out.is_dir() and not any(out.iterdir())):
        raise BundleError(f'{out}: exists and is no bundle, choose another folder')


@contextmanager
def new_bundle(out: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes the bundle `out` if all goes well, or is removed.

    Where `out` is a link, what it points to is replaced.

    Raises:
        BundleError: if `out` holds anything but a bundle, which would be lost, or cannot be
            written or replaced.
    """
    out = out.resolve()
    check_replaceable(out)
    partial, former = (out.with_name(f'.{out.name}.{kind}') for kind in ('partial', 'former'))
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    try:
        shutil.rmtree(former, ignore_errors=True)
        if out.exists():
            out.rename(former)
        partial.rename(out)
    except OSError as err:
        if former.exists() and not out.exists():
            former.rename(out)
        raise BundleError(
            f'{out}: cannot be replaced: {err.strerror}; the new bundle is {partial}'
        ) from err
    shutil.rmtree(former, ignore_errors=True)


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file.

    Raises:
        BundleError: if the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open('rb') as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as err:
        raise BundleError(f'{path}: cannot be read: {err.strerror}') from err
    return digest.hexdigest()


def _parse(card: Any, folder: Path) -> Bundle:
    where = folder / CARD
    if not isinstance(card, dict):
        raise BundleError(f'{where}: must be a mapping')
    if card.get('format') != FORMAT:
        raise BundleError(f'{where}: format must be {FORMAT}, got {card.get("format")!r}')
    texts = {}
    for key in ('name', 'network', 'label_set'):
        value = card.get(key)
        if not isinstance(value, str) or not value:
            raise BundleError(f'{where}: {key} must be a text, got {value!r}')
        texts[key] = value
    hashes = card.get('files')
    if not isinstance(hashes, dict) or not hashes:
        raise BundleError(f'{where}: files must map file names to SHA-256 hashes')
    for file_name, digest in hashes.items():
        if not isinstance(file_name, str) or Path(file_name).name != file_name:
            raise BundleError(f'{where}: files: {file_name!r} is not a plain file name')
        if not isinstance(digest, str) or len(digest) != 64:
            raise BundleError(f'{where}: files: {file_name}: {digest!r} is not a SHA-256 hash')
    labels = texts['label_set']
    return Bundle(
        name=texts['name'],
        path=folder,
        network=texts['network'],
        label_set=str(folder / labels) if labels in hashes else labels,
        input=_parse_input(card.get('input'), where),
        files=MappingProxyType({file_name: folder / file_name for file_name in hashes}),
        hashes=MappingProxyType(dict(hashes)),
        card=MappingProxyType(card),
    )


def _parse_input(raw: Any, where: Path) -> InputSpec:
    try:
        return InputSpec(**arguments(InputSpec, raw, 'input.'))
    except ValueError as err:
        raise BundleError(f'{where}: {err}') from err
