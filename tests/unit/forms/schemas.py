"""Schemas for the tests of forms."""

from __future__ import annotations

import json
from typing import Any

from grantflow.forms import Form, parse


def form_of(*components: dict[str, Any], **root: Any) -> Form:
    """A form of these components."""
    return parse(schema_of(*components, **root), "test.form")


def schema_of(*components: dict[str, Any], **root: Any) -> bytes:
    return json.dumps({"type": "default", "components": list(components), **root}).encode()


def text(key: str = "title", **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "label": key.title(), **more}


def money(key: str = "amount", **more: Any) -> dict[str, Any]:
    properties = {"format": "money", **more.pop("properties", {})}
    return {"type": "number", "key": key, "label": key.title(), "properties": properties, **more}


def total(key: str, expression: str, **more: Any) -> dict[str, Any]:
    properties = {"format": "money", **more.pop("properties", {})}
    return {
        "type": "expression",
        "key": key,
        "label": key.title(),
        "expression": expression,
        "properties": properties,
        **more,
    }


def choice(key: str, *values: str, kind: str = "select", **more: Any) -> dict[str, Any]:
    listed = [{"value": value, "label": value.title()} for value in values]
    return {"type": kind, "key": key, "label": key.title(), "values": listed, **more}


def rows(key: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "dynamiclist",
        "path": key,
        "label": key.title(),
        "components": list(components),
        **more,
    }


def group(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "group", "components": list(components), **more}


REQUIRED = {"validate": {"required": True}}
