"""A tree of PDF objects becomes bytes, each object once, the same bytes every time.

pydyf's own ``write`` builds and packs everything twice when the file has an identifier, which all
PDF/A files must have; that was a tenth of a letter's time.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import md5
from typing import Any

import pydyf  # type: ignore[import-untyped]

_HEAD = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
_LEVEL = 6  # of zlib: level 9 takes twice the time for one per cent less
_OFFSET = 4  # bytes of an offset in the cross-reference stream


def write(pdf: pydyf.PDF) -> bytes:
    """The file: streams, one stream of all other objects, the cross-reference stream.

    The file's identifier is the hash of what stands before the cross-references.
    """
    if pdf.info:
        pdf.add_object(pdf.info)
    out, places, plain = bytearray(_HEAD), {}, {}
    for thing in pdf.objects[1:]:
        if isinstance(thing, pydyf.Stream):
            places[thing.number] = len(out)
            out += _stream(thing.number, _content(thing), thing.extra, packed=thing.compress)
        else:
            plain[thing.number] = dump(thing)
    group = len(pdf.objects)
    places[group] = len(out)
    out += _group(group, plain)
    extra = {"Root": pdf.catalog.reference, **({"Info": pdf.info.reference} if pdf.info else {})}
    return bytes(out + _references(len(out), places, dict.fromkeys(plain, group), extra, out))


def _content(stream: pydyf.Stream) -> bytes:
    return b"\n".join([item if type(item) is bytes else dump(item) for item in stream.stream])


def _stream(number: int, content: bytes, extra: Mapping[str, Any], *, packed: bool = True) -> bytes:
    pack = _profile if "N" in extra and "Type" not in extra else _pack
    content = pack(content) if packed else content
    facts = {**extra, **({"Filter": "/FlateDecode"} if packed else {}), "Length": len(content)}
    head = b"%d 0 obj\n%b\nstream\n" % (number, _dictionary(facts))
    return head + content + b"\nendstream\nendobj\n"


def _pack(content: bytes) -> bytes:
    return zlib.compress(content, _LEVEL)


@lru_cache(maxsize=4)
def _profile(content: bytes) -> bytes:
    """The colour profile, which is the same in every letter."""
    return _pack(content)


def _group(number: int, plain: Mapping[int, bytes]) -> bytes:
    """All objects that are no streams, in one stream with an index."""
    index, position = [], 0
    for each, data in plain.items():
        index.append(b"%d %d" % (each, position))
        position += len(data) + 1
    first = b" ".join(index) + b"\n"
    extra = {"Type": "/ObjStm", "N": len(plain), "First": len(first)}
    return _stream(number, first + b"\n".join(plain.values()), extra)


def _references(
    start: int,
    places: Mapping[int, int],
    grouped: Mapping[int, int],
    extra: Mapping[str, Any],
    before: bytearray,
) -> bytes:
    """The cross-reference stream with the trailer's entries, and where it begins."""
    number = max(places) + 1
    positions = {each: position for position, each in enumerate(grouped)}
    rows = [_row(0, 0, 65535)]
    for each in range(1, number):
        if each in places:
            rows.append(_row(1, places[each], 0))
        else:
            rows.append(_row(2, grouped[each], positions[each]))
    rows.append(_row(1, start, 0))
    digest = b"<" + md5(before, usedforsecurity=False).hexdigest().encode() + b">"
    facts = {
        "Type": "/XRef",
        "Size": number + 1,
        "W": b"[1 %d 2]" % _OFFSET,
        "ID": b"[" + digest + digest + b"]",
        **extra,
    }
    stream = _stream(number, b"".join(rows), facts)
    return stream + b"startxref\n%d\n%%%%EOF\n" % start


def _row(kind: int, second: int, third: int) -> bytes:
    return bytes((kind,)) + second.to_bytes(_OFFSET, "big") + third.to_bytes(2, "big")


def dump(item: Any) -> bytes:
    """An object of the tree as it stands in a file."""
    writer = _WRITERS.get(type(item))
    if writer is not None:
        return writer(item)
    return bytes(item.data) if isinstance(item, pydyf.Object) else str(item).encode("ascii")


def _dictionary(items: Mapping[str, Any]) -> bytes:
    parts = [
        b"/%b %b" % (key.encode("ascii"), value if type(value) is bytes else dump(value))
        for key, value in items.items()
    ]
    return b"<<" + b"".join(parts) + b">>"


def _array(items: Iterable[Any]) -> bytes:
    return b"[" + b" ".join(map(dump, items)) + b"]"


def _number(value: float) -> bytes:
    if value.is_integer():
        return b"%d" % value
    return f"{value:f}".rstrip("0").encode("ascii")


_WRITERS: Mapping[type, Callable[[Any], bytes]] = {
    bytes: lambda item: item,
    str: lambda item: item.encode("ascii"),
    int: lambda item: b"%d" % item,
    float: _number,
    pydyf.Dictionary: _dictionary,
    pydyf.Array: _array,
}
