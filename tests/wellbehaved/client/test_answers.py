"""The types of the answers are those of the OpenAPI document, and the service keeps to them."""

from pathlib import Path
from typing import Any, get_type_hints

import pytest

from tests.architecture import answers
from wellbehaved import Client
from wellbehaved.client.answers.models import ModelAnswer

ROOT = Path(__file__).resolve().parents[3]
WRITTEN = answers.modules(answers.document(), answers.named_by_the_client())


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_module_is_what_the_document_says(name: str) -> None:
    found = (answers.FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert found == answers.formatted(WRITTEN[name]), "An answer of the interface has changed: run `make answers`."


def test_no_module_is_left_over() -> None:
    assert {path.stem for path in answers.FOLDER.glob("[!_]*.py")} == set(WRITTEN)


def test_a_model_has_the_keys_of_its_type(service: Client) -> None:
    model = service.models.get("resnet50")
    assert set(model) == set(get_type_hints(ModelAnswer))


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "str"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "float | None"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/A"}}, "list[A]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"const": "ok"}, "Literal['ok']"),
        ({"enum": ["a", "b"], "type": "string"}, "Literal['a', 'b']"),
        ({}, "Any"),
    ],
)
def test_a_schema_as_a_type(schema: dict[str, Any], kind: str) -> None:
    assert answers._type(schema) == kind


def test_a_key_that_may_be_left_out_is_said_to() -> None:
    schema = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    assert answers._definition("Pair", schema).splitlines() == [
        "class Pair(TypedDict):", '    """Pair of the interface."""', "", "    a: str", "    b: NotRequired[str]",
    ]  # fmt: skip


def test_what_two_tags_need_lies_in_one_place() -> None:
    def route(tag: str) -> dict[str, Any]:
        answer = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{tag}"}}}}
        return {"get": {"tags": [tag], "responses": {"200": answer, "404": {}}}}

    part = {"properties": {"part": {"$ref": "#/components/schemas/Part"}}, "required": ["part"]}
    schemas = {"a": part, "b": part, "c": part, "Part": {"properties": {"x": {"type": "string"}}}}
    routes = {f"/{tag}": route(tag) for tag in "abc"}
    described = {"paths": routes, "components": {"schemas": schemas}}
    # No method of the client answers with c.
    found = answers.modules(described, {"a", "b"})
    assert set(found) == {"a", "b", "shared"}
    assert "from wellbehaved.client.answers.shared import Part" in found["a"]
    assert "class Part(TypedDict)" in found["shared"]
    assert "Part" in answers.modules(described, {"a"})["a"]
    with pytest.raises(ValueError, match=r"names \['d'\], which the interface does not have"):
        answers.modules(described, {"d"})
