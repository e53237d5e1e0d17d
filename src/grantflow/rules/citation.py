"""Under which names the law of an area is cited: procedure act and budget code, as data.

Templates, diagrams and rules name the federal act and both budget codes; who reads a decision of a
Land must find the law that binds its authorities (§ 1 Abs. 3 VwVfG).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grantflow.rules.profiles import MissingValue, Profile

PROCEDURE_ACT = "procedure_act"
BUDGET_CODE = "budget_code"
# Not within another name ("HVwVfG") and not the Land's own act that refers to it ("VwVfG Bln").
_ACT = re.compile(r"\bVwVfG\b(?! Bln| in Verbindung)")
_CODE = re.compile(r"\bBHO/LHO\b")


@dataclass(frozen=True)
class Names:
    """What the procedure act and the budget code of an area are called; empty where unknown."""

    procedure: str = ""
    budget: str = ""


def names_of(profile: Profile) -> Names:
    """The names by the profile's day; empty where the profile has none yet."""
    return Names(_name(profile, PROCEDURE_ACT), _name(profile, BUDGET_CODE))


def _name(profile: Profile, value: str) -> str:
    try:
        return str(profile.value(value).value)
    except MissingValue:
        # Drafting stays possible; a letter that cites the act is refused when it is to be approved.
        return ""


def cited(text: str, names: Names) -> str:
    """A citation of the federal act or of both codes, with the names of the area instead."""
    named = _ACT.sub(names.procedure, text) if names.procedure else text
    return _CODE.sub(names.budget, named) if names.budget else named
