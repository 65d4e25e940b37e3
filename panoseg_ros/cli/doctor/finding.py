"""What the doctor says about one thing."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

Level = Literal['ok', 'warning', 'problem']
WORDS: dict[Level, str] = {'ok': 'OK', 'warning': 'WARNING', 'problem': 'PROBLEM'}
EXIT_CODES: dict[Level, int] = {'ok': 0, 'warning': 1, 'problem': 2}


class Finding(NamedTuple):
    """One line: about what, how it is, and what to do if it is not well."""

    subject: str
    level: Level
    state: str
    advice: str = ''


def ok(subject: str, state: str) -> Finding:
    """Return a finding that needs no action."""
    return Finding(subject, 'ok', state)


def warning(subject: str, state: str, advice: str) -> Finding:
    """Return a finding with which the node works, but not as well as it could."""
    return Finding(subject, 'warning', state, advice)


def problem(subject: str, state: str, advice: str) -> Finding:
    """Return a finding with which the node does not work."""
    return Finding(subject, 'problem', state, advice)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 0 if all is well, 1 after warnings, 2 after problems."""
    return max((EXIT_CODES[finding.level] for finding in findings), default=0)


def lines(finding: Finding) -> list[str]:
    """Return a finding as lines of text: what, then what to do."""
    head = f'{WORDS[finding.level]:8} {finding.subject}: {finding.state}'
    return [head, f'         -> {finding.advice}'] if finding.advice else [head]


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return findings as JSON values."""
    rows = [finding._asdict() for finding in findings]
    return {'exit_code': exit_code(findings), 'findings': rows}
