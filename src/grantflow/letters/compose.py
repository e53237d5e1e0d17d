"""A letter's source and a model become one HTML document, ready to be rendered or previewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from traceback import walk_tb
from typing import Any

from jinja2 import Template, UndefinedError
from markupsafe import Markup

from grantflow.errors import BadProgramme, Invalid, Problem
from grantflow.letters import formats, sandbox
from grantflow.letters.data import case_data, with_data
from grantflow.letters.model import LetterModel
from grantflow.letters.names import DEADLINES
from grantflow.letters.source import BODY, SETTINGS, LetterSource, TextBlock, parts
from grantflow.texts import Worded

LAYOUT = "base.html"
LONGEST_EDIT = 20_000  # characters of one text block
_FROM = "_from"
_CITED = ("law.procedure", "law.budget")


@dataclass(frozen=True)
class FilledBlock:
    """A text block as it stands in this letter: what the officer sees and may change."""

    name: str
    label: str
    label_en: str
    text: str
    editable: bool


def compose(source: LetterSource, model: LetterModel, edits: Mapping[str, str]) -> str:
    """The whole letter as HTML.

    ``edits`` replace text blocks (plain text; an empty line separates paragraphs, ``- `` begins a
    list item). Raises Invalid when a fact, the instruction on remedies or an editable block is
    missing, BadProgramme when a template names what does not exist.
    """
    problems = [*missing(source, model), *_wrong_edits(source, edits)]
    if problems:
        raise Invalid(problems)
    context = names(source, model)
    blocks = {one.name: one.text for one in _filled(source, context)} | dict(edits)
    subject = model.subject or _line(source, "subject", source.subject, context)
    reference = model.reference_line or _line(
        source, "reference_line", source.reference_line, context
    )
    context |= {"subject": subject, "reference_line": reference, "block": _shower(blocks)}
    body = _filled_in(sandbox.compiled(source.body), context, f"{_folder(source)}/{BODY}")
    layout = sandbox.environment().get_template(LAYOUT)
    html = formats.glued(_filled_in(layout, {**context, "body": Markup(body)}, LAYOUT))  # noqa: S704
    return with_data(html, case_data(source, model))


def text_blocks(source: LetterSource, model: LetterModel) -> tuple[FilledBlock, ...]:
    """The text blocks with this model's facts filled in, for the officer's editor."""
    return tuple(_filled(source, names(source, model)))


def missing(source: LetterSource, model: LetterModel) -> list[Problem]:
    """What the letter needs and the model does not have; empty means that it may be approved."""
    place = f"letters/{source.name}"
    facts = _facts(model)
    problems = [
        Problem("letters.missing_fact", {"name": name}, place)
        for name in source.facts
        if is_empty(facts.get(name))
    ]
    context = names(source, model)
    problems += [
        Problem("letters.missing_part", {"path": need}, place)
        for need in source.needs
        if all(is_empty(value_at(context, path.strip())) for path in need.split("|"))
    ]
    problems += [
        Problem("letters.missing_part", {"path": path}, place)
        for path in _CITED
        if is_empty(value_at(context, path)) and any(path in one.text for one in parts(source))
    ]
    if source.remedy and model.remedy is None:
        problems.append(Problem("letters.missing_remedy", {}, place))
    return problems


def _wrong_edits(source: LetterSource, edits: Mapping[str, str]) -> list[Problem]:
    editable = {name for name, block in source.blocks.items() if block.editable}
    place = f"letters/{source.name}"
    unknown = [
        Problem("letters.not_editable", {"name": name}, place)
        for name in edits
        if name not in editable
    ]
    long = [
        Problem(
            "letters.edit_too_long",
            {
                "name": Worded(source.blocks[name].label, source.blocks[name].label_en),
                "length": len(text),
                "most": LONGEST_EDIT,
            },
            f"block.{name}",
        )
        for name, text in edits.items()
        if name in editable and len(text) > LONGEST_EDIT
    ]
    return [*unknown, *long]


def names(source: LetterSource, model: LetterModel) -> dict[str, Any]:
    """The names that templates see."""
    context = {each.name: getattr(model, each.name) for each in fields(model)}
    context["facts"] = _facts(model)
    context["annexes"] = source.annexes + model.annexes
    context["deadline"] = {one.kind: one for one in model.deadlines if one.kind in DEADLINES}
    context["letter"] = {
        "title": source.title["de"],
        "kind": source.kind,
        "signature": source.signature,
        "nature": source.nature,
    }
    return context


def _facts(model: LetterModel) -> dict[str, Any]:
    """The facts; ``reasons_from = "form.field"`` gives ``reasons`` out of the answers."""
    facts = {name: value for name, value in model.facts.items() if not is_empty(value)}
    for name, value in model.facts.items():
        if name.endswith(_FROM) and isinstance(value, str):
            found = value_at(model.answers, value)
            facts |= {} if is_empty(found) else {name.removesuffix(_FROM): found}
    return facts


def value_at(root: Any, path: str) -> Any:
    """The value at a dotted path of fields, items and list positions; None if there is none."""
    for step in path.split("."):
        if isinstance(root, Mapping):
            root = root.get(step)
        elif isinstance(root, (list, tuple)) and step.isdigit():
            root = root[int(step)] if int(step) < len(root) else None
        else:
            root = getattr(root, step, None)
    return root


def is_empty(value: Any) -> bool:
    """Whether a fact says nothing; zero and false say something."""
    return value is None or (isinstance(value, (str, tuple, list, Mapping)) and not value)


def _filled(source: LetterSource, context: Mapping[str, Any]) -> Iterator[FilledBlock]:
    for name, block in source.blocks.items():
        text = _text(source, name, block, context)
        yield FilledBlock(name, block.label, block.label_en, text, block.editable)


def _text(source: LetterSource, name: str, block: TextBlock, context: Mapping[str, Any]) -> str:
    return filled_text(block.text, context, f"{_folder(source)}/{SETTINGS}#blocks.{name}")


def filled_text(text: str, context: Mapping[str, Any], place: str) -> str:
    """A passage of ``letter.toml`` with its names filled in; BadProgramme for an unknown one."""
    return _filled_in(sandbox.compiled_plain(formats.unwrapped(text)), context, place).strip()


def _line(source: LetterSource, name: str, text: str, context: Mapping[str, Any]) -> str:
    return _filled_in(sandbox.compiled_plain(text), context, f"{_folder(source)}/{SETTINGS}#{name}")


def _folder(source: LetterSource) -> str:
    return f"letters/{source.name}"


def _shower(blocks: Mapping[str, str]) -> Callable[[str], Markup]:
    """``block("opening")`` in a body shows that text block as paragraphs."""

    def block(name: str) -> Markup:
        if name not in blocks:
            raise UndefinedError(f"block {name!r} is undefined")
        return formats.paragraphs(blocks[name])

    block.callable_in_letters = True  # type: ignore[attr-defined]
    return block


def _filled_in(template: Template, context: Mapping[str, Any], place: str) -> str:
    try:
        return template.render(context)
    except UndefinedError as error:
        params = {"line": _line_of(error), "reason": str(error)}
        raise BadProgramme([Problem("letters.unknown_name", params, place)]) from error
    except (ArithmeticError, TypeError, ValueError) as error:
        # A fact that is no amount or no day where a filter wants one.
        params = {"line": _line_of(error), "reason": str(error)}
        raise BadProgramme([Problem("letters.wrong_value", params, place)]) from error


def _line_of(error: Exception) -> int:
    """The line in the template; Jinja rewrites the traceback so that its frames carry it."""
    lines = [
        line
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_code.co_name in {"top-level template code", "root"}
        or frame.f_code.co_filename.startswith("<")
        or frame.f_code.co_filename.endswith(".html")
    ]
    return lines[-1] if lines else 0
