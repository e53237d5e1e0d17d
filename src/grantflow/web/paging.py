"""Pages of long lists: which one is shown, and the addresses of its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from grantflow.errors import Invalid, Problem


@dataclass(frozen=True)
class Paging:
    """The number of a page and the addresses before and behind it."""

    number: int
    here: str
    previous: str | None
    next: str | None


def address(path: str, query: Mapping[str, Any]) -> str:
    """The path with the parts of the query that say something."""
    said = {name: value for name, value in query.items() if value not in ("", None, False)}
    return f"{path}?{urlencode(said)}" if said else path


def require_known(value: str, known: Iterable[str], problem: str, *, empty: bool = True) -> None:
    """Raises Invalid with this sentence for a filter that is none of the list's choices."""
    if not (value in known or (empty and not value)):
        raise Invalid([Problem(problem)])


def paging(path: str, query: Mapping[str, Any], number: int, pages: int) -> Paging:
    """The neighbours of page ``number`` of ``pages``, with the same filters."""

    def page(wanted: int) -> str:
        return address(path, {**query, "page": wanted if wanted > 1 else ""})

    return Paging(
        number,
        page(number),
        page(number - 1) if number > 1 else None,
        page(number + 1) if number < pages else None,
    )
