"""Which remedy, where, and when a decision must not leave."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from grantflow.errors import Invalid
from grantflow.rules.profiles import Profile, profile
from grantflow.rules.remedies import instruction

ACTION = {"kind": "COURT_ACTION", "court": "BY_SEAT", "defendant": "Land"}
OBJECTION = {
    "kind": "OBJECTION",
    "body": "Amt für Flugwesen",
    "street": "Stallgasse 1",
    "postcode": "12345",
    "town": "Koben",
}


@pytest.fixture
def hessen() -> Profile:
    return profile("hessen", date(2026, 3, 2))


@pytest.mark.parametrize(
    ("seat", "court"),
    [
        ("Offenbach am Main", "Verwaltungsgericht Darmstadt"),
        ("offenbach", "Verwaltungsgericht Darmstadt"),
        ("Kassel", "Verwaltungsgericht Kassel"),
        ("Homberg (Efze)", "Verwaltungsgericht Kassel"),
        ("Homberg (Ohm)", "Verwaltungsgericht Gießen"),
        ("Frankfurt", "Verwaltungsgericht Frankfurt am Main"),
        ("  Bad   Homburg ", "Verwaltungsgericht Frankfurt am Main"),
        ("Limburg an der Lahn", "Verwaltungsgericht Wiesbaden"),
    ],
)
def test_the_court_follows_the_seat(hessen: Profile, seat: str, court: str) -> None:
    told = instruction(ACTION, seat, hessen)
    assert told.body == court
    assert told.street
    assert told.months == 1
    assert told.steps[-1].law == "§ 52 Nr. 3 Satz 2 VwGO"


@pytest.mark.parametrize(
    ("seat", "key"),
    [
        ("Köln", "rules.unknown_seat"),
        ("", "rules.unknown_seat"),
        ("Homberg", "rules.ambiguous_seat"),
    ],
)
def test_an_unknown_seat_is_refused(hessen: Profile, seat: str, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        instruction(ACTION, seat, hessen)
    assert [(p.key, p.place) for p in caught.value.problems] == [(key, "organisation.town")]


def test_every_municipality_has_one_court(hessen: Profile) -> None:
    towns = Counter(
        town for court in hessen.book.courts for each in court.districts.values() for town in each
    )
    assert len(towns) > 400
    assert max(towns.values()) == 1


def test_an_objection_goes_to_the_body_of_the_authority(hessen: Profile) -> None:
    told = instruction(OBJECTION, "Köln", hessen, service=True)
    assert (told.kind, told.body, told.town) == ("OBJECTION", "Amt für Flugwesen", "Koben")
    assert told.service
    assert told.steps[0].key == "rules.step.kind_objection"


def test_a_named_court_comes_from_the_profile() -> None:
    berlin = profile("berlin", date(2026, 3, 2))
    told = instruction({"kind": "COURT_ACTION", "court": "Verwaltungsgericht Berlin"}, "", berlin)
    assert (told.postcode, told.town) == ("10557", "Berlin")


@pytest.mark.parametrize(
    ("remedy", "key"),
    [
        ({**OBJECTION, "released": False}, "rules.remedy_not_released"),
        ({**OBJECTION, "street": ""}, "rules.remedy_body_unknown"),
        ({"kind": "COURT_ACTION"}, "rules.remedy_body_unknown"),
        ({"kind": "COURT_ACTION", "court": "Mondgericht"}, "rules.unknown_court"),
        ({"kind": "PRAYER"}, "rules.wrong_field"),
        ({}, "rules.wrong_field"),
    ],
)
def test_an_incomplete_remedy_is_refused(
    hessen: Profile, remedy: dict[str, object], key: str
) -> None:
    with pytest.raises(Invalid, match=key):
        instruction(remedy, "Kassel", hessen)
