from typing import Any

import pytest

from wellbehaved.facts_text import cost_text, facts_lines, licence_text

MODEL: dict[str, Any] = {
    "licence": "apache-2.0", "commercial_use": "yes", "macs_billions": 0.0399, "activations_millions": 1.02,
    "input_size": 224, "loading": "import timm\n\nmodel = 1\n",
    "provenance": {"licence_source": "timm 1.0.31", "cost_source": "torch 2.15.0"},
}  # fmt: skip
UNKNOWN: dict[str, Any] = {
    "licence": "unknown", "commercial_use": "unknown", "macs_billions": None, "activations_millions": None,
    "input_size": None, "loading": None, "provenance": {"licence_source": None, "cost_source": None},
}  # fmt: skip


def test_each_fact_is_told_with_who_says_so() -> None:
    assert facts_lines(MODEL) == [
        "Licence of the weights: apache-2.0, which allows commercial use (timm 1.0.31)",
        "Cost: 0.04 billion multiply-accumulates and 1.0 million activations for an image of 224 × 224 pixels "
        "(counted with torch 2.15.0)",
        "To load it:",
        "    import timm\n\n    model = 1",
    ]


def test_what_is_not_known_is_said_or_left_out() -> None:
    assert facts_lines(UNKNOWN) == ["Licence of the weights: not known"]
    assert cost_text(UNKNOWN) is None


@pytest.mark.parametrize(
    ("licence", "use", "text"),
    [
        ("cc-by-nc-4.0", "no", "cc-by-nc-4.0, which refuses commercial use"),
        ("bsd-2-clause", "unknown", "bsd-2-clause, of which it is not known here whether it allows commercial use"),
    ],
)
def test_what_a_licence_says_of_commercial_use(licence: str, use: str, text: str) -> None:
    assert licence_text({"licence": licence, "commercial_use": use}) == text
