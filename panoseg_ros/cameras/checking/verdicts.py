"""What counts as good: one line of a check, its figure, its verdict and the limits."""

import math
from typing import NamedTuple

GOOD, LOOK, BAD, UNKNOWN = 'good', 'look', 'bad', '-'


class Row(NamedTuple):
    """One line of a check.

    Convention: `verdict` is good, look (a person should look at it), bad, or - where the
    pictures do not tell; `limits` says what good and look mean, or why there is no figure.
    """

    subject: str
    what: str
    figure: str
    verdict: str
    limits: str


def upto(
    subject: str, what: str, value: float, unit: str, good: float, look: float, note: str = ''
) -> Row:
    """Return the row of a figure that should be small; one that may be infinite is never bad."""
    verdict = GOOD if value <= good else LOOK if value <= look else BAD
    limits = f'good to {good:g}{unit}'
    if math.isfinite(look):
        limits = f'good to {good:g}, look to {look:g}{unit}'
    return Row(subject, what, f'{value:.2f}{unit}{note}', verdict, limits)


def unknown(subject: str, what: str, reason: str) -> Row:
    """Return the row of something that the pictures do not tell."""
    return Row(subject, what, UNKNOWN, UNKNOWN, reason)


def worst(rows: list[Row]) -> str:
    """Return the worst verdict of all."""
    verdicts = {row.verdict for row in rows}
    return next((word for word in (BAD, LOOK, GOOD) if word in verdicts), UNKNOWN)
