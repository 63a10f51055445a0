"""What `wellbehaved study status --json` makes of a service's answers."""

from pathlib import Path
from typing import Any

import pytest

from wellbehaved.study_standing import dimensions_held, published_rows, standing_items


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def value(dimension: str, **other: Any) -> Any:  # noqa: ANN401 - a dictionary of the answer
    return {"protocol": "as-published", "dimension": dimension, "missing_reason": None, "all_images": True, **other}


def reproduced(model_id: str, dimension: str, **measured: Any) -> Any:  # noqa: ANN401 - a dictionary of the answer
    return {
        "model_id": model_id, "dimension": dimension, "difference": 0.1, "standard_error": 0.05,
        "in_standard_errors": 2.0, "published": {"value": 0.5, "standard_error": 0.04},
        "measured": {"value": 0.6, "protocol": "corrected", "all_images": True, **measured},
    }  # fmt: skip


def test_what_is_held_depends_on_the_protocol_and_on_subsets() -> None:
    values = [
        value("accuracy"), value("shape_bias", all_images=None), value("class_balance", all_images=False),
        value("adversarial_robustness", all_images=None, missing_reason="not_applicable"),
        value("object_focus", protocol="corrected"),
    ]  # fmt: skip
    assert dimensions_held(values, "as-published", subsets=False) == {
        "accuracy", "shape_bias", "adversarial_robustness",
    }  # fmt: skip
    assert "class_balance" in dimensions_held(values, "as-published", subsets=True)
    assert dimensions_held(values, "corrected", subsets=False) == {"object_focus"}


def test_the_items_join_what_is_measured_with_what_the_program_knows() -> None:
    asked: Any = [
        {
            "model_id": "alexnet", "evaluation": {"evaluation_id": "ev-1", "state": "queued", "reason": None},
            "values": [value("accuracy"), value("shape_bias", missing_reason="not_applicable"),
                       value("accuracy", protocol="corrected")],
        }
    ]  # fmt: skip
    again: Any = [
        reproduced("alexnet", "accuracy"),
        reproduced("alexnet", "class_balance", all_images=False),
        # With the defects of the study's program a value says nothing of the model.
        reproduced("alexnet", "shape_bias", protocol="as-released"),
    ]
    items = {each["model_id"]: each for each in standing_items(asked, again, here=True)}
    assert len(items) == 326
    found = items["alexnet"]
    assert found["measured"] == {"as-published": ["accuracy"], "corrected": ["accuracy"]}
    assert found["evaluation"]["evaluation_id"] == "ev-1"
    assert found["differences"]["accuracy"] == {
        "measured": 0.6, "published": 0.5, "difference": 0.1, "published_error": 0.04, "standard_error": 0.05,
        "in_standard_errors": 2.0,
    }  # fmt: skip
    assert (list(found["differences"]), found["subsets"]) == (["accuracy", "class_balance"], ("class_balance",))
    assert (found["loader"], found["cached"], found["megabytes"]) == ("torchvision", False, pytest.approx(244.4))
    other = items["hiera-t"]
    assert (other["measured"], other["differences"], other["evaluation"]) == ({}, {}, None)


def test_of_a_service_elsewhere_nobody_knows_the_caches() -> None:
    assert {each["cached"] for each in standing_items([], [], here=False)} == {None}


def test_the_published_table_has_all_models() -> None:
    assert len(published_rows()) == 326
