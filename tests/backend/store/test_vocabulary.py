"""The closed vocabularies."""

import pytest

from backend.store.tables import Model
from backend.store.vocabulary import PROTOCOLS, VOCABULARIES


@pytest.mark.parametrize("field", VOCABULARIES)
def test_every_word_is_one_that_a_link_can_carry_and_one_of_them_says_that_nobody_knows(field: str) -> None:
    words = VOCABULARIES[field]
    assert len(set(words)) == len(words)
    assert "unknown" in words
    assert all(word == word.lower() and not set(word) & set(", +&=/") for word in words)
    assert field in Model.__table__.columns


def test_protocols_are_told_apart() -> None:
    assert len(set(PROTOCOLS)) == len(PROTOCOLS) > 1


def test_nobody_adds_a_word_at_run_time() -> None:
    with pytest.raises(TypeError):
        VOCABULARIES["architecture"] = ()  # type: ignore[index]
