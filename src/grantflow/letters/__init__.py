"""Letters: a checked template and a model become HTML, then a PDF/A-3a that is also PDF/UA-1.

The names below are all that other folders need.
"""

from grantflow.letters.check import check
from grantflow.letters.compose import FilledBlock, compose, missing, text_blocks
from grantflow.letters.lint import lint
from grantflow.letters.merge import merge
from grantflow.letters.model import LetterModel, dump, load
from grantflow.letters.render import ForbiddenResource, Rendered, render
from grantflow.letters.source import LetterSource, parse_source

__all__ = [
    "FilledBlock",
    "ForbiddenResource",
    "LetterModel",
    "LetterSource",
    "Rendered",
    "check",
    "compose",
    "dump",
    "lint",
    "load",
    "merge",
    "missing",
    "parse_source",
    "render",
    "text_blocks",
]
