"""The case data inside the PDF: readable by programs, limited to the letter, always the same."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import pikepdf

from grantflow import letters
from grantflow.letters.data import case_data


def _embedded(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        (file,) = document.Root.AF
        stream = file.EF.F
        return file, bytes(stream.read_bytes()), str(file.AFRelationship), dict(stream.Params)


def test_the_pdf_carries_the_facts_of_the_letter(rendered, model):
    _, content, relation, params = _embedded(rendered("grant_decision").pdf)
    data = json.loads(content)
    assert relation == "/Data"
    assert int(params["/Size"]) == len(content)
    assert str(params["/ModDate"]).startswith("D:2026")
    assert data["letter"] == "grant_decision"
    assert data["file_reference"] == model.info.file_reference
    assert data["on"] == model.info.on.isoformat()
    assert data["decision"]["amount"] == str(model.decision.amount)
    assert data["remedy"]["kind"] == model.remedy.kind


def test_answers_and_internal_facts_stay_at_home(letter, model):
    secret = replace(
        model,
        answers={"application": {"bank": "DE02120300000000202051"}},
        facts={**model.facts, "inside": "Mondgestein"},
    )
    data = case_data(letter("reminder"), secret)
    assert "DE02120300000000202051" not in data
    assert "Mondgestein" not in data


def test_the_data_survive_quotes_signs_and_typography(letter, model):
    odd = replace(model, case=replace(model.case, project='Käse & "Löcher" <§ 44 Abs. 1>'))
    html = letters.compose(letter("acknowledgement"), odd, {})
    data = json.loads(_embedded(letters.render(html).pdf)[1])
    assert data["case"]["project"] == 'Käse & "Löcher" <§ 44 Abs. 1>'


def test_the_same_letter_has_the_same_data(letter, model):
    assert case_data(letter("reminder"), model) == case_data(letter("reminder"), replace(model))
