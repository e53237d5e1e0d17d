"""Letters: a checked template and a model become HTML, then a PDF/A-3a that is also PDF/UA-1.

The names below are all that other folders need.
"""

from grantflow.letters.check import check
from grantflow.letters.compose import FilledBlock, missing, text_blocks
from grantflow.letters.content import Cover, cover, lacking
from grantflow.letters.covering import compose
from grantflow.letters.lint import lint
from grantflow.letters.merge import merge
from grantflow.letters.model import LetterModel, dump, load
from grantflow.letters.print_run import NotPrintable, PrintPart, press_run
from grantflow.letters.render import ForbiddenResource, Rendered, render, render_final
from grantflow.letters.seal import SealUnusable, load_seal, seal
from grantflow.letters.source import LetterSource, parse_source

__all__ = [
    "Cover",
    "FilledBlock",
    "ForbiddenResource",
    "LetterModel",
    "LetterSource",
    "NotPrintable",
    "PrintPart",
    "Rendered",
    "SealUnusable",
    "check",
    "compose",
    "cover",
    "dump",
    "lacking",
    "lint",
    "load",
    "load_seal",
    "merge",
    "missing",
    "parse_source",
    "press_run",
    "render",
    "render_final",
    "seal",
    "text_blocks",
]
