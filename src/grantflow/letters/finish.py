"""The last touches before a PDF is written, where WeasyPrint falls short of PDF/UA-1.

It sets one conformance id only, gives header cells no scope, and leaves running heads and feet in
the content without a place in the structure; here they become artefacts.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from hashlib import md5
from typing import Any

import pydyf  # type: ignore[import-untyped]

from grantflow.letters.data import FILE, META
from grantflow.texts import text

# PDF/A allows the PDF/UA id only with a description of its schema (ISO 19005-3, 6.6.2.3).
_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>\
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Universal Accessibility Schema\
</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/\
</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property>\
<rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal\
</pdfaProperty:category><pdfaProperty:description>Part of ISO 14289 the file conforms to\
</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag>\
</pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


def finish(document: Any, pdf: pydyf.PDF) -> None:
    """Add the PDF/UA id, header scopes, artefacts and the case data to the object tree.

    ``document`` is WeasyPrint's, which calls this before the tree is written.
    """
    _add_id(pdf)
    data = document.metadata.custom.get(META)
    if data:
        _embed(pdf, data.encode("ascii"))
    root = _at(pdf, pdf.catalog["StructTreeRoot"])
    placed = list(_elements(pdf, root))
    _name_headers(pdf, root, placed)
    _release_margins(pdf, root, {element.number for element in placed})


def _at(pdf: pydyf.PDF, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _add_id(pdf: pydyf.PDF) -> None:
    metadata = _at(pdf, pdf.catalog["Metadata"])
    metadata.stream = [part.replace(b"</rdf:RDF>", _UA) for part in metadata.stream]


def _embed(pdf: pydyf.PDF, data: bytes) -> None:
    """The case data as an associated file (ISO 19005-3, 6.8); dated as the letter is."""
    changed = pdf.info.get("CreationDate", pydyf.String("D:19700101000000Z"))
    digest = md5(data, usedforsecurity=False).hexdigest()
    facts = {"Size": len(data), "ModDate": changed, "CheckSum": f"<{digest}>"}
    stream = pydyf.Stream(
        [data],
        {
            "Type": "/EmbeddedFile",
            "Subtype": "/application#2fjson",
            "Params": pydyf.Dictionary(facts),
        },
        compress=True,
    )
    pdf.add_object(stream)
    embedded = pydyf.Dictionary({"F": stream.reference, "UF": stream.reference})
    file = pydyf.Dictionary(
        {
            "Type": "/Filespec",
            "F": pydyf.String(FILE),
            "UF": pydyf.String(FILE),
            "Desc": pydyf.String(text("letters_pdf.data", "de")),
            "AFRelationship": "/Data",
            "EF": embedded,
        }
    )
    pdf.add_object(file)
    pdf.catalog["AF"] = pydyf.Array([file.reference])
    names = pdf.catalog.setdefault("Names", pydyf.Dictionary())
    names["EmbeddedFiles"] = pydyf.Dictionary(
        {"Names": pydyf.Array([pydyf.String(FILE), file.reference])}
    )


def _elements(pdf: pydyf.PDF, parent: pydyf.Dictionary) -> Iterator[pydyf.Dictionary]:
    """Every structure element below a parent, in reading order."""
    for kid in parent.get("K", ()):
        if isinstance(kid, bytes):
            element = _at(pdf, kid)
            if element.get("Type") == "/StructElem":
                yield element
                yield from _elements(pdf, element)


def _name_headers(pdf: pydyf.PDF, root: pydyf.Dictionary, placed: list[pydyf.Dictionary]) -> None:
    """A scope for each header cell, and the tree in which its id is looked up."""
    headers = [element for element in placed if element["S"] == "/TH"]
    for header in headers:
        section = _at(pdf, _at(pdf, header["P"])["P"])
        header["A"]["Scope"] = "/Column" if section["S"] == "/THead" else "/Row"
    ids = sorted(
        ((header["ID"], header.reference) for header in headers), key=lambda pair: pair[0].data
    )
    if ids:
        root["IDTree"] = pydyf.Dictionary(
            {"Names": pydyf.Array([part for pair in ids for part in pair])}
        )


def _release_margins(pdf: pydyf.PDF, root: pydyf.Dictionary, placed: set[int]) -> None:
    """Content of page margins has no place in the structure: mark it as artefact."""
    numbers = _at(pdf, root["ParentTree"])["Nums"]
    for page, references in zip(numbers[0::2], numbers[1::2], strict=True):
        if not isinstance(references, pydyf.Array):
            continue  # the owner of a link, not the contents of a page
        loose = {
            mark: _at(pdf, reference)
            for mark, reference in enumerate(references)
            if int(reference.split()[0]) not in placed
        }
        for mark in loose:
            references[mark] = "null"
        stream = _at(pdf, _at(pdf, pdf.page_references[page])["Contents"])
        _mark_artefacts(stream.stream, loose)


def _mark_artefacts(stream: list[Any], marks: Container[int]) -> None:
    """Rewrite ``/Span <</MCID 3>> BDC`` to ``/Artifact BMC`` for the given marks."""
    for place, part in enumerate(stream):
        if isinstance(part, pydyf.Dictionary) and part.get("MCID", -1) in marks:
            stream[place - 1 : place + 2] = ["/Artifact", b"", b"BMC"]
