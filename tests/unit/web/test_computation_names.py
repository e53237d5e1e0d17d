import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from grantflow.rules.revocations import _LIMIT_VALUES
from grantflow.texts import catalogue

RULES = Path(__file__).parents[3] / "src/grantflow/rules"


def _written(tree: ast.AST) -> Iterator[str]:
    """The names in ``Outcome({...})`` and in a ``values = {...}`` of a rule."""
    for node in ast.walk(tree):
        found: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            found = node.args[0] if node.func.id == "Outcome" else None
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found = node.value if node.targets[0].id == "values" else None
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found = node.value if node.target.id == "values" else None
        for part in ast.walk(found) if found is not None else ():
            keys = part.keys if isinstance(part, ast.Dict) else []
            yield from (str(one.value) for one in keys if isinstance(one, ast.Constant))


def _names() -> set[str]:
    files = RULES.glob("*.py")
    return {name for one in files for name in _written(ast.parse(one.read_text("utf-8")))}


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_value_of_a_rule_has_a_name(language: str) -> None:
    names = _names() | {*_LIMIT_VALUES, "desk_check_due", "in_depth_due"}
    texts = catalogue(language)
    assert len(names) > 50
    assert sorted(name for name in names if f"computations.name.{name}" not in texts) == []
