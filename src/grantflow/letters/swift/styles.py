"""Computed styles that are known from earlier letters."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from weasyprint import css
from weasyprint.css import ComputedStyle, InitialStyle, StyleFor

_KEEP = 4000  # styles; letters of one installation need some hundred
_HTML_FACTS = ("style", "lang", "id")

_Rules = list[tuple[Any, str, Any]]  # declarations, origin, specificity


class Styles(StyleFor):  # type: ignore[misc]
    """The styles of a document, most of them known from earlier ones.

    A style is known by its parent's style and the rules that match; both stay alive with it, so
    that their identities stay theirs.
    """

    _known: dict[tuple[Any, ...], Any] = {}  # noqa: RUF012 - shared by all documents on purpose
    _page_sizes: dict[str, Any] = {"box": None, "area": None}  # noqa: RUF012 - always A4

    def __init__(
        self, html: Any, sheets: Any, hints: bool, font_config: Any, target_collector: Any
    ) -> None:
        self._cascaded_styles: dict[Any, Any] = {}
        self._computed_styles: dict[Any, Any] = {}
        self.initial_page_sizes = self._page_sizes
        self._sheets, self.font_config, self._base = sheets, font_config, html.base_url
        if len(self._known) > _KEEP:
            self._known.clear()
        own: dict[Any, list[Any]] = {}
        for specificity, element, declared, base in css.find_style_attributes(
            html.etree_element, hints, html.base_url
        ):
            own.setdefault(element, []).append((specificity, declared, base))
        for wrapper in html.wrapper_element.iter_subtree():
            self._place(wrapper, own.get(wrapper.etree_element, []), target_collector)

    def _place(self, wrapper: Any, own: list[Any], targets: Any) -> None:
        """The styles of one element and of its pseudo-elements."""
        element, parent = wrapper.etree_element, wrapper.parent
        above = self._computed_styles[parent.etree_element, None] if parent else None
        facts = tuple(map(element.get, _HTML_FACTS)) if own else None
        rules = self._matching(wrapper)
        style = self._known_or_new(above, None, facts, own, rules.pop(None, []))
        self._computed_styles[element, None] = style
        if own and style["anchor"]:
            targets.collect_anchor(style["anchor"])
        for pseudo, matching in rules.items():
            self._computed_styles[element, pseudo] = self._known_or_new(
                style, pseudo, None, [], matching
            )

    def _matching(self, wrapper: Any) -> dict[str | None, _Rules]:
        rules: dict[str | None, _Rules] = {}
        for sheet, origin, above in self._sheets:
            for specificity, _, pseudo, (declarations, _) in sheet.matcher.match(wrapper):
                rules.setdefault(pseudo, []).append((declarations, origin, above or specificity))
        return rules

    def _known_or_new(
        self, parent: Any, pseudo: str | None, facts: Any, own: list[Any], rules: _Rules
    ) -> Any:
        above = self.font_config if parent is None else parent
        key = (id(above), pseudo, facts, tuple([id(rule[0]) for rule in rules]))
        if key not in self._known:
            style = ComputedStyle(
                parent,
                _cascaded([*_inline(own), *_declared(rules)]),
                pseudo,
                self._root(parent),
                self._base,
                self.font_config,
                self._page_sizes,
            )
            self._known[key] = style, rules
        return self._known[key][0]

    def _root(self, parent: Any) -> Any:
        if parent is None:
            return InitialStyle(self.font_config)
        return parent if parent.parent_style is None else parent.root_style

    def set_computed_styles(
        self, element: Any, parent: Any, *, pseudo_type: str | None = None, **others: Any
    ) -> None:
        """The style of a page or of a box in its margin; elements have theirs already."""
        key = ("page", id(self._computed_styles[parent, None]), element, pseudo_type)
        if key not in self._known:
            super().set_computed_styles(element, parent, pseudo_type=pseudo_type, **others)
            self._known[key] = self._computed_styles[element, pseudo_type], None
        self._computed_styles[element, pseudo_type] = self._known[key][0]


def _inline(own: Iterable[Any]) -> Iterable[tuple[str, Any, Any]]:
    for specificity, declared, base in own:
        for name, values, important in css.preprocess_declarations(base, declared):
            yield name, values, (css.declaration_precedence("author", important), inf, specificity)


def _declared(rules: _Rules) -> Iterable[tuple[str, Any, Any]]:
    for declarations, origin, specificity in rules:
        for name, values, important in declarations:
            yield name, values, (css.declaration_precedence(origin, important), inf, specificity)


def _cascaded(declared: Iterable[tuple[str, Any, Any]]) -> dict[str, Any]:
    """The declarations that win: the heavier, else the later."""
    winning: dict[str, Any] = {}
    for name, values, weight in declared:
        if name not in winning or winning[name][1] <= weight:
            winning[name] = values, weight
    return winning
