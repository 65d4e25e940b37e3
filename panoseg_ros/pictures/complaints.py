"""What image decoders write to stderr, because OpenCV passes their warnings on to nobody.

libjpeg fills the rest of a damaged picture with grey, writes a line and reports success: to
tell such a picture from a good one its line has to be read. The same lines would else
flood the log, one per image.
"""

import os
import re
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar('Value')
STDERR = 2
SPEAKERS = ('Corrupt JPEG data', 'Premature end of JPEG', 'Invalid SOS', 'libpng', 'libjpeg',
            'Inconsistent progression', 'Unsupported marker')  # fmt: skip
PADDING = re.compile(r'(\d+) extraneous bytes before marker 0xd9')
PADDING_BYTES = 64  # cameras pad before the end marker; more is a decoder that lost its way


def listen(decode: Callable[[], Value]) -> tuple[Value, str]:
    """Return what `decode` returns and the first serious complaint on stderr, or ''.

    Whatever else is written to stderr meanwhile, by any thread, is passed on.
    """
    try:
        kept = os.dup(STDERR)
    except OSError:  # a daemon without stderr: nothing to hear
        return decode(), ''
    sink = os.memfd_create('decoder')
    try:
        os.dup2(sink, STDERR)
        try:
            value = decode()
        finally:
            os.dup2(kept, STDERR)
            lines = _lines(sink)
            others = ''.join(line for line in lines if not line.startswith(SPEAKERS))
            os.write(STDERR, others.encode())
    finally:
        os.close(sink)
        os.close(kept)
    return value, _serious(lines)


def _lines(descriptor: int) -> list[str]:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, size, 0).decode(errors='replace').splitlines(keepends=True)


def _serious(lines: list[str]) -> str:
    return next((line.strip() for line in lines if _is_serious(line)), '')


def _is_serious(line: str) -> bool:
    padding = PADDING.search(line)
    harmless = padding is not None and int(padding[1]) <= PADDING_BYTES
    return line.startswith(SPEAKERS) and not harmless and not line.startswith('libpng warning')
