"""The OpenAPI description as a plain page, without scripts or anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grantflow.api.problems import language_of
from grantflow.texts import text

router = APIRouter(include_in_schema=False)
_PACKAGE = Path(__file__).parents[1]
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Row:
    """A parameter or a field of a schema."""

    name: str
    kind: str
    required: bool
    description: str
    where: str = ""


@dataclass(frozen=True)
class Answer:
    """One possible answer of an operation."""

    status: str
    description: str
    schema: str


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of the API."""

    id: str
    method: str
    path: str
    title: str
    description: str
    public: bool
    parameters: tuple[Row, ...]
    body: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Schema:
    """A data type with its fields."""

    name: str
    description: str
    fields: tuple[Row, ...]


def kind_of(schema: Mapping[str, Any]) -> str:
    """A short word for what a schema allows, e.g. ``string (uuid)`` or ``TaskOut[]``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(kind_of(part) for part in schema["anyOf"]))
    if schema.get("type") == "array":
        return kind_of(schema.get("items", {})) + "[]"
    kind = str(schema.get("type", "any"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _content(part: Mapping[str, Any]) -> str:
    for media_type, content in part.get("content", {}).items():
        schema = content.get("schema", {})
        return kind_of(schema) if "json" in media_type else str(media_type)
    return ""


def operations(openapi: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    """Every operation with its tag, in the order of the description."""
    for path, item in openapi["paths"].items():
        for method in _METHODS:
            if method in item:
                found = item[method]
                yield found["tags"][0], _operation(path, method, found)


def _operation(path: str, method: str, found: Mapping[str, Any]) -> Operation:
    parameters = tuple(
        Row(
            p["name"],
            kind_of(p["schema"]),
            p.get("required", False),
            p.get("description", ""),
            p["in"],
        )
        for p in found.get("parameters", ())
    )
    answers = tuple(
        Answer(status, part.get("description", ""), _content(part))
        for status, part in found["responses"].items()
    )
    return Operation(
        found["operationId"],
        method.upper(),
        path,
        found["summary"],
        found.get("description", ""),
        not found.get("security"),
        parameters,
        _content(found.get("requestBody", {})),
        answers,
    )


def schemas(openapi: Mapping[str, Any]) -> Iterator[Schema]:
    """Every data type with its fields."""
    for name, schema in openapi.get("components", {}).get("schemas", {}).items():
        required = schema.get("required", ())
        fields = tuple(
            Row(field, kind_of(value), field in required, value.get("description", ""))
            for field, value in schema.get("properties", {}).items()
        )
        yield Schema(name, schema.get("description", ""), fields)


def grouped(openapi: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """The operations by tag."""
    found: dict[str, list[Operation]] = {}
    for tag, operation in operations(openapi):
        found.setdefault(tag, []).append(operation)
    return found


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache
def _static(name: str) -> str:
    """The address of a style sheet; it changes with the content, because browsers keep it."""
    content = (_PACKAGE / "web" / "static" / name).read_bytes()
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


@router.get("/api/docs")
def docs(request: Request) -> HTMLResponse:
    """Show the description of the API to people."""
    language = language_of(request)
    openapi = request.app.state.api_description()
    page = _environment().get_template("docs.html")
    body = page.render(
        _=partial(_text, language),
        language=language,
        openapi=openapi,
        static=_static,
        groups=grouped(openapi),
        schemas=list(schemas(openapi)),
    )
    return HTMLResponse(body)


def _text(language: str, key: str) -> str:
    return text(key, language)
