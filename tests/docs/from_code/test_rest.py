import re

from docs.from_code import rest

DOCUMENT = rest.document()
PAGE = rest.page(DOCUMENT)


def test_every_path_and_method_has_its_place() -> None:
    wanted = {f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert set(re.findall(r"^## ([A-Z]+ /\S+)$", PAGE, re.MULTILINE)) == wanted


def test_every_parameter_is_described_once_or_where_it_is_taken() -> None:
    assert PAGE.count("| `w.accuracy` | query |") == 1
    parts = PAGE.split("\n## ")
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            [part] = [each for each in parts if each.startswith(f"{method.upper()} {path}\n")]
            assert [each["name"] for each in operation.get("parameters", ()) if f"`{each['name']}`" not in part] == []


def test_values_are_words_or_a_kind_with_bounds() -> None:
    parameters = [
        {"name": "a", "in": "query", "schema": {"enum": ["x", "y"], "default": "x"}, "description": "One | other."},
        {"name": "b", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
        {"name": "c", "in": "query", "schema": {"type": "number", "exclusiveMinimum": 0}},
        {"name": "d", "in": "query", "schema": {"items": {"type": "string"}}},
    ]
    described = {
        "info": {"description": "What it is."},
        "paths": {"/v1/x": {"get": {"parameters": parameters, "responses": {"200": {"description": "OK"}}}}},
    }
    text = rest.page(described)
    assert "| `a` | query | `x`, `y`; `x` unless given | One \\| other. |" in text
    assert "| `b` (required) | path | integer from 1 to 9 |  |" in text
    assert "| `c` | query | number from 0 |  |" in text
    assert "| `d` | query | string |  |" in text
    assert "Answers: 200 OK." in text
    assert "Parameters that many" not in text
