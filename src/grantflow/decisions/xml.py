"""Reads XML that strangers wrote: no entities, no document type, no network, bounded in size."""

from __future__ import annotations

from typing import Any

from lxml import etree

from grantflow.errors import BadProgramme, Problem

MAX_BYTES = 2_000_000
MAX_DEPTH = 100


def _refuse(code: str, file: str, **params: Any) -> BadProgramme:
    return BadProgramme([Problem(f"lint.xml_{code}", params, file)])


def _depth(root: Any) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def load_xml(raw: bytes, file: str = "") -> Any:
    """The root element of a document of at most 2 MB and 100 levels.

    Raises BadProgramme with one problem (place = ``file``): too large, not well formed, a document
    type or entities, nested too deeply.
    """
    if len(raw) > MAX_BYTES:
        raise _refuse("too_large", file, limit=MAX_BYTES // 1_000_000)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise _refuse("broken", file, line=error.lineno or 1, detail=error.msg or "") from error
    except ValueError as error:
        raise _refuse("broken", file, line=1, detail=str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise _refuse("doctype", file)
    if _depth(root) > MAX_DEPTH:
        raise _refuse("too_deep", file, limit=MAX_DEPTH)
    return root
