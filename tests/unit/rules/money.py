"""What the tests of the money rules share: euro by text, a computed rule of a book and day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from grantflow.errors import Invalid
from grantflow.rules.computing import Computation, compute
from grantflow.rules.profiles import profile

DAY = date(2026, 3, 1)


def euro(written: str) -> Decimal:
    return Decimal(written)


def computed(rule: str, area: str = "federal", on: date = DAY, **facts: Any) -> Computation:
    return compute(rule, facts, profile(area, on))


def keys(found: Computation) -> list[str]:
    return [step.key.removeprefix("rules_money.step.") for step in found.steps]


def refused(rule: str, **facts: Any) -> list[tuple[str, str]]:
    """The texts and places with which a rule refuses its facts."""
    with pytest.raises(Invalid) as caught:
        computed(rule, **facts)
    return [(problem.key, problem.place) for problem in caught.value.problems]
