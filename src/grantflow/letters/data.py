"""The case data that travel inside a letter's PDF, for the recipient's own programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from grantflow.letters.model import LetterModel, dump
from grantflow.letters.source import LetterSource

META = "case-data"  # the name of the HTML element that carries the data to the press
FILE = "case-data.json"
FORMAT = 1
# Only what the letter itself is about: neither the answers of the forms nor internal facts.
_PARTS = (
    *("case", "grantee", "decision", "payment", "settlement", "deadlines", "remedy", "earlier"),
    *("subject", "annexes"),
)


def case_data(source: LetterSource, model: LetterModel) -> str:
    """JSON in plain ASCII, the same text for the same letter; euro as decimal text, days as ISO."""
    stored = dump(model)
    info: Mapping[str, Any] = stored["info"]
    data = {
        "format": FORMAT,
        "letter": source.name,
        "title": dict(source.title),
        "kind": source.kind,
        "legal_nature": source.legal_nature,
        "authority": stored["authority"]["name"],
        "file_reference": info["file_reference"],
        "on": info["on"],
        **{name: stored[name] for name in _PARTS if stored.get(name)},
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def with_data(html: str, data: str) -> str:
    """The composed letter with the data in its head, where the press finds them."""
    meta = Markup('<meta name="{}" content="{}">\n</head>').format(META, data)
    return html.replace("</head>", meta, 1)
