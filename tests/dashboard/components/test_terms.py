"""The words of a page, one tap away."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.components import terms

RunPage = Callable[..., AppTest]
ROOT = Path(dashboard.__file__).parents[1]
PAGES = ("stability", "compare", "trade-offs", "correlations", "findings", "groups", "model")


def test_every_term_has_a_meaning_that_is_a_sentence() -> None:
    known = terms.glossary()
    assert len(known) > 20
    assert len(known) == terms.FILE.read_text("utf-8").count("\n- **")
    for term, meaning in known.items():
        assert meaning.endswith("."), term
        assert len(meaning) > 30, term
        assert "**" not in meaning


@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_its_terms_at_hand(path: str, run_page: RunPage) -> None:
    page = run_page(path)
    assert not page.exception
    (shown,) = [text.value for text in page.markdown if text.value.startswith("**") and "\n\n**" in text.value]
    told = re.findall(r"^\*\*(.+?)\*\*: ", shown, re.MULTILINE)
    assert len(told) >= 3
    assert set(told) <= set(terms.glossary())


def test_every_term_is_at_hand_on_some_page() -> None:
    sources = "\n".join(file.read_text("utf-8") for file in (ROOT / "dashboard" / "views").glob("*.py"))
    # Terms themselves may hold a pair of brackets.
    calls = re.findall(r"terms\.show\(((?:[^()]|\([^()]*\))*)\)", sources)
    used = set(re.findall(r'"([^"]+)"', " ".join(calls)))
    assert used == set(terms.glossary())


def test_a_term_that_is_not_in_the_glossary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError, match="no such"):
        terms.show("no such term")
