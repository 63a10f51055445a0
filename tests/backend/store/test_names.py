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


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("=1+1", "must not start with =, +, -, @ or a tab, which a spreadsheet would run as a formula; put a letter"),
        ("-model", "must not start with ="),
        ("n" * 11, "must have at most 10 characters, not 11; shorten it."),
        ("two\nlines", "must not hold control or invisible characters; delete them."),
        ("a\u200bb", "must not hold control or invisible characters; delete them."),
        ("a\u202eb", "must not hold control or invisible characters; delete them."),
        (" name", "must not start or end with a space; delete it."),
        ("name ", "must not start or end with a space; delete it."),
    ],
)
def test_each_rule_says_what_to_do(text: str, rule: str) -> None:
    violated = text_violation(text, 10)
    assert violated is not None
    assert violated.startswith(rule)


@pytest.mark.parametrize("text", ["n" * 10, "a = b", "a+b", "x@y", "ResNet-50", "模型 😀", "a"])
def test_what_breaks_no_rule_is_taken(text: str) -> None:
    assert text_violation(text, 10) is None


def test_only_a_note_may_run_over_lines_and_then_hold_nothing_else_that_is_invisible() -> None:
    assert text_violation("a\r\nb", 10, lines=True) is None
    assert text_violation("a\r\nb", 10) is not None
    for hidden in ("a\tb", "a\x00b", "a\x1bb", "a\x85b"):
        assert text_violation(hidden, 10, lines=True) == "must not hold control or invisible characters; delete them."
    # A line break is counted like any other character.
    assert text_violation("a\n" * 6, 10, lines=True) == "must have at most 10 characters, not 12; shorten it."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a\tb\x00c", "a b c"), ("--help", "help"), ("  spaced  ", "spaced"), ("@=+-", "unnamed"), ("", "unnamed"),
        ("n" * 300, "n" * 200), ("Mode\u0300le", "Modèle"), ("a" * 199 + " b", "a" * 199),
    ],
)  # fmt: skip
def test_a_name_that_nobody_typed_is_made_acceptable(text: str, name: str) -> None:
    assert acceptable(text, 200) == name


@given(st.text(max_size=30))
def test_search_texts_and_likeness_are_settled_at_once(text: str) -> None:
    assert searchable(searchable(text)) == searchable(text)
    assert alike(alike(text)) == alike(text)
    assert alike(f"  {text}\n") == alike(text)
    assert "  " not in alike(text)
