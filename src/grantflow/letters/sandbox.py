"""The room in which letter templates run: fields of the model, a few filters, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import SandboxedEnvironment

from grantflow.letters import formats
from grantflow.settings import settings

FILTERS: Mapping[str, Callable[..., Any]] = {
    "euro": formats.euro,
    "number": formats.number,
    "percent": formats.percent,
    "date_long": formats.date_long,
    "date_short": formats.date_short,
    "iban": formats.iban,
    "lines": formats.lines,
    "paragraphs": formats.paragraphs,
    "join": formats.join,
    "total": formats.total,
}
_TESTS = ("defined", "undefined", "none")
_LOOP = frozenset({"index", "revindex", "first", "last"})


class Sandbox(SandboxedEnvironment):
    """Templates see dataclass fields and mapping items; methods and everything else are unknown."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field, an item, or undefined."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(name=attribute)
        if _has_field(obj, attribute) or (isinstance(obj, LoopContext) and attribute in _LOOP):
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a mapping or a sequence, else a field."""
        if isinstance(obj, Sequence) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else self.undefined(obj=obj)
        return self.getattr(obj, str(argument))

    def is_safe_callable(self, obj: Any) -> bool:
        """Only macros and what ``compose`` hands in may be called."""
        return isinstance(obj, Macro) or getattr(obj, "callable_in_letters", False) is True


def _has_field(obj: Any, name: str) -> bool:
    return is_dataclass(obj) and any(each.name == name for each in fields(obj))


@lru_cache
def environment() -> Sandbox:
    """The one environment of this process; it loads shipped templates only."""
    env = Sandbox(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(settings().templates_dir / "letters"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals.clear()
    env.filters = dict(FILTERS)
    env.tests = {name: env.tests[name] for name in _TESTS}
    return env


@lru_cache(maxsize=1024)
def compiled(text: str) -> Template:
    """A template of a letter's folder, compiled once per process; TemplateSyntaxError if bad."""
    return environment().from_string(text)


@lru_cache(maxsize=1024)
def compiled_plain(text: str) -> Template:
    """The same for plain text: its result is escaped later, as a whole."""
    return _plain().from_string(text)


@lru_cache
def _plain() -> Environment:
    return environment().overlay(autoescape=False)
