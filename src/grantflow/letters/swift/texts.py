"""Pieces of text: Pango is told about a style once, and lays out each text once."""

from __future__ import annotations

from math import inf
from typing import Any

from weasyprint.css import Style
from weasyprint.text import line_break
from weasyprint.text.ffi import ffi, gobject, pango

_FEATURES = (
    *("font_kerning", "font_variant_ligatures", "font_variant_position", "font_variant_caps"),
    *("font_variant_numeric", "font_variant_alternates", "font_variant_east_asian"),
    "font_feature_settings",
)
_SET_UP, _SET_TEXT = line_break.Layout.setup, line_break.Layout.set_text
_DEACTIVATE = line_break.Layout.deactivate
STRUT = line_break.strut
SPLIT = line_break.split_first_line
_LEAST = 20  # characters; in narrow columns words are too long to guess
_ENOUGH = 2.7  # characters of a line, times its width in ems: a good line and the next word


class _Voice:
    """What Pango has to be told about a style, once."""

    def __init__(self, style: Style) -> None:
        self.context = ffi.gc(
            pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref
        )
        pango.pango_context_set_round_glyph_positions(self.context, False)
        direction = line_break.PANGO_DIRECTION[style["direction"]]
        pango.pango_context_set_base_dir(self.context, direction)
        self.language = pango.pango_language_get_default()
        if style["lang"]:
            name, _ = line_break.unicode_to_char_p(style["lang"])
            self.language = pango.pango_language_from_string(name)
            pango.pango_context_set_language(self.context, self.language)
        self.font = line_break.get_font_description(style)
        self.features = _features(style)


def _features(style: Style) -> Any:
    """The attributes that switch the font's features, None if the font is taken as it is."""
    wanted = line_break.font_features(*(style[name] for name in _FEATURES))
    if not wanted:
        return None
    text = ",".join(f"{name} {value}" for name, value in wanted.items()).encode()
    features = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    pango.pango_attr_list_insert(features, pango.pango_attr_font_features_new(text))
    return features


def _plain(style: Style) -> bool:
    """Whether texts of this style need nothing but their font: all but a few of a letter's."""
    return bool(
        style["overflow_wrap"] == "normal"
        and style["word_spacing"] == 0
        and style["letter_spacing"] == "normal"
        and style["text_decoration_line"] == "none"
        and style["font_language_override"] == "normal"
    )


def set_up(layout: Any, style: Any) -> None:
    """In place of ``Layout.setup``, which tells Pango everything anew for every piece of text."""
    if not hasattr(style, "voice"):
        style.voice = _Voice(style) if _plain(style) else None
    voice = layout.voice = style.voice
    if voice is None:
        _SET_UP(layout, style)
        return
    layout.style, layout.first_line_direction, layout.language = style, 0, voice.language
    layout.ascent = layout.underline_position = layout.strikethrough_position = None
    layout.layout = ffi.gc(pango.pango_layout_new(voice.context), gobject.g_object_unref)
    pango.pango_layout_set_auto_dir(layout.layout, False)
    pango.pango_layout_set_font_description(layout.layout, voice.font)
    if voice.features is not None:
        pango.pango_layout_set_attributes(layout.layout, voice.features)


def set_text(layout: Any, text: str, justify: bool = False) -> None:
    """In place of ``Layout.set_text``: texts without line breaks are one paragraph from the start.

    Drawing asks for that later, which would make Pango lay out the text again.
    """
    if layout.voice is None or "\t" in text:
        _SET_TEXT(layout, text, justify)
        return
    end = text.find("\n")
    layout.text = text if end == -1 else text[: end + 2]
    pango.pango_layout_set_single_paragraph_mode(layout.layout, end == -1)
    pango.pango_layout_set_text(layout.layout, layout.text.encode().replace(b"\0", b""), -1)


def deactivate(layout: Any) -> None:
    """In place of ``Layout.deactivate``: what is laid out stays until it is drawn."""
    if layout.voice is None:
        _DEACTIVATE(layout)


def reactivate(layout: Any, style: Any) -> None:
    """In place of ``Layout.reactivate``, which lays out the text again; only justified text must.

    A last line that was forced into its width must not break when drawn.
    """
    if layout.voice is None or layout.justification_spacing:
        # Spaces are widened by attributes, and those of a voice belong to all its texts.
        layout.voice = None
        _SET_UP(layout, style)
        _SET_TEXT(layout, layout.text, justify=True)
    elif pango.pango_layout_get_line_readonly(layout.layout, 1) != ffi.NULL:
        pango.pango_layout_set_width(layout.layout, -1)


def strut(style: Any) -> tuple[float, float]:
    """In place of ``strut``, which describes the whole style to look up what it knows of it."""
    if not hasattr(style, "known_strut"):
        style.known_strut = STRUT(style)
    height, baseline = style.known_strut
    return height, baseline


def split(
    text: str, style: Any, context: Any, max_width: Any, *args: Any, **options: Any
) -> tuple[Any, ...]:
    """In place of ``split_first_line``, which shapes two lines of text to find the end of one.

    A shorter text gives the same line if it breaks, and if a whole word is left after the break:
    then all words that could have belonged to the line were there.
    """
    start = _start(text, style, max_width)
    if start:
        found = SPLIT(start, style, context, max_width, *args, **options)
        rest = start.encode()[found[2] :].decode().strip(" ") if found[2] else ""
        if rest:
            return tuple(found)
    return tuple(SPLIT(text, style, context, max_width, *args, **options))


def _start(text: str, style: Any, max_width: Any) -> str:
    """The whole words that are enough for a line; empty if the text is short or unusual."""
    if max_width in (None, inf) or style["white_space"] != "normal" or "\n" in text:
        return ""
    enough = int(max_width / style["font_size"] * _ENOUGH) if style["font_size"] else 0
    if enough < _LEAST or len(text) < enough * 1.3:
        return ""
    return text[: text.rfind(" ", 0, enough)] if " " in text[:enough] else ""
