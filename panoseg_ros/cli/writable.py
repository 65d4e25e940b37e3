"""Options that name what a command writes, checked before it works for minutes or hours."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer


def writable_file(path: Path | None) -> Path | None:
    """Return the value of an option that names a file, whose folders are made.

    Raises:
        typer.BadParameter: if it is a folder, or cannot be written.
    """
    if path is not None and path.is_dir():
        raise typer.BadParameter(f'{path} is a folder')
    if path is not None:
        writable_folder(path.absolute().parent)
    return path


def writable_folder(path: Path | None) -> Path | None:
    """Return the value of an option that names a folder, which is made.

    Raises:
        typer.BadParameter: if it cannot be written.
    """
    if path is not None:
        try:
            path.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path).close()
        except OSError as err:
            raise typer.BadParameter(f'{path} cannot be written: {err.strerror}') from err
    return path


JsonFile = Annotated[Path | None, typer.Option(help='JSON file to write.', callback=writable_file)]
HtmlFile = Annotated[Path | None, typer.Option(help='HTML page to write.', callback=writable_file)]
