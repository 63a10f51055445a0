"""One text for one quantity: what several answers have is explained in one place and used from there."""

import ast
from collections import Counter
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from backend.ranking import quantities

ROOT = Path(__file__).resolve().parents[3]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "backend").rglob("*.py"))}
NAMES = [name for name, value in vars(quantities).items() if get_args(value) and not name.startswith("_")]


def field_texts(tree: ast.Module) -> list[str]:
    """The descriptions that the classes of a module write out for their fields."""
    fields = [
        node.value
        for shape in tree.body
        if isinstance(shape, ast.ClassDef)
        for node in shape.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call)
    ]
    given = [keyword.value for call in fields for keyword in call.keywords if keyword.arg == "description"]
    return [text.value for text in given if isinstance(text, ast.Constant) and isinstance(text.value, str)]


def text_of(name: str) -> str:
    _, field = get_args(getattr(quantities, name))
    assert isinstance(field, FieldInfo)
    return field.description or ""


def test_no_field_repeats_the_text_of_a_quantity_or_of_many_fields() -> None:
    written = Counter(text for tree in TREES.values() for text in field_texts(tree))
    assert sum(written.values()) > 200
    shared = {text_of(name) for name in NAMES}
    assert sorted(shared & set(written)) == [], "use the type in backend/ranking/quantities.py"
    assert [text for text, count in written.items() if count > 3] == [], "make it a type in quantities.py"


@pytest.mark.parametrize("name", NAMES)
def test_a_quantity_is_a_sentence_and_is_used_more_than_once(name: str) -> None:
    assert text_of(name)[0].isupper()
    assert text_of(name).endswith(".")
    used = [
        node
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Name) and node.annotation.id == name
    ]
    assert len(used) > 1, "a type of its own for one field hides what the field is"


def test_no_two_quantities_have_one_text() -> None:
    texts = [text_of(name) for name in NAMES]
    assert len(set(texts)) == len(texts) > 30


@pytest.mark.parametrize("name", NAMES)
def test_a_quantity_may_be_null_only_where_its_text_says_when(name: str) -> None:
    kind, _ = get_args(getattr(quantities, name))
    optional = type(None) in get_args(kind)
    assert optional == ("null" in text_of(name)) or get_origin(kind) is dict
    assert TypeAdapter(kind).json_schema()
