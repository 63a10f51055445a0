import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.store.names import acceptable, alike, searchable, text_violation


@pytest.mark.parametrize("other", ["resnet 50", "ResNet  50", " RESNET 50 ", "ResNet\u00a050"])
def test_case_and_spaces_tell_nothing_apart(other: str) -> None:
    assert alike("ResNet 50") == alike(other)
    assert alike("ResNet50") != alike(other)


def test_letters_are_searched_in_one_spelling() -> None:
    assert searchable("Mode\u0300le") == searchable("MOD\u00c8LE")
    assert searchable("Stra\u00dfe") == searchable("STRASSE")


@given(st.text(max_size=40) | st.text("=+-@\t \u00a0x", max_size=12), st.integers(1, 30))
def test_an_acceptable_name_breaks_no_rule(text: str, longest: int) -> None:
    name = acceptable(text, max(longest, 7))
    assert name
    assert text_violation(name, max(longest, 7)) is None


def test_a_good_name_stays() -> None:
    assert acceptable("My ResNet50 (v2)", 200) == "My ResNet50 (v2)"
    assert acceptable("=1+1.pt", 200) == "1+1.pt"
    assert acceptable("= =cmd.pt", 200) == "cmd.pt"
    assert acceptable("\n", 200) == "unnamed"
