"""Evaluate and check FEEL expressions; errors name the expression and what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from grantflow import clock
from grantflow.errors import NOTHING, GrantFlowError, Problem
from grantflow.expressions.isolate import Broken, OutOfMemory, OutOfTime, pool
from grantflow.expressions.values import Unfit, into, out
from grantflow.texts.near import close_names

MAX_LENGTH = 2_000
MAX_RESULT = 200_000
SHOWN = 120
MEMORY_ENTRIES = 10_000
MAX_REMEMBERED = 2_000
Entries = Mapping[str, Collection[str]]
_memory: dict[bytes, bytes] = {}
_TIMELY = re.compile(r"\b(now|today)\s*\(")
_WARNINGS = {
    "NO_VARIABLE_FOUND": "unknown_name",
    "NO_CONTEXT_ENTRY_FOUND": "unknown_entry",
    "NO_PROPERTY_FOUND": "unknown_entry",
    "NO_FUNCTION_FOUND": "unknown_function",
}


class FeelError(GrantFlowError):
    """An expression could not be evaluated; ``params['expression']`` says which."""

    default_key = "expressions.failed"


@dataclass(frozen=True)
class _Reading:
    """What the parser says about an expression.

    ``entries`` pairs an outer name with what is read of its value or of a row of it; ``filters``
    pairs it with the names that a comparison in brackets behind it uses.
    """

    problem: tuple[str, str] | None
    required: frozenset[str]
    optional: frozenset[str]
    entries: tuple[tuple[str, str], ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...]


def _strip(expression: str) -> str:
    text = expression.strip()
    return text[1:].strip() if text.startswith("=") else text


def _error(code: str, text: str, **params: Any) -> FeelError:
    shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return FeelError(f"expressions.{code}", expression=shown, **params)


def _call(function: str, payload: Any, text: str) -> Any:
    try:
        answer = pool().call(function, orjson.dumps(payload).decode())
    except OutOfTime as error:
        raise _error("out_of_time", text) from error
    except OutOfMemory as error:
        raise _error("out_of_memory", text) from error
    except (Broken, orjson.JSONEncodeError) as error:
        raise _error("failed", text) from error
    if len(str(answer)) > MAX_RESULT:
        raise _error("too_large", text)
    return orjson.loads(str(answer))


@lru_cache(maxsize=8_192)
def _reading(text: str, unary: bool) -> _Reading:
    if len(text) > MAX_LENGTH:
        raise _error("too_long", text, limit=MAX_LENGTH)
    if not text:
        raise _error("empty", text)
    answer = _call("read", {"text": text, "unary": unary}, text)
    problem = answer["problem"]
    return _Reading(
        ("syntax", problem["near"] or text[problem["position"] :] or text) if problem else None,
        frozenset(answer["required"]),
        frozenset(answer["optional"]),
        tuple((of, name) for of, name in answer["entries"]),
        tuple((of, tuple(names)) for of, names in answer["filters"]),
    )


def _read(text: str, unary: bool) -> _Reading:
    reading = _reading(text, unary)
    if reading.problem:
        code, near = reading.problem
        raise _error(code, text, near=near[:SHOWN])
    return reading


def _wanted(
    text: str, reading: _Reading, context: Mapping[str, Any], strict: bool
) -> dict[str, Any]:
    """Only the variables that the expression names travel into the isolate."""
    missing = sorted(name for name in reading.required if name not in context and name != "?")
    if missing and strict:
        raise _error("unknown_name", text, name=missing[0])
    found: dict[str, Any] = dict.fromkeys(missing)
    for name in reading.required | reading.optional:
        if name in context:
            try:
                found[name] = into(context[name])
            except Unfit as error:
                raise _error(str(error), text, name=name) from error
    return found


def _clock() -> dict[str, str]:
    moment = clock.now().astimezone(clock.BERLIN)
    return {"now": moment.isoformat(timespec="seconds"), "today": moment.date().isoformat()}


def _unpack(answer: Mapping[str, Any], text: str, strict: bool) -> Any:
    if "code" in answer:
        raise _error(answer["code"], text, name="")
    warning = answer.get("warning")
    if warning and strict:
        code = _WARNINGS.get(warning["type"], "unfit")
        raise _error(code, text, name=warning["near"], near=warning["near"])
    return out(answer["value"])


def _plainly(text: str, context: Mapping[str, Any]) -> tuple[Any] | None:
    """The value of an expression that is nothing but a known name, without the isolate."""
    if not text.isidentifier() or text not in context or is_builtin(text):
        return None
    try:
        return (out(into(context[text])),)
    except Unfit as error:
        raise _error(str(error), text, name=text) from error


def _answers(function: str, items: list[dict[str, Any]]) -> list[Any]:
    """What the interpreter says to each item; what it has said before it need not say again.

    FEEL is pure: only ``now()`` and ``today()`` look at anything but the item.
    """
    keys = [orjson.dumps((function, item), option=orjson.OPT_SORT_KEYS) for item in items]
    found = [_memory.get(key) for key in keys]
    asked = [place for place, answer in enumerate(found) if answer is None]
    if asked:
        payload = {"items": [items[place] for place in asked], "clock": _clock()}
        answers = _call(function, payload, str(items[asked[0]]["text"]))
        for place, answer in zip(asked, answers, strict=True):
            found[place] = orjson.dumps(answer)
            _remember(str(items[place]["text"]), keys[place], found[place] or b"")
    return [orjson.loads(answer or b"") for answer in found]


def _remember(text: str, key: bytes, answer: bytes) -> None:
    if len(key) + len(answer) <= MAX_REMEMBERED and not _TIMELY.search(text):
        if len(_memory) >= MEMORY_ENTRIES:
            _memory.clear()
        _memory[key] = answer


def evaluate_all(
    items: Sequence[tuple[str, Mapping[str, Any]]], *, strict: bool = True
) -> list[Any]:
    """The values of several expressions in one call of the isolate; see ``evaluate``."""
    found: list[Any] = []
    asked: list[tuple[int, dict[str, Any]]] = []
    for place, (expression, context) in enumerate(items):
        text = _strip(expression)
        plain = _plainly(text, context)
        found.append(plain[0] if plain else None)
        if plain is None:
            wanted = _wanted(text, _read(text, False), context, strict)
            asked.append((place, {"text": text, "context": wanted}))
    answers = _answers("evaluateAll", [item for _, item in asked]) if asked else []
    for (place, item), answer in zip(asked, answers, strict=True):
        found[place] = _unpack(answer, item["text"], strict)
    return found


def evaluate(expression: str, context: Mapping[str, Any], *, strict: bool = True) -> Any:
    """The value of a FEEL expression (a leading ``=`` is dropped) over the context.

    Dates, times and durations come back as ISO text, whole numbers as int, others as float.
    ``now()`` and ``today()`` are ``grantflow.clock``'s (Berlin). Raises FeelError: a name that the
    context lacks, a null that comes from a mistake (not from null data), a time of 250 ms, memory
    of 64 MB, 2,000 characters, lists of 1,000 or results of 200,000 characters exceeded.
    With ``strict=False`` unknown names and mistakes give None instead.
    """
    return evaluate_all([(expression, context)], strict=strict)[0]


def unary_tests(
    items: Sequence[tuple[str, Any, Mapping[str, Any]]], *, strict: bool = True
) -> list[bool]:
    """Which cells of a decision table match: (test, value, context) each, in one isolate call."""
    if not items:
        return []
    asked = []
    for test, value, context in items:
        text = test.strip() or "-"
        wanted = _wanted(text, _read(text, True), context, strict)
        try:
            asked.append({"text": text, "value": into(value), "context": wanted})
        except Unfit as error:
            raise _error(str(error), text, name="?") from error
    answers = _answers("unaryTests", asked)
    return [
        _unpack(each, str(one["text"]), strict) is True
        for each, one in zip(answers, asked, strict=True)
    ]


def unary_test(test: str, value: Any, context: Mapping[str, Any]) -> bool:
    """Whether a value passes a FEEL unary test (``> 3``, ``"a","b"``, ``-``). Raises FeelError."""
    return unary_tests([(test, value, context)])[0]


def _unknown_entries(reading: _Reading, known: Entries) -> list[tuple[str, str]]:
    """What is read of known rows that they do not have; brackets that ask for none of it, too."""
    found = [(of, name) for of, name in reading.entries if of in known and name not in known[of]]
    for of, names in reading.filters:
        if of in known and names and not {"item", *known[of]}.intersection(names):
            found.append((of, next((n for n in names if close_names(n, known[of])), names[0])))
    return found


def _require_known(text: str, reading: _Reading, known: Entries) -> None:
    for of, name in _unknown_entries(reading, known):
        near, all_known = close_names(name, known[of]), ", ".join(known[of])
        code = "unknown_term_near" if near else "unknown_term"
        raise _error(code, text, of=of, name=name, near=near, known=all_known)


def _problem(text: str, unary: bool, known: Entries) -> Problem | None:
    try:
        _require_known(text, _read(text, unary), known)
    except FeelError as error:
        return Problem(error.key, error.params)
    return None


def check(expression: str, known: Entries = NOTHING) -> Problem | None:
    """What is wrong with the wording of an expression, or None.

    ``known`` are the entries that the rows of some names have; no other may be read of them.
    """
    return _problem(_strip(expression), False, known)


def check_unary(test: str, known: Entries = NOTHING) -> Problem | None:
    """What is wrong with the wording of a unary test, or None; an empty one means any value."""
    return _problem(test.strip() or "-", True, known)


def variables(expression: str) -> frozenset[str]:
    """The names an expression takes from its context. Raises FeelError if it does not compile."""
    return _read(_strip(expression), False).required


def variables_unary(test: str) -> frozenset[str]:
    """The names a unary test takes from its context. Raises FeelError if it does not compile."""
    return _read(test.strip() or "-", True).required


@lru_cache(maxsize=8_192)
def is_builtin(name: str) -> bool:
    """Whether FEEL has a function of this name, so that no variable should bear it."""
    try:
        return pool().call("isBuiltin", name) is True
    except (OutOfTime, OutOfMemory, Broken) as error:
        raise _error("failed", name) from error
