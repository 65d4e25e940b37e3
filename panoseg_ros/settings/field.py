"""A setting that carries its own documentation and limits."""

from dataclasses import field
from typing import Any


def setting(
    default: Any,
    description: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    live: bool = False,
) -> Any:
    """Return a dataclass field that carries its own documentation and limits.

    Args:
        default: value without a file; its type is the parameter's type.
        description: one sentence, with the unit.
        low: smallest allowed number.
        high: largest allowed number.
        choices: the allowed texts, any text when empty.
        live: True if it may change while the node is configured, False if a change needs
            another configure.
    """
    limits = None if low is None or high is None else (low, high)
    metadata = {'description': description, 'range': limits, 'choices': choices, 'live': live}
    return field(default=default, metadata=metadata)
