"""Messages between applicant and authority, and notes the applicant never sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.integration.ponds import Ponds

from grantflow.errors import Invalid, NotAllowed, NotFound
from grantflow.services import messages


def test_both_sides_write_and_are_told(ponds: Ponds, clock: Callable[[str], None]) -> None:
    case = ponds.submitted()
    ponds.do("applicant", messages.write, case.id, " Wann geht es weiter? ")
    clock("2027-02-01T10:00")
    ponds.do("officer", messages.write, case.id, "Bald.")
    seen = ponds.look("applicant", messages.list_messages, case.id)
    assert [(m.author_name, m.body) for m in seen] == [
        ("Frieda", "Wann geht es weiter?"),
        ("Officer", "Bald."),
    ]
    ponds.run_jobs()
    outbox = ponds.settings.data_dir / "outbox"
    told = [path.read_text() for path in outbox.rglob("*.eml")]
    for who in ("officer", "applicant"):
        assert any(ponds.who(who).email in mail for mail in told), who
    assert not any("Wann geht es weiter" in mail for mail in told)


def test_notes_stay_inside(ponds: Ponds) -> None:
    case = ponds.submitted()
    ponds.do("officer", messages.write, case.id, "Bitte genau hinsehen.", internal=True)
    assert ponds.look("applicant", messages.list_messages, case.id) == []
    assert len(ponds.look("head", messages.list_messages, case.id)) == 1
    with pytest.raises(NotAllowed):
        ponds.do("applicant", messages.write, case.id, "Heimlich", internal=True)


@pytest.mark.parametrize(
    ("who", "error"), [("panel", NotAllowed), ("stranger", NotFound), ("foreign", NotFound)]
)
def test_others_cannot_write(ponds: Ponds, who: str, error: type) -> None:
    case = ponds.submitted()
    with pytest.raises(error):
        ponds.do(who, messages.write, case.id, "Hallo")


@pytest.mark.parametrize("body", ["", "  \n", "x" * 10_001])
def test_a_message_says_something_and_not_everything(ponds: Ponds, body: str) -> None:
    case = ponds.submitted()
    with pytest.raises(Invalid) as refused:
        ponds.do("officer", messages.write, case.id, body)
    assert refused.value.problems[0].place == "body"
