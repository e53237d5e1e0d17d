"""A diagram in the reader's language: English readers see the English names of its elements."""

from __future__ import annotations

from lxml import etree

from grantflow.engine.xml import load_xml, properties, tag
from grantflow.programmes.load import Programme
from grantflow.texts import text


def worded(xml: str, programme: Programme, language: str) -> str:
    """The drawing with English names where the language is English; German as it is drawn.

    Lanes bear the name of their role, what has no English name keeps the German one.
    """
    if language != "en":
        return xml
    root = load_xml(xml.encode())
    for node in root.iter("{*}*"):
        name = _name(node, programme)
        if name:
            node.set("name", name)
    return str(etree.tostring(root, encoding="unicode"))


def _name(node: etree._Element, programme: Programme) -> str:
    if node.tag == tag("lane"):
        role = programme.file.lanes.get(node.get("name", ""))
        return text(f"roles.{role}", "en") if role else ""
    if node.tag == tag("participant"):
        process = programme.processes.get(node.get("processRef", ""))
        return process.name_en if process else ""
    return properties(node).get("name_en", "") if node.get("name") else ""
