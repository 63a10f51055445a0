import pytest
from pydantic import JsonValue, ValidationError

from evaluation.own_data.registration import Registration

GIVEN: dict[str, JsonValue] = {
    "key": "flowers",
    "label": "Flowers",
    "description": "",
    "layout": "folders",
    "folder": "/data/flowers",
    "definition": {"clean": {"folder": "val"}},
    "classes": ["daisy", "rose"],
    "class_counts": [3, 2],
    "image_count": 5,
    "digest": "sha256:" + 64 * "0",
    "dimensions": ["accuracy"],
    "report": {},
}


def test_it_is_the_same_after_a_way_through_json() -> None:
    found = Registration.model_validate(GIVEN)
    assert found.default_protocol == "corrected"
    assert Registration.model_validate_json(found.model_dump_json()) == found


def test_it_cannot_be_changed_or_extended() -> None:
    with pytest.raises(ValidationError):
        Registration.model_validate({**GIVEN, "owner": "me"})
    with pytest.raises(ValidationError, match="frozen"):
        Registration.model_validate(GIVEN).key = "other"  # type: ignore[misc]
