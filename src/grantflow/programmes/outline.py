"""What of a programme.toml can be known though it has faults: enough to look at the rest."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from grantflow.programmes.definition import CallFacts
from grantflow.programmes.package import Package


@dataclass(frozen=True)
class Outline:
    """Which diagrams and lanes a programme names, as far as that can be read.

    ``sure`` says that the named diagrams are all there are; ``lanes`` None that no lane is known.
    """

    lifecycle: str = "lifecycle"
    side_processes: Sequence[str] = ()
    lanes: Mapping[str, str] | None = None
    profile: str | None = None
    profile_overrides: Mapping[str, Any] = field(default_factory=dict)
    calls: Sequence[CallFacts] = ()
    sure: bool = False


def outline(package: Package) -> Outline:
    """The outline of a package; that of a programme without settings where nothing is readable."""
    try:
        raw = tomllib.loads(package.files.get("programme.toml", b"").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return Outline()
    lifecycle, sides = raw.get("lifecycle", Outline.lifecycle), raw.get("side_processes", {})
    lanes, profile = raw.get("lanes"), raw.get("profile")
    own = raw.get("profile_overrides")
    return Outline(
        lifecycle=lifecycle if isinstance(lifecycle, str) else Outline.lifecycle,
        side_processes=tuple(sides) if isinstance(sides, dict) else (),
        lanes={k: str(v) for k, v in lanes.items()} if isinstance(lanes, dict) else None,
        profile=profile if isinstance(profile, str) else None,
        profile_overrides=own if isinstance(own, dict) else {},
        calls=_calls(raw.get("calls", ())),
        sure=isinstance(lifecycle, str) and isinstance(sides, dict) and bool(raw),
    )


def _calls(given: Any) -> list[CallFacts]:
    found = []
    for one in given if isinstance(given, list) else ():
        try:
            found.append(CallFacts.model_validate(one))
        except ValidationError:  # read_file has said what is wrong with it
            continue
    return found
