"""A letter as it is printed: with the plain-language page in front if it has one."""

from __future__ import annotations

from collections.abc import Mapping

from grantflow.letters import compose as composing
from grantflow.letters import sandbox
from grantflow.letters.content import Cover, cover
from grantflow.letters.model import LetterModel
from grantflow.letters.source import LetterSource

TEMPLATE = "_cover/cover.html"


def compose(source: LetterSource, model: LetterModel, edits: Mapping[str, str]) -> str:
    """The whole letter as HTML, the page that explains a decision included.

    ``edits`` replace text blocks (plain text; an empty line separates paragraphs, ``- `` begins a
    list item). Raises Invalid when a fact, the instruction on remedies or an editable block is
    missing, BadProgramme when a template names what does not exist.
    """
    html = composing.compose(source, model, edits)
    page = cover(source, model)
    return html if page is None else covered(html, source, model, page)


def covered(html: str, source: LetterSource, model: LetterModel, page: Cover) -> str:
    """The composed letter with a page in front that neither counts nor belongs to the act."""
    context = {**composing.names(source, model), "cover": page}
    front = sandbox.environment().get_template(TEMPLATE).render(context)
    return html.replace("<body>", f'<body class="covered">\n{front}', 1)
