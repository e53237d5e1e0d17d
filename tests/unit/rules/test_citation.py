"""The law is cited under the names of the area: procedure act and budget code are data."""

from __future__ import annotations

from datetime import date

import pytest

from grantflow.rules.citation import Names, cited, names_of
from grantflow.rules.computing import compute
from grantflow.rules.profiles import parse, profile

DAY = date(2026, 3, 2)
HESSE = Names("HVwVfG", "LHO")
BARE = b"""
area = "bare"
[title]
de = "x"
en = "x"
[[values.deemed_days]]
from = 1990-01-01
value = 4
source = "x"
confidence = "law"
"""


@pytest.mark.parametrize(
    ("area", "procedure", "budget"),
    [
        ("federal", "VwVfG", "BHO"),
        ("hessen", "HVwVfG", "LHO"),
        ("berlin", "VwVfG in Verbindung mit § 1 VwVfG Bln", "LHO"),
    ],
)
def test_every_area_names_its_act_and_its_budget_code(
    area: str, procedure: str, budget: str
) -> None:
    found = profile(area, DAY)
    assert names_of(found) == Names(procedure, budget)
    assert found.value("procedure_act").source
    assert found.value("budget_code").confidence


def test_citations_carry_the_names_of_the_area() -> None:
    assert cited("§ 49a Abs. 3 VwVfG", HESSE) == "§ 49a Abs. 3 HVwVfG"
    assert cited("§ 59 BHO/LHO; § 28 VwVfG", HESSE) == "§ 59 LHO; § 28 HVwVfG"
    assert cited("§ 247 BGB", HESSE) == "§ 247 BGB"


def test_a_citation_that_is_right_already_stays() -> None:
    assert cited("§ 28 HVwVfG", HESSE) == "§ 28 HVwVfG"
    berlin = names_of(profile("berlin", DAY))
    once = cited("§ 28 VwVfG", berlin)
    assert once == "§ 28 VwVfG in Verbindung mit § 1 VwVfG Bln"
    assert cited(once, berlin) == once


def test_a_profile_without_names_leaves_the_citation_as_it_is() -> None:
    from_before = parse(BARE, "bare.toml")
    found = profile("federal", DAY)
    unnamed = type(found)(from_before, DAY)
    assert names_of(unnamed) == Names()
    assert cited("§ 28 VwVfG, § 59 BHO/LHO", Names()) == "§ 28 VwVfG, § 59 BHO/LHO"


def test_the_steps_of_a_computation_cite_the_act_of_the_land() -> None:
    facts = {"channel": "POST", "sent_on": "2026-03-02", "calendar": "HE"}
    told = {"hessen": set[str](), "federal": set[str]()}
    for area, laws in told.items():
        found = compute("notification", facts, profile(area, DAY))
        laws.update(step.law for step in found.steps)
    assert "§ 41 Abs. 2 Satz 1 HVwVfG" in told["hessen"]
    assert "§ 41 Abs. 2 Satz 1 VwVfG" in told["federal"]
