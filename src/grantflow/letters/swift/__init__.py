"""Shorter ways through WeasyPrint 70 for letters: the one place that reaches into its inside.

Thousands of letters share the same style sheet, so whatever depends on styles alone is worked out
once for a process and not once for every letter, line and box:

- ``styles``: computed styles, by parent style and matching rules;
- ``texts``: what Pango has to be told about a style; texts are laid out once and not twice;
- ``boxes``: used lengths, flow and backgrounds that depend on nothing but the style;
- ``glyphs``: glyphs are read from Pango in one go, and shifts by nothing are left out.

What a letter shows stays the same, which a test checks against WeasyPrint as it is. ``install``
refuses other versions: then that test decides whether these ways still lead to the same place.
"""

from grantflow.letters.swift.installing import VERSION, UnknownVersion, install

__all__ = ["VERSION", "UnknownVersion", "install"]
