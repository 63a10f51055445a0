from typing import Any

import pytest

from wellbehaved.at_chance import with_chance_flags


def result(value: float | None, count: int | None = 400, *flags: str) -> dict[str, Any]:
    return {"value": value, "sample_count": count, "flags": list(flags), "detail": "Read with care." if flags else None}


def test_what_is_relative_to_a_guess_is_flagged_with_its_reason() -> None:
    """The random network of the first review: accuracy .10 of 16 classes, and robustness like praise."""
    found = with_chance_flags(
        {
            "accuracy": result(0.1),
            "corruption_robustness": result(0.82),
            "class_balance": result(0.87, 400, "few-images"),
            "object_focus": result(None),
            "calibration_error": result(0.01),
        },
        16,
    )
    assert {key: each["flags"] for key, each in found.items()} == {
        "accuracy": [],
        "corruption_robustness": ["chance-level"],
        "class_balance": ["few-images", "chance-level"],
        "object_focus": [],
        "calibration_error": [],
    }
    assert "does not differ significantly from guessing" in found["corruption_robustness"]["detail"]
    assert found["class_balance"]["detail"].startswith("Read with care. The accuracy")


@pytest.mark.parametrize("accuracy", [{}, {"accuracy": result(0.3)}, {"accuracy": result(0.1, None)}])
def test_nothing_is_said_of_a_model_that_knows_something_or_whose_images_were_not_counted(
    accuracy: dict[str, dict[str, Any]],
) -> None:
    results = {**accuracy, "corruption_robustness": result(0.82)}
    assert with_chance_flags(results, 16) == results
