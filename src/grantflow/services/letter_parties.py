"""Who a letter is about and what they handed in: grantee, representatives, what was received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from grantflow.letters.model import Grantee
from grantflow.letters.source import LetterSource
from grantflow.services.move import Move
from grantflow.store import documents, people
from grantflow.store.cases import CaseParts
from grantflow.store.tables import FormData
from grantflow.texts import text

RECEIVED = "received"
_ANSWERS = "what"
"""The fact that names the form a letter answers."""


def grantee(session: Session, parts: CaseParts) -> Grantee:
    """The organisation, represented by those who may sign for it."""
    organisation = parts.organisation
    signers = people.list_signatories(session, organisation.id)
    return Grantee(
        name=organisation.name,
        seat=organisation.town,
        legal_form=organisation.legal_form,
        form_in_name=_ends_with(organisation.name, organisation.legal_form),
        register=organisation.register_number,
        represented_by=tuple(one.name for one in signers),
    )


def _ends_with(name: str, legal_form: str) -> bool:
    """Whether the name says the legal form already; blanks and capitals do not count."""
    plain = [said.replace(" ", "").casefold() for said in (name, legal_form)]
    return bool(legal_form) and plain[0].endswith(plain[1])


def with_received(
    move: Move, source: LetterSource, facts: Mapping[str, Any], answers: Mapping[str, FormData]
) -> dict[str, Any]:
    """The facts with ``received``: the form that came in, then its files by name.

    Only where the letter wants it, the diagram names the form, and nobody has listed it already.
    """
    given = answers.get(str(facts.get(_ANSWERS) or ""))
    if given is None or RECEIVED not in source.optional_facts or facts.get(RECEIVED):
        return dict(facts)
    title = move.programme.form(given.form).title["de"]
    named = [one.name for one in _files(move.session, given)]
    files = [text("services.letter.received_file", "de", name=name) for name in named]
    return {**facts, RECEIVED: [title, *files]}


def _files(session: Session, given: FormData) -> Iterable[Any]:
    said = str(given.answers)
    found = documents.list_documents(session, given.case_id)
    return [one for one in found if str(one.id) in said]
