"""Text as people send it, without the signs that no page shows and no database keeps."""

from __future__ import annotations

import re
from typing import Any

# Control characters other than tab and line ends, and halves of surrogate pairs.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def visible(text: str) -> str:
    """The text without control characters and lone surrogates."""
    return _UNSEEN.sub("", text)


def require_visible(value: Any) -> Any:
    """JSON as a program sent it, unchanged. Raises ValueError if a name or text in it is unclean.

    Walks without recursion: how deep it is nested was chosen by the sender.
    """
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str) and _UNSEEN.search(part):
            raise ValueError("control character or lone surrogate")
        if isinstance(part, dict):
            waiting += [*part, *part.values()]
        elif isinstance(part, list):
            waiting += part
    return value
