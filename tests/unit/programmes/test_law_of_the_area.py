"""Shared forms name the federal procedure act; people read the act that binds their authority."""

from __future__ import annotations

import pytest

from grantflow.programmes import check
from grantflow.programmes.load import read
from grantflow.settings import settings


@pytest.mark.parametrize(
    ("programme", "law"),
    [("bamf_model_projects", "(§ 39 VwVfG)"), ("wir_hessen", "(§ 39 HVwVfG)")],
)
def test_a_form_cites_the_procedure_act_of_the_area(programme: str, law: str) -> None:
    folder = settings().workflows_dir / programme
    package = check.from_folder(folder, settings().templates_dir / "letters")
    loaded = read(package)
    reasons = next(f for f in loaded.form("draft_decision").every_field if f.key == "reasons")
    assert law in reasons.hint("de")
    assert loaded.package.digest == package.digest
