from grantflow.api.docs import grouped, kind_of, schemas

OPENAPI = {
    "paths": {
        "/ponds": {
            "get": {
                "operationId": "list_ponds",
                "tags": ["ponds"],
                "summary": "List",
                "security": [{"token": []}],
                "parameters": [
                    {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/x/Pond"}}}},
                    "404": {"description": "None."},
                },
            },
            "post": {
                "operationId": "dig_pond",
                "tags": ["digging"],
                "summary": "Dig",
                "requestBody": {"content": {"image/png": {}}},
                "responses": {},
            },
        }
    },
    "components": {
        "schemas": {
            "Pond": {
                "required": ["depth"],
                "properties": {"depth": {"type": "number", "description": "Metres."}, "name": {}},
            }
        }
    },
}


def test_kinds_are_short_words() -> None:
    assert kind_of({"$ref": "#/components/schemas/Pond"}) == "Pond"
    assert kind_of({"type": "string", "format": "uuid"}) == "string (uuid)"
    assert kind_of({"type": "array", "items": {"$ref": "#/x/Pond"}}) == "Pond[]"
    assert kind_of({"anyOf": [{"type": "integer"}, {"type": "null"}]}) == "integer | null"
    assert kind_of({}) == "any"


def test_operations_are_grouped_by_tag() -> None:
    found = grouped(OPENAPI)
    assert list(found) == ["ponds", "digging"]
    (listing,) = found["ponds"]
    assert (listing.id, listing.method, listing.path) == ("list_ponds", "GET", "/ponds")
    assert listing.public is False
    assert [(row.name, row.kind, row.required) for row in listing.parameters] == [
        ("deep", "boolean", False)
    ]
    assert [(answer.status, answer.schema) for answer in listing.answers] == [
        ("200", "Pond"),
        ("404", ""),
    ]
    (digging,) = found["digging"]
    assert (digging.public, digging.body) == (True, "image/png")


def test_schemas_tell_which_fields_must_be_there() -> None:
    (pond,) = schemas(OPENAPI)
    assert [(row.name, row.required, row.description) for row in pond.fields] == [
        ("depth", True, "Metres."),
        ("name", False, ""),
    ]


def test_a_description_without_schemas_has_none() -> None:
    assert list(schemas({"paths": {}})) == []
