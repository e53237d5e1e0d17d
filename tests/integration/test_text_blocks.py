"""The authority's own texts: written, released by a second person, kept by what is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from tests.factories import make_actor
from tests.integration.desk import Desks
from tests.integration.ponds import Ponds

from grantflow.errors import Conflict, Invalid, NotAllowed, NotFound
from grantflow.services import letters, text_blocks
from grantflow.services.policy import SYSTEM
from grantflow.services.text_blocks import NewText
from grantflow.store.tables import TextBlockRow

Clock = Callable[[str], None]
OURS = "wir bewilligen Ihnen gern {{ decision.amount | euro }}."


@pytest.fixture
def writers(ponds: Ponds) -> Ponds:
    """The ponds with two people who keep the templates."""
    with ponds.transaction(SYSTEM) as session:
        for name in ("writer", "releaser"):
            ponds.people[name] = make_actor(
                session, "TEMPLATE_MANAGER", authority=ponds.authority, name=name.capitalize()
            )
    return ponds


def ours(ponds: Ponds, **changes: object) -> NewText:
    new = NewText(
        ponds.authority.id, ponds.programme.id, "", "grant_decision", "opening", OURS,
        date(2027, 2, 1), None, "Freundlicher",
    )  # fmt: skip
    return replace(new, **changes)  # type: ignore[arg-type]


def released(ponds: Ponds, new: NewText) -> TextBlockRow:
    row = ponds.do("writer", text_blocks.propose, new)
    return ponds.do("releaser", text_blocks.release, row.id)


def opening(ponds: Ponds) -> str:
    case = ponds.drafted()
    draft = next(one for one in ponds.letters(case) if one.name == "grant_decision")
    return ponds.look("head", letters.preview, draft.id)


def later(ponds: Ponds, moment: str) -> None:
    with ponds.transaction(SYSTEM) as session:
        session.execute(
            text("update programme_version set published_at = :at"), {"at": f"{moment}+00"}
        )


def test_a_released_text_stands_in_the_letters_of_what_is_published_after_it(
    writers: Ponds, clock: Clock
) -> None:
    row = released(writers, ours(writers))
    assert (row.state, row.released_by) == ("released", writers.who("releaser").account_id)
    assert "gern" not in opening(writers), "a published programme keeps the texts of its day"
    later(writers, "2027-02-02T00:00")
    html = opening(writers)
    assert "wir bewilligen Ihnen gern 20.000,00" in html
    case = writers.drafted()
    draft = next(one for one in writers.letters(case) if one.name == "grant_decision")
    assert draft.texts["opening"]["id"] == str(row.id)
    writers.complete("head", case, "approve")
    writers.run_jobs()
    assert writers.letters(case)[-1].state == "dispatched"


def test_a_programmes_own_text_is_stronger_than_its_profiles_and_a_later_one_than_an_earlier(
    writers: Ponds, clock: Clock
) -> None:
    released(writers, ours(writers, programme_id=None, profile="federal", text="für alle"))
    later(writers, "2027-02-02T00:00")
    assert "für alle" in opening(writers)
    released(writers, ours(writers, text="erst"))
    released(writers, ours(writers, text="dann", valid_from=date(2027, 2, 2)))
    released(writers, ours(writers, text="viel später", valid_from=date(2027, 9, 1)))
    later(writers, "2027-02-03T00:00")
    assert "erst" in opening(writers)
    clock("2027-02-02T09:00")
    assert "dann" in opening(writers)


def test_a_text_that_has_run_out_is_not_taken_and_stops_a_draft_that_has_it(
    writers: Ponds, clock: Clock
) -> None:
    released(writers, ours(writers, text="nur kurz", valid_until=date(2027, 2, 3)))
    later(writers, "2027-02-02T00:00")
    case = writers.drafted()
    clock("2027-02-04T09:00")
    with pytest.raises(Invalid) as refused:
        writers.complete("head", case, "approve")
    assert [p.key for p in refused.value.problems] == ["letters_checks.text_run_out"]
    assert "nur kurz" not in opening(writers)


def test_who_wrote_a_text_does_not_release_it_and_nothing_holds_for_days_gone(
    writers: Ponds, clock: Clock
) -> None:
    row = writers.do("writer", text_blocks.propose, ours(writers))
    with pytest.raises(NotAllowed) as own:
        writers.do("writer", text_blocks.release, row.id)
    assert own.value.key == "text_blocks.four_eyes"
    with pytest.raises(NotAllowed):
        writers.do("manager", text_blocks.release, row.id)
    clock("2027-02-02T09:00")
    with pytest.raises(Invalid) as late:
        writers.do("releaser", text_blocks.release, row.id)
    assert late.value.problems[0].place == "valid_from"
    assert writers.do("writer", text_blocks.withdraw, row.id).state == "withdrawn"
    with pytest.raises(Conflict):
        writers.do("writer", text_blocks.withdraw, row.id)
    assert writers.look("manager", text_blocks.listed) == []


def test_a_released_text_never_changes(writers: Ponds) -> None:
    row = released(writers, ours(writers))
    with pytest.raises(NotAllowed), writers.transaction(SYSTEM) as session:
        session.execute(text("update text_block set text = 'x' where id = :id"), {"id": row.id})


@pytest.mark.parametrize(
    ("change", "place", "key"),
    [
        ({"text": " "}, "text", "text_blocks.empty"),
        ({"text": "x" * 20_001}, "text", "text_blocks.too_long"),
        ({"text": "{{ decision.amont }}"}, "text", "letters.unknown_name_near"),
        ({"text": "{{ decision.zebra }}"}, "text", "letters.unknown_name"),
        ({"text": "{{ decision.amount"}, "text", "letters.syntax"),
        ({"block": "closing"}, "block", "text_blocks.no_such_block"),
        ({"letter": "poem"}, "block", "text_blocks.no_such_block"),
        ({"valid_until": date(2027, 1, 1)}, "valid_until", "text_blocks.ends_first"),
    ],
)
def test_a_faulty_text_is_refused_with_its_field(
    writers: Ponds, change: dict[str, object], place: str, key: str
) -> None:
    with pytest.raises(Invalid) as refused:
        writers.do("writer", text_blocks.propose, ours(writers, **change))
    assert (key, place) in [(p.key, p.place) for p in refused.value.problems]


def test_other_people_and_authorities_see_nothing(writers: Ponds) -> None:
    row = writers.do("writer", text_blocks.propose, ours(writers))
    with writers.transaction(SYSTEM) as session:
        writers.people["other"] = make_actor(session, "TEMPLATE_MANAGER", name="Fremd")
    with pytest.raises(NotFound):
        writers.look("other", text_blocks.get, row.id)
    assert writers.look("other", text_blocks.listed) == []
    for who in ("officer", "applicant"):
        with pytest.raises(NotAllowed):
            writers.look(who, text_blocks.listed)
    with pytest.raises(NotAllowed):
        writers.do("manager", text_blocks.propose, ours(writers))
    with pytest.raises(NotAllowed):
        writers.do("other", text_blocks.propose, ours(writers))


def test_the_pages_lead_from_a_new_text_to_its_release(desks: Desks) -> None:
    ponds = desks.ponds
    with ponds.transaction(SYSTEM) as session:
        for name in ("writer", "releaser"):
            ponds.people[name] = make_actor(
                session, "TEMPLATE_MANAGER", authority=ponds.authority, name=name.capitalize()
            )
    writer, releaser = desks.of("writer"), desks.of("releaser")
    assert "Noch gibt es keine eigenen Texte" in writer.read("/text-blocks")
    assert "grant_decision/opening" in writer.get("/text-blocks/new").text
    typed = {
        "scope": f"programme:{ponds.programme.id}",
        "block": "grant_decision/opening",
        "text": OURS,
        "valid_from": "2027-02-01",
        "valid_until": "",
        "reason": "Freundlicher",
    }
    wrong = writer.post("/text-blocks", **{**typed, "valid_from": "bald", "scope": "?"})
    assert wrong.status_code == 422
    assert "ab welchem Tag" in wrong.text
    assert "wir bewilligen Ihnen gern" in wrong.text
    unknown = writer.post("/text-blocks", **{**typed, "text": "{{ nichts }}"})
    assert "nichts" in unknown.text
    assert unknown.status_code == 422
    address = writer.post("/text-blocks", **typed).headers["location"]
    page = writer.get(address).text
    assert "<ins>" in page
    assert "Eine andere Person gibt ihn frei" in page
    releaser.post(f"{address}/release")
    assert "freigegeben" in releaser.read(address)
    assert "Froschfreunde" not in releaser.read("/text-blocks")
    profile = {**typed, "scope": f"profile:{ponds.authority.id}:federal"}
    second = writer.post("/text-blocks", **profile).headers["location"]
    with ponds.transaction(SYSTEM) as session:
        session.execute(
            text("update text_block set valid_from = '2027-01-01' where state = 'draft'")
        )
    late = releaser.post(f"{second}/release")
    assert late.status_code == 422
    assert "der schon vorbei ist" in late.text
    writer.post(f"{second}/withdraw")
    assert "Der Entwurf ist zurückgezogen" in writer.read("/text-blocks")
    assert writer.read("/text-blocks").count("Einleitung") == 1
    assert desks.of("manager").get("/text-blocks/new").status_code == 403
