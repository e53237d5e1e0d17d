"""What differs between two versions of a file, said by meaning instead of line by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from grantflow.engine.xml import load_xml
from grantflow.errors import BadProgramme
from grantflow.programmes.differences import diagrams, schemas, tables
from grantflow.programmes.differences.parts import Alteration, Difference, Reading, compare
from grantflow.programmes.differences.trees import written

__all__ = ["Alteration", "Difference", "differences", "plainly"]

_READERS: dict[str, Callable[[Any], Reading]] = {
    ".bpmn": diagrams.read,
    ".dmn": tables.read,
    ".form": schemas.read,
}


def differences(path: str, before: bytes, after: bytes) -> tuple[Difference, ...] | None:
    """What became of the parts of a diagram, decision table or form.

    None for every other file, and where one of the two cannot be read: then only the texts tell.
    """
    old, new = _opened(path, before), _opened(path, after)
    if old is None or new is None:
        return None
    read = _READERS[PurePosixPath(path).suffix]
    found = tuple(compare(read(old), read(new)))
    if found or before == after:
        return found
    same = plainly(path, before) == plainly(path, after)
    return (Difference("spelling" if same else "other"),)


def plainly(path: str, content: bytes) -> str:
    """The text of a file without what only its editor decides: quotes, order, blanks."""
    opened = _opened(path, content)
    if opened is None:
        return content.decode("utf-8", "replace")
    if path.endswith(".form"):
        return json.dumps(opened, ensure_ascii=False, indent=2, sort_keys=True)
    return "\n".join(written(opened))


def _opened(path: str, content: bytes) -> Any:
    """The tree of a file; None for plain texts and for what cannot be read."""
    try:
        match PurePosixPath(path).suffix:
            case ".bpmn" | ".dmn":
                return load_xml(content, path)
            case ".form":
                return json.loads(content)
    except (BadProgramme, ValueError, RecursionError):
        return None
    return None
